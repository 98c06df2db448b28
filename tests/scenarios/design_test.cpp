// `mensa design` as a user runs it, and the system that it leaves for the other commands.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/models/base/temporary_folder.h"
#include "tests/scenarios/contents.h"
#include "tests/scenarios/process.h"
#include "tests/scenarios/worker_processes.h"

namespace mensa {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

Outcome design(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "design");
  return mensa(std::move(arguments));
}

Outcome design_done(const std::vector<std::string>& arguments) {
  Outcome outcome = design(arguments);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  return outcome;
}

void design_fails(const std::vector<std::string>& arguments, int exit_code,
                  const std::string& message) {
  const Outcome outcome = design(arguments);
  EXPECT_EQ(outcome.exit_code, exit_code) << outcome.err;
  EXPECT_THAT(outcome.out, IsEmpty());
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("mensa: "), HasSubstr(message)));
}

TEST(Design, ExplainsItselfToPeople) {
  const Outcome run = design_done({"ds_cnn", "--effort", "quick", "--against", "mensa_g"});
  EXPECT_THAT(run.err, IsEmpty());
  EXPECT_THAT(run.out,
              AllOf(HasSubstr("Design      design_ds_cnn\n"),
                    HasSubstr("Budget      2.15 mm2, at most 3 accelerators\n"),  // of mensa_g
                    HasSubstr("Objective   edp, geometric mean over the models"),
                    HasSubstr("  Array "), HasSubstr("  Dataflow "), HasSubstr(" worse"),
                    HasSubstr("--port-area stack.logic_layer=mensa_g holds a design to that"),
                    HasSubstr("the design over"), HasSubstr("as it is")));
}

/// What it writes is a system like any other, and the simulator finds what the design promised.
TEST(Design, LeavesASystemThatRuns) {
  const TemporaryFolder folder;
  const std::string out = (folder.path() / "designs").string();
  const Outcome run = design_done({"ds_cnn", "lstm_keyboard", "--area", "1.5 mm2", "--port-area",
                                   "stack.logic_layer=mensa_g", "--effort", "quick", "--against",
                                   "none", "--name", "mine", "--out", out});
  EXPECT_THAT(run.out, IsEmpty());
  EXPECT_THAT(run.err, AllOf(HasSubstr("wrote " + out + "/mine.txt\n"),
                             HasSubstr("wrote " + out + "/mine.json\n"),
                             HasSubstr("wrote " + out + "/mine.yaml\n")));
  const std::string system = out + "/mine.yaml";
  const auto report = nlohmann::json::parse(content_of(out + "/mine.json"));
  EXPECT_LE(report.at("area_mm2").get<double>(), 1.5);

  const Outcome checked = mensa({"check", system});
  EXPECT_EQ(checked.exit_code, 0) << checked.err;
  EXPECT_THAT(checked.err, IsEmpty());
  for (const auto& model : report.at("models")) {
    const Outcome simulated = mensa(
        {"simulate", model.at("name"), "--system", system, "--mapper", "fast", "--format", "json"});
    ASSERT_EQ(simulated.exit_code, 0) << simulated.err;
    const auto totals = nlohmann::json::parse(simulated.out).at("totals");
    const double analytic = totals.at("analytic_latency_s").get<double>();
    EXPECT_DOUBLE_EQ(analytic, model.at("latency_s").get<double>());
    EXPECT_NEAR(totals.at("latency_s").get<double>() / analytic, 1, 0.1);
  }
}

TEST(Design, IsTheSameForProgramsAndOnAnyNumberOfThreads) {
  const std::vector<std::string> common = {"ds_cnn",           "--area",   "0.5 mm2", "--system",
                                           "mensa_g,edge_tpu", "--effort", "quick",   "--format"};
  const auto with = [&](std::vector<std::string> more) {
    std::vector<std::string> all = common;
    all.insert(all.end(), more.begin(), more.end());
    return design_done(all).out;
  };
  const std::string one = with({"json", "--jobs", "1"});
  EXPECT_EQ(with({"json", "--jobs", "3"}), one);
  const TemporaryFolder folder;
  const std::string source = MENSA_SOURCE_DIR;
  const Outcome valid =
      run_process({MENSA_PYTHON, source + "/tests/scenarios/validate_report.py",
                   source + "/docs/mensa-design.schema.json", folder.write("design.json", one)});
  EXPECT_EQ(valid.exit_code, 0) << valid.out << valid.err;
  const auto report = nlohmann::json::parse(one);
  EXPECT_EQ(report.at("platforms").size(), 2U);
  EXPECT_THAT(report.at("request").at("command").get<std::string>(),
              "mensa design ds_cnn --area '0.5 mm2' --system mensa_g,edge_tpu --effort quick");
  EXPECT_EQ(report.at("compared").size(), 8U);
  for (const auto& other : report.at("compared")) {
    const auto& better = other.at("design_better_geometric_mean");
    EXPECT_NEAR(better.at("edp").get<double>(),
                better.at("speed").get<double>() * better.at("energy_efficiency").get<double>(),
                1e-9 * better.at("edp").get<double>());
  }
}

