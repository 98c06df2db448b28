#include "accelerators/mapping/tile_stream.h"

#include <algorithm>
#include <cassert>
#include <map>

#include "accelerators/cost/weight_patterns.h"

namespace mensa::accelerators {

using models::Dim;
using models::DimArray;
using models::index;
using models::MacOperand;

namespace {

struct Box {
  DimArray begin{};
  DimArray extent = models::kUnitDims;
};

bool same(const Box& a, const Box& b, MacOperand operand) {
  for (const Dim dim : models::kAllDims) {
    const std::size_t d = index(dim);
    if (models::is_relevant(operand, dim) && a.begin[d] != b.begin[d]) return false;
  }
  return true;
}

std::int64_t volume(const Box& box, MacOperand operand) {
  std::int64_t product = 1;
  for (const Dim dim : models::kAllDims) {
    if (models::is_relevant(operand, dim)) product *= box.extent[index(dim)];
  }
  return product;
}

/// Rows or columns of a box of weights or outputs, as its compressed format has them.
std::int64_t fibers(const Box& box, MacOperand operand, const StoredSize& stored) {
  std::int64_t product = 1;
  for (const Dim dim : models::kAllDims) {
    if (models::is_relevant(operand, dim) && !is_along_fibers(operand, dim, stored.rows)) {
      product *= box.extent[index(dim)];
    }
  }
  return product;
}

/// Bytes of boxes of weights whose zeros are known; remembers them, as they come many times.
class KnownWeights {
 public:
  KnownWeights(const models::WeightPattern& pattern, const StoredSize& stored)
      : pattern_(pattern), stored_(stored) {}

  base::Bytes bytes(const Box& box) {
    const auto [known, is_new] = bytes_.try_emplace(weights_of(box.begin));
    if (is_new) {
      const std::int64_t kept =
          count_box(pattern_, weights_of(box.begin), weights_of(box.extent, 1));
      known->second = stored_.bytes_of_kept(kept, volume(box, MacOperand::kWeights),
                                            fibers(box, MacOperand::kWeights, stored_));
    }
    return known->second;
  }

 private:
  static DimArray weights_of(DimArray places, std::int64_t otherwise = 0) {
    for (const Dim dim : models::kAllDims) {
      if (!models::is_relevant(MacOperand::kWeights, dim)) places[index(dim)] = otherwise;
    }
    return places;
  }

  const models::WeightPattern& pattern_;
  StoredSize stored_;
  std::map<DimArray, base::Bytes> bytes_;
};

/// Hands out `total` in step with a fraction that grows from 0 to 1, without losing a unit.
class Share {
 public:
  explicit Share(std::int64_t total) : total_(total) {}
  std::int64_t upto(double fraction) {
    const auto target = fraction >= 1.0
                            ? total_
                            : static_cast<std::int64_t>(static_cast<double>(total_) * fraction);
    const std::int64_t part = std::max<std::int64_t>(0, target - given_);
    given_ += part;
    return part;
  }

 private:
  std::int64_t total_;
  std::int64_t given_ = 0;
};

/// Weights of a tile, and how often they come.
struct WeightMoves {
  std::int64_t elements = 0;
  std::int64_t times = 0;
};

class Walk {
 public:
  Walk(const Accelerator& accelerator, const MacQuestion& question, const Mapping& mapping)
      : question_(question), mapping_(mapping), storage_(storage_view(accelerator)) {
    for (const Dim dim : mapping.at(Level::kDram).order) {
      const std::size_t d = index(dim);
      counts_[d] = base::ceil_div(question.shape.bounds[d], mapping.at(Level::kBuffers).tile[d]);
      tiles_ *= counts_[d];
    }
    reload_weights_ = weight_reloads();
    // The innermost DRAM loop that moves the inputs: tiles slide along it.
    for (const Dim dim : mapping.at(Level::kDram).order) {
      if (models::is_relevant(MacOperand::kInputs, dim) && counts_[index(dim)] > 1) slide_ = dim;
    }
  }

  [[nodiscard]] std::int64_t tiles() const { return tiles_; }

