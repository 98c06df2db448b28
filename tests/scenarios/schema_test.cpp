// JSON reports are what docs/mensa-run.schema.json says, and the schema would notice if they were
// not.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <vector>

#include "tests/models/base/temporary_folder.h"
#include "tests/scenarios/contents.h"
#include "tests/scenarios/process.h"

namespace mensa {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

Outcome validate(const std::string& report, const std::string& schema = "mensa-run") {
  return run_process({MENSA_PYTHON, source_folder() + "/tests/scenarios/validate_report.py",
                      source_folder() + "/docs/" + schema + ".schema.json", report});
}

std::string json_text(const std::vector<std::string>& arguments) {
  std::vector<std::string> command = {"simulate"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  command.insert(command.end(), {"--format", "json"});
  const Outcome outcome = mensa(command);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  return outcome.out;
}

struct Run {
  const char* name;
  std::vector<std::string> arguments;
};

std::ostream& operator<<(std::ostream& out, const Run& run) { return out << run.name; }

class Schema : public testing::TestWithParam<Run> {};

TEST_P(Schema, HoldsForTheReportOf) {
  const TemporaryFolder folder;
  const Outcome outcome = validate(folder.write("report.json", json_text(GetParam().arguments)));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    Runs, Schema,
    testing::Values(
        Run{"convolutions", {"ds_cnn"}}, Run{"greedy", {"mobilenet_v2", "--policy", "greedy"}},
        Run{"uncertainty", {"mobilenet_v2", "--mapper", "fast", "--uncertainty", "20"}},
        Run{"recurrences", {"lstm_acoustic", "--system", "edge_tpu"}}, Run{"loops", {"rnnt"}},
        Run{"every_option",
            {"ds_cnn", "--system", "eyeriss_v2", "--batch", "2", "--objective", "latency",
             "--mapper", "fast", "--param", "accelerators.eyeriss_v2.clock=300 MHz",
             "--bandwidth-share", "eyeriss_v2=0.5", "--feedback", "--inferences", "3",
             "--precision", "w8a8"}}),
    [](const auto& run) { return std::string(run.param.name); });

TEST(InspectSchema, HoldsForModels) {
  const TemporaryFolder folder;
  for (const char* model : {"mobilenet_v2", "rnnt"}) {
    const Outcome shown = mensa({"inspect", model, "--format", "json"});
    EXPECT_EQ(shown.exit_code, 0) << shown.err;
    const Outcome outcome = validate(folder.write("layers.json", shown.out), "mensa-inspect");
    EXPECT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
  }
}

TEST(ClusterSchema, HoldsForClusterings) {
  const TemporaryFolder folder;
  for (const char* clusters : {"families", "kmeans:k=3", "threshold:balance=100000"}) {
    const Outcome shown =
        mensa({"cluster", "ds_cnn", "lstm_acoustic", "--clusters", clusters, "--format", "json"});
    EXPECT_EQ(shown.exit_code, 0) << shown.err;
    const Outcome outcome = validate(folder.write("clusters.json", shown.out), "mensa-cluster");
    EXPECT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
  }
}

TEST(SchemaMutation, EachIsNoticed) {
  struct Mutation {
    const char* name;
    std::function<void(nlohmann::json&)> apply;
    const char* expected;
  };
  const std::vector<Mutation> mutations = {
      {"another schema", [](auto& report) { report["schema"] = "mensa-run/2"; }, "schema: "},
      {"a missing part", [](auto& report) { report.erase("totals"); }, "'totals' is a required"},
      {"an unknown key", [](auto& report) { report["totals"]["latencies"] = 1; }, "'latencies'"},
      {"a text for a number", [](auto& report) { report["totals"]["latency_s"] = "1"; },
       "totals.latency_s"},
      {"no time at all", [](auto& report) { report["totals"]["latency_s"] = 0; },
       "totals.latency_s"},
      {"a negative energy", [](auto& report) { report["layers"][0]["energy_pj"]["dram"] = -1; },
       "layers.0.energy_pj.dram"},
      {"more than all PEs", [](auto& report) { report["layers"][0]["pe_utilization"] = 1.01; },
       "layers.0.pe_utilization"},
      {"an unknown bound", [](auto& report) { report["layers"][0]["bound"] = "luck"; },
       "layers.0.bound"},
      {"a broken hash", [](auto& report) { report["provenance"]["model"]["sha256"] = "abc"; },
       "sha256"},
      {"a field missing in one layer", [](auto& report) { report["layers"][1].erase("fused"); },
       "layers.1: 'fused'"},
      {"a negative area",
       [](auto& report) { report["system"]["accelerators"][0]["area_mm2"]["network"] = -1; },
       "system.accelerators.0.area_mm2.network"},
      {"an area without its total",
       [](auto& report) { report["system"]["area_mm2"].erase("total"); },
       "system.area_mm2: 'total'"},
      {"a leakage of what does not leak",
       [](auto& report) { report["system"]["accelerators"][0]["leakage_w"]["network"] = 1; },
       "'network'"},
      {"a fraction of a byte", [](auto& report) { report["layers"][0]["dram_read_bytes"] = 0.5; },
       "layers.0.dram_read_bytes"},
  };
  const auto report = nlohmann::json::parse(json_text({"ds_cnn"}));
  const TemporaryFolder folder;
  for (const Mutation& mutation : mutations) {
    nlohmann::json mutated = report;
    mutation.apply(mutated);
    const Outcome outcome = validate(folder.write("mutated.json", mutated.dump()));
    EXPECT_EQ(outcome.exit_code, 1) << mutation.name;
    EXPECT_THAT(outcome.out, HasSubstr(mutation.expected)) << mutation.name;
  }
}

TEST(SchemaMutation, NotANumberIsNoJson) {
  const TemporaryFolder folder;
  EXPECT_NE(validate(folder.write("nan.json", "{\"schema\": NaN}")).exit_code, 0);
}

}  // namespace
}  // namespace mensa
