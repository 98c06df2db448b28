// The steps of one run: tiles of MAC work, pieces of other work.
#include <algorithm>

#include "accelerators/cost/cost_table.h"

namespace mensa::accelerators {

using models::MacOperand;

std::vector<TileStep> run_stream(const System& system, const LayerEvaluation& layer,
                                 AcceleratorId accelerator, std::size_t limit) {
  if (layer.mapping.has_value()) {
    return tile_stream(system, accelerator, *layer.question, *layer.mapping, layer.run_cost, limit,
                       layer.weight_pattern.get());
  }
  const LayerCost& cost = layer.run_cost;
  const std::int64_t steps = std::min(vector_tiles(cost.dram), static_cast<std::int64_t>(limit));
  const auto part = [&](auto quantity, std::int64_t step) {
    const std::int64_t value = quantity.value();
    const std::int64_t share = value / steps;
    return decltype(quantity)(share + (step < value % steps ? 1 : 0));
  };
  std::vector<TileStep> stream(static_cast<std::size_t>(steps));
  for (std::int64_t step = 0; step < steps; ++step) {
    TileStep& tile = stream[static_cast<std::size_t>(step)];
    tile.dram.parameter_read = part(cost.dram.parameter_read, step);
    tile.dram.activation_read = part(cost.dram.activation_read, step);
    tile.dram.activation_write = part(cost.dram.activation_write, step);
    tile.busy = part(std::max(cost.vector_cycles, cost.network_cycles), step);
    if (tile.dram.parameter_read.value() > 0) tile.changes.insert(MacOperand::kWeights);
    if (tile.dram.activation_read.value() > 0) tile.changes.insert(MacOperand::kInputs);
    if (tile.dram.activation_write.value() > 0) tile.changes.insert(MacOperand::kOutputs);
  }
  return stream;
}

}  // namespace mensa::accelerators
