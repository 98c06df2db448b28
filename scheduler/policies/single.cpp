#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "models/base/error.h"
#include "scheduler/policies/builtins.h"
#include "scheduler/policies/option_reader.h"

namespace mensa::scheduler {
namespace {

class Single final : public Policy {
 public:
  explicit Single(std::string target) : target_(std::move(target)) {}

  Plan plan(const SchedulingProblem& problem) const override {
    const AcceleratorId target = problem.system().accelerator(target_).id;
    const AcceleratorId host = problem.costs().host();
    Assignment assignment(problem.graph().layers().size(), target);
    std::string homeless;
    for (const SchedulingProblem::Unit& unit : problem.units()) {
      const bool runs_there = std::all_of(unit.begin(), unit.end(), [&](models::LayerId id) {
        return problem.costs().find(id, target) != nullptr;
      });
      if (!runs_there && !problem.has_mac_work(unit)) {
        for (const models::LayerId id : unit) assignment[id.index()] = host;
        continue;
      }
      for (const models::LayerId id : unit) {
        const auto& result = problem.costs().evaluate(id, target);
        const auto* missing = std::get_if<accelerators::Infeasible>(&result);
        if (missing == nullptr) continue;
        homeless +=
            fmt::format("\n  layer '{}': {}", problem.graph().layer(id).name, missing->to_string());
      }
    }
    if (!homeless.empty()) {
      throw base::Error(fmt::format("policy single: {} cannot run:{}", target_, homeless));
    }
    return {std::move(assignment)};
  }

  Decision explain(const SchedulingProblem& problem, const Plan& plan,
                   std::size_t unit) const override {
    const AcceleratorId chosen = plan.assignment[problem.units()[unit].front().index()];
    if (problem.costs().name(chosen) == target_) {
      return {{fmt::format("The policy has every layer run on {} that can.", target_)}, {}};
    }
    return {{fmt::format("The policy has every layer run on {}, which cannot run this one; it has "
                         "no MACs, and the host takes it.",
                         target_)},
            {}};
  }

 private:
  std::string target_;
};

}  // namespace

std::unique_ptr<Policy> make_single(const PolicyArguments& arguments) {
  OptionReader("single", arguments).finish(true);
  if (arguments.target.empty()) {
    throw base::Error("policy single needs an accelerator, as in single:pascal");
  }
  return std::make_unique<Single>(arguments.target);
}

}  // namespace mensa::scheduler
