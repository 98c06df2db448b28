// What all searches have in common.

#include "explore/search/search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <stdexcept>
#include <string>

#include "explore/insight/hypervolume.h"
#include "explore/search/builtins.h"
#include "models/base/error.h"
#include "tests/explore/search/judges.h"
#include "tests/models/base/error_of.h"

namespace mensa::explore {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

const std::vector<std::string> kNames = {"grid", "random", "sobol", "nsga2", "moead", "anneal"};

Space with_search(Space space, const std::string& method, std::uint64_t seed = 1) {
  space.search = {method, seed, 16};
  return space;
}

class EverySearch : public testing::TestWithParam<std::string> {};

TEST_P(EverySearch, OfOneSeedAsksForTheSamePoints) {
  const Space space = with_search(numbers_space({7, 1, 9, 300}), GetParam());
  const auto judge = [&](const Point& point) { return zdt1(space, point); };
  const auto points = run_search(space, judge, 200).points();
  EXPECT_EQ(points.size(), 200U);
  EXPECT_EQ(run_search(space, judge, 200).points(), points);
  // a longer one begins as a shorter one
  const auto more = run_search(space, judge, 250).points();
  EXPECT_TRUE(std::equal(points.begin(), points.end(), more.begin()));
}

TEST_P(EverySearch, OfAnotherSeedAsksForOthersButForTheGrid) {
  const Space space = with_search(numbers_space({7, 9, 30}), GetParam());
  const Space other = with_search(space, GetParam(), 2);
  const auto judge = [&](const Point& point) { return zdt1(space, point); };
  const bool are_same =
      run_search(space, judge, 100).points() == run_search(other, judge, 100).points();
  EXPECT_EQ(are_same, GetParam() == "grid");
}

TEST_P(EverySearch, StaysInTheSpace) {
  const Space space = with_search(numbers_space({3, 1, 100000, 2, 17}), GetParam());
  const auto judge = [&](const Point& point) { return zdt1(space, point); };
  for (const Point& point : run_search(space, judge, 2000).points()) {
    ASSERT_EQ(point.size(), 5U);
    for (std::size_t i = 0; i < point.size(); ++i) {
      ASSERT_LT(point[i], space.parameters[i].choices.size());
    }
  }
}

/// MOEA/D stays near what is good.
TEST_P(EverySearch, FindsAllOfASmallSpace) {
  const Space space = with_search(numbers_space({2, 3, 1, 4}), GetParam());
  const auto judge = [&](const Point& point) { return zdt1(space, point); };
  const std::size_t all = GetParam() == "moead" ? 18 : 24;
  EXPECT_EQ(run_search(space, judge, all).points().size(), all);
}

TEST_P(EverySearch, WorksWhereThereIsNothingToChoose) {
  for (const Space& space : {numbers_space({1}), numbers_space({1, 1, 1})}) {
    const Space searched = with_search(space, GetParam());
    const auto points = run_search(
        searched,
        [](const Point&) {
          return Judgement{true, 0, {1, 1}};
        },
        1);
    EXPECT_EQ(points.points().size(), 1U);
  }
}

TEST_P(EverySearch, WorksWithOneParameter) {
  const Space space = with_search(numbers_space({40}), GetParam());
  const auto judge = [&](const Point& point) {
    const double x = part_of(space, point, 0);
    return Judgement{true, 0, {x, 1 - x}};
  };
  EXPECT_GE(run_search(space, judge, 20).points().size(), 20U);
}

TEST_P(EverySearch, WorksWithOneObjectiveAndWithMany) {
  std::vector<Metric> many;
  for (std::size_t i = 0; i < kMetricCount; ++i) many.push_back(static_cast<Metric>(i));
  for (const auto& objectives : {std::vector<Metric>{Metric::kLatency}, many}) {
    const Space space = with_search(numbers_space({5, 6, 7}, objectives), GetParam());
    const auto judge = [&](const Point& point) {
      return Judgement{true, 0, std::vector<double>(objectives.size(), part_of(space, point, 1))};
    };
    EXPECT_EQ(run_search(space, judge, 60).points().size(), 60U);
  }
}

TEST_P(EverySearch, WorksWhereNothingIsFeasible) {
  const Space space = with_search(numbers_space({5, 6, 7}), GetParam());
  const auto judge = [](const Point&) { return Judgement{false, 1e6, {}}; };
  EXPECT_EQ(run_search(space, judge, 60).points().size(), 60U);
}

/// Through the libraries that some are made of.
TEST_P(EverySearch, LetsThroughWhatEndsIt) {
  const Space space = with_search(numbers_space({5, 60, 70}), GetParam());
  const auto run_for = [&](std::size_t askings, const auto& end) {
    std::size_t asked = 0;
    find_search(GetParam()).make(space)->run([&](const std::vector<Point>& points) {
      if (asked++ == askings) end();
      std::vector<Judgement> judgements;
      judgements.reserve(points.size());
      for (const Point& point : points) judgements.push_back(zdt1(space, point));
      return judgements;
    });
  };
  for (const std::size_t askings : {0U, 1U, 2U, 7U, 19U}) {
    EXPECT_THROW(run_for(askings, [] { throw SearchEnded{}; }), SearchEnded) << askings;
    EXPECT_THROW(run_for(askings, [] { throw base::Error("disk full"); }), base::Error) << askings;
  }
}

INSTANTIATE_TEST_SUITE_P(Searches, EverySearch, testing::ValuesIn(kNames),
                         [](const auto& one) { return one.param; });

class Exhaustive : public testing::TestWithParam<std::string> {};

TEST_P(Exhaustive, AsksForEachPointOnceAndEnds) {
  for (const auto& sizes : {std::vector<std::size_t>{1}, {2}, {3, 1, 5}, {7, 11, 40}, {1024, 2}}) {
    const Space space = with_search(numbers_space(sizes), GetParam());
    std::vector<std::string> keys;
    find_search(GetParam()).make(space)->run([&](const std::vector<Point>& points) {
      for (const Point& point : points) keys.push_back(key_of(point));
      return std::vector<Judgement>(points.size());
    });
    EXPECT_EQ(keys.size(), *space.size());
    EXPECT_EQ(std::set<std::string>(keys.begin(), keys.end()).size(), *space.size());
  }
}

INSTANTIATE_TEST_SUITE_P(Searches, Exhaustive, testing::Values("grid", "random"),
                         [](const auto& one) { return one.param; });

TEST(Grid, HasTheLastParameterFastest) {
  const Space space = with_search(numbers_space({2, 3}), "grid");
  const auto judge = [](const Point&) { return Judgement{}; };
  EXPECT_EQ(run_search(space, judge, 6).points(),
            (std::vector<Point>{{0, 0}, {0, 1}, {0, 2}, {1, 0}, {1, 1}, {1, 2}}));
}

TEST(Grid, HasAMillionMillionPointsAtTheMost) {
  Space space = numbers_space({10000, 10000, 10000});
  EXPECT_NE(make_grid(space), nullptr);
  space.parameters.push_back(space.parameters.front());
  space.parameters.back().choices.resize(1);
  EXPECT_NE(make_grid(space), nullptr);
  space.parameters.back().choices.resize(2);
  EXPECT_EQ(error_of([&] { return make_grid(space); }),
            "the grid has 2e+12 points, of at most 1e+12; take fewer values, or search by random, "
            "sobol or nsga2");
}

/// Which point is first, and how the first half of all lies.
TEST(Random, IsUniform) {
  std::vector<int> firsts(100, 0);
  constexpr int kSeeds = 2000;
  for (int seed = 0; seed < kSeeds; ++seed) {
    const Space space =
        with_search(numbers_space({10, 10}), "random", static_cast<std::uint64_t>(seed));
    const Point first = run_search(
                            space, [](const Point&) { return Judgement{}; }, 1)
                            .points()[0];
    ++firsts[first[0] * 10 + first[1]];
  }
  double chi_square = 0;
  for (const int count : firsts) chi_square += (count - 20.0) * (count - 20.0) / 20.0;
  EXPECT_LT(chi_square, 170);  // mean 99, deviation 14
  EXPECT_GT(chi_square, 45);
  const Space space = with_search(numbers_space({7, 11, 13}), "random");
  std::vector<int> choices(7, 0);
  for (const Point& point : run_search(
                                space, [](const Point&) { return Judgement{}; }, 500)
                                .points()) {
    ++choices[point[0]];
  }
  for (const int count : choices) EXPECT_NEAR(count, 500.0 / 7, 25);  // deviation 5.5
}

TEST(Random, OfASpaceBeyondAllNumbersGoesOn) {
  const Space space = with_search(numbers_space(std::vector<std::size_t>(30, 1000)), "random");
  ASSERT_EQ(space.size(), std::nullopt);
  EXPECT_EQ(run_search(
                space, [](const Point&) { return Judgement{}; }, 700)
                .points()
                .size(),
            700U);
}

TEST(Sobol, CoversTheSpaceEvenly) {
  const Space space = with_search(numbers_space({16, 16, 16}), "sobol", 5);
  std::vector<Point> points;  // with those that come again
  try {
    find_search("sobol").make(space)->run([&](const std::vector<Point>& asked) {
      points.insert(points.end(), asked.begin(), asked.end());
      if (points.size() >= 256) throw SearchEnded{};
      return std::vector<Judgement>(asked.size());
    });
  } catch (const SearchEnded&) {
    points.resize(256);
  }
  for (std::size_t d = 0; d < 3; ++d) {
    std::vector<int> lines(16, 0);
    std::vector<int> squares(16, 0);
    for (const Point& point : points) {
      ++lines[point[d]];
      ++squares[point[d] / 4 * 4 + point[(d + 1) % 3] / 4];
    }
    for (const int count : lines) EXPECT_NEAR(count, 16, 2);
    for (const int count : squares) EXPECT_NEAR(count, 16, 5);
  }
}

class Learning : public testing::TestWithParam<std::string> {};

/// Area that the front of so many points dominates; 10 x 1 at the most.
double zdt1_volume(const std::string& method, std::uint64_t seed) {
  const Space space = with_search(numbers_space(std::vector<std::size_t>(8, 33)), method, seed);
  const RecordingJudge judge = run_search(
      space, [&](const Point& point) { return zdt1(space, point); }, 1500);
  std::vector<ObjectiveVector> values;
  for (const Judgement& one : judge.given()) values.push_back(one.objectives);
  return hypervolume(values, {1.0001, 10});
}

TEST_P(Learning, BeatsRandomPointsByFar) {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    const double random = zdt1_volume("random", seed);
    const double learnt = zdt1_volume(GetParam(), seed);
    // The best there is: 10 less the area under 1 - sqrt(x).
    constexpr double kBest = 10 - 1.0 / 3;
    EXPECT_LT(kBest - learnt, 0.7 * (kBest - random)) << learnt << " of " << random;
  }
}

