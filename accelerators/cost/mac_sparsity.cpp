// What zeros change in the cost of mappings: cycles, transfers into the array, decompression, and
// PEs that wait for each other.
#include <algorithm>

#include "accelerators/cost/mac_cost.h"

namespace mensa::accelerators {

using models::index;
using models::MacOperand;

double MacCostModel::compute_cycles(std::int64_t array_cycles, double imbalance) const {
  const double share = sparse_.time_share(imbalance);
  if (share == 1) return static_cast<double>(rate_.cycles_for(array_cycles));
  // What rounding makes of a whole number must not become the next one.
  constexpr double kRounding = 1e-12;
  const double cycles = static_cast<double>(array_cycles) * share * (1 - kRounding);
  return static_cast<double>(rate_.cycles_for(whole_cycles(cycles).value()));
}

void MacCostModel::add_decompression(MacOperand operand, Level level, double values, double& energy,
                                     double& cycles) const {
  const OperandSparsity& sparsity = accelerator_->sparsity.of(operand);
  if (!sparsity.compressed() || sparsity.compressed_to != level || !sparse_.applies(operand)) {
    return;
  }
  values *= sparse_.kept(operand);
  energy += values * sparsity.decompression_energy.value();
  if (sparsity.decompressed_per_cycle > 0) cycles += values / sparsity.decompressed_per_cycle;
}

double MacCostModel::transfers_made(MacOperand operand, const AccessCounts& counts,
                                    bool saves_time) const {
  const bool in_registers = storage_.in_registers.contains(operand);
  const auto made = [&](std::int64_t reads) {
    return sparse_.transfers(operand, reads, macs_, in_registers, saves_time);
  };
  const std::int64_t reads = counts.at(Level::kBuffers, operand).reads;
  const std::int64_t from = counts.linear_from[index(operand)];
  if (from == 0 || from >= macs_ || !sparse_.active()) return made(reads);
  // Those made grow ever more slowly: a line to as many as there are MACs stays below.
  const double slope = (made(macs_) - made(from)) / static_cast<double>(macs_ - from);
  return made(from) + slope * static_cast<double>(reads - from);
}

SparseModel::PeTiles MacCostModel::pe_tiles(const Mapping& mapping) const {
  const models::DimArray& tile = mapping.at(Level::kRegisters).tile;
  SparseModel::PeTiles tiles;
  tiles.weights = static_cast<double>(counter_.tile_elements(MacOperand::kWeights, tile));
  tiles.inputs = static_cast<double>(counter_.tile_elements(MacOperand::kInputs, tile));
  const auto spread = [&](models::DimSet dims, std::int64_t factor) {
    bool weights = false;
    bool inputs = false;
    for (const models::Dim dim : models::kAllDims) {
      if (!dims.contains(dim)) continue;
      weights = weights || models::is_relevant(MacOperand::kWeights, dim);
      inputs = inputs || models::is_relevant(MacOperand::kInputs, dim);
    }
    if (weights) tiles.weight_pes *= factor;
    if (inputs) tiles.input_pes *= factor;
    tiles.all_pes *= factor;
  };
  for (const models::Dim dim : models::kAllDims) spread({dim}, mapping.unroll(dim));
  for (const GroupUnroll& group : mapping.groups) spread(group.dims, group.factor);
  return tiles;
}

double MacCostModel::least_imbalance(const Mapping& unrolling) const {
  if (!sparse_.skips_any()) return 1;
  // Larger tiles are more alike: take the largest that registers hold, or that there are.
  models::DimArray left = models::kUnitDims;
  for (const models::Dim dim : accelerator_->dataflow.register_dims) {
    if (unrolling.group_of(dim) != nullptr) continue;
    left[index(dim)] = base::ceil_div(question_.shape.bound(dim), unrolling.unroll(dim));
  }
  SparseModel::PeTiles tiles = pe_tiles(unrolling);
  const auto most = [&](MacOperand operand) {
    const std::int64_t values = counter_.tile_elements(operand, left);
    const std::int64_t room = register_elements_[index(operand)];
    return static_cast<double>(room > 0 ? std::min(values, room) : values);
  };
  tiles.weights = most(MacOperand::kWeights);
  tiles.inputs = most(MacOperand::kInputs);
  return sparse_.imbalance(tiles);
}

void MacCostModel::add_imbalance(const Mapping& mapping, const ExactWeights* weights) {
  if (!sparse_.skips_any()) return;
  const SparseModel::PeTiles tiles = pe_tiles(mapping);
  if (weights == nullptr || !sparse_.skips(MacOperand::kWeights)) {
    counts_.imbalance = sparse_.imbalance(tiles);
    return;
  }
  const double share = static_cast<double>(weights->slowest) / static_cast<double>(weights->dense);
  counts_.imbalance =
      sparse_.slowness(MacOperand::kWeights, share) * sparse_.imbalance_of_inputs(tiles);
}

WeightStorage MacCostModel::weight_storage() const {
  return {sparse_.stored(MacOperand::kWeights, Level::kDram),
          sparse_.stored(MacOperand::kWeights, Level::kBuffers),
          sparse_.stored(MacOperand::kWeights, Level::kRegisters), burst_};
}

}  // namespace mensa::accelerators
