// `mensa compare` as a user runs it.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <csignal>
#include <filesystem>
#include <functional>
#include <iterator>
#include <nlohmann/json.hpp>

#include "tests/models/base/temporary_folder.h"
#include "tests/scenarios/contents.h"
#include "tests/scenarios/process.h"
#include "tests/scenarios/worker_processes.h"

namespace mensa {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

Outcome compared(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"compare", "--mapper", "fast"});
  return mensa(std::move(arguments));
}

json compared_json(std::vector<std::string> arguments, int exit_code = 0) {
  arguments.insert(arguments.end(), {"--format", "json"});
  const Outcome outcome = compared(std::move(arguments));
  EXPECT_EQ(outcome.exit_code, exit_code) << outcome.err;
  return json::parse(outcome.out);
}

Outcome validated(const std::string& file) {
  return run_process({MENSA_PYTHON, source_folder() + "/tests/scenarios/validate_report.py",
                      source_folder() + "/docs/mensa-compare.schema.json", file});
}

TEST(Compare, RowsStandInTheOrderAskedForWhateverIsDoneFirst) {
  const std::vector<std::string> what = {"ds_cnn",      "mobilenet_v2",     "lstm_acoustic",
                                         "--systems",   "edge_tpu,mensa_g", "--policies",
                                         "greedy,mensa"};
  std::string expected;
  for (const char* jobs : {"1", "2", "1000"}) {
    auto arguments = what;
    arguments.insert(arguments.end(), {"--jobs", jobs, "--format", "csv"});
    const Outcome outcome = compared(arguments);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_THAT(outcome.err, IsEmpty());
    if (expected.empty()) expected = outcome.out;
    EXPECT_EQ(outcome.out, expected) << jobs;
  }
  std::vector<std::string> order;
  const json found = compared_json(what);
  for (const json& row : found.at("rows")) {
    order.push_back(row.at("model").get<std::string>() + ' ' + row.at("system").get<std::string>() +
                    ' ' + row.at("policy").get<std::string>());
  }
  ASSERT_EQ(order.size(), 12U);
  EXPECT_EQ(order[0], "ds_cnn edge_tpu greedy");
  EXPECT_EQ(order[1], "ds_cnn edge_tpu mensa");
  EXPECT_EQ(order[2], "ds_cnn mensa_g greedy");
  EXPECT_EQ(order[11], "lstm_acoustic mensa_g mensa");
}

/// Every row is what `mensa simulate` says of the same run.
TEST(Compare, FiguresAreThoseOfSimulate) {
  for (const char* objective : {"latency", "energy", "edp"}) {
    const json found =
        compared_json({"ds_cnn", "lstm_acoustic", "--policies", "mensa,single:pascal",
                       "--objective", objective, "--param", "accelerators.pascal.pe_array=16x16"});
    for (const json& row : found.at("rows")) {
      const Outcome outcome =
          mensa({"simulate", row.at("model"), "--policy", row.at("policy"), "--objective",
                 objective, "--mapper", "fast", "--format", "json", "--bound", "optimum", "--param",
                 "accelerators.pascal.pe_array=16x16"});
      const json report = json::parse(outcome.out);
      const json& totals = report.at("totals");
      for (const char* key :
           {"latency_s", "analytic_latency_s", "pe_utilization", "system_pe_utilization",
            "dram_read_bytes", "dram_write_bytes", "transfer_bytes", "transfers"}) {
        EXPECT_EQ(row.at(key), totals.at(key)) << row << key;
      }
      double picojoules = 0;
      for (const auto& part : totals.at("energy_pj").items()) {
        if (part.key() != "total") picojoules += part.value().get<double>();
      }
      EXPECT_NEAR(row.at("energy_j").get<double>() / picojoules * 1e12, 1, 1e-9);
      EXPECT_NEAR(row.at("edp_js").get<double>(),
                  row.at("energy_j").get<double>() * row.at("latency_s").get<double>(), 1e-20);
      const double unit = objective == std::string("latency") ? 1 : 1e-12;
      bool has_bound = false;
      for (const json& bound : report.at("bounds")) {
        if (bound.at("objective") != objective) continue;
        has_bound = true;
        EXPECT_NEAR(row.at("bound").get<double>() / (bound.at("bound").get<double>() * unit), 1,
                    1e-9);
        EXPECT_NEAR(row.at("gap").get<double>(), bound.at("gap").get<double>(), 1e-9);
        EXPECT_EQ(row.at("bound_kind"), bound.at("kind"));
      }
      EXPECT_TRUE(has_bound);
    }
  }
}

TEST(Compare, NobodyIsBetterThanTheOptimum) {
  const json found = compared_json(
      {"ds_cnn", "mobilenet_v2", "--policies", "mensa,greedy,chain_dp,single:pascal,optimal"});
  for (const json& row : found.at("rows")) {
    EXPECT_EQ(row.at("bound_kind"), "optimum");
    EXPECT_GE(row.at("gap").get<double>(), -1e-9) << row;
    if (row.at("policy") == "optimal") {
      EXPECT_NEAR(row.at("gap").get<double>(), 0, 1e-9) << row;
    }
  }
}

