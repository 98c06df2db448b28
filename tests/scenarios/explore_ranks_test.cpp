// `mensa explore` on several ranks: as in one process, and with one of them killed.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "tests/scenarios/explore_fixture.h"
#include "tests/scenarios/process.h"
#include "tests/scenarios/worker_processes.h"

namespace mensa {
namespace {

namespace fs = std::filesystem;

using testing::StartsWith;

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
