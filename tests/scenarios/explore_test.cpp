// `mensa explore` as a user runs it, and as machines treat it: killed, interrupted, without room,
// several at a time, and on several ranks. Whatever happens to it, it comes to the same points.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "explore/store/study_store.h"
#include "models/base/error.h"
#include "tests/models/base/temporary_folder.h"
#include "tests/scenarios/process.h"
#include "tests/scenarios/worker_processes.h"

namespace mensa {
namespace {

namespace fs = std::filesystem;

using explore::StudyStore;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::StartsWith;

constexpr int kInterrupted = 128 + SIGINT;

/// 1950 points of some 2 ms, a few of them too large.
const std::string kSpace = R"(schema: mensa-space/1
name: sizes
system: mensa_g
models: [ds_cnn]
parameters:
  array: {path: accelerators.pascal.pe_array, values: [16x16, 16x32, 32x32, 32x64, 64x64]}
  weights:
    path: accelerators.pascal.buffers.parameters.capacity
    powers_of_two: {from: 16 KiB, to: 512 KiB}
  activations:
    path: accelerators.pascal.buffers.activations.capacity
    powers_of_two: {from: 64 KiB, to: 1 MiB}
  clock:
    paths: [accelerators.pavlov.clock, accelerators.jacquard.clock]
    range: {from: 400 MHz, to: 1 GHz, step: 50 MHz}
constraints: [area <= 4 mm2]
objectives: [latency, energy, area]
search: {method: nsga2, seed: 1, population: 8}
)";

class Explore : public testing::Test {
 protected:
  [[nodiscard]] const TemporaryFolder& folder() const { return folder_; }
  [[nodiscard]] const std::string& space() const { return space_; }
  [[nodiscard]] std::string path(const std::string& name) const {
    return (folder_.path() / name).string();
  }

