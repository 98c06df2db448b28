#pragma once

#include <optional>
#include <vector>

#include "scheduler/problem/schedule.h"

namespace mensa::scheduler {

/// The output of a layer that may stay on chip for its readers: its only one, which is no output of
/// the model and is not kept inside a time step already. None where there is no such.
[[nodiscard]] std::optional<models::TensorId> keepable_output(const models::Graph& graph,
                                                              const models::Layer& layer);

/// What a layer finds on chip beside what it has, where `tensor` stays. None where it does not read
/// it as an activation, or only as one of too many.
[[nodiscard]] std::optional<LayerResidency> with_input(const models::Graph& graph,
                                                       const models::Layer& reader,
                                                       LayerResidency residency,
                                                       models::TensorId tensor);

/// Lets outputs stay on chip whose readers are exactly the next layers on the same accelerator,
/// where they fit beside their tiles. Without `kept`: each whose staying does not make the score of
/// writer and readers worse, one after the other. With it: these, which must meet the rule; throws
/// std::logic_error naming one that does not.
void keep_outputs(const SchedulingProblem& problem, Schedule& schedule,
                  const std::optional<std::vector<models::TensorId>>& kept);

}  // namespace mensa::scheduler
