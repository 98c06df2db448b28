#include "models/graph/weight_pattern.h"

#include <array>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "models/graph/reordered_bits.h"
#include "models/graph/weight_order.h"

namespace mensa::models {

std::shared_ptr<const WeightPattern> weight_pattern(const Graph& graph, const Layer& layer) {
  const auto* work = std::get_if<MacWork>(&layer.work);
  if (work == nullptr || layer.parameters.size() != 1) return nullptr;
  const Tensor& tensor = graph.tensor(layer.parameters.front());
  const SparsityProfile& profile = *tensor.sparsity;
  if (!profile.nonzeros ||
      profile.nonzeros->size() != static_cast<std::size_t>(tensor.elements())) {
    return nullptr;
  }
  std::optional<ChannelAxes> axes;
  if (const auto& structure = profile.structure) {
    axes = ChannelAxes{structure->output_axis, structure->reduction_axis};
  }
  const auto order = weight_order(tensor.shape, work->shape, axes);
  if (!order) return nullptr;
  constexpr std::array kNestOrder = {Dim::G, Dim::K, Dim::T, Dim::R, Dim::S, Dim::C};
  std::vector<BitLoop> loops;
  loops.reserve(kNestOrder.size());
  for (const Dim dim : kNestOrder) {
    loops.push_back({static_cast<std::size_t>(order->extents[index(dim)]),
                     static_cast<std::size_t>(order->strides[index(dim)])});
  }
  WeightPattern pattern;
  pattern.bounds = order->extents;
  pattern.bits = reordered_bits(*profile.nonzeros, loops);
  pattern.nonzeros = profile.nonzeros->count();
  pattern.synthetic = profile.synthetic;
  return std::make_shared<const WeightPattern>(std::move(pattern));
}

}  // namespace mensa::models
