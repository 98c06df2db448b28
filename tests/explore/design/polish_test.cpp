#include "explore/design/polish.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/explore/design/designs.h"

namespace mensa::explore {
namespace {

/// What a local search needs.
struct Setting {
  explicit Setting(double area, const std::string& network = "ds_cnn")
      : platform(test::mensa_g_memories()),
        budget{area, std::nullopt},
        models(test::zoo_models({network})),
        rules(test::fast_rules()),
        merit(rules.objective, {1}),
        parallel(1),
        systems(platform, models, rules, merit, std::make_shared<accelerators::SharedMappings>(),
                parallel, [] {}),
        search(platform, budget, {0, 1}, {base::Bytes(1024 * 1024)}, systems) {}

  Platform platform;
  Budget budget;
  std::vector<DesignModel> models;
  SchedulingRules rules;
  Merit merit;
  Parallel parallel;
  WholeSystems systems;
  Polish search;
};

TEST(Polish, GetsBetterWithinTheBudget) {
  Setting setting(0.6);
  const EvaluatedDesign& start =
      setting.systems.of({test::blueprint(setting.platform, 8, 8, "pascal", 64, 64)});
  const Polished found = setting.search.run(start, {24, 8});
  EXPECT_TRUE(found.is_local_optimum);
  EXPECT_GT(worse_by(start.merit, found.design->merit), 0.5);
  EXPECT_TRUE(keeps(setting.platform, setting.budget, found.design->footprint));
  // Whoever is there stays there.
  const Polished again = setting.search.run(*found.design, {24, 8});
  EXPECT_EQ(again.design, found.design);
  // No single change within the budget is worth it.
  for (const Alternative& one : setting.search.alternatives(*found.design)) {
    if (!one.broken.empty() || !one.failure.empty()) continue;
    EXPECT_GT(worse_by(one.merit, found.design->merit), -kWorthwhile - 1e-9);
  }
}

TEST(Polish, StopsAfterSoManySteps) {
  Setting setting(0.6);
  const EvaluatedDesign& start =
      setting.systems.of({test::blueprint(setting.platform, 8, 8, "pascal", 64, 64)});
  EXPECT_EQ(setting.search.run(start, {0, 0}).design, &start);
  const Polished one = setting.search.run(start, {1, 0});
  EXPECT_FALSE(one.is_local_optimum);
  EXPECT_LT(one.design->merit, start.merit);
}

/// Two buffers take what a larger array would need: no single step leads there.
TEST(Polish, MakesRoomForWhatIsBetter) {
  Setting setting(1.3);
  const EvaluatedDesign& start =
      setting.systems.of({test::blueprint(setting.platform, 16, 16, "pascal", 384, 512, 1)});
  ASSERT_TRUE(keeps(setting.platform, setting.budget, start.footprint));
  const Polished found = setting.search.run(start, {24, 8});
  EXPECT_GT(found.design->blueprints.front().pes(), 16 * 16);
  EXPECT_GT(worse_by(start.merit, found.design->merit), 0.5);
}

/// Half of what recurs is as bad as none of it: only a jump gets to where all of it stays.
TEST(Polish, JumpsToWhereParametersStay) {
  Setting setting(2.5, "lstm_acoustic");
  const EvaluatedDesign& start =
      setting.systems.of({test::blueprint(setting.platform, 8, 8, "jacquard", 128, 64, 1)});
  const Polished found = setting.search.run(start, {2, 0});
  EXPECT_GE(found.design->blueprints.front().weights.value(), 1024 * 1024);
  EXPECT_GT(worse_by(start.merit, found.design->merit), 5);
}

}  // namespace
}  // namespace mensa::explore
