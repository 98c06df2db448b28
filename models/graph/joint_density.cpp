#include "models/graph/joint_density.h"

#include <algorithm>

namespace mensa::models {

std::optional<JointDensity> joint_density(const Graph& graph, std::span<const TensorId> tensors) {
  if (tensors.empty()) return std::nullopt;
  double nonzeros = 0;
  double known = 0;
  double unknown = 0;
  DensityOrigin weakest = DensityOrigin::kMeasured;
  for (const TensorId id : tensors) {
    const Tensor& tensor = graph.tensor(id);
    const auto elements = static_cast<double>(tensor.elements());
    if (tensor.sparsity->origin == DensityOrigin::kUnknown) {
      unknown += elements;
      continue;
    }
    weakest = std::min(weakest, tensor.sparsity->origin);
    nonzeros += tensor.sparsity->density * elements;
    known += elements;
  }
  if (unknown >= known) return JointDensity{std::nullopt, DensityOrigin::kUnknown};
  return JointDensity{nonzeros / known, weakest};
}

}  // namespace mensa::models
