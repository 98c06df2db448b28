#include "accelerators/cost/layer_room.h"

#include <fmt/format.h>

#include <algorithm>

#include "accelerators/cost/cost_table.h"
#include "accelerators/cost/mac_cost.h"
#include "accelerators/cost/vector_cost.h"

namespace mensa::accelerators {

RoomByBuffer LayerRoom::total() const {
  RoomByBuffer sum = stays;
  for (std::size_t b = 0; b < sum.size(); ++b) sum[b] += beside[b];
  for (const Tile& tile : tiles) {
    if (tile.buffer != Tile::kNowhere) sum[tile.buffer] += tile.bytes * tile.copies;
  }
  return sum;
}

std::optional<Infeasible> shortage(const Accelerator& accelerator, const RoomByBuffer& need,
                                   std::string hint) {
  for (std::size_t b = 0; b < accelerator.buffers.size(); ++b) {
    const Buffer& buffer = accelerator.buffers[b];
    if (need[b] <= buffer.capacity) continue;
    return Infeasible{fmt::format("buffer '{}' of {}", buffer.name, accelerator.name),
                      fmt::format("{} B", need[b].value()),
                      fmt::format("{} B", buffer.capacity.value()), std::move(hint)};
  }
  return std::nullopt;
}

std::size_t buffer_index(const Accelerator& accelerator, models::MacOperand operand) {
  const auto found =
      std::find_if(accelerator.buffers.begin(), accelerator.buffers.end(),
                   [&](const Buffer& buffer) { return buffer.keeps.contains(operand); });
  return found == accelerator.buffers.end()
             ? LayerRoom::Tile::kNowhere
             : static_cast<std::size_t>(found - accelerator.buffers.begin());
}

LayerRoom layer_room(const System& system, const LayerEvaluation& layer,
                     AcceleratorId accelerator) {
  if (layer.on_host) return {};
  const Accelerator& spec = system.accelerator(accelerator);
  if (layer.mapping.has_value()) {
    return MacCostModel(system, spec, *layer.question).room(*layer.mapping);
  }
  return vector_room(spec, *layer.vector_question, layer.run_cost.dram);
}

}  // namespace mensa::accelerators