TEST_P(Learning, FindsTheWayToWhatIsFeasible) {
  const auto tries = [&](const std::string& method) {
    const Space space = with_search(numbers_space(std::vector<std::size_t>(6, 20)), method, 4);
    const auto judge = [&](const Point& point) {
      double sum = 0;
      for (std::size_t i = 0; i < point.size(); ++i) sum += part_of(space, point, i);
      if (sum > 0.8)
        return Judgement{false, sum - 0.8, {}};  // of a hundred thousand points some ten
      return Judgement{true, 0, {part_of(space, point, 0), 1 - part_of(space, point, 0)}};
    };
    const std::vector<Judgement> given = run_search(space, judge, 2000).given();
    return std::count_if(given.begin(), given.end(),
                         [](const Judgement& one) { return one.feasible; });
  };
  EXPECT_LT(tries("random"), 5);
  EXPECT_GT(tries(GetParam()), 50);
}

TEST_P(Learning, FindsTheLeastOfOneObjective) {
  const auto best_of = [](const std::string& method) {
    const Space space =
        with_search(numbers_space(std::vector<std::size_t>(6, 20), {Metric::kEdp}), method);
    double best = 1e9;
    const auto judge = [&](const Point& point) {
      double sum = 0;
      for (std::size_t i = 0; i < point.size(); ++i) {
        const double x = part_of(space, point, i) - 0.3;
        sum += x * x;
      }
      best = std::min(best, sum);
      return Judgement{true, 0, {std::log(sum)}};
    };
    static_cast<void>(run_search(space, judge, 2000));
    return best;
  };
  EXPECT_LT(4 * best_of(GetParam()), best_of("random"));
}