TEST(Compare, OptionsOfAPolicyStandBehindCommas) {
  const json found = compared_json({"ds_cnn", "--policies", "mensa:compute_ratio=1,reuse=0,greedy",
                                    "--policies", "single:pascal", "--bound", "relaxation"});
  EXPECT_EQ(found.at("policies"),
            json({"mensa:compute_ratio=1,reuse=0", "greedy", "single:pascal"}));
  EXPECT_EQ(found.at("rows").size(), 3U);
  EXPECT_EQ(found.at("rows")[0].at("bound_kind"), "relaxation");
}

TEST(Compare, MeansAreRelativeToTheFirst) {
  const json found = compared_json({"ds_cnn", "mobilenet_v2", "--systems", "mensa_g,edge_tpu",
                                    "--policies", "mensa", "--bound", "relaxation"});
  const json& means = found.at("means");
  ASSERT_EQ(means.size(), 2U);
  EXPECT_EQ(means[0].at("latency_ratio"), 1);
  const json& rows = found.at("rows");
  const auto latency = [&](std::size_t row) { return rows[row].at("latency_s").get<double>(); };
  EXPECT_NEAR(means[1].at("latency_ratio").get<double>(),
              std::sqrt(latency(1) / latency(0) * latency(3) / latency(2)), 1e-12);
}

TEST(Compare, ARowThatFailsSaysWhyAndStopsNoOther) {
  const std::vector<std::string> what = {"ds_cnn", "--systems", "mensa_g,edge_tpu", "--policies",
                                         "single:pascal,greedy"};
  const json found = compared_json(what, 1);
  const json& rows = found.at("rows");
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_TRUE(rows[0].at("failure").is_null());
  EXPECT_THAT(rows[2].at("failure").get<std::string>(), HasSubstr("unknown accelerator 'pascal'"));
  EXPECT_TRUE(rows[2].at("latency_s").is_null());
  EXPECT_TRUE(rows[3].at("failure").is_null());
  EXPECT_GT(rows[3].at("latency_s"), 0);
  const Outcome table = compared(what);
  EXPECT_EQ(table.exit_code, 1);
  EXPECT_EQ(table.err,
            "mensa: error: ds_cnn on edge_tpu by single:pascal: unknown accelerator 'pascal' "
            "(known: edge_tpu)\n");
  EXPECT_THAT(table.out,
              AllOf(HasSubstr("failed"), HasSubstr("unknown accelerator"), HasSubstr("Geometric")));
}

TEST(Compare, AModelThatCannotBeReadIsToldOnce) {
  const TemporaryFolder folder;
  const std::string broken = folder.write("broken.onnx", "no model");
  const std::vector<std::string> what = {broken,       "ds_cnn", "--systems", "mensa_g,edge_tpu",
                                         "--policies", "greedy"};
  const Outcome outcome = compared(what);
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(outcome.err, mensa({"inspect", broken}).err);
  const json found = compared_json(what, 1);
  ASSERT_EQ(found.at("rows").size(), 4U);
  for (std::size_t row = 0; row < 4; ++row) {
    EXPECT_EQ(found.at("rows")[row].at("failure").is_null(), row >= 2);
  }
  EXPECT_TRUE(found.at("models")[0].at("sha256").is_null());
}

TEST(Compare, ACrashIsOneErrorOfItsRows) {
  Process process({MENSA_BINARY, "compare", "mobilenet_v2", "ds_cnn", "--policies", "greedy,mensa",
                   "--format", "csv"},
                  {{{"ASAN_OPTIONS", "handle_segv=0:handle_abort=0"}}});
  const pid_t worker = worker_at(process.id(), workers::Phase::kMapping, 55);
  ASSERT_GT(worker, 0);
  ASSERT_EQ(::kill(worker, SIGSEGV), 0);
  const Outcome outcome = process.wait();
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("mobilenet_v2 on mensa_g"));
  EXPECT_THAT(outcome.err, Not(HasSubstr("ds_cnn")));
  std::size_t failed = 0;
  for (std::size_t at = 0;
       (at = outcome.out.find("the worker process died", at)) != std::string::npos; ++at) {
    ++failed;
  }
  EXPECT_EQ(failed, 2U) << outcome.out;
  EXPECT_THAT(outcome.out, HasSubstr("ds_cnn,mensa_g,greedy,"));
}

TEST(Compare, TheFileIsWhatWouldBePrinted) {
  const TemporaryFolder folder;
  const fs::path file = folder.path() / "made" / "figures.csv";
  const Outcome printed = compared({"ds_cnn", "--format", "csv"});
  const Outcome written = compared({"ds_cnn", "--format", "csv", "--out", file.string()});
  EXPECT_EQ(written.exit_code, 0) << written.err;
  EXPECT_THAT(written.out, IsEmpty());
  EXPECT_EQ(written.err, "mensa: wrote " + file.string() + "\n");
  EXPECT_EQ(content_of(file), printed.out);
  EXPECT_EQ(std::distance(fs::directory_iterator(file.parent_path()), fs::directory_iterator()), 1);
  EXPECT_THAT(compared({"ds_cnn", "--out", folder.path().string()}).err, HasSubstr("is a folder"));
  const std::string blocked = folder.write("blocked", "") + "/figures.csv";
  const Outcome refused = compared({"no_such_model", "--out", blocked});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("blocked"), Not(HasSubstr("no_such_model"))));
}

