// Whole designs, of small networks.

#include "explore/design/designer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>

#include "models/base/error.h"
#include "tests/explore/design/designs.h"

namespace mensa::explore {
namespace {

using testing::HasSubstr;

struct Asked {
  PlatformRequest memories = test::mensa_g_memories();
  Budget budget{2.15, std::nullopt};
  std::size_t accelerators = 3;
  DesignEffort effort = DesignEffort::kQuick;
  accelerators::Objective objective = accelerators::Objective::kEdp;
  std::size_t threads = 1;
};

/// A design, with all that it needs to be looked at.
struct Made {
  std::unique_ptr<Platform> platform;
  std::shared_ptr<accelerators::SharedMappings> mappings;
  std::unique_ptr<Parallel> parallel;
  DesignTask task;
  std::unique_ptr<Designer> designer;
  PlatformDesign found;
};

Made made(const std::vector<DesignModel>& models, const Asked& asked) {
  Made result;
  result.platform = std::make_unique<Platform>(asked.memories);
  result.mappings = std::make_shared<accelerators::SharedMappings>();
  result.parallel = std::make_unique<Parallel>(asked.threads);
  result.task.platform = result.platform.get();
  result.task.models = &models;
  result.task.rules = test::fast_rules(asked.objective);
  result.task.budget = asked.budget;
  result.task.most_accelerators = asked.accelerators;
  result.task.effort = asked.effort;
  result.designer =
      std::make_unique<Designer>(result.task, result.mappings, *result.parallel, nullptr);
  result.found = result.designer->run();
  return result;
}

const std::vector<DesignModel>& ds_cnn() {
  static const std::vector<DesignModel> kModels = test::zoo_models({"ds_cnn"});
  return kModels;
}

void check_budgets(const Made& design) {
  const auto check = [&](const EvaluatedDesign& one) {
    const Footprint takes = footprint(*design.platform, one.blueprints);
    EXPECT_EQ(broken_budget(*design.platform, design.task.budget, takes), "");
    EXPECT_LE(one.blueprints.size(), design.task.most_accelerators);
    EXPECT_TRUE(one.runs());
  };
  check(*design.found.design);
  for (const DesignOfCount& one : design.found.by_count) {
    if (one.design != nullptr) check(*one.design);
  }
}

/// Budgets of all kinds, some of them too small for anything.
Asked random_budgets(std::mt19937& random) {
  const auto below = [&](unsigned bound) { return static_cast<double>(random() % bound); };
  Asked asked;
  asked.budget.area = 0.02 * (1 + below(100));
  if (random() % 2 == 0) asked.budget.power = 0.03 * (1 + below(40));
  asked.accelerators = 1 + random() % 3;
  if (random() % 2 == 0) {
    asked.memories.limits = {{"stack.logic_layer", 0.05 * (1 + below(20)), std::nullopt}};
  }
  if (random() % 4 == 0) asked.memories.limits.push_back({"stack.external", std::nullopt, 0.3});
  asked.objective = accelerators::kAllObjectives[random() % accelerators::kAllObjectives.size()];
  return asked;
}

/// Whatever the budgets are: a design keeps them, or there is an error that says what would.
TEST(Designer, NeverBreaksABudget) {
  std::mt19937 random(20);  // NOLINT(cert-msc51-cpp): the same tests in every run
  const std::vector<DesignModel> models = test::zoo_models({"lstm_keyboard"});
  std::size_t made_some = 0;
  for (int i = 0; i < 6; ++i) {
    const Asked asked = random_budgets(random);
    try {
      check_budgets(made(models, asked));
      ++made_some;
    } catch (const base::Error& error) {
      EXPECT_THAT(error.what(), HasSubstr("the smallest one found takes"));
    }
  }
  EXPECT_GE(made_some, 3U);
}

void expect_equal(const PlatformDesign& a, const PlatformDesign& b) {
  EXPECT_EQ(a.design->blueprints, b.design->blueprints);
  EXPECT_EQ(a.design->merit, b.design->merit);
  EXPECT_EQ(a.candidates, b.candidates);
  EXPECT_EQ(a.systems, b.systems);
  ASSERT_EQ(a.alternatives.size(), b.alternatives.size());
  for (std::size_t i = 0; i < a.alternatives.size(); ++i) {
    EXPECT_EQ(a.alternatives[i].merit, b.alternatives[i].merit);
  }
}

TEST(Designer, IsTheSameOnAnyNumberOfThreads) {
  const auto models = test::zoo_models({"lstm_keyboard"});
  Asked asked;
  asked.memories.limits = {{"stack.logic_layer", 0.9, std::nullopt}};
  Made one = made(models, asked);
  // TBB goes by the least number of threads that anything which is there asks for.
  one.parallel.reset();
  asked.threads = 3;
  expect_equal(made(models, asked).found, one.found);
}

/// With one accelerator it is no worse than any of the library's that fits, built by the design's
/// rules, wherever that may sit.
TEST(Designer, IsNoWorseThanLibraryAccelerators) {
  Asked asked;
  asked.accelerators = 1;
  const Made design = made(ds_cnn(), asked);
  const Platform& platform = *design.platform;
  const SchedulingRules rules = test::fast_rules();
  const Merit merit(rules.objective, {1});
  WholeSystems systems(platform, ds_cnn(), rules, merit, design.mappings, *design.parallel, [] {});
  std::size_t tried = 0;
  for (const std::size_t place : {0, 1}) {
    for (const Blueprint& one : {test::blueprint(platform, 32, 32, "pascal", 128, 256, place),
                                 test::blueprint(platform, 16, 16, "jacquard", 128, 128, place),
                                 test::blueprint(platform, 8, 8, "pavlov", 0, 128, place),
                                 test::blueprint(platform, 24, 8, "row_stationary", 0, 192, place),
                                 test::blueprint(platform, 32, 32, "jacquard", 128, 256, place),
                                 test::blueprint(platform, 8, 8, "nvdla", 64, 64, place)}) {
      if (!keeps(platform, asked.budget, footprint(platform, {one}))) continue;
      ++tried;
      EXPECT_LE(design.found.design->merit, systems.of(Blueprints{one}).merit);
    }
  }
  EXPECT_GE(tried, 10U);
}

/// What it calls a local optimum is one.
TEST(Designer, KnowsItsLocalOptima) {
  Asked asked;
  asked.effort = DesignEffort::kNormal;
  const Made design = made(ds_cnn(), asked);
  ASSERT_TRUE(design.found.is_local_optimum);
  ASSERT_FALSE(design.found.alternatives.empty());
  bool any_beyond = false;
  for (const Alternative& one : design.found.alternatives) {
    any_beyond = any_beyond || !one.broken.empty();
    if (!one.broken.empty() || !one.failure.empty()) continue;
    EXPECT_GT(worse_by(one.merit, design.found.design->merit), -kWorthwhile - 1e-9);
  }
  EXPECT_TRUE(any_beyond);
}

/// More area, or more effort, does no harm.
TEST(Designer, GetsBetterWithMore) {
  Asked asked;
  asked.budget.area = 0.3;
  const double small = made(ds_cnn(), asked).found.design->merit;
  asked.budget.area = 1;
  const double medium = made(ds_cnn(), asked).found.design->merit;
  asked.effort = DesignEffort::kNormal;
  const double sought = made(ds_cnn(), asked).found.design->merit;
  EXPECT_LT(medium, small);
  EXPECT_LE(sought, medium);
}

/// A port that is no better in anything is left out, but only as long as the better one is free.
TEST(Designer, LeavesOutDominatedPlaces) {
  const Platform unlimited(test::mensa_g_memories());
  const UsablePlaces usable = usable_places(unlimited);
  EXPECT_EQ(usable.places, std::vector<std::size_t>{1});
  ASSERT_EQ(usable.dominated.size(), 1U);
  EXPECT_EQ(usable.dominated.front().place, 0U);
  EXPECT_EQ(usable.dominated.front().by, 1U);
  PlatformRequest request = test::mensa_g_memories();
  request.limits = {{"stack.logic_layer", 1, std::nullopt}};
  EXPECT_EQ(usable_places(Platform(request)).places.size(), 2U);
}

TEST(Designer, SaysWhatWouldFit) {
  Asked asked;
  asked.budget.area = 0.01;
  try {
    static_cast<void>(made(ds_cnn(), asked));
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("keeps the budget of 0.01 mm2; the smallest one found "
                                        "takes 0.0"));
  }
}

TEST(Designer, GivesUpWhereTheListenerThrows) {
  struct Enough {};
  const Platform platform(test::mensa_g_memories());
  const Parallel parallel(2);
  DesignTask task;
  task.platform = &platform;
  task.models = &ds_cnn();
  task.rules = test::fast_rules();
  task.budget.area = 1;
  int told = 0;
  Designer designer(task, std::make_shared<accelerators::SharedMappings>(), parallel,
                    [&](const DesignProgress& progress) {
                      EXPECT_FALSE(progress.phase.empty());
                      if (++told == 5) throw Enough();
                    });
  EXPECT_THROW(static_cast<void>(designer.run()), Enough);
}

}  // namespace
}  // namespace mensa::explore
