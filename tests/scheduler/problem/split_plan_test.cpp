// A policy that sees several models at once.

#include "scheduler/problem/split_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "accelerators/spec/loader.h"
#include "models/graph/join.h"
#include "scheduler/policies/policy.h"
#include "scheduler/problem/schedule.h"
#include "tests/support/test_graphs.h"

namespace mensa::scheduler {
namespace {

using accelerators::Objective;
using models::TensorId;
using models::test::GraphBuilder;
using testing::ElementsAre;
using testing::IsEmpty;

models::Graph fully_connected() {
  GraphBuilder build("fully_connected");
  const TensorId x = build.input("input", {1, 64, 32, 32});
  const TensorId a = build.pointwise("conv", x, 64, 64, 32);
  const TensorId b = build.mac("fc", a, models::gemm_shape(1, 2048, 2048), {2048, 2048}, {1, 2048});
  return build.finish(build.mac("small", b, models::gemm_shape(1, 8, 2048), {8, 2048}, {1, 8}));
}

models::Graph lstm_with_relu() {
  GraphBuilder build("lstm");
  const TensorId x = build.input("input", {20, 1, 64});
  const TensorId y = build.lstm("lstm", x, 64, 96, 20);
  return build.finish(build.elementwise("relu", {y}, 20 * 96));
}

/// Three models on mensa_g, each by itself and all in one, with the same mappings.
class JointPlan : public testing::Test {
 protected:
  explicit JointPlan(Objective objective = Objective::kEdp)
      : system_(accelerators::load_system("mensa_g")),
        mappings_(
            std::make_shared<accelerators::MappingCache>(system_, accelerators::MapperOptions())) {
    graphs_.push_back(fully_connected());
    graphs_.push_back(lstm_with_relu());
    graphs_.push_back(models::test::residual_chain());
    std::vector<models::NamedGraph> named;
    for (const models::Graph& graph : graphs_) {
      named.push_back({graph.name(), &graph});
      costs_.push_back(std::make_unique<CostTable>(graph, objective, mappings_));
      problems_.emplace_back(*costs_.back(), Concurrency::kLayers);
    }
    joined_.push_back(models::join("all", named));
    joint_costs_ = std::make_unique<CostTable>(joined_.front(), objective, mappings_);
    joint_.emplace_back(*joint_costs_, Concurrency::kLayers);
    for (const SchedulingProblem& problem : problems_) parts_.push_back(&problem);
  }
  [[nodiscard]] const SchedulingProblem& joint() const { return joint_.front(); }

  accelerators::System system_;
  std::shared_ptr<accelerators::MappingCache> mappings_;
  std::vector<models::Graph> graphs_;
  std::vector<models::Graph> joined_;
  std::vector<std::unique_ptr<CostTable>> costs_;
  std::unique_ptr<CostTable> joint_costs_;
  std::vector<SchedulingProblem> problems_;
  std::vector<SchedulingProblem> joint_;
  std::vector<const SchedulingProblem*> parts_;
};

class JointLatency : public JointPlan {
 protected:
  JointLatency() : JointPlan(Objective::kLatency) {}
};

/// Layers cost in the joint problem what they cost alone, and its units are those of the models,
/// one model after the other.
TEST_F(JointPlan, HasTheUnitsAndCostsOfItsModels) {
  std::size_t first_layer = 0;
  std::size_t unit = 0;
  for (const SchedulingProblem& part : problems_) {
    for (const SchedulingProblem::Unit& its : part.units()) {
      const SchedulingProblem::Unit& there = joint().units()[unit++];
      ASSERT_EQ(there.size(), its.size());
      for (std::size_t i = 0; i < its.size(); ++i) {
        ASSERT_EQ(there[i].index(), its[i].index() + first_layer);
      }
      EXPECT_EQ(joint().candidates(there), part.candidates(its));
      for (const AcceleratorId id : part.candidates(its)) {
        EXPECT_EQ(joint().unit_score(there, id), part.unit_score(its, id));
      }
    }
    first_layer += part.graph().layers().size();
  }
  EXPECT_EQ(unit, joint().units().size());
}

/// Policies that decide of each layer by itself or by those before it in its model.
TEST_F(JointPlan, SeparablePoliciesPlanAsForEachModelAlone) {
  for (const char* name : {"mensa", "greedy", "single:jacquard"}) {
    const std::unique_ptr<Policy> policy = make_policy(name);
    const std::vector<Plan> plans = split_plan(joint(), policy->plan(joint()), parts_);
    ASSERT_EQ(plans.size(), 3U);
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      EXPECT_EQ(plans[i].assignment, policy->plan(*parts_[i]).assignment) << name << ' ' << i;
      const Schedule schedule = build_schedule(*parts_[i], plans[i], name);
      EXPECT_THAT(violations(*parts_[i], schedule), IsEmpty()) << name << ' ' << i;
    }
  }
}

/// A sum over all models is least where that of each is.
TEST_F(JointLatency, BestSumsAreTheSumsOfTheBest) {
  for (const char* name : {"chain_dp", "optimal"}) {
    const std::unique_ptr<Policy> policy = make_policy(name);
    const SchedulingProblem all = joint().with(Concurrency::kSequence);
    const std::vector<Plan> plans = split_plan(all, policy->plan(all), parts_);
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      const SchedulingProblem part = parts_[i]->with(Concurrency::kSequence);
      const auto latency = [&](const Plan& plan) {
        return build_schedule(part, plan, name).latency.value();
      };
      const Plan alone = {policy->plan(part).assignment};
      EXPECT_NEAR(latency(plans[i]), latency(alone), 1e-9 * latency(alone)) << name << ' ' << i;
    }
  }
}

/// Units of the models take turns: each model gets its own, as they stood.
TEST_F(JointPlan, OrdersAreThoseOfTheModels) {
  Plan plan{Assignment(joint().graph().layers().size())};
  for (std::size_t i = 0; i < plan.assignment.size(); ++i) {
    plan.assignment[i] = AcceleratorId(i % 3);
  }
  // Three units of the first model; three of the second, of which the last two could change
  // places; four of the third.
  ASSERT_EQ(joint().units().size(), 10U);
  plan.order = {6, 0, 3, 7, 1, 5, 4, 2, 8, 9};
  plan.kept.emplace();
  const std::vector<Plan> plans = split_plan(joint(), plan, parts_);
  EXPECT_THAT(*plans[0].order, ElementsAre(0, 1, 2));
  EXPECT_THAT(*plans[1].order, ElementsAre(0, 2, 1));
  EXPECT_THAT(*plans[2].order, ElementsAre(0, 1, 2, 3));
  std::size_t layer = 0;
  for (const Plan& its : plans) {
    EXPECT_FALSE(its.kept.has_value());
    for (const AcceleratorId id : its.assignment) EXPECT_EQ(id, plan.assignment[layer++]);
  }
  EXPECT_EQ(layer, plan.assignment.size());
}

TEST_F(JointPlan, PlansOfOtherModelsAreRefused) {
  const Plan plan{Assignment(joint().graph().layers().size())};
  EXPECT_THROW(static_cast<void>(split_plan(joint(), plan, {parts_[0], parts_[1]})),
               std::logic_error);
  EXPECT_THROW(static_cast<void>(split_plan(joint(), {Assignment(2)}, parts_)), std::logic_error);
  Plan short_order = plan;
  short_order.order = {0, 1};
  EXPECT_THROW(static_cast<void>(split_plan(joint(), short_order, parts_)), std::logic_error);
}

}  // namespace
}  // namespace mensa::scheduler
