#include "explore/design/selection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace mensa::explore {
namespace {

using accelerators::Objective;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::size_t kModels = 2;
constexpr std::size_t kPlaces = 2;

/// Few values, so that budgets are met exactly and many are equal.
SelectionOption option(bool may_never_run) {
  const auto small = rc::gen::map(rc::gen::inRange(1, 6), [](int value) { return 1.0 * value; });
  SelectionOption made{
      *small, *small, 0.125 * *small, *rc::gen::inRange<std::size_t>(0, kPlaces), {}};
  for (std::size_t m = 0; m < kModels; ++m) made.costs.push_back({*small, *small});
  if (may_never_run && *rc::gen::inRange(0, 8) == 0) {
    constexpr double kNever = std::numeric_limits<double>::infinity();
    made.costs.front() = {kNever, kNever};
  }
  return made;
}

std::optional<double> limit() {
  if (*rc::gen::inRange(0, 3) > 0) return std::nullopt;
  return 1.0 * *rc::gen::inRange(1, 12);
}

SelectionProblem problem() {
  SelectionProblem made;
  made.background_power = 0.5 * *rc::gen::inRange(0, 3) + 0.1;
  made.most_area = 1.0 * *rc::gen::inRange(1, 16);
  made.most_power = limit();
  for (std::size_t p = 0; p < kPlaces; ++p) {
    made.most_area_at.push_back(limit());
    made.most_power_at.push_back(limit());
  }
  const auto clusters = *rc::gen::inRange<std::size_t>(1, 4);
  for (std::size_t c = 0; c < clusters; ++c) {
    made.clusters.emplace_back();
    const auto options = *rc::gen::inRange<std::size_t>(1, 7);
    for (std::size_t o = 0; o < options; ++o) made.clusters.back().push_back(option(true));
  }
  return made;
}

Merit merit() {
  return {*rc::gen::element(Objective::kLatency, Objective::kEnergy, Objective::kEdp), {1, 3}};
}

/// All choices that keep the budgets and run, best first.
std::vector<Selection> by_brute_force(const SelectionProblem& of, const Merit& by) {
  std::vector<Selection> all;
  std::vector<std::size_t> options(of.clusters.size(), 0);
  while (true) {
    const auto value = merit_of(of, by, options);
    if (value && std::isfinite(*value)) all.push_back({options, *value});
    std::size_t c = 0;
    while (c < options.size() && ++options[c] == of.clusters[c].size()) options[c++] = 0;
    if (c == options.size()) break;
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const Selection& a, const Selection& b) { return a.merit < b.merit; });
  return all;
}

RC_GTEST_PROP(Selection, FindsWhatBruteForceFinds, ()) {
  const SelectionProblem of = problem();
  const Merit by = merit();
  const auto count = *rc::gen::inRange<std::size_t>(1, 5);
  const Selections found = best_selections(of, by, count);
  const std::vector<Selection> all = by_brute_force(of, by);
  RC_ASSERT(found.proven);
  RC_ASSERT(found.best.size() == std::min(count, all.size()));
  for (std::size_t i = 0; i < found.best.size(); ++i) {
    RC_ASSERT(std::abs(found.best[i].merit - all[i].merit) < 1e-9);
    const auto again = merit_of(of, by, found.best[i].options);
    RC_ASSERT(again.has_value());
    RC_ASSERT(std::abs(*again - found.best[i].merit) < 1e-12);
  }
}

RC_GTEST_PROP(Selection, NeverBreaksABudget, ()) {
  const SelectionProblem of = problem();
  for (const Selection& one : best_selections(of, merit(), 8).best) {
    double area = 0;
    double power = 0;
    std::vector<double> area_at(kPlaces, 0.0);
    std::vector<double> power_at(kPlaces, 0.0);
    for (std::size_t c = 0; c < of.clusters.size(); ++c) {
      const SelectionOption& chosen = of.clusters[c][one.options[c]];
      area += chosen.area;
      power += chosen.peak_power;
      area_at[chosen.place] += chosen.area;
      power_at[chosen.place] += chosen.peak_power;
    }
    RC_ASSERT(area <= of.most_area);
    // In parentheses, as RC_ASSERT would look at both sides.
    RC_ASSERT((!of.most_power || power <= *of.most_power));
    for (std::size_t p = 0; p < kPlaces; ++p) {
      RC_ASSERT((!of.most_area_at[p] || area_at[p] <= *of.most_area_at[p]));
      RC_ASSERT((!of.most_power_at[p] || power_at[p] <= *of.most_power_at[p]));
    }
  }
}