  /// `mensa explore SPACE --study NAME`, so many points, and more.
  [[nodiscard]] std::vector<std::string> command(const std::string& study, int points,
                                                 const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words = {
        MENSA_BINARY,          "explore", space_, "--study", path(study), "--points",
        std::to_string(points)};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  [[nodiscard]] Outcome run(const std::string& study, int points,
                            const std::vector<std::string>& more = {}) const {
    return run_process(command(study, points, more));
  }

  /// Every point of a study with all that is known of it but durations.
  [[nodiscard]] std::string exported(const std::string& study) const {
    const Outcome outcome = mensa({"study", path(study), "export", "--all"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return outcome.out;
  }
  /// What a run comes to that nothing disturbs.
  [[nodiscard]] std::string undisturbed(int points) const {
    const Outcome outcome = run("undisturbed.study", points);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return exported("undisturbed.study");
  }

  /// Points in a study; 0 where there is none yet.
  [[nodiscard]] std::uint64_t stored(const std::string& study) const {
    try {
      return StudyStore::open_read_only(path(study)).count();
    } catch (const base::Error&) {
      return 0;
    }
  }
  [[nodiscard]] bool wait_for_points(const std::string& study, std::uint64_t points) const {
    return wait_until([&] { return stored(study) >= points; });
  }

  /// A run refused as a mistake of the user's; returns the message.
  [[nodiscard]] static std::string refused(const std::vector<std::string>& words) {
    const Outcome outcome = run_process(words);
    EXPECT_EQ(outcome.exit_code, 1) << outcome.err;
    EXPECT_THAT(outcome.out, IsEmpty());
    return outcome.err;
  }

 private:
  TemporaryFolder folder_;
  std::string space_ = folder_.write("space.yaml", kSpace);
};

TEST_F(Explore, ChecksASpaceAndStoresNothing) {
  const Outcome outcome = run("a.study", 30, {"--check", "--threads", "2"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.out, IsEmpty());
  EXPECT_THAT(outcome.err,
              MatchesRegex("mensa: space sizes: 4 parameters, 1950 points, 1 model(; constraints "
                           "reject [0-9]+ of [0-9]+ looked at)?; [0-9.]+ ms a point, .* for 30 "
                           "points by nsga2 with 2 threads\n"));
  EXPECT_FALSE(fs::exists(path("a.study")));
}

TEST_F(Explore, SaysWhatItFound) {
  const Outcome table = run("a.study", 30);
  EXPECT_EQ(table.exit_code, 0);
  EXPECT_THAT(table.out, AllOf(StartsWith("Space sizes: 30 points in the study, "),
                               HasSubstr("Ended: as many points as were asked for.\n"),
                               HasSubstr("Pareto front: "), HasSubstr(" knee")));
  EXPECT_THAT(table.err, HasSubstr("the study is in " + path("a.study")));
  const Outcome json = run("a.study", 30, {"--resume", "--format", "json"});
  EXPECT_EQ(json.exit_code, 0);
  const nlohmann::json read = nlohmann::json::parse(json.out);
  EXPECT_EQ(read.at("study").at("space"), "sizes");
  EXPECT_EQ(read.at("ended"), "points");
  EXPECT_FALSE(read.at("points").empty());
  EXPECT_EQ(stored("a.study"), 30U);
}

TEST_F(Explore, NamesItsStudyAfterTheSpace) {
  const Outcome outcome =
      run_process({"/bin/sh", "-c", "cd \"$1\" && exec \"$2\" explore space.yaml --points 3", "sh",
                   folder().path().string(), MENSA_BINARY});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(stored("sizes.study"), 3U);
}

TEST_F(Explore, ReadsASpaceFromAPipe) {
  const Outcome outcome = run_process(
      {"/bin/sh", "-c", "cat \"$1\" | \"$2\" explore /dev/stdin --study \"$3\" --points 2", "sh",
       space(), MENSA_BINARY, path("a.study")});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(StudyStore::open_read_only(path("a.study")).description().space_text,
              HasSubstr("mensa-space/1"));
}

TEST_F(Explore, RefusesBadSpaces) {
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = kSpace;
    text.replace(text.find(from), from.size(), to);
    const std::string file = folder().write("bad.yaml", text);
    const std::string message =
        refused({MENSA_BINARY, "explore", file, "--study", path("b.study")});
    EXPECT_FALSE(fs::exists(path("b.study")));
    return message;
  };
  EXPECT_THAT(with("accelerators.pascal.pe_array", "accelerators.pascl.pe_array"),
              StartsWith("mensa: error: " + path("bad.yaml") +
                         ":6:3: parameters.array: unknown key 'pascl'; did you mean 'pascal'?"));
  EXPECT_THAT(with("area <= 4 mm2", "area <= 4 W"),
              AllOf(HasSubstr("bad.yaml:16:15: constraints"), HasSubstr("do not go together")));
  EXPECT_THAT(with("area <= 4 mm2", "area <= 0.1 mm2"),
              HasSubstr("none of 1950 points of the space meets the constraints: 1950 are rejected "
                        "first by 'area <= 0.1 mm2'"));
}

TEST_F(Explore, RefusesOddOptions) {
  EXPECT_THAT(refused(command("a.study", 3, {"--search", "nsga3"})),
              HasSubstr("--search: search.method: unknown search 'nsga3'; did you mean 'nsga2'?"));
  EXPECT_THAT(refused(command("a.study", 3, {"--mapper", "quick"})), HasSubstr("'quick'"));
  for (const char* const time : {"10", "5 nnimin", "min", "0 s", "-1 min", "soon"}) {
    const Outcome outcome = run("a.study", 3, {"--time", time});
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_THAT(outcome.err,
                HasSubstr("--time: '" + std::string(time) + "' is no time, as '90 s'"));
  }
  EXPECT_EQ(run("a.study", 3, {"--threads", "1025"}).exit_code, 2);
  EXPECT_EQ(run("a.study", 3, {"--threads", "1024", "--time", "1 min"}).exit_code, 0);
}

TEST_F(Explore, OverwritesNoStudy) {
  ASSERT_EQ(run("a.study", 3).exit_code, 0);
  EXPECT_THAT(
      refused(command("a.study", 3)),
      HasSubstr("the study '" + path("a.study") +
                "' is there already: go on with it by --resume, or name another by --study"));
  EXPECT_EQ(stored("a.study"), 3U);
}

TEST_F(Explore, GoesOnWithNoOtherStudy) {
  EXPECT_THAT(refused(command("none.study", 3, {"--resume"})), HasSubstr("there is no such study"));
  ASSERT_EQ(run("a.study", 3).exit_code, 0);
  EXPECT_THAT(
      refused(command("a.study", 3, {"--resume", "--seed", "2"})),
      HasSubstr("search: nsga2, seed 1, population 8 of the study, nsga2, seed 2, population "
                "8 now"));
  std::string other = kSpace;
  other.replace(other.find("4 mm2"), 5, "3 mm2");
  static_cast<void>(folder().write("space.yaml", other));
  EXPECT_THAT(refused(command("a.study", 3, {"--resume"})), HasSubstr("\n  space: "));
  // What it says of the search may not matter, nor what it is about.
  static_cast<void>(
      folder().write("space.yaml", kSpace + "description: mine\nstop: {points: 5}\n"));
  EXPECT_EQ(run_process({MENSA_BINARY, "explore", space(), "--study", path("a.study"), "--resume"})
                .exit_code,
            0);
  EXPECT_EQ(stored("a.study"), 5U);
}

TEST_F(Explore, SaysWhatIsWrongWithThePathOfAStudy) {
  fs::create_directory(path("folder"));
  EXPECT_THAT(refused(command("folder", 3)), HasSubstr("is a folder: name a file by --study"));
  EXPECT_THAT(refused(command("folder", 3, {"--resume"})), HasSubstr("no file, and so no study"));
  EXPECT_THAT(refused(command("none/a.study", 3)), HasSubstr("cannot be made: No such file"));
  EXPECT_THAT(refused(command(std::string(300, 'x'), 3)),
              HasSubstr("cannot be made: File name too long"));
  static_cast<void>(folder().write("text", "not a study\n"));
  EXPECT_THAT(refused(command("text", 3, {"--resume"})), HasSubstr("text"));
}

TEST_F(Explore, NeedsAFolderThatItMayWriteTo) {
  if (::geteuid() == 0) GTEST_SKIP() << "this user may write everywhere";
  fs::create_directory(path("closed"));
  fs::permissions(path("closed"), fs::perms::owner_read | fs::perms::owner_exec);
  EXPECT_THAT(refused(command("closed/a.study", 3)),
              HasSubstr("cannot be made: Permission denied"));
}

TEST_F(Explore, ComesToTheSameWithAnyNumberOfThreads) {
  ASSERT_EQ(run("one.study", 60, {"--threads", "1"}).exit_code, 0);
  const std::string one = exported("one.study");
  EXPECT_EQ(std::count(one.begin(), one.end(), '\n'), 61);
  for (const char* const threads : {"2", "5"}) {
    ASSERT_EQ(run(threads, 60, {"--threads", threads}).exit_code, 0);
    EXPECT_EQ(exported(threads), one) << threads;
  }
}

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

TEST_F(Explore, StopsAfterATime) {
  const Outcome outcome = run("a.study", 1900, {"--time", "0.2 s", "--threads", "1"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.out, HasSubstr("Ended: the time is over."));
  EXPECT_GT(stored("a.study"), 0U);
  EXPECT_LT(stored("a.study"), 1900U);
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

TEST_F(Explore, SimulatesTheBestOnce) {
  ASSERT_EQ(run("a.study", 12, {"--verify-top", "2"}).exit_code, 0);
  const auto verified = StudyStore::open_read_only(path("a.study")).verifications();
  ASSERT_EQ(verified.size(), 2U);
  for (const explore::Verification& one : verified) {
    EXPECT_EQ(one.model, "ds_cnn");
    EXPECT_GT(one.analytic_latency, 0);
    EXPECT_NEAR(one.simulated_latency / one.analytic_latency, 1, 0.5);
    EXPECT_NEAR(one.simulated_energy / one.analytic_energy, 1, 0.5);
  }
  ASSERT_EQ(run("a.study", 12, {"--verify-top", "3", "--resume"}).exit_code, 0);
  EXPECT_EQ(StudyStore::open_read_only(path("a.study")).verifications().size(), 3U);
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

/// Where mpirun is, and mensa was built for it.
class ExploreByRanks : public Explore {
 protected:
  void SetUp() override {
    const Outcome found = run_process({"/bin/sh", "-c", "command -v mpirun"});
    if (found.exit_code != 0) GTEST_SKIP() << "there is no mpirun";
    const Outcome checked = run_process(on_ranks(2, command("a.study", 3, {"--check"})), kAsRoot);
    if (checked.err.find("built without MPI") != std::string::npos) {
      GTEST_SKIP() << "mensa was built without MPI";
    }
    ASSERT_EQ(checked.exit_code, 0) << checked.err;
  }

  static std::vector<std::string> on_ranks(int ranks, const std::vector<std::string>& command) {
    std::vector<std::string> words = {"mpirun", "--oversubscribe", "-n", std::to_string(ranks)};
    words.insert(words.end(), command.begin(), command.end());
    return words;
  }
  [[nodiscard]] Outcome run_on_ranks(int ranks, const std::string& study, int points,
                                     const std::vector<std::string>& more = {}) const {
    return run_process(on_ranks(ranks, command(study, points, more)), kAsRoot);
  }

  static int count(const std::string& text, const std::string& part) {
    int found = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
      ++found;
    }
    return found;
  }

  /// Open MPI wants to be told twice, and frees not all that it takes: no leaks are looked for.
  inline static const Environment kAsRoot = {{"OMPI_ALLOW_RUN_AS_ROOT", "1"},
                                             {"OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1"},
                                             {"ASAN_OPTIONS", "detect_leaks=0"}};
};

TEST_F(ExploreByRanks, ComesToTheSameAsInOneProcess) {
  const std::string expected = undisturbed(100);
  const Outcome outcome = run_on_ranks(4, "b.study", 100);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, StartsWith("Space sizes: 100 points in the study"));
  EXPECT_EQ(exported("b.study"), expected);
}

TEST_F(ExploreByRanks, GoesOnWithAnyNumberOfThem) {
  const std::string expected = undisturbed(90);
  ASSERT_EQ(run_on_ranks(4, "b.study", 30).exit_code, 0);
  ASSERT_EQ(run("b.study", 60, {"--resume"}).exit_code, 0);
  ASSERT_EQ(run_on_ranks(2, "b.study", 90, {"--resume"}).exit_code, 0);
  EXPECT_EQ(exported("b.study"), expected);
}

TEST_F(ExploreByRanks, KilledInTheMiddleLeavesAStudyToGoOnWith) {
  constexpr int kPoints = 400;
  const std::string expected = undisturbed(kPoints);
  for (const int victim : {0, 3}) {
    const std::string study = "killed_" + std::to_string(victim);
    Process process(on_ranks(4, command(study, kPoints)), {kAsRoot});
    ASSERT_TRUE(wait_for_points(study, 20));
    std::optional<pid_t> rank;
    for (const pid_t child : workers_of(process.id())) {
      std::ifstream file("/proc/" + std::to_string(child) + "/environ", std::ios::binary);
      const std::string environment(std::istreambuf_iterator<char>(file), {});
      const std::string wanted = "OMPI_COMM_WORLD_RANK=" + std::to_string(victim);
      if (environment.find(wanted + '\0') != std::string::npos) rank = child;
    }
    ASSERT_TRUE(rank);
    ASSERT_EQ(::kill(*rank, SIGKILL), 0);
    EXPECT_NE(process.wait().exit_code, 0);
    const std::uint64_t points = stored(study);
    EXPECT_GE(points, 20U);
    EXPECT_LT(points, static_cast<std::uint64_t>(kPoints));
    const Outcome resumed = run(study, kPoints, {"--resume"});
    EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
    EXPECT_EQ(exported(study), expected);
  }
}

TEST_F(ExploreByRanks, InterruptedSaysSoOnce) {
  Process process(on_ranks(3, command("b.study", 1900)), {kAsRoot});
  ASSERT_TRUE(wait_for_points("b.study", 20));
  ASSERT_EQ(::kill(process.id(), SIGINT), 0);
  const Outcome outcome = process.wait();
  EXPECT_NE(outcome.exit_code, 0);
  EXPECT_LE(count(outcome.err, "mensa: interrupted\n"), 1) << outcome.err;  // mpirun may lose it
  EXPECT_EQ(count(outcome.err, " points are stored; go on with: "), 1) << outcome.err;
}

TEST_F(ExploreByRanks, SayOnceWhatIsWrong) {
  std::string text = kSpace;
  text.replace(text.find("area <= 4"), 9, "aera <= 4");
  static_cast<void>(folder().write("space.yaml", text));
  const Outcome bad = run_on_ranks(3, "b.study", 30);
  EXPECT_NE(bad.exit_code, 0);
  EXPECT_EQ(count(bad.err, "unknown name 'aera'; did you mean 'area'?"), 1) << bad.err;
  EXPECT_EQ(count(bad.err, "mensa: "), 1) << bad.err;
  EXPECT_FALSE(fs::exists(path("b.study")));
}

}  // namespace
}  // namespace mensa
