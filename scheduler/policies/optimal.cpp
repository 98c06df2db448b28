#include "scheduler/exact/best_path.h"
#include "scheduler/exact/decision_graph.h"
#include "scheduler/policies/builtins.h"
#include "scheduler/policies/option_reader.h"

namespace mensa::scheduler {
namespace {

/// The best schedule there is under sequential execution in the order of the units: every
/// accelerator for each, every output that may stay on chip.
class Optimal final : public Policy {
 public:
  Plan plan(const SchedulingProblem& problem) const override {
    const DecisionGraph graph = all_decisions(problem);
    return graph.plan(problem, best_path(graph, problem.costs().objective(), kMostLabels).arcs);
  }
};

}  // namespace

std::unique_ptr<Policy> make_optimal(const PolicyArguments& arguments) {
  OptionReader("optimal", arguments).finish();
  return std::make_unique<Optimal>();
}

}  // namespace mensa::scheduler
