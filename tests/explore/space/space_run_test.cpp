// What a space says of objectives, evaluation, search and stop, and the command line in its place.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "tests/explore/space/refused_space.h"
#include "tests/explore/space/sample_space.h"
#include "tests/models/base/error_of.h"

namespace mensa::explore {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST(SpaceRun, KnowsObjectives) {
  EXPECT_EQ(refused("objectives", "[latency, energy, latency]"),
            "space.yaml:5:31: objectives.2: 'latency' stands twice");
  EXPECT_THAT(refused("objectives", "[latenc]"),
              StartsWith("space.yaml:5:14: objectives.0: unknown metric 'latenc'; did you mean "
                         "'latency'?"));
  EXPECT_EQ(refused("objectives", "[latency, deadline_misses]"),
            "space.yaml:5:23: objectives.1: no model has a 'deadline' that could be missed");
}

TEST(SpaceRun, KnowsHowPointsAreEvaluated) {
  const auto with = [](const std::string& keys) { return refused("evaluation", "{" + keys + "}"); };
  EXPECT_THAT(
      with("policy: greddy"),
      StartsWith("space.yaml:6:22: evaluation.policy: unknown policy 'greddy'; did you mean "
                 "'greedy'?"));
  EXPECT_THAT(with("objective: time"), HasSubstr("evaluation.objective: "));
  EXPECT_THAT(with("mapper: quick"), HasSubstr("evaluation.mapper: unknown mapper 'quick'"));
  EXPECT_THAT(with("concurrency: much"), HasSubstr("evaluation.concurrency: "));
  EXPECT_THAT(with("precision: w3a3"), HasSubstr("evaluation.precision: "));
}

TEST(SpaceRun, KnowsSearches) {
  const auto with = [](const std::string& keys) { return refused("search", "{" + keys + "}"); };
  EXPECT_THAT(with("method: nsga3"),
              StartsWith("space.yaml:6:18: search.method: unknown search 'nsga3'; did you mean "
                         "'nsga2'?"));
  EXPECT_THAT(with("seed: -1"), HasSubstr("search.seed: -1 is out of range"));
  EXPECT_EQ(with("method: anneal, population: 1"), "no error");
  EXPECT_THAT(with("population: 0"), HasSubstr("expected 1 to 100000"));
  EXPECT_EQ(with("population: 8"), "no error");
  EXPECT_THAT(with("population: 4"),
              HasSubstr("nsga2 takes a population of at least 8 that is a multiple of 4, not 4"));
  EXPECT_THAT(with("method: nsga2, population: 10"), HasSubstr("search.method: nsga2 takes"));
  EXPECT_EQ(with("method: moead, population: 8"), "no error");
  EXPECT_THAT(
      with("method: moead, population: 7"),
      HasSubstr("moead takes a population of at least 8, and more than there are objectives, "
                "not 7"));
}

TEST(SpaceRun, WantsMoreTradeOffsThanObjectives) {
  const SpaceText many = SpaceText().with(
      "objectives",
      "[area, peak_power, bandwidth, buffers, pes, accelerators, latency, energy, edp, power]");
  const auto with = [&](int population) {
    return error_of([&] {
      return many.with("search", "{method: moead, population: " + std::to_string(population) + "}")
          .read();
    });
  };
  EXPECT_EQ(with(11), "no error");
  EXPECT_THAT(with(10), HasSubstr("moead takes a population of at least 11"));
}

TEST(SpaceRun, KnowsWhenToStop) {
  const auto with = [](const std::string& keys) { return refused("stop", "{" + keys + "}"); };
  EXPECT_EQ(with("points: 1, stagnation: 1, time: 1 ms"), "no error");
  EXPECT_THAT(with("points: 0"), HasSubstr("stop.points: 0 is out of range"));
  EXPECT_THAT(with("stagnation: 0"), HasSubstr("stop.stagnation: 0 is out of range"));
  for (const char* const time : {"10", "0 s", "-1 s", "1 GHz", "10 min", "soon"}) {
    EXPECT_THAT(with("time: " + std::string(time)),
                HasSubstr("stop.time: '" + std::string(time) +
                          "' is no time; write a number and a unit, as '600 s'"));
  }
}

TEST(SpaceRun, IsOverriddenByTheCommandLine) {
  SpaceOverrides overrides;
  overrides.method = "random";
  overrides.seed = 9;
  overrides.points = 12;
  overrides.time = base::Seconds(0.1);
  overrides.mapper = accelerators::Effort::kExhaustive;
  const SpaceText text = SpaceText().with("search", "{method: nsga2, seed: 3, population: 12}");
  const Space space = text.read(overrides);
  EXPECT_EQ(space.search.method, "random");
  EXPECT_EQ(space.search.seed, 9U);
  EXPECT_EQ(space.search.population, 12U);
  EXPECT_EQ(space.stop.points, 12U);
  EXPECT_EQ(space.stop.time, base::Seconds(0.1));
  EXPECT_EQ(space.mapper.effort, accelerators::Effort::kExhaustive);
  EXPECT_EQ(SpaceText().read(overrides).search.seed, 9U);
}

TEST(SpaceRun, NamesTheOptionThatIsWrong) {
  const auto overridden = [](const SpaceOverrides& overrides) {
    return error_of([&] { return SpaceText().read(overrides); });
  };
  SpaceOverrides overrides;
  overrides.method = "nsga3";
  EXPECT_THAT(overridden(overrides), StartsWith("--search: search.method: unknown search 'nsga3'"));
  overrides = {};
  overrides.points = std::uint64_t{1} << 60U;
  EXPECT_THAT(overridden(overrides), StartsWith("--points: stop.points: "));
  overrides = {};
  overrides.seed = ~std::uint64_t{0} >> 1U;
  EXPECT_THAT(overridden(overrides), StartsWith("--seed: search.seed: "));
}

}  // namespace
}  // namespace mensa::explore
