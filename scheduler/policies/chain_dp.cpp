#include "scheduler/exact/best_path.h"
#include "scheduler/exact/decision_graph.h"
#include "scheduler/policies/builtins.h"
#include "scheduler/policies/option_reader.h"

namespace mensa::scheduler {
namespace {

/// Dynamic programming over the units in their order, as if each fed the next alone: the best
/// schedule of a chain. In other models outputs of several readers, or that are not read at once,
/// pass through DRAM, and it promises the best of such schedules only.
class ChainDp final : public Policy {
 public:
  Plan plan(const SchedulingProblem& problem) const override {
    const DecisionGraph graph(problem, DecisionGraph::Reach::kNextUnit, DecisionGraph::kNoLimits);
    return graph.plan(problem, best_path(graph, problem.costs().objective()).arcs);
  }
};

}  // namespace

std::unique_ptr<Policy> make_chain_dp(const PolicyArguments& arguments) {
  OptionReader("chain_dp", arguments).finish();
  return std::make_unique<ChainDp>();
}

}  // namespace mensa::scheduler
