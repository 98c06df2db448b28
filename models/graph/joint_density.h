#pragma once

#include <optional>
#include <span>

#include "models/graph/graph.h"

namespace mensa::models {

/// Density of several tensors together.
struct JointDensity {
  std::optional<double> value;  ///< none where it is unknown
  DensityOrigin origin = DensityOrigin::kAssumedDense;
};

/// The mean density of those tensors whose density is known, by elements, with the weakest of their
/// origins. Unknown where most elements are of tensors of unknown density: a bias that is all zero
/// makes no layer unknown. None without tensors.
[[nodiscard]] std::optional<JointDensity> joint_density(const Graph& graph,
                                                        std::span<const TensorId> tensors);

}  // namespace mensa::models