/// Whoever gives up says so, and what it has by then is still within the budgets.
TEST(Selection, SaysWhereItGaveUp) {
  SelectionProblem of;
  of.most_area = 100;
  of.most_area_at = {std::nullopt};
  of.most_power_at = {std::nullopt};
  for (std::size_t c = 0; c < 4; ++c) {
    of.clusters.emplace_back();
    for (int o = 1; o <= 8; ++o)
      of.clusters.back().push_back({1.0 * o, 1, 0, 0, {{9.0 - o, 1.0 * o}}});
  }
  const Merit by(Objective::kEdp, {1});
  EXPECT_TRUE(best_selections(of, by, 1).proven);
  const Selections cut = best_selections(of, by, 1, 10);
  EXPECT_FALSE(cut.proven);
  ASSERT_FALSE(cut.best.empty());
  EXPECT_TRUE(merit_of(of, by, cut.best.front().options).has_value());
}

TEST(Selection, IsNoneWhereNothingFits) {
  SelectionProblem of;
  of.most_area = 1;
  of.most_area_at = {std::nullopt};
  of.most_power_at = {std::nullopt};
  of.clusters = {{{1, 1, 0, 0, {{1, 1}}}}, {{0.5, 1, 0, 0, {{1, 1}}}}};
  EXPECT_THAT(best_selections(of, Merit(Objective::kEdp, {1}), 3).best, IsEmpty());
  of.most_area = 1.5;  // exactly
  EXPECT_THAT(best_selections(of, Merit(Objective::kEdp, {1}), 3).best, testing::SizeIs(1));
  of.clusters.emplace_back();
  EXPECT_THAT(best_selections(of, Merit(Objective::kEdp, {1}), 3).best, IsEmpty());
}

/// Leakage of one accelerator is paid through the time of all.
TEST(Selection, CountsLeakageOverAllTime) {
  SelectionProblem of;
  of.background_power = 1;
  of.most_area = 10;
  of.most_area_at = {std::nullopt};
  of.most_power_at = {std::nullopt};
  of.clusters = {{{1, 1, 2, 0, {{3, 5}}}}, {{1, 1, 4, 0, {{7, 11}}}}};
  const auto value = merit_of(of, Merit(Objective::kEnergy, {1}), {0, 0});
  ASSERT_TRUE(value.has_value());
  EXPECT_DOUBLE_EQ(std::exp(*value), 5 + 11 + (1 + 2 + 4) * (3 + 7));
}

RC_GTEST_PROP(ParetoOptions, KeepWhatNothingBeats, ()) {
  std::vector<SelectionOption> options;
  std::vector<double> scores;
  const auto count = *rc::gen::inRange<std::size_t>(1, 12);
  for (std::size_t o = 0; o < count; ++o) {
    options.push_back(option(false));
    scores.push_back(1.0 * *rc::gen::inRange(1, 4));
  }
  const std::vector<std::size_t> kept = pareto_options(options, scores);
  const auto is_kept = [&](std::size_t o) {
    return std::find(kept.begin(), kept.end(), o) != kept.end();
  };
  RC_ASSERT(std::is_sorted(kept.begin(), kept.end()));
  const auto no_worse = [&](std::size_t a, std::size_t b) {
    return options[a].place == options[b].place && options[a].area <= options[b].area &&
           options[a].peak_power <= options[b].peak_power &&
           options[a].leakage <= options[b].leakage && scores[a] <= scores[b];
  };
  for (std::size_t o = 0; o < count; ++o) {
    // What is left out has somebody kept that is at least as good; what is kept has no better one.
    bool has_better = false;
    bool has_kept = false;
    for (std::size_t other = 0; other < count; ++other) {
      if (other == o || !no_worse(other, o)) continue;
      has_better = has_better || !no_worse(o, other);
      has_kept = has_kept || is_kept(other);
    }
    RC_ASSERT((is_kept(o) ? !has_better : has_kept));
  }
}

TEST(ParetoOptions, OfEqualOnesTheFirst) {
  const SelectionOption one{1, 1, 1, 0, {}};
  SelectionOption elsewhere = one;
  elsewhere.place = 1;
  EXPECT_THAT(pareto_options({one, one, elsewhere}, {2, 2, 2}), ElementsAre(0, 2));
}

}  // namespace
}  // namespace mensa::explore
