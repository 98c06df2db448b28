#include "cli/compare/comparison.h"

#include <gtest/gtest.h>

namespace mensa::cli {
namespace {

ComparedFigures taking(double latency, double energy) {
  ComparedFigures figures;
  figures.latency_s = latency;
  figures.energy_j = energy;
  return figures;
}

Comparison two_by_two() {
  Comparison comparison;
  comparison.models = {{"a", "", {}}, {"b", "", {}}, {"c", "", {}}};
  comparison.systems = {{"s", "", {}}, {"t", "", {}}};
  comparison.policies = {"p", "q"};
  comparison.rows = {{"a", "s", "p", taking(1, 10), ""},   {"a", "s", "q", taking(2, 10), ""},
                     {"a", "t", "p", taking(3, 10), ""},   {"a", "t", "q", std::nullopt, "no"},
                     {"b", "s", "p", taking(10, 100), ""}, {"b", "s", "q", taking(80, 25), ""},
                     {"b", "t", "p", taking(120, 1), ""},  {"b", "t", "q", std::nullopt, "no"},
                     {"c", "s", "p", std::nullopt, "no"},  {"c", "s", "q", taking(1, 1), ""},
                     {"c", "t", "p", taking(1, 1), ""},    {"c", "t", "q", taking(1, 1), ""}};
  return comparison;
}

TEST(ComparisonMeans, AreGeometricOverModelsThatRanBothHereAndFirst) {
  const std::vector<ComparedMean> means = means_of(two_by_two());
  ASSERT_EQ(means.size(), 4U);
  EXPECT_EQ(means[0].system, "s");
  EXPECT_EQ(means[0].policy, "p");
  EXPECT_EQ(means[0].models, 2U);
  EXPECT_DOUBLE_EQ(*means[0].latency, 1);
  EXPECT_DOUBLE_EQ(*means[0].edp, 1);
  EXPECT_EQ(means[1].models, 2U);
  EXPECT_DOUBLE_EQ(*means[1].latency, 4);   // of 2 and 8
  EXPECT_DOUBLE_EQ(*means[1].energy, 0.5);  // of 1 and 1/4
  EXPECT_DOUBLE_EQ(*means[1].edp, 2);
  EXPECT_EQ(means[2].policy, "p");
  EXPECT_DOUBLE_EQ(*means[2].latency, 6);   // of 3 and 12
  EXPECT_DOUBLE_EQ(*means[2].energy, 0.1);  // of 1 and 1/100
  EXPECT_EQ(means[3].models, 0U);
  EXPECT_FALSE(means[3].latency);
  EXPECT_FALSE(means[3].edp);
}

TEST(ComparisonMeans, LeaveOutModelsWithoutWork) {
  Comparison comparison = two_by_two();
  comparison.rows[0].figures = taking(0, 0);
  EXPECT_EQ(means_of(comparison)[1].models, 1U);
  EXPECT_DOUBLE_EQ(*means_of(comparison)[1].latency, 8);
}

TEST(ComparisonGap, IsTheShareAboveTheBound) {
  ComparedFigures figures;
  EXPECT_FALSE(figures.gap());
  figures.analytic_value = 3;
  EXPECT_FALSE(figures.gap());
  figures.bound = 2;
  EXPECT_DOUBLE_EQ(*figures.gap(), 0.5);
}

}  // namespace
}  // namespace mensa::cli
