// `mensa simulate --uncertainty` as a user runs it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "tests/scenarios/simulated.h"

namespace mensa {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(UncertaintyOption, IsAboutTheAnalyticFiguresOfTheReport) {
  const json report = simulated_json({"mobilenet_v2", "--uncertainty", "40", "--seed", "5"});
  const json& uncertainty = report.at("uncertainty");
  EXPECT_EQ(uncertainty.at("samples"), 40);
  EXPECT_EQ(uncertainty.at("seed"), 5);
  EXPECT_EQ(uncertainty["latency_s"]["nominal"], report["totals"]["analytic_latency_s"]);
  double picojoules = 0;
  for (const json& layer : report.at("layers")) {
    for (const auto& [part, energy] : layer.at("analytic_energy_pj").items()) {
      picojoules += energy.get<double>();
    }
  }
  const double joules = uncertainty["energy_j"]["nominal"].get<double>();
  EXPECT_NEAR(joules, picojoules * 1e-12, 1e-9 * joules);
  for (const char* figure : {"latency_s", "energy_j"}) {
    const json& spread = uncertainty.at(figure);
    EXPECT_EQ(uncertainty["sampled"][figure].size(), 40U);
    EXPECT_LE(spread["min"], spread["p5"]);
    EXPECT_LE(spread["p5"], spread["p50"]);
    EXPECT_LE(spread["p50"], spread["p95"]);
    EXPECT_LE(spread["p95"], spread["max"]);
  }
  // The energy is not known to 5 % either way.
  EXPECT_LT(uncertainty["energy_j"]["p5"].get<double>(), 0.95 * joules);
  EXPECT_GT(uncertainty["energy_j"]["p95"].get<double>(), 1.05 * joules);
  double before = 1;
  for (const json& constant : uncertainty.at("constants")) {
    const json& energy = constant.at("energy_j");
    const double width = std::abs(energy["high"].get<double>() - energy["low"].get<double>());
    EXPECT_LE(width, before);
    before = width;
    EXPECT_LE(constant["low"], constant["nominal"]);
    EXPECT_LE(constant["nominal"], constant["high"]);
  }
}

TEST(UncertaintyOption, ChangesNothingElse) {
  json with = simulated_json({"ds_cnn", "--uncertainty", "3"});
  const json without = simulated_json({"ds_cnn"});
  EXPECT_TRUE(without.at("uncertainty").is_null());
  with["uncertainty"] = nullptr;
  EXPECT_EQ(with, without);
}

TEST(UncertaintyOption, IsTheSameEveryTimeAndAnotherBySeed) {
  const std::vector<std::string> run = {"ds_cnn", "--uncertainty", "10", "--seed", "1"};
  const json first = simulated_json(run);
  EXPECT_EQ(simulated_json(run), first);
  const json other = simulated_json({"ds_cnn", "--uncertainty", "10", "--seed", "2"});
  EXPECT_NE(other["uncertainty"]["sampled"], first["uncertainty"]["sampled"]);
  EXPECT_EQ(other["uncertainty"]["constants"], first["uncertainty"]["constants"]);
}

TEST(UncertaintyOption, TakesConcurrencyFeedbackAndSeveralModels) {
  const json report = simulated_json(
      {"lstm_acoustic", "--concurrency", "layers", "--feedback", "--uncertainty", "2"});
  EXPECT_EQ(report["uncertainty"]["latency_s"]["nominal"], report["totals"]["analytic_latency_s"]);
  const Outcome two = simulated({"ds_cnn", "mobilenet_v2", "--uncertainty", "2"});
  EXPECT_EQ(two.exit_code, 0) << two.err;
  const std::size_t first = two.out.find("2 samples of the ranges");
  ASSERT_NE(first, std::string::npos);
  EXPECT_NE(two.out.find("2 samples of the ranges", first + 1), std::string::npos);
}

TEST(UncertaintyOption, TellsPeopleWhatMatters) {
  const Outcome outcome = simulated({"mobilenet_v2", "--system", "edge_tpu", "--uncertainty", "1"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out,
              AllOf(HasSubstr("by the analytic model"), HasSubstr("schedule stay"),
                    HasSubstr("energy_per_bit "), HasSubstr("cmos_22nm.sram.scale.leakage")));
  EXPECT_THAT(simulated({"ds_cnn"}).out, Not(HasSubstr("Uncertainty")));
}

TEST(UncertaintyOption, MistakesAreToldAtOnce) {
  const auto error = [](std::vector<std::string> arguments) {
    const Outcome outcome = simulated(std::move(arguments));
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_EQ(outcome.out, "");
    return outcome.err;
  };
  for (const char* count : {"0", "-1", "1.5", "many"}) {
    EXPECT_THAT(error({"ds_cnn", "--uncertainty", count}),
                HasSubstr(std::string("--uncertainty: '") + count + "' is no integer"));
  }
  EXPECT_THAT(error({"ds_cnn", "--uncertainty", "100001"}), HasSubstr("more than 100000 samples"));
  EXPECT_THAT(error({"ds_cnn", "--uncertainty", "5", "--inferences", "2"}),
              HasSubstr("--uncertainty: is of one inference"));
  EXPECT_THAT(error({"ds_cnn", "--uncertainty", "5", "--seed", "-3"}), HasSubstr("--seed"));
  EXPECT_THAT(error({"ds_cnn", "--seed", "3"}), HasSubstr("--uncertainty, which is not given"));
  const Outcome workload = mensa({"workload", "phone.yaml", "--uncertainty", "5"});
  EXPECT_EQ(workload.exit_code, 2);
  EXPECT_THAT(workload.err, HasSubstr("--uncertainty"));
}

TEST(UncertaintyOption, RefusesRangesThatMakeNoSense) {
  const Outcome outcome =
      simulated({"ds_cnn", "--uncertainty", "5", "--param", "host.energy_per_operation.low=1 fJ"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err,
              AllOf(HasSubstr("host.energy_per_operation"), HasSubstr("different units")));
}

}  // namespace
}  // namespace mensa
