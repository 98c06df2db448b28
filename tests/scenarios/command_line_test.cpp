// The command line as a user meets it: help, version, usage errors, and the commands around a run.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/base/version.h"
#include "tests/models/base/temporary_folder.h"
#include "tests/scenarios/process.h"

namespace mensa {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

std::string printed(const std::vector<std::string>& arguments) {
  const Outcome outcome = mensa(arguments);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, IsEmpty());
  return outcome.out;
}

std::string misused(const std::vector<std::string>& arguments) {
  const Outcome outcome = mensa(arguments);
  EXPECT_EQ(outcome.exit_code, 2) << outcome.err;
  EXPECT_THAT(outcome.out, IsEmpty());
  EXPECT_THAT(outcome.err, HasSubstr("--help"));
  return outcome.err;
}

TEST(CommandLine, VersionIsThatOfTheBuild) {
  EXPECT_EQ(printed({"--version"}), "mensa " + std::string(base::kVersion) + "\n");
}

TEST(CommandLine, HelpOfEverySubcommandHasExamples) {
  EXPECT_THAT(printed({"--help"}), AllOf(HasSubstr("simulate"), HasSubstr("inspect"),
                                         HasSubstr("check"), HasSubstr("list")));
  for (const char* command : {"simulate", "inspect", "map", "check", "list"}) {
    EXPECT_THAT(printed({command, "--help"}),
                AllOf(HasSubstr("Examples:"), HasSubstr(std::string("mensa ") + command)));
  }
}