INSTANTIATE_TEST_SUITE_P(Searches, Learning, testing::Values("nsga2", "moead", "anneal"),
                         [](const auto& one) { return one.param; });

TEST(Searches, AreNamed) {
  std::vector<std::string> names;
  for (const SearchEntry& entry : searches()) {
    names.push_back(entry.name);
    EXPECT_FALSE(entry.help.empty());
    EXPECT_EQ(entry.concentrates,
              entry.name == "nsga2" || entry.name == "moead" || entry.name == "anneal");
  }
  EXPECT_EQ(names, kNames);
  EXPECT_THAT(error_of([] { return find_search("sobl").name; }),
              StartsWith("unknown search 'sobl'; did you mean 'sobol'?"));
}

TEST(Searches, TakePopulationsThatTheyCanUse) {
  const auto refused = [](const std::string& method, std::size_t population,
                          std::size_t objectives) {
    return error_of([&] {
      check_search({method, 1, population}, objectives);
      return 0;
    });
  };
  EXPECT_EQ(refused("nsga2", 8, 2), "no error");
  EXPECT_THAT(refused("nsga2", 6, 2), HasSubstr("nsga2 takes a population of at least 8"));
  EXPECT_THAT(refused("nsga2", 9, 2), HasSubstr("multiple of 4, not 9"));
  EXPECT_EQ(refused("moead", 8, 7), "no error");
  EXPECT_EQ(refused("moead", 9, 7), "no error");
  EXPECT_THAT(refused("moead", 7, 2), HasSubstr("moead takes a population of at least 8"));
  EXPECT_THAT(refused("moead", 8, 8), HasSubstr("moead takes a population of at least 9"));
  EXPECT_EQ(refused("anneal", 1, 3), "no error");
  EXPECT_THAT(refused("simplex", 8, 2), HasSubstr("unknown search 'simplex'"));
}

}  // namespace
}  // namespace mensa::explore