  /// Calls `visit(box, changes, weights, inputs, sums_read, sums_written, finals)` for every tile
  /// in order; `changes` are the operands of which the tile before had another tile.
  template <class Visit>
  void run(Visit&& visit) {
    DimArray at{};
    Box before;
    bool first = true;
    Box box = box_at(at);
    while (true) {
      DimArray next = at;
      const bool last = !advance(next);
      const Box following = last ? box : box_at(next);

      OperandSet changes;
      for (const MacOperand operand : models::kAllMacOperands) {
        if (first || !same(box, before, operand)) changes.insert(operand);
      }
      WeightMoves weights;
      if (first || reload_weights_ || !same(box, before, MacOperand::kWeights)) {
        weights = {volume(box, MacOperand::kWeights), weight_passes(box)};
        changes.insert(MacOperand::kWeights);
      }
      const std::int64_t inputs =
          first || !same(box, before, MacOperand::kInputs) ? new_inputs(box, before, first) : 0;
      std::int64_t sums_read = 0;
      std::int64_t sums_written = 0;
      std::int64_t finals = 0;
      const std::int64_t outputs = volume(box, MacOperand::kOutputs);
      if (first || !same(box, before, MacOperand::kOutputs)) {
        if (!reduction_at(at, true)) sums_read = outputs;
      }
      if (last || !same(box, following, MacOperand::kOutputs)) {
        (reduction_at(at, false) ? finals : sums_written) = outputs;
      }
      visit(box, changes, weights, inputs, sums_read, sums_written, finals);
      if (last) return;
      before = box;
      box = following;
      at = next;
      first = false;
    }
  }

 private:
  [[nodiscard]] Box box_at(const DimArray& at) const {
    Box box;
    for (std::size_t d = 0; d < models::kDimCount; ++d) {
      const std::int64_t tile = mapping_.at(Level::kBuffers).tile[d];
      box.begin[d] = at[d] * tile;
      box.extent[d] = std::min(tile, question_.shape.bounds[d] - box.begin[d]);
    }
    return box;
  }

  bool advance(DimArray& at) const {
    const auto& order = mapping_.at(Level::kDram).order;
    for (std::size_t position = models::kDimCount; position-- > 0;) {
      const std::size_t d = index(order[position]);
      if (++at[d] < counts_[d]) return true;
      at[d] = 0;
    }
    return false;
  }

  /// Whether all reduction loops are at their first (or last) iteration.
  [[nodiscard]] bool reduction_at(const DimArray& at, bool first) const {
    for (const Dim dim : {Dim::C, Dim::T, Dim::R, Dim::S}) {
      const std::size_t d = index(dim);
      if (at[d] != (first ? 0 : counts_[d] - 1)) return false;
    }
    return true;
  }

  /// Innermost loop over the array passes that changes the PEs' weights; weights without a buffer
  /// come anew from DRAM whenever it or a loop outside it advances.
  [[nodiscard]] std::optional<std::size_t> weight_cut() const {
    if (storage_.in_buffers.contains(MacOperand::kWeights)) return std::nullopt;
    const auto& order = mapping_.at(Level::kBuffers).order;
    for (std::size_t position = models::kDimCount; position-- > 0;) {
      const Dim dim = order[position];
      if (models::is_relevant(MacOperand::kWeights, dim) && mapping_.walking_dim(dim) == dim &&
          mapping_.walked_extent(dim, mapping_.at(Level::kBuffers).tile) >
              mapping_.walked_step(dim)) {
        return position;
      }
    }
    return std::nullopt;
  }
  [[nodiscard]] bool weight_reloads() const { return weight_cut().has_value(); }

  [[nodiscard]] std::int64_t weight_passes(const Box& box) const {
    const auto cut = weight_cut();
    if (!cut.has_value()) return 1;
    std::int64_t passes = 1;
    for (std::size_t position = 0; position <= *cut; ++position) {
      const Dim dim = mapping_.at(Level::kBuffers).order[position];
      if (models::is_relevant(MacOperand::kWeights, dim)) continue;
      if (mapping_.walking_dim(dim) != dim) continue;
      passes *= base::ceil_div(mapping_.walked_extent(dim, box.extent), mapping_.walked_step(dim));
    }
    return passes;
  }

  [[nodiscard]] std::int64_t new_inputs(const Box& box, const Box& before, bool first) const {
    std::int64_t elements =
        box.extent[index(Dim::G)] * box.extent[index(Dim::N)] * box.extent[index(Dim::C)];
    // Tiles overlap only if the loop that slides made the last move and nothing else changed.
    bool slides = !first && slide_.has_value();
    for (const Dim dim : models::kAllDims) {
      const std::size_t d = index(dim);
      if (!slides || !models::is_relevant(MacOperand::kInputs, dim)) continue;
      slides = dim == *slide_ ? box.begin[d] == before.begin[d] + before.extent[d]
                              : box.begin[d] == before.begin[d];
    }
    for (std::size_t axis = 0; axis < models::kSlidingAxes.size(); ++axis) {
      const auto [output, kernel] = models::kSlidingAxes[axis];
      const std::size_t o = index(output);
      const std::size_t k = index(kernel);
      const auto touched = [&](std::int64_t output_begin, std::int64_t outputs,
                               std::int64_t kernel_begin, std::int64_t kernels) {
        return question_.shape.touched(axis, output_begin, outputs, kernel_begin, kernels);
      };
      if (slides && *slide_ == output) {
        elements *= touched(before.begin[o], before.extent[o] + box.extent[o], box.begin[k],
                            box.extent[k]) -
                    touched(before.begin[o], before.extent[o], box.begin[k], box.extent[k]);
      } else if (slides && *slide_ == kernel) {
        elements *= touched(box.begin[o], box.extent[o], before.begin[k],
                            before.extent[k] + box.extent[k]) -
                    touched(box.begin[o], box.extent[o], before.begin[k], before.extent[k]);
      } else {
        elements *= touched(box.begin[o], box.extent[o], box.begin[k], box.extent[k]);
      }
    }
    return elements;
  }

