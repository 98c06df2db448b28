// The room that mappings need in registers and buffers, and whether there is so much.
#include <fmt/format.h>

#include <algorithm>

#include "accelerators/cost/mac_cost.h"

namespace mensa::accelerators {

using models::index;
using models::MacOperand;

/// What room is for; the parts of LayerRoom.
enum class MacCostModel::RoomKind : std::uint8_t { kTile, kStays, kBeside };

base::Bytes MacCostModel::register_room(MacOperand operand, const Mapping& mapping) const {
  if (!storage_.in_registers.contains(operand)) return base::Bytes(0);
  const auto& tile = mapping.at(Level::kRegisters).tile;
  if (operand == MacOperand::kOutputs) {
    return base::packed_bytes(counter_.tile_elements(operand, tile), array_bits_[index(operand)]);
  }
  const base::Bytes need = compressed_room(operand, Level::kRegisters, tile);
  // Parameters that come straight from DRAM are loaded beside those in use.
  const bool streams = operand == MacOperand::kWeights && buffer_of_[index(operand)] < 0 &&
                       !question_.resident.weights;
  return streams && tile != mapping.at(Level::kDram).tile ? need * 2 : need;
}

base::Bytes MacCostModel::compressed_room(MacOperand operand, Level level,
                                          const models::DimArray& tile) const {
  const std::int64_t values = counter_.tile_elements(operand, tile);
  const StoredSize& stored = sparse_.stored(operand, level);
  if (!stored.compressed) return stored.bytes(values, 1);
  const std::int64_t together =
      level == Level::kRegisters ? accelerator_->sparsity.stealing_group : 1;
  return sparse_.room(operand, level, values, fibers_of(operand, tile, stored), together);
}

std::int64_t MacCostModel::fibers_of(MacOperand operand, const models::DimArray& tile,
                                     const StoredSize& stored) const {
  return stored.pointer_bits > 0 ? counter_.tile_fibers(operand, tile, stored.rows) : 1;
}

base::Bytes MacCostModel::whole_room(MacOperand operand) const {
  const StoredSize& stored = sparse_.stored(operand, Level::kBuffers);
  const std::int64_t values = counter_.whole_elements(operand);
  // Activations that stay have room for as many as there are: more may turn up than expected.
  if (operand != MacOperand::kWeights) return base::packed_bytes(values, stored.value_bits);
  return stored.bytes(values, fibers_of(operand, question_.shape.bounds, stored));
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
  const auto add_whole = [&](MacOperand operand, base::Bytes bytes) {
    add(operand, RoomKind::kStays, bytes, 1);
  };
  const auto add_operand = [&](MacOperand operand, bool resident) {
    if (resident) return add_whole(operand, whole_room(operand));
    add(operand, RoomKind::kTile, compressed_room(operand, Level::kBuffers, tile),
        counter_.tile_elements(operand, tile) < counter_.whole_elements(operand) ? 2 : 1);
  };
  add_operand(MacOperand::kWeights, question_.resident.weights);
  add(MacOperand::kWeights, RoomKind::kStays, question_.reserved_parameters, 1);
  add_operand(MacOperand::kInputs, question_.resident.inputs);
  add(MacOperand::kInputs, RoomKind::kStays, question_.reserved_activations, 1);
  const std::int64_t output_tile = counter_.tile_elements(MacOperand::kOutputs, tile);
  if (!question_.resident.outputs) {
    add_tiles(MacOperand::kOutputs, partial_sums_in_buffers ? bits.accumulators : bits.outputs);
  } else if (partial_sums_in_dram) {  // they stay here instead, at full width
    add_whole(MacOperand::kOutputs,
              base::packed_bytes(counter_.whole_elements(MacOperand::kOutputs), bits.accumulators));
  } else {
    add_whole(MacOperand::kOutputs, whole_room(MacOperand::kOutputs));
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
  return std::all_of(
      models::kAllMacOperands.begin(), models::kAllMacOperands.end(), [&](MacOperand operand) {
        return register_room(operand, mapping) <= accelerator_->registers.capacity[index(operand)];
      });
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
  const auto add = [&](MacOperand operand, base::Bytes need, base::Bytes beside) {
    const int buffer = buffer_of_[index(operand)];
    if (buffer >= 0) room[static_cast<std::size_t>(buffer)] += need + beside;
  };
  // A tile is held twice where it grows no further, and once as a whole.
  const auto need = [&](MacOperand operand, bool stays) {
    if (stays) return whole_room(operand);
    const StoredSize& stored = sparse_.stored(operand, Level::kBuffers);
    const base::Bytes whole =
        sparse_.room(operand, Level::kBuffers, counter_.whole_elements(operand),
                     fibers_of(operand, question_.shape.bounds, stored));
    return std::min(compressed_room(operand, Level::kBuffers, tile) * 2, whole);
  };
  const auto outputs_need = [&] {
    if (resident.outputs) return whole_room(MacOperand::kOutputs);
    const std::int64_t whole = counter_.whole_elements(MacOperand::kOutputs);
    const std::int64_t part = counter_.tile_elements(MacOperand::kOutputs, tile);
    return std::min(base::packed_bytes(part, bits.outputs) * 2,
                    base::packed_bytes(whole, bits.outputs));
  };
  add(MacOperand::kWeights, need(MacOperand::kWeights, resident.weights),
      question_.reserved_parameters);
  add(MacOperand::kInputs, need(MacOperand::kInputs, resident.inputs),
      question_.reserved_activations);
  add(MacOperand::kOutputs, outputs_need(), base::Bytes(0));
  for (std::size_t b = 0; b < buffers_.size(); ++b) {
    if (room[b] > buffers_[b].capacity) return false;
  }
  return true;
}

std::int64_t MacCostModel::most_compressed_values(MacOperand operand, base::Bytes capacity) const {
  const auto fits = [&](std::int64_t values) {
    return sparse_.room(operand, Level::kRegisters, values, 1,
                        accelerator_->sparsity.stealing_group) <= capacity;
  };
  std::int64_t low = 0;
  std::int64_t high = counter_.whole_elements(operand) + 1;
  while (high - low > 1) {
    const std::int64_t middle = low + (high - low) / 2;
    (fits(middle) ? low : high) = middle;
  }
  return low;
}

std::array<std::int64_t, models::kMacOperandCount> MacCostModel::register_elements() const {
  std::array<std::int64_t, models::kMacOperandCount> elements{};
  for (const MacOperand operand : models::kAllMacOperands) {
    const base::Bytes capacity = accelerator_->registers.capacity[index(operand)];
    elements[index(operand)] =
        operand != MacOperand::kOutputs && sparse_.stored(operand, Level::kRegisters).compressed
            ? most_compressed_values(operand, capacity)
            : capacity.value() * 8 / array_bits_[index(operand)];
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
  if (sparse_.unrepresentable()) return sparse_.unrepresentable();
  if (!holds_resident_weights(mapping)) {
    return Infeasible{fmt::format("registers for weights of {}", accelerator_->name),
                      "all parameters at once", "those of one pass", "fetch them at every step"};
  }
  for (const MacOperand operand : models::kAllMacOperands) {
    const base::Bytes need = register_room(operand, mapping);
    const base::Bytes have = accelerator_->registers.capacity[index(operand)];
    if (need > have) {
      return missing(
          fmt::format("registers for {} of {}", models::to_string(operand), accelerator_->name),
          need, have, "larger registers would hold it");
    }
  }
  return shortage(*accelerator_,
                  buffer_room(mapping, partial_sums_in_buffers, partial_sums_in_dram),
                  "a larger buffer or smaller tiles would fit");
}

std::optional<Infeasible> MacCostModel::lacks_room_for(const Mapping& mapping,
                                                       const ExactWeights& weights) const {
  const int buffer = buffer_of_[index(MacOperand::kWeights)];
  const auto missing = [&](std::string resource, base::Bytes need, base::Bytes have) {
    return Infeasible{std::move(resource), fmt::format("{} B", need.value()),
                      fmt::format("{} B", have.value()), "smaller tiles would fit"};
  };
  const base::Bytes registers = accelerator_->registers.capacity[index(MacOperand::kWeights)];
  if (storage_.in_registers.contains(MacOperand::kWeights) && weights.largest_pe_tile > registers) {
    return missing(
        fmt::format("registers for the fullest tile of weights of {}", accelerator_->name),
        weights.largest_pe_tile, registers);
  }
  if (buffer < 0 || question_.resident.weights) return std::nullopt;
  const base::Bytes room =
      compressed_room(MacOperand::kWeights, Level::kBuffers, mapping.at(Level::kBuffers).tile);
  if (weights.largest_tile <= room) return std::nullopt;
  return missing(fmt::format("room for the fullest tile of weights in {}", accelerator_->name),
                 weights.largest_tile, room);
}

}  // namespace mensa::accelerators
