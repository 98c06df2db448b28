#include "explore/insight/correlation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <utility>

namespace mensa::explore {
namespace {

using testing::DoubleEq;
using testing::Optional;

using List = std::vector<double>;

/// Two lists with many equal values.
std::pair<List, List> lists() {
  List a;
  List b;
  for (const auto& [x, y] :
       *rc::gen::arbitrary<std::vector<std::pair<std::uint8_t, std::uint8_t>>>()) {
    a.push_back(x % 7);
    b.push_back(y % 5);
  }
  return {a, b};
}

int sign(double value) { return value > 0 ? 1 : value < 0 ? -1 : 0; }

/// As its definition has it, pair by pair.
std::optional<double> kendall_by_pairs(const List& a, const List& b) {
  double both = 0;
  double unequal_a = 0;
  double unequal_b = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      both += sign(a[i] - a[j]) * sign(b[i] - b[j]);
      unequal_a += a[i] != a[j] ? 1 : 0;
      unequal_b += b[i] != b[j] ? 1 : 0;
    }
  }
  if (unequal_a == 0 || unequal_b == 0) return std::nullopt;
  return both / std::sqrt(unequal_a * unequal_b);
}

/// The correlation of ranks, which are counted.
std::optional<double> spearman_by_counting(const List& a, const List& b) {
  const auto rank = [](const List& list, double value) {
    double below = 0;
    double equal = 0;
    for (const double other : list) {
      below += other < value ? 1 : 0;
      equal += other == value ? 1 : 0;
    }
    return below + (equal + 1) / 2;
  };
  const auto covariance = [&](const List& x, const List& y) {
    const auto n = static_cast<double>(x.size());
    double products = 0;
    double sum_x = 0;
    double sum_y = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      products += rank(x, x[i]) * rank(y, y[i]);
      sum_x += rank(x, x[i]);
      sum_y += rank(y, y[i]);
    }
    return products - sum_x * sum_y / n;
  };
  if (a.empty() || covariance(a, a) == 0 || covariance(b, b) == 0) return std::nullopt;
  return covariance(a, b) / std::sqrt(covariance(a, a) * covariance(b, b));
}

void same(const std::optional<double>& found, const std::optional<double>& expected) {
  RC_ASSERT(found.has_value() == expected.has_value());
  if (expected) RC_ASSERT(std::abs(*found - *expected) < 1e-9);
}

RC_GTEST_PROP(Kendall, IsWhatItsDefinitionSays, ()) {
  const auto [a, b] = lists();
  same(kendall(a, b), kendall_by_pairs(a, b));
  same(kendall(b, a), kendall(a, b));
}

RC_GTEST_PROP(Spearman, IsWhatItsDefinitionSays, ()) {
  const auto [a, b] = lists();
  same(spearman(a, b), spearman_by_counting(a, b));
}

TEST(RankCorrelation, OfTheSameAndTheOppositeOrder) {
  const List rising = {1, 2, 10, 1000};
  const List also = {-4, -3, 5, 6};
  const List falling = {4, 3, 2, 1};
  EXPECT_THAT(kendall(rising, also), Optional(DoubleEq(1)));
  EXPECT_THAT(spearman(rising, also), Optional(DoubleEq(1)));
  EXPECT_THAT(kendall(rising, falling), Optional(DoubleEq(-1)));
  EXPECT_THAT(spearman(rising, falling), Optional(DoubleEq(-1)));
}

TEST(RankCorrelation, OfWhatDoesNotVaryIsNone) {
  EXPECT_EQ(kendall({1, 1, 1}, {1, 2, 3}), std::nullopt);
  EXPECT_EQ(spearman({1, 2, 3}, {1, 1, 1}), std::nullopt);
  EXPECT_EQ(kendall({}, {}), std::nullopt);
  EXPECT_EQ(spearman({1}, {2}), std::nullopt);
}

/// Seconds if it took n squared.
TEST(RankCorrelation, OfManyValues) {
  List a;
  List b;
  for (int i = 0; i < 200'000; ++i) {
    a.push_back(i);
    b.push_back(static_cast<double>((i * 7919LL) % 200'000));
  }
  EXPECT_NEAR(kendall(a, b).value_or(1), 0, 0.01);
  EXPECT_NEAR(spearman(a, b).value_or(1), 0, 0.01);
}

}  // namespace
}  // namespace mensa::explore
