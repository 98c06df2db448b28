#include "traces/uncertainty_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace mensa::traces {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

scheduler::AnalyticCost cost(double seconds, double joules) {
  return {base::Seconds(seconds), base::Picojoules(joules * 1e12)};
}

scheduler::ConstantEffect effect(const std::string& name, const std::string& place, double low,
                                 double high) {
  accelerators::UncertainFigure figure{place, 2, 1, 4, "pJ", "a paper", "B"};
  return {{name, figure, {place}}, cost(1, low), cost(1.25, high)};
}

/// Of 1 s and 10 J.
UncertaintyReport sample() {
  scheduler::Uncertainty uncertainty;
  uncertainty.nominal = cost(1, 10);
  uncertainty.constants = {effect("power 1/2/4 pJ", "memories.a.power", 8, 12),
                           effect("tech.mac.0.energy", "technology.mac.0.energy", 9.9, 10),
                           effect("tech.area", "technology.area", 10, 10.04)};
  uncertainty.samples = {cost(3, 30), cost(1, 10), cost(2, 20)};
  return uncertainty_report(uncertainty, 5);
}

TEST(Spread, LiesBetweenTheSamples) {
  const Spread one = spread_of(7, {3});
  EXPECT_EQ(one.nominal, 7);
  EXPECT_EQ(one.p5, 3);
  EXPECT_EQ(one.p95, 3);
  std::vector<double> samples;
  for (int i = 100; i >= 0; --i) samples.push_back(i);
  const Spread even = spread_of(50, samples);
  EXPECT_DOUBLE_EQ(even.p5, 5);
  EXPECT_DOUBLE_EQ(even.p50, 50);
  EXPECT_DOUBLE_EQ(even.p95, 95);
  EXPECT_EQ(even.least, 0);
  EXPECT_EQ(even.most, 100);
  EXPECT_DOUBLE_EQ(spread_of(0, {1, 2}).p95, 1.95);
}

TEST(UncertaintyReport, KeepsTheOrderOfTheSamples) {
  const UncertaintyReport report = sample();
  EXPECT_EQ(report.seed, 5U);
  EXPECT_THAT(report.sampled_seconds, ElementsAre(3, 1, 2));
  EXPECT_THAT(report.sampled_joules, ElementsAre(30, 10, 20));
  EXPECT_EQ(report.seconds.nominal, 1);
  EXPECT_EQ(report.joules.p50, 20);
}

TEST(UncertaintyReport, IsJsonWithUnitsInItsKeys) {
  const auto json = uncertainty_to_json(sample());
  EXPECT_EQ(json["samples"], 3);
  EXPECT_EQ(json["seed"], 5);
  const auto& first = json["constants"][0];
  EXPECT_EQ(first["name"], "power 1/2/4 pJ");
  EXPECT_EQ(first["places"], nlohmann::ordered_json({"memories.a.power"}));
  EXPECT_EQ(first["unit"], "pJ");
  EXPECT_EQ(first["low"], 1);
  EXPECT_EQ(first["nominal"], 2);
  EXPECT_EQ(first["high"], 4);
  EXPECT_EQ(first["grade"], "B");
  EXPECT_EQ(first["source"], "a paper");
  EXPECT_EQ(first["energy_j"]["low"], 8);
  EXPECT_EQ(first["energy_j"]["high"], 12);
  EXPECT_EQ(first["latency_s"]["high"], 1.25);
  EXPECT_EQ(json["sampled"]["latency_s"], nlohmann::ordered_json({3, 1, 2}));
  EXPECT_EQ(json["energy_j"]["max"], 30);
}

TEST(UncertaintyReport, TellsPeopleWhatMattersMost) {
  const std::string text = uncertainty_text(sample());
  EXPECT_THAT(text, AllOf(HasSubstr("3 samples of the ranges of 3 constants"),
                          HasSubstr("analytic model"), HasSubstr("nominal 10 J")));
  EXPECT_THAT(text, AllOf(HasSubstr("power "), HasSubstr("-20.0"), HasSubstr("+20.0"),
                          HasSubstr("+25.0"), HasSubstr("tech.mac.0.energy"), HasSubstr("-1.0")));
  EXPECT_THAT(text, Not(HasSubstr("power 1/2/4 pJ"))) << "the range has columns of its own";
  EXPECT_THAT(text, Not(HasSubstr("tech.area"))) << "moves the energy by 0.4 % only";
  EXPECT_THAT(text, HasSubstr("1 more constant moves the energy less, by under 0.5 %."));
}

}  // namespace
}  // namespace mensa::traces