TEST(Design, KeepsToPlacesAndPower) {
  const auto report = nlohmann::json::parse(
      design_done({"ds_cnn", "--area", "1 mm2", "--power", "0.25 W", "--place", "stack.external",
                   "--objective", "latency", "--effort", "quick", "--against", "none", "--clock",
                   "500 MHz", "--format", "json"})
          .out);
  EXPECT_LE(report.at("peak_power_w").get<double>(), 0.25);
  EXPECT_EQ(report.at("platforms").at(0).at("clock_hz"), 500e6);
  for (const auto& accelerator : report.at("accelerators")) {
    EXPECT_EQ(accelerator.at("place"), "stack.external");
  }
  EXPECT_EQ(report.at("objective"), report.at("geometric_means").at("latency_s"));
}

TEST(Design, TellsWhatIsWrong) {
  constexpr int kUserError = 1;
  constexpr int kUsage = 2;
  design_fails(
      {"ds_cnn", "--area", "0.01 mm2"}, kUserError,
      "no accelerator that runs all layers keeps the budget of 0.01 mm2; the smallest one found");
  design_fails({"ds_cnn", "--area", "5"}, kUsage, "--area: '5' is no area, as '2.5 mm2'");
  design_fails({"ds_cnn", "--area", "5 W"}, kUsage, "--area: '5 W' is no area");
  design_fails({"ds_cnn", "--area", "1e9 mm2"}, kUsage, "out of range");
  design_fails({"ds_cnn", "--area", "-1 mm2"}, kUsage, "out of range");
  design_fails({"ds_cnn", "--area", "mensa_h"}, kUserError, "unknown system 'mensa_h'");
  design_fails({"ds_cnn", "--accelerators", "0"}, kUsage, "--accelerators: '0'");
  design_fails({"ds_cnn", "--accelerators", "100"}, kUsage, "'100' is more than 8");
  design_fails({"ds_cnn", "--place", "stack.externl"}, kUserError,
               "did you mean 'stack.external'?");
  design_fails({"ds_cnn", "--port-area", "stack.logic_layer"}, kUsage, "NAME=VALUE");
  design_fails({"ds_cnn", "--port-area", "stack.logic_layer=edge_tpu"}, kUserError,
               "system edge_tpu has no accelerator at stack.logic_layer");
  design_fails({"ds_cnn", "--weight", "resnet50=2"}, kUserError, "unknown model 'resnet50'");
  design_fails({"ds_cnn", "--weight", "ds_cnn=0"}, kUsage, "no number above 0");
  design_fails({"ds_cnn", "ds_cnn"}, kUserError, "the model 'ds_cnn' is given twice");
  design_fails({"ds_cnn", "--policy", "single:pascal"}, kUserError, "names others");
  design_fails({"ds_cnn", "--effort", "enormous"}, kUserError, "unknown effort 'enormous'");
  design_fails({"ds_cnn", "--clock", "3 GB/s"}, kUsage, "no frequency");
  design_fails({"ds_cnn", "--format", "csv"}, kUserError, "unknown format 'csv'");
  design_fails({"ds_cnn", "--format", "json,yaml"}, kUsage, "standard output takes one format");
  design_fails({"no_such_model"}, kUserError, "unknown model 'no_such_model'");
}

/// Nothing is left behind.
TEST(Design, EndsByASignal) {
  const TemporaryFolder folder;
  Surroundings surroundings;
  Process process({MENSA_BINARY, "design", "resnet50", "rnnt", "lrcn", "--effort", "thorough",
                   "--out", folder.path().string()},
                  surroundings);
  // It is at work by the time that it has used some of it.
  const std::string stat = "/proc/" + std::to_string(process.id()) + "/stat";
  ASSERT_TRUE(wait_until([&] {
    std::ifstream file(stat);
    std::string word;
    constexpr int kUserTime = 14;
    for (int i = 0; i < kUserTime && file; ++i) file >> word;
    constexpr int kTicks = 20;
    return file && std::stol(word) > kTicks;
  }));
  ASSERT_EQ(::kill(process.id(), SIGINT), 0);
  const Outcome outcome = process.wait();
  EXPECT_EQ(outcome.exit_code, 128 + SIGINT);
  EXPECT_EQ(outcome.err, "mensa: interrupted\n");
  EXPECT_THAT(outcome.out, IsEmpty());
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

}  // namespace
}  // namespace mensa
