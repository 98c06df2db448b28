// The room that mappings need in registers and buffers, and whether there is so much.
#include <fmt/format.h>

#include <algorithm>

#include "accelerators/cost/mac_cost.h"

namespace mensa::accelerators {

using models::index;
using models::MacOperand;

/// What room is for; the parts of LayerRoom.
enum class MacCostModel::RoomKind : std::uint8_t { kTile, kStays, kBeside };

MacCostModel::RoomByOperand MacCostModel::register_room(const Mapping& mapping) const {
  RoomByOperand room;
  const std::array<int, models::kMacOperandCount> bits = {
      question_.bits.weights, question_.bits.inputs, question_.bits.accumulators};
  const auto& tile = mapping.at(Level::kRegisters).tile;
  for (const MacOperand operand : models::kAllMacOperands) {
    if (!storage_.in_registers.contains(operand)) continue;
    base::Bytes& need = room[index(operand)];
    need = base::packed_bytes(counter_.tile_elements(operand, tile), bits[index(operand)]);
    // Parameters that come straight from DRAM are loaded beside those in use.
    const bool streams = operand == MacOperand::kWeights && buffer_of_[index(operand)] < 0 &&
                         !question_.resident.weights;
    if (streams && tile != mapping.at(Level::kDram).tile) need = need * 2;
  }
  return room;
}

template <class Add>
void MacCostModel::each_room(const Mapping& mapping, bool partial_sums_in_buffers,
                             bool partial_sums_in_dram, Add&& add) const {
  const OperandBits& bits = question_.bits;
  const auto& tile = mapping.at(Level::kBuffers).tile;
  // Tiles that change while the layer runs are held twice: one in use, one on its way.
  const auto add_tiles = [&](MacOperand operand, int width) {
    const std::int64_t part = counter_.tile_elements(operand, tile);
    add(operand, RoomKind::kTile, base::packed_bytes(part, width),
        part < counter_.whole_elements(operand) ? 2 : 1);
  };
  const auto add_whole = [&](MacOperand operand, int width) {
    add(operand, RoomKind::kStays, base::packed_bytes(counter_.whole_elements(operand), width), 1);
  };
  const auto add_operand = [&](MacOperand operand, int width, bool resident) {
    resident ? add_whole(operand, width) : add_tiles(operand, width);
  };
  add_operand(MacOperand::kWeights, bits.weights, question_.resident.weights);
  add(MacOperand::kWeights, RoomKind::kStays, question_.reserved_parameters, 1);
  add_operand(MacOperand::kInputs, bits.inputs, question_.resident.inputs);
  add(MacOperand::kInputs, RoomKind::kStays, question_.reserved_activations, 1);
  const std::int64_t output_tile = counter_.tile_elements(MacOperand::kOutputs, tile);
  if (!question_.resident.outputs) {
    add_tiles(MacOperand::kOutputs, partial_sums_in_buffers ? bits.accumulators : bits.outputs);
  } else if (partial_sums_in_dram) {  // they stay here instead, at full width
    add_whole(MacOperand::kOutputs, bits.accumulators);
  } else {
    add_whole(MacOperand::kOutputs, bits.outputs);
    if (partial_sums_in_buffers) {
      add(MacOperand::kOutputs, RoomKind::kBeside,
          base::packed_bytes(output_tile, bits.accumulators), 1);
    }
  }
  add(MacOperand::kOutputs, RoomKind::kBeside, base::packed_bytes(output_tile, bits.outputs),
      std::int64_t{2} * question_.tail.streamed_operands);
}

RoomByBuffer MacCostModel::buffer_room(const Mapping& mapping, bool partial_sums_in_buffers,
                                       bool partial_sums_in_dram) const {
  RoomByBuffer room = {};
  each_room(mapping, partial_sums_in_buffers, partial_sums_in_dram,
            [&](MacOperand operand, RoomKind /*kind*/, base::Bytes bytes, std::int64_t copies) {
              const int buffer = buffer_of_[index(operand)];
              if (buffer >= 0) room[static_cast<std::size_t>(buffer)] += bytes * copies;
            });
  return room;
}

LayerRoom MacCostModel::room(const Mapping& mapping) {
  counts_ = counter_.count(mapping);
  LayerRoom room;
  each_room(mapping, counts_.partial_sums_in_buffers, counts_.partial_sums_in_dram,
            [&](MacOperand operand, RoomKind kind, base::Bytes bytes, std::int64_t copies) {
              const int at = buffer_of_[index(operand)];
              if (at < 0) return;
              const auto buffer = static_cast<std::size_t>(at);
              if (kind == RoomKind::kTile) {
                room.tiles[index(operand)] = {buffer, bytes, copies};
              } else {
                (kind == RoomKind::kStays ? room.stays : room.beside)[buffer] += bytes * copies;
              }
            });
  return room;
}

bool MacCostModel::fits_registers(const Mapping& mapping) const {
  const RoomByOperand room = register_room(mapping);
  return std::equal(room.begin(), room.end(), accelerator_->registers.capacity.begin(),
                    [](base::Bytes need, base::Bytes have) { return need <= have; });
}

bool MacCostModel::fits_buffers(const Mapping& mapping, bool partial_sums_in_buffers,
                                bool partial_sums_in_dram) const {
  const RoomByBuffer room = buffer_room(mapping, partial_sums_in_buffers, partial_sums_in_dram);
  for (std::size_t b = 0; b < buffers_.size(); ++b) {
    if (room[b] > buffers_[b].capacity) return false;
  }
  return true;
}

bool MacCostModel::may_fit_buffers(const models::DimArray& tile) const {
  std::array<base::Bytes, BufferBytes::kMostBuffers> room;
  const OperandBits& bits = question_.bits;
  const OperandResidency& resident = question_.resident;
  const auto add = [&](MacOperand operand, int width, bool stays, base::Bytes beside) {
    const int buffer = buffer_of_[index(operand)];
    if (buffer < 0) return;
    const std::int64_t whole = counter_.whole_elements(operand);
    const std::int64_t part = counter_.tile_elements(operand, tile);
    // It is held twice where it grows no further, and once as a whole.
    const base::Bytes need =
        stays ? base::packed_bytes(whole, width)
              : std::min(base::packed_bytes(part, width) * 2, base::packed_bytes(whole, width));
    room[static_cast<std::size_t>(buffer)] += need + beside;
  };
  add(MacOperand::kWeights, bits.weights, resident.weights, question_.reserved_parameters);
  add(MacOperand::kInputs, bits.inputs, resident.inputs, question_.reserved_activations);
  add(MacOperand::kOutputs, bits.outputs, resident.outputs, base::Bytes(0));
  for (std::size_t b = 0; b < buffers_.size(); ++b) {
    if (room[b] > buffers_[b].capacity) return false;
  }
  return true;
}

std::array<std::int64_t, models::kMacOperandCount> MacCostModel::register_elements() const {
  const std::array<int, models::kMacOperandCount> bits = {
      question_.bits.weights, question_.bits.inputs, question_.bits.accumulators};
  std::array<std::int64_t, models::kMacOperandCount> elements{};
  for (const MacOperand operand : models::kAllMacOperands) {
    elements[index(operand)] =
        accelerator_->registers.capacity[index(operand)].value() * 8 / bits[index(operand)];
  }
  return elements;
}

bool MacCostModel::holds_resident_weights(const Mapping& mapping) const {
  if (!question_.resident.weights || buffer_of_[index(MacOperand::kWeights)] >= 0) return true;
  return std::all_of(models::kAllDims.begin(), models::kAllDims.end(), [&](models::Dim dim) {
    return !models::is_relevant(MacOperand::kWeights, dim) ||
           mapping.walked_extent(dim, question_.shape.bounds) <= mapping.walked_step(dim);
  });
}

std::optional<Infeasible> MacCostModel::lacks(const Mapping& mapping, bool partial_sums_in_buffers,
                                              bool partial_sums_in_dram) const {
  const auto missing = [](std::string resource, base::Bytes need, base::Bytes have,
                          std::string hint) {
    return Infeasible{std::move(resource), fmt::format("{} B", need.value()),
                      fmt::format("{} B", have.value()), std::move(hint)};
  };
  if (!holds_resident_weights(mapping)) {
    return Infeasible{fmt::format("registers for weights of {}", accelerator_->name),
                      "all parameters at once", "those of one pass", "fetch them at every step"};
  }
  const RoomByOperand registers = register_room(mapping);
  for (const MacOperand operand : models::kAllMacOperands) {
    const base::Bytes have = accelerator_->registers.capacity[index(operand)];
    if (registers[index(operand)] > have) {
      return missing(
          fmt::format("registers for {} of {}", models::to_string(operand), accelerator_->name),
          registers[index(operand)], have, "larger registers would hold it");
    }
  }
  return shortage(*accelerator_,
                  buffer_room(mapping, partial_sums_in_buffers, partial_sums_in_dram),
                  "a larger buffer or smaller tiles would fit");
}

}  // namespace mensa::accelerators
