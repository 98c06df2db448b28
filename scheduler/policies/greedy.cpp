#include <utility>

#include "scheduler/policies/builtins.h"
#include "scheduler/policies/follow_producer.h"
#include "scheduler/policies/isolation_decision.h"
#include "scheduler/policies/option_reader.h"

namespace mensa::scheduler {
namespace {

class Greedy final : public Policy {
 public:
  Plan plan(const SchedulingProblem& problem) const override {
    Assignment assignment(problem.graph().layers().size());
    for (const SchedulingProblem::Unit& unit : problem.units()) {
      const AcceleratorId chosen = problem.has_mac_work(unit)
                                       ? best_in_isolation(problem, unit)
                                       : follow_producer(problem, unit, assignment);
      for (const models::LayerId id : unit) assignment[id.index()] = chosen;
    }
    return {std::move(assignment)};
  }

  Decision explain(const SchedulingProblem& problem, const Plan& plan,
                   std::size_t unit) const override {
    const SchedulingProblem::Unit& layers = problem.units()[unit];
    return problem.has_mac_work(layers) ? explain_best_in_isolation(problem, layers)
                                        : explain_follow_producer(problem, layers, plan.assignment);
  }
};

}  // namespace

std::unique_ptr<Policy> make_greedy(const PolicyArguments& arguments) {
  OptionReader("greedy", arguments).finish();
  return std::make_unique<Greedy>();
}

}  // namespace mensa::scheduler
