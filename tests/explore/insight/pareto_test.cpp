#include "explore/insight/pareto.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace mensa::explore {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// Points of 1 to 5 objectives, with few values so that many are equal.
rc::Gen<std::vector<ObjectiveVector>> points_generator() {
  return rc::gen::mapcat(rc::gen::inRange<std::size_t>(1, 6), [](std::size_t objectives) {
    return rc::gen::container<std::vector<ObjectiveVector>>(rc::gen::container<ObjectiveVector>(
        objectives, rc::gen::map(rc::gen::inRange(0, 6),
                                 [](int value) { return static_cast<double>(value) - 2; })));
  });
}

/// As the definition has it.
std::vector<std::size_t> by_definition(const std::vector<ObjectiveVector>& points) {
  std::vector<std::size_t> front;
  for (std::size_t i = 0; i < points.size(); ++i) {
    bool best = true;
    for (std::size_t j = 0; j < points.size(); ++j) {
      bool larger = false;
      bool smaller = false;
      for (std::size_t k = 0; k < points[i].size(); ++k) {
        larger = larger || points[j][k] > points[i][k];
        smaller = smaller || points[j][k] < points[i][k];
      }
      if (!larger && (smaller || j < i)) best = false;
    }
    if (best) front.push_back(i);
  }
  return front;
}

RC_GTEST_PROP(ParetoFront, IsWhatItsDefinitionSays, ()) {
  const auto points = *points_generator();
  RC_ASSERT(pareto_front(points) == by_definition(points));
}

RC_GTEST_PROP(ParetoFront, IsTheSameOneByOneInAnyOrder, ()) {
  const auto points = *points_generator();
  std::vector<std::size_t> order(points.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  const auto seed = *rc::gen::arbitrary<std::uint32_t>();
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[seed % i]);
  ParetoFront front;
  for (const std::size_t position : order) {
    const auto before = front.members().size();
    std::vector<ObjectiveVector> values;
    for (const auto& member : front.members()) values.push_back(member.values);
    const bool is_new = std::none_of(values.begin(), values.end(), [&](const auto& member) {
      return member == points[position] || dominates(member, points[position]);
    });
    RC_ASSERT(front.add(points[position], position) == is_new);
    RC_ASSERT(is_new || front.members().size() == before);
  }
  std::vector<std::size_t> ids;
  for (const auto& member : front.members()) {
    RC_ASSERT(member.values == points[member.id]);
    ids.push_back(member.id);
  }
  std::sort(ids.begin(), ids.end());
  RC_ASSERT(ids == pareto_front(points));
}

TEST(Pareto, Dominates) {
  EXPECT_TRUE(dominates({1, 2}, {1, 3}));
  EXPECT_FALSE(dominates({1, 2}, {1, 2}));
  EXPECT_FALSE(dominates({1, 3}, {2, 2}));
}

TEST(Pareto, OfFewPoints) {
  EXPECT_THAT(pareto_front({}), IsEmpty());
  EXPECT_THAT(pareto_front({{3}}), ElementsAre(0));
  EXPECT_THAT(pareto_front({{3}, {2}, {2}, {5}}), ElementsAre(1));
  EXPECT_THAT(pareto_front({{1, 5}, {2, 2}, {2, 2}, {5, 1}, {3, 3}}), ElementsAre(0, 1, 3));
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  EXPECT_THAT(pareto_front({{0, 1}, {-kInfinity, 2}, {kInfinity, 0}}), ElementsAre(0, 1, 2));
}

TEST(Pareto, AmongSome) {
  const std::vector<ObjectiveVector> points = {{0, 0}, {1, 5}, {2, 2}, {3, 3}};
  EXPECT_THAT(pareto_front_among(points, {1, 2, 3}), ElementsAre(1, 2));
  EXPECT_THAT(pareto_front_among(points, {}), IsEmpty());
}

/// Points of a sphere's octant: all of them are on the front. In seconds if it took n squared.
TEST(Pareto, OfManyPoints) {
  constexpr int kSide = 250;
  std::vector<ObjectiveVector> sphere;
  std::vector<ObjectiveVector> curve;
  for (int i = 1; i < kSide; ++i) {
    for (int j = 1; j < kSide; ++j) {
      const double a = i * 1.57 / kSide;
      const double b = j * 1.57 / kSide;
      sphere.push_back({-std::sin(a) * std::cos(b), -std::sin(a) * std::sin(b), -std::cos(a)});
      const double x = static_cast<double>(i) * kSide + j;
      curve.push_back({x, 1 / x});
    }
  }
  EXPECT_EQ(pareto_front(sphere).size(), sphere.size());
  EXPECT_EQ(pareto_front(curve).size(), curve.size());
}

}  // namespace
}  // namespace mensa::explore