TEST(Compare, JsonIsWhatTheSchemaSays) {
  const TemporaryFolder folder;
  const std::vector<json> found = {
      compared_json({"ds_cnn", "--policies", "mensa,greedy", "--batch", "2", "--param",
                     "accelerators.pascal.clock=500 MHz", "--memory", "ideal"}),
      compared_json({"ds_cnn", "--systems", "mensa_g,edge_tpu", "--policies", "single:pascal"}, 1),
      compared_json({"ds_cnn", "--concurrency", "layers", "--bandwidth-share", "pascal=0.25"})};
  EXPECT_EQ(found[2].at("bandwidth_shares"), json({{"pascal", 0.25}}));
  for (const json& comparison : found) {
    const Outcome outcome = validated(folder.write("comparison.json", comparison.dump()));
    EXPECT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
  }
  EXPECT_EQ(found[2].at("bound"), "relaxation");
  struct Mutation {
    std::function<void(json&)> apply;
    const char* expected;
  };
  const std::vector<Mutation> mutations = {
      {[](json& comparison) { comparison["schema"] = "mensa-compare/2"; }, "schema: "},
      {[](json& comparison) { comparison.erase("means"); }, "'means' is a required"},
      {[](json& comparison) { comparison["rows"][0]["energy_j"] = -1; }, "rows.0.energy_j"},
      {[](json& comparison) { comparison["rows"][1]["pe_utilization"] = 1.1; },
       "rows.1.pe_utilization"},
      {[](json& comparison) { comparison["rows"][0]["latency_s"] = nullptr; }, "rows.0"},
      {[](json& comparison) { comparison["rows"][0]["failure"] = "but it has figures"; }, "rows.0"},
      {[](json& comparison) { comparison["rows"][0]["bound_kind"] = "guess"; },
       "rows.0.bound_kind"}};
  for (const Mutation& mutation : mutations) {
    json mutated = found[0];
    mutation.apply(mutated);
    const Outcome outcome = validated(folder.write("mutated.json", mutated.dump()));
    EXPECT_EQ(outcome.exit_code, 1) << mutation.expected;
    EXPECT_THAT(outcome.out, HasSubstr(mutation.expected));
  }
}

TEST(Compare, BadInputIsToldBeforeTheWork) {
  struct Bad {
    std::vector<std::string> arguments;
    int exit_code;
    const char* expected;
  };
  const std::vector<Bad> all = {
      {{"--systems", "mensa_h"}, 1, "unknown system 'mensa_h'; did you mean 'mensa_g'?"},
      {{"--policies", "mensa,greedi"}, 1, "unknown policy 'greedi'; did you mean 'greedy'?"},
      {{"--policies", "mensa:ratio=3"}, 1, "unknown option 'ratio'"},
      {{"--policies", "mensa:reuse=1,reuse=2"}, 1, "option 'reuse' is given twice"},
      {{"--policies", "greedy,mensa,greedy"}, 1, "the policy 'greedy' is given twice"},
      {{"--systems", "mensa_g", "--systems", "mensa_g"}, 1, "the system 'mensa_g' is given twice"},
      {{"ds_cnn"}, 1, "the model 'ds_cnn' is given twice"},
      {{"--objective", "power"}, 1, "unknown objective 'power'"},
      {{"--memory", "perfect"}, 1, "unknown memory"},
      {{"--concurrency", "all"}, 1, "'all'"},
      {{"--bound", "guess"}, 1, "unknown bound 'guess'"},
      {{"--bound", "optimum", "--concurrency", "layers"}, 1, "in sequence"},
      {{"--format", "xml"}, 1, "unknown format 'xml'"},
      {{"--systems", ""}, 2, "--systems: the list is empty"},
      {{"--policies", "mensa,,greedy"}, 2, "--policies: 'mensa,,greedy' has a comma without"},
      {{"--policies", "mensa,"}, 2, "has a comma without a name"},
      {{"--jobs", "0"}, 2, "--jobs"},
  };
  for (const Bad& bad : all) {
    auto arguments = bad.arguments;
    arguments.insert(arguments.begin(), "ds_cnn");
    const Outcome outcome = compared(arguments);
    EXPECT_EQ(outcome.exit_code, bad.exit_code) << bad.expected;
    EXPECT_THAT(outcome.out, IsEmpty());
    EXPECT_THAT(outcome.err, HasSubstr(bad.expected));
  }
  EXPECT_EQ(compared({}).exit_code, 2);
}

TEST(Compare, AnUnknownModelFailsItsRows) {
  const Outcome outcome = compared({"ds_cnm", "ds_cnn", "--policies", "greedy"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("unknown model 'ds_cnm'; did you mean 'ds_cnn'?"));
  EXPECT_THAT(outcome.out, HasSubstr("ds_cnm on mensa_g by greedy failed:"));
}

}  // namespace
}  // namespace mensa
