#include "cli/plan_together.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "accelerators/spec/loader.h"
#include "tests/support/test_graphs.h"

namespace mensa::cli {
namespace {

using accelerators::AcceleratorId;
using models::test::GraphBuilder;
using testing::ElementsAre;

models::Graph chain(const std::string& name, int length) {
  GraphBuilder build(name);
  models::TensorId at = build.input("input", {1, 16, 8, 8});
  for (int i = 0; i < length; ++i) {
    at = build.pointwise("layer" + std::to_string(i), at, 16, 16, 8);
  }
  return build.finish(at);
}

/// Notes what it is asked, and answers with accelerators in turn.
class Noting final : public scheduler::Policy {
 public:
  [[nodiscard]] scheduler::Plan plan(const scheduler::SchedulingProblem& problem) const override {
    asked.emplace_back();
    concurrency = problem.concurrency();
    parts = problem.parts();
    scheduler::Plan plan;
    for (const models::LayerId id : problem.graph().topological_order()) {
      asked.back().push_back(problem.graph().layer(id).name);
      plan.assignment.emplace_back(plan.assignment.size() % 3);
    }
    return plan;
  }

  mutable std::vector<std::vector<std::string>> asked;
  mutable std::vector<scheduler::SchedulingProblem::Part> parts;
  mutable scheduler::Concurrency concurrency = scheduler::Concurrency::kSequence;
};

class PlanTogether : public testing::Test {
 protected:
  PlanTogether()
      : system_(accelerators::load_system("mensa_g")),
        mappings_(std::make_shared<accelerators::MappingCache>(
            system_, accelerators::MapperOptions{accelerators::Effort::kFast})) {}

  void add(const std::string& name, int length, std::optional<base::Seconds> deadline) {
    graphs_.push_back(std::make_unique<models::Graph>(chain(name + "_net", length)));
    costs_.push_back(std::make_unique<accelerators::CostTable>(
        *graphs_.back(), accelerators::Objective::kEdp, mappings_));
    problems_.push_back(std::make_unique<scheduler::SchedulingProblem>(
        *costs_.back(), scheduler::Concurrency::kLayers));
    models_.push_back({name, problems_.back().get(), deadline});
  }
  [[nodiscard]] std::vector<scheduler::Plan> plans() {
    return plan_together(policy_, models_, mappings_, status_);
  }
  [[nodiscard]] static std::vector<std::size_t> accelerators_of(const scheduler::Plan& plan) {
    std::vector<std::size_t> list;
    for (const AcceleratorId id : plan.assignment) list.push_back(id.index());
    return list;
  }

  accelerators::System system_;
  std::shared_ptr<accelerators::MappingCache> mappings_;
  std::vector<std::unique_ptr<models::Graph>> graphs_;
  std::vector<std::unique_ptr<accelerators::CostTable>> costs_;
  std::vector<std::unique_ptr<scheduler::SchedulingProblem>> problems_;
  std::vector<ModelToPlan> models_;
  Noting policy_;
  workers::StatusBoard status_;
};

/// The policy is asked once, of all layers, those with the earliest deadline first; each model gets
/// its own part, in the order in which the models were given.
TEST_F(PlanTogether, ThePolicySeesAllLayersByDeadline) {
  add("free", 1, std::nullopt);
  add("late", 2, base::Seconds(0.2));
  add("idle", 1, std::nullopt);
  add("soon", 2, base::Seconds(0.1));
  const std::vector<scheduler::Plan> its = plans();
  ASSERT_EQ(policy_.asked.size(), 1U);
  EXPECT_THAT(policy_.asked.front(), ElementsAre("soon/layer0", "soon/layer1", "late/layer0",
                                                 "late/layer1", "free/layer0", "idle/layer0"));
  EXPECT_EQ(policy_.concurrency, scheduler::Concurrency::kLayers);
  ASSERT_EQ(policy_.parts.size(), 4U);
  for (std::size_t p = 0; p < 4; ++p) {
    constexpr std::size_t kFirstUnits[] = {0, 2, 4, 5};
    EXPECT_EQ(policy_.parts[p].first_unit, kFirstUnits[p]);
  }
  EXPECT_EQ(policy_.parts[0].deadline, base::Seconds(0.1));
  EXPECT_EQ(policy_.parts[3].deadline, std::nullopt);
  ASSERT_EQ(its.size(), 4U);
  EXPECT_THAT(accelerators_of(its[0]), ElementsAre(1));
  EXPECT_THAT(accelerators_of(its[1]), ElementsAre(2, 0));
  EXPECT_THAT(accelerators_of(its[2]), ElementsAre(2));
  EXPECT_THAT(accelerators_of(its[3]), ElementsAre(0, 1));
}

TEST_F(PlanTogether, OneModelIsPlannedByItself) {
  add("alone", 2, base::Seconds(0.1));
  const std::vector<scheduler::Plan> its = plans();
  ASSERT_EQ(policy_.asked.size(), 1U);
  EXPECT_THAT(policy_.asked.front(), ElementsAre("layer0", "layer1"));
  ASSERT_EQ(its.size(), 1U);
  EXPECT_THAT(accelerators_of(its[0]), ElementsAre(0, 1));
}

}  // namespace
}  // namespace mensa::cli
