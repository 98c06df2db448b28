// `mensa explore` as machines treat it: killed, interrupted, without room, several at a time.
// Whatever happens to it, it comes to the same points.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "explore/store/study_store.h"
#include "tests/scenarios/explore_fixture.h"
#include "tests/scenarios/process.h"

namespace mensa {
namespace {

namespace fs = std::filesystem;

using explore::StudyStore;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr int kInterrupted = 128 + SIGINT;

TEST_F(Explore, KilledAgainAndAgainComesToTheSame) {
  constexpr int kPoints = 150;
  constexpr int kKills = 20;
  const std::string expected = undisturbed(kPoints);
  std::mt19937 random(1);
  std::uint64_t before = 0;
  int killed_at_work = 0;
  ASSERT_EQ(run("a.study", 1).exit_code, 0);
  for (int i = 0; i < kKills; ++i) {
    Process process(command("a.study", kPoints, {"--resume"}));
    std::this_thread::sleep_for(std::chrono::milliseconds(40 + random() % 80));
    ::kill(process.id(), SIGKILL);
    const Outcome outcome = process.wait();
    if (outcome.exit_code == 128 + SIGKILL) ++killed_at_work;
    const std::uint64_t now = stored("a.study");
    EXPECT_GE(now, before);
    before = now;
  }
  EXPECT_GT(killed_at_work, 3);
  const Outcome outcome = run("a.study", kPoints, {"--resume"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(exported("a.study"), expected);
}

/// One kill each, at any time from the start on.
TEST_F(Explore, KilledAtAnyTimeCanGoOn) {
  constexpr int kPoints = 40;
  const std::string expected = undisturbed(kPoints);
  for (int i = 0; i < 8; ++i) {
    const std::string study = std::to_string(i);
    {
      Process process(command(study, kPoints));
      std::this_thread::sleep_for(std::chrono::milliseconds(30 + 12 * i));
      ::kill(process.id(), SIGKILL);
      static_cast<void>(process.wait());
    }
    const bool is_there = stored(study) > 0;
    if (!is_there) fs::remove(path(study));
    const Outcome outcome =
        run(study, kPoints,
            is_there ? std::vector<std::string>{"--resume"} : std::vector<std::string>{});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_EQ(exported(study), expected);
  }
}

TEST_F(Explore, InterruptedSaysHowToGoOn) {
  fs::create_directory(path("it's mine"));
  const std::string study = "it's mine/a.study";
  const std::vector<std::string> options = {"--search", "random", "--seed", "7", "--threads", "2"};
  ASSERT_EQ(run("undisturbed.study", 500, options).exit_code, 0);
  Process process(command(study, 500, options));
  ASSERT_TRUE(wait_for_points(study, 20));
  ASSERT_EQ(::kill(process.id(), SIGINT), 0);
  const Outcome outcome = process.wait();
  EXPECT_EQ(outcome.exit_code, kInterrupted);
  EXPECT_THAT(outcome.out, IsEmpty());
  EXPECT_THAT(outcome.err, EndsWith("mensa: interrupted\n"));
  const std::uint64_t points = stored(study);
  EXPECT_LT(points, 500U);
  EXPECT_THAT(outcome.err, HasSubstr("\nmensa: " + std::to_string(points) +
                                     " points are stored; go on with: mensa explore "));
  EXPECT_FALSE(fs::exists(path(study) + "-wal"));
  // A shell takes what it says, and nothing but the program's own folder is left to say.
  const std::size_t begin = outcome.err.find("go on with: mensa ") + 18;
  const std::string said = outcome.err.substr(begin, outcome.err.find('\n', begin) - begin);
  const Outcome resumed = run_process({"/bin/sh", "-c", std::string(MENSA_BINARY) + " " + said});
  EXPECT_EQ(resumed.exit_code, 0) << said << "\n" << resumed.err;
  EXPECT_EQ(exported(study), exported("undisturbed.study"));
}

TEST_F(Explore, InterruptedBeforeTheFirstPointEndsAtOnce) {
  std::string text = kSpace;
  text.replace(text.find("ds_cnn"), 6, "resnet50");
  const std::string slow = folder().write("slow.yaml", text);
  Process process(
      {MENSA_BINARY, "explore", slow, "--study", path("a.study"), "--mapper", "exhaustive"});
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  ASSERT_EQ(::kill(process.id(), SIGINT), 0);
  const auto begin = std::chrono::steady_clock::now();
  const Outcome outcome = process.wait();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
  EXPECT_EQ(outcome.exit_code, kInterrupted);
  EXPECT_FALSE(fs::exists(path("a.study")));
}

/// A file that may not grow stands for a disk that is full.
TEST_F(Explore, WithoutRoomLosesNothing) {
  constexpr int kPoints = 120;
  const std::string expected = undisturbed(kPoints);
  std::vector<std::string> words = {"/bin/sh", "-c",
                                    "trap '' XFSZ; ulimit -f 512; exec \"$0\" \"$@\""};
  const std::vector<std::string> explore = command("a.study", kPoints);
  words.insert(words.end(), explore.begin(), explore.end());
  const std::string message = refused(words);
  EXPECT_THAT(message, HasSubstr(path("a.study") + ": "));
  EXPECT_THAT(message, HasSubstr("points stored so far are kept: free space and run again with "
                                 "--resume"));
  const std::uint64_t points = stored("a.study");
  EXPECT_GT(points, 0U);
  EXPECT_LT(points, static_cast<std::uint64_t>(kPoints));
  ASSERT_EQ(run("a.study", kPoints, {"--resume"}).exit_code, 0);
  EXPECT_EQ(exported("a.study"), expected);
  // Nothing was evaluated twice.
  const auto runs = StudyStore::open_read_only(path("a.study")).runs();
  ASSERT_EQ(runs.size(), 2U);
  EXPECT_EQ(runs[0].points, points);
  EXPECT_EQ(runs[1].points, kPoints - points);
}

/// Each takes from the other what it has done.
TEST_F(Explore, TwoAtOnceShareAStudy) {
  constexpr int kPoints = 150;
  const std::string expected = undisturbed(kPoints);
  ASSERT_EQ(run("a.study", 1).exit_code, 0);
  Process first(command("a.study", kPoints, {"--resume", "--threads", "1"}));
  Process second(command("a.study", kPoints, {"--resume", "--threads", "1"}));
  EXPECT_EQ(first.wait().exit_code, 0);
  EXPECT_EQ(second.wait().exit_code, 0);
  EXPECT_EQ(exported("a.study"), expected);
  const auto runs = StudyStore::open_read_only(path("a.study")).runs();
  ASSERT_EQ(runs.size(), 3U);
  EXPECT_EQ(runs[0].points + runs[1].points + runs[2].points, static_cast<std::uint64_t>(kPoints));
}

}  // namespace
}  // namespace mensa
