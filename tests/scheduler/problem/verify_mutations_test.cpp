// Valid schedules, spoilt in one place at a time, everywhere: verify() has to name the reason.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "accelerators/spec/loader.h"
#include "onnx_import/import.h"
#include "scheduler/policies/policy.h"
#include "tests/scheduler/problem/mutations/mutation_kinds.h"
#include "tests/support/test_graphs.h"

namespace mensa::scheduler {
namespace {

using models::TensorId;
using models::test::GraphBuilder;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::vector<const char*> kPolicies = {"mensa", "optimal", "heft"};
const std::vector<const char*> kSystems = {"mensa_g", "edge_tpu"};

/// How often each kind of mutation was tried.
using Tried = std::map<std::string, int>;

void expect_all_rejected(const SchedulingProblem& problem, const Schedule& schedule, Tried& tried) {
  ASSERT_THAT(violations(problem, schedule), IsEmpty());
  const test::ScheduleIndex index(problem, schedule);
  for (const test::MutationKind& kind : test::kMutationKinds) {
    SCOPED_TRACE(kind.name);
    kind.mutate(index, [&](const Schedule& mutant, const std::string& reason) {
      ++tried[kind.name];
      EXPECT_THAT(violations(problem, mutant), Contains(HasSubstr(reason)));
    });
  }
}

/// Schedules of a model by all policies on all systems, at both concurrencies; `launch`: what the
/// accelerators take to begin a block.
Tried mutate_schedules_of(const models::Graph& graph, base::Seconds launch) {
  Tried tried;
  for (const char* const name : kSystems) {
    accelerators::System system = accelerators::load_system(name);
    for (auto& accelerator : system.accelerators) accelerator.launch_overhead = launch;
    CostTable costs(graph, accelerators::Objective::kEdp,
                    std::make_shared<accelerators::MappingCache>(
                        system, accelerators::MapperOptions{accelerators::Effort::kFast}));
    for (const Concurrency concurrency : {Concurrency::kSequence, Concurrency::kLayers}) {
      const SchedulingProblem problem(costs, concurrency);
      for (const char* const policy : kPolicies) {
        SCOPED_TRACE(std::string(policy) + " on " + name);
        const Plan plan = make_policy(policy)->plan(problem);
        expect_all_rejected(problem, build_schedule(problem, plan, policy), tried);
      }
    }
  }
  return tried;
}

/// Two branches of two layers each, which are added and added to what they began with.
models::Graph branches() {
  GraphBuilder build("branches");
  const TensorId x = build.input("input", {1, 64, 16, 16});
  const TensorId stem = build.pointwise("stem", x, 64, 64, 16);
  std::vector<TensorId> ends = {stem};
  for (const std::string branch : {"left", "right"}) {
    const TensorId wide = build.pointwise(branch + "/wide", stem, 64, 256, 16);
    ends.push_back(build.pointwise(branch + "/narrow", wide, 256, 64, 16));
  }
  const TensorId sum = build.elementwise("sum", ends, 64 * 256);
  return build.finish(build.pointwise("head", sum, 64, 16, 16));
}

/// A recurrence between two products of matrices.
models::Graph recurrence() {
  GraphBuilder build("recurrence");
  const TensorId x = build.input("input", {20, 64});
  const TensorId a = build.mac("before", x, models::gemm_shape(20, 64, 64), {64, 64}, {20, 64});
  const TensorId b = build.lstm("lstm", a, 64, 96, 20);
  return build.finish(build.mac("after", b, models::gemm_shape(20, 64, 96), {64, 96}, {20, 64}));
}

TEST(VerifyMutations, OfSmallGraphsAreRejectedAndEveryKindApplies) {
  Tried all;
  const std::vector<models::Graph (*)()> makers = {branches, models::test::residual_chain,
                                                   recurrence};
  for (const auto make : makers) {
    for (const auto& [kind, count] : mutate_schedules_of(make(), base::Seconds(1e-6)))
      all[kind] += count;
  }
  for (const test::MutationKind& kind : test::kMutationKinds) {
    EXPECT_GT(all[kind.name], 0) << kind.name;
  }
}

/// A schedule that was made for a roomier memory: 64 channels of 8 x 8 and the layers' weights are
/// 4096 B each, and with two feature maps at a time in DRAM there is one byte too little.
TEST(VerifyMutations, AMemoryMustHoldTheModel) {
  GraphBuilder build("chain");
  const TensorId x = build.input("input", {1, 64, 8, 8});
  const models::Graph graph = build.finish(build.pointwise("layer", x, 64, 64, 8));
  const auto found_with = [&](std::int64_t bytes) {
    const accelerators::System roomy = accelerators::load_system("edge_tpu");
    const accelerators::System tight = accelerators::load_system(
        "edge_tpu", {{"memories.lpddr4.capacity", std::to_string(bytes) + " B"}});
    CostTable costs(graph, roomy, accelerators::Objective::kEdp);
    CostTable tight_costs(graph, tight, accelerators::Objective::kEdp);
    const SchedulingProblem problem(costs);
    return violations(SchedulingProblem(tight_costs),
                      build_schedule(problem, make_policy("greedy")->plan(problem), "greedy"));
  };
  EXPECT_THAT(found_with(3 * 4096), IsEmpty());
  EXPECT_THAT(found_with(3 * 4096 - 1),
              Contains(HasSubstr("memory 'lpddr4' of system edge_tpu holds 12287 B")));
}

TEST(VerifyMutations, VerifyThrowsEverythingThatIsWrong) {
  const models::Graph graph = branches();
  const accelerators::System system = accelerators::load_system("edge_tpu");
  CostTable costs(graph, system, accelerators::Objective::kEdp);
  const SchedulingProblem problem(costs);
  Schedule schedule = build_schedule(problem, make_policy("greedy")->plan(problem), "greedy");
  EXPECT_NO_THROW(verify(problem, schedule));
  schedule.latency = schedule.latency * 2;
  schedule.blocks[0].runs = 3;
  try {
    verify(problem, schedule);
    FAIL() << "nothing was thrown";
  } catch (const std::logic_error& error) {
    EXPECT_THAT(error.what(), HasSubstr("the schedule of policy greedy is not valid:\n  "));
    EXPECT_THAT(error.what(), HasSubstr("\n  layer 'stem' runs 3 times instead of 1"));
    EXPECT_THAT(error.what(), HasSubstr("\n  the planned latency is"));
  }
}

class ZooMutations : public ::testing::TestWithParam<const char*> {};

TEST_P(ZooMutations, AreRejected) {
  mutate_schedules_of(
      onnx_import::import_file(std::string(MENSA_SOURCE_DIR "/models/zoo/") + GetParam() + ".onnx"),
      base::Seconds(0));
}

INSTANTIATE_TEST_SUITE_P(Verify, ZooMutations,
                         ::testing::Values("ds_cnn", "mobilenet_v2", "resnet50", "lstm_acoustic",
                                           "rnnt"),
                         [](const auto& run) { return std::string(run.param); });

}  // namespace
}  // namespace mensa::scheduler