  const MacQuestion& question_;
  const Mapping& mapping_;
  StorageView storage_;
  DimArray counts_ = models::kUnitDims;
  std::int64_t tiles_ = 1;
  std::optional<Dim> slide_;
  bool reload_weights_ = false;
};

}  // namespace

std::vector<TileStep> tile_stream(const System& system, AcceleratorId accelerator,
                                  const MacQuestion& question, const Mapping& mapping,
                                  const LayerCost& cost, std::size_t limit,
                                  const models::WeightPattern* pattern) {
  assert(limit >= 1);
  Walk walk(system.accelerator(accelerator), question, mapping);
  const auto per_step = base::ceil_div(walk.tiles(), static_cast<std::int64_t>(limit));
  const DramFormat format = dram_format(system, system.accelerator(accelerator), question);
  const base::Bytes burst = format.burst;
  std::optional<KnownWeights> known;
  if (pattern != nullptr) known.emplace(*pattern, format.weights);
  const auto transfer = [burst](const StoredSize& stored, std::int64_t elements,
                                std::int64_t of_fibers) {
    return base::whole_bursts(stored.bytes(elements, of_fibers), burst);
  };
  const auto weight_bytes = [&](const Box& box, std::int64_t elements) {
    if (known && elements > 0) return base::whole_bursts(known->bytes(box), burst);
    return transfer(format.weights, elements, fibers(box, MacOperand::kWeights, format.weights));
  };
  const auto input_fibers = [&](const Box& box, std::int64_t elements) {
    const std::int64_t channels = box.extent[index(Dim::C)];
    return format.inputs.rows ? elements / channels : channels * box.extent[index(Dim::G)];
  };
  Share tail_activations(
      base::whole_bursts(question.tail.activation_read_from_dram, burst).value());
  Share tail_parameters(base::whole_bursts(question.tail.parameter_read, burst).value());
  Share busy(std::max({cost.compute_cycles, cost.vector_cycles, cost.network_cycles}).value());
  const auto all_macs = static_cast<double>(question.shape.macs());
  const auto all_outputs = static_cast<double>(question.shape.elements(MacOperand::kOutputs));
  std::int64_t macs = 0;
  std::int64_t finished = 0;

  std::vector<TileStep> steps;
  std::int64_t in_step = per_step;
  walk.run([&](const Box& box, OperandSet changes, WeightMoves weights, std::int64_t inputs,
               std::int64_t sums_read, std::int64_t sums_written, std::int64_t finals) {
    if (in_step == per_step) {
      steps.emplace_back();
      in_step = 0;
    }
    ++in_step;
    TileStep& step = steps.back();
    const auto add_change = [&](MacOperand operand, bool resident) {
      if (!resident && changes.contains(operand)) step.changes.insert(operand);
    };
    add_change(MacOperand::kWeights, question.resident.weights);
    add_change(MacOperand::kInputs, question.resident.inputs);
    add_change(MacOperand::kOutputs, question.resident.outputs);
    if (!question.resident.weights) {
      step.dram.parameter_read += weight_bytes(box, weights.elements) * weights.times;
    }
    if (!question.resident.inputs) {
      step.dram.activation_read += transfer(format.inputs, inputs, input_fibers(box, inputs));
    }
    if (!question.resident.outputs) {
      step.dram.partial_sum_read += transfer(format.sums, sums_read, 1);
      step.dram.partial_sum_write += transfer(format.sums, sums_written, 1);
      step.dram.activation_write +=
          transfer(format.outputs, finals, fibers(box, MacOperand::kOutputs, format.outputs));
    }
    finished += finals;
    const double done = static_cast<double>(finished) / all_outputs;
    step.dram.activation_read += base::Bytes(tail_activations.upto(done));
    step.dram.parameter_read += base::Bytes(tail_parameters.upto(done));
    std::int64_t tile_macs = 1;
    for (const std::int64_t extent : box.extent) tile_macs *= extent;
    macs += tile_macs;
    step.busy += base::Cycles(busy.upto(static_cast<double>(macs) / all_macs));
  });
  return steps;
}

}  // namespace mensa::accelerators
