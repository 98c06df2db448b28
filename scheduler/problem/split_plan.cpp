#include "scheduler/problem/split_plan.h"

#include <cstddef>
#include <stdexcept>

namespace mensa::scheduler {
namespace {

/// The units of a part, in the order in which they stand in that of all.
std::vector<std::size_t> order_within(const SchedulingProblem& joint,
                                      const std::vector<std::size_t>& order,
                                      const SchedulingProblem& part, std::size_t first_layer) {
  const std::size_t layers = part.graph().layers().size();
  std::vector<std::size_t> its;
  its.reserve(part.units().size());
  for (const std::size_t u : order) {
    const std::size_t layer = joint.units()[u].front().index();
    if (layer >= first_layer && layer - first_layer < layers) {
      its.push_back(part.unit_of(models::LayerId(layer - first_layer)));
    }
  }
  return its;
}

}  // namespace

std::vector<Plan> split_plan(const SchedulingProblem& joint, const Plan& plan,
                             const std::vector<const SchedulingProblem*>& parts) {
  std::size_t layers = 0;
  for (const SchedulingProblem* part : parts) layers += part->graph().layers().size();
  if (layers != joint.graph().layers().size() || layers != plan.assignment.size() ||
      (plan.order && plan.order->size() != joint.units().size())) {
    throw std::logic_error("a joint plan is split for other models than it was made for");
  }
  std::vector<Plan> plans;
  plans.reserve(parts.size());
  auto first = plan.assignment.begin();
  for (const SchedulingProblem* part : parts) {
    const auto last = first + static_cast<std::ptrdiff_t>(part->graph().layers().size());
    Plan its{Assignment(first, last)};
    if (plan.order) {
      const auto first_layer = static_cast<std::size_t>(first - plan.assignment.begin());
      its.order = order_within(joint, *plan.order, *part, first_layer);
    }
    plans.push_back(std::move(its));
    first = last;
  }
  return plans;
}

}  // namespace mensa::scheduler