TEST(CommandLine, WorkersAreStartedByMensaAlone) {
  EXPECT_THAT(printed({"--help"}), testing::Not(HasSubstr("worker")));
  EXPECT_THAT(misused({"worker"}), HasSubstr("PARENT is required"));
  const Outcome outcome = mensa({"worker", "1", "100", "101", "102"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(outcome.err, "mensa: error: only mensa itself starts its workers\n");
}

TEST(CommandLine, HelpNamesTheDefaults) {
  EXPECT_THAT(printed({"simulate", "--help"}),
              AllOf(HasSubstr("mensa_g"), HasSubstr("mensa"), HasSubstr("edp")));
}

TEST(CommandLine, HelpSaysWhatTheMappersDo) {
  for (const char* command : {"simulate", "map"}) {
    EXPECT_THAT(printed({command, "--help"}),
                AllOf(HasSubstr("--mapper exhaustive|pruned|fast=pruned"),
                      HasSubstr("exhaustive tries all"), HasSubstr("proves nothing")));
  }
  EXPECT_THAT(printed({"map", "--help"}), HasSubstr("--bounding-box"));
}

TEST(CommandLine, UsageErrorsExitWithTwo) {
  EXPECT_THAT(misused({}), HasSubstr("subcommand is required"));
  EXPECT_THAT(misused({"--nosuch"}), HasSubstr("--nosuch"));
  EXPECT_THAT(misused({"simulat", "ds_cnn"}), HasSubstr("simulat"));
  EXPECT_THAT(misused({"simulate"}), HasSubstr("MODEL is required"));
  EXPECT_THAT(misused({"inspect", "ds_cnn", "extra"}), HasSubstr("extra"));
  EXPECT_THAT(misused({"simulate", "ds_cnn", "--nosuch"}), HasSubstr("--nosuch"));
  EXPECT_THAT(misused({"check"}), HasSubstr("FILE is required"));
  EXPECT_THAT(misused({"list"}), HasSubstr("KIND is required"));
  EXPECT_THAT(misused({"simulate", "ds_cnn", "--system"}), HasSubstr("--system"));
}

TEST(CommandLine, ValuesThatAreNoneAreUsageErrors) {
  EXPECT_THAT(misused({"simulate", "ds_cnn", "--batch", "0"}), HasSubstr("'0'"));
  EXPECT_THAT(misused({"simulate", "ds_cnn", "--batch", "2x"}), HasSubstr("'2x'"));
  EXPECT_THAT(misused({"simulate", "ds_cnn", "--batch", "99999999999999999999"}),
              HasSubstr("no integer"));
  EXPECT_THAT(misused({"simulate", "ds_cnn", "--set", "a"}), HasSubstr("NAME=VALUE"));
  EXPECT_THAT(misused({"simulate", "ds_cnn", "--set", "=3"}), HasSubstr("NAME=VALUE"));
  EXPECT_THAT(misused({"simulate", "ds_cnn", "--set", "a=-1"}), HasSubstr("'-1'"));
  EXPECT_THAT(misused({"simulate", "ds_cnn", "--set", "a=1", "--set", "a=2"}),
              HasSubstr("'a' is set twice"));
  EXPECT_THAT(misused({"simulate", "ds_cnn", "--param", "clock"}), HasSubstr("NAME=VALUE"));
  EXPECT_THAT(misused({"check", "mensa_g", "--param", "clock="}), HasSubstr("NAME=VALUE"));
}

TEST(CommandLine, StandardOutputTakesOneFormat) {
  EXPECT_THAT(misused({"simulate", "ds_cnn", "--format", "csv,json"}), HasSubstr("--out"));
}

TEST(List, NamesWhatIsThere) {
  EXPECT_THAT(printed({"list", "models"}),
              AllOf(HasSubstr("mobilenet_v2\n"), HasSubstr("resnet50\n"), HasSubstr("rnnt\n")));
  EXPECT_THAT(printed({"list", "systems"}),
              testing::ContainsRegex("mensa_g +Mensa-G.* [0-9]+\\.[0-9][0-9] mm2\n"));
  EXPECT_THAT(printed({"list", "accelerators"}), testing::ContainsRegex("pavlov +Mensa's Pavlov"));
  EXPECT_THAT(printed({"list", "dataflows"}), HasSubstr("row_stationary"));
  EXPECT_THAT(printed({"list", "policies"}),
              AllOf(HasSubstr("single:ACCELERATOR"), HasSubstr("greedy")));
  EXPECT_THAT(printed({"list", "formats"}),
              AllOf(HasSubstr("table"), HasSubstr("csv"), HasSubstr("json")));
}

TEST(List, ShowsTheUsersOwnFilesAndWhyOneIsBroken) {
  const TemporaryFolder folder;
  static_cast<void>(
      folder.write("accelerators/library/systems/mine.yaml", "description: my own\n"));
  static_cast<void>(folder.write("accelerators/library/systems/broken.yaml", "a: 1\na: 2\n"));
  const Outcome outcome = mensa({"list", "systems"}, {{"MENSA_DATA_DIR", folder.path().string()}});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.out, testing::ContainsRegex("mine +my own"));
  EXPECT_THAT(outcome.out, testing::ContainsRegex("broken +.*broken\\.yaml:2:1"));
  EXPECT_THAT(outcome.out, HasSubstr("mensa_g"));
}

TEST(Check, PrintsASystemThatIsItselfASystem) {
  const TemporaryFolder folder;
  const std::string resolved = printed({"check", "mensa_g"});
  EXPECT_THAT(resolved, AllOf(HasSubstr("pavlov:"), HasSubstr("nominal:")));
  const std::string copy = folder.write("copy.yaml", resolved);
  EXPECT_EQ(printed({"check", copy}), resolved);
}

TEST(Check, AppliesParameters) {
  EXPECT_THAT(printed({"check", "mensa_g", "--param", "accelerators.pascal.clock=500 MHz"}),
              HasSubstr("clock: 500 MHz"));
}

TEST(Check, WarnsOnStandardError) {
  const Outcome outcome =
      mensa({"check", "mensa_g", "--param", "accelerators.pascal.clock=100 GHz"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.err, testing::StartsWith("mensa: warning: "));
  EXPECT_THAT(outcome.out, testing::Not(HasSubstr("warning")));
}

TEST(List, ShowsOperators) {
  EXPECT_THAT(printed({"list", "operators"}), HasSubstr("| convolution | Conv |"));
}

TEST(Inspect, ShowsLayersFamiliesAndTotals) {
  const std::string text = printed({"inspect", "mobilenet_v2"});
  EXPECT_THAT(text, HasSubstr("300.8 M MACs"));
  EXPECT_THAT(text, HasSubstr("K=32 C=3 P=112 Q=112 R=3 S=3 stride=2x2"));
  EXPECT_THAT(text, HasSubstr("weightless model"));
  EXPECT_THAT(text, HasSubstr("depthwise convolutions"));
}

TEST(Inspect, MarksRecurrences) {
  const std::string text = printed({"inspect", "lstm_acoustic"});
  EXPECT_THAT(text, testing::ContainsRegex("layer1/lstm/input_product.* 100\\* "));
  EXPECT_THAT(text, testing::ContainsRegex("layer1/lstm/hidden_product.* 100 "));
}

TEST(Inspect, SaysWhatIsCoveredAndFused) {
  const std::string text = printed({"inspect", "mobilenet_v2"});
  EXPECT_THAT(text, testing::ContainsRegex("stem/conv +stem/bn, stem/relu6\n"));
  EXPECT_THAT(text,
              testing::ContainsRegex(
                  "Coverage: 55 layers for 152 nodes .*; 300\\.8 M MACs, .* nothing approximate"));
  EXPECT_THAT(text, testing::ContainsRegex("BatchNormalization +- +52 "));
}

TEST(Inspect, LeavesNodesApartWhereAsked) {
  const std::string text = printed({"inspect", "mobilenet_v2", "--no-fuse"});
  EXPECT_THAT(text, testing::ContainsRegex("BatchNormalization +52 +- "));
  EXPECT_THAT(text, HasSubstr("stem/relu6"));
}

TEST(Inspect, DrawsTheGraph) {
  const std::string text = printed({"inspect", "ds_cnn", "--format", "dot"});
  EXPECT_THAT(text, testing::StartsWith("digraph "));
  EXPECT_THAT(text, HasSubstr("stem/conv"));
}

}  // namespace
}  // namespace mensa
