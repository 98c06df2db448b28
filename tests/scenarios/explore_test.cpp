// `mensa explore` as a user runs it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "explore/store/study_store.h"
#include "tests/scenarios/explore_fixture.h"
#include "tests/scenarios/process.h"

namespace mensa {
namespace {

namespace fs = std::filesystem;

using explore::StudyStore;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::StartsWith;

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

TEST_F(Explore, StopsAfterATime) {
  const Outcome outcome = run("a.study", 1900, {"--time", "0.2 s", "--threads", "1"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.out, HasSubstr("Ended: the time is over."));
  EXPECT_GT(stored("a.study"), 0U);
  EXPECT_LT(stored("a.study"), 1900U);
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

}  // namespace
}  // namespace mensa
