#include "accelerators/cost/layer_zeros.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <variant>

#include "accelerators/cost/weight_patterns.h"
#include "accelerators/mapping/access_counts.h"
#include "models/graph/joint_density.h"

namespace mensa::accelerators {

using models::index;
using models::Layer;
using models::MacOperand;
using models::MacWork;
using models::SparsityProfile;
using models::TensorId;

namespace {

OperandZeros zeros_of(const models::Graph& graph, std::span<const TensorId> tensors) {
  OperandZeros zeros;
  const auto joint = models::joint_density(graph, tensors);
  if (!joint || !joint->value) return zeros;
  zeros.density = *joint->value;
  const SparsityProfile& first = *graph.tensor(tensors.front()).sparsity;
  zeros.placement = first.placement;
  zeros.cluster = first.cluster;
  return zeros;
}

/// Whether weights that keep one pattern keep another one as well.
bool implies(const models::GroupPattern& kept, const models::GroupPattern& wanted) {
  return wanted.of % kept.of == 0 && kept.nonzeros * (wanted.of / kept.of) <= wanted.nonzeros;
}

}  // namespace

const std::shared_ptr<const models::WeightPattern>& LayerZeros::nonzeros(const Layer& layer) {
  const auto [entry, is_new] = nonzeros_.try_emplace(layer.id);
  if (is_new) entry->second = models::weight_pattern(graph_, layer);
  return entry->second;
}

std::shared_ptr<const models::WeightPattern> LayerZeros::pattern(const Layer& layer,
                                                                 const Accelerator& accelerator) {
  const OperandSparsity& sparsity = accelerator.sparsity.of(MacOperand::kWeights);
  // Of N:M groups each takes the same, whatever is in it.
  if ((!sparsity.compressed() && !sparsity.acts()) || sparsity.format == StorageFormat::kGroups) {
    return nullptr;
  }
  const auto& plain = nonzeros(layer);
  if (plain == nullptr || sparsity.block() == 1) return plain;
  const BlockShape block{sparsity.block_outputs, sparsity.block_reduction};
  auto& full = full_blocks_[{layer.id, block}];
  if (full == nullptr) {
    full = std::make_shared<const models::WeightPattern>(
        with_full_blocks(*plain, block.first, block.second));
  }
  return full;
}

OperandZeros LayerZeros::of_weights(const Layer& layer, const Accelerator& accelerator) {
  const OperandSparsity& sparsity = accelerator.sparsity.of(MacOperand::kWeights);
  if (layer.parameters.empty()) {  // the second of two activations stands for them
    return zeros_of(graph_, std::span(&layer.inputs.back(), 1));
  }
  OperandZeros zeros = zeros_of(graph_, layer.parameters);
  const std::int64_t channels = std::get<MacWork>(layer.work).shape.bound(models::Dim::C);
  // Of sums over fewer values than a group there is nothing to leave out.
  if (sparsity.format == StorageFormat::kGroups && channels >= sparsity.groups.of) {
    const auto& plain = nonzeros(layer);
    const SparsityProfile& profile = *graph_.tensor(layer.parameters.front()).sparsity;
    if (plain != nullptr) {
      zeros.keeps_groups = keeps_groups(*plain, sparsity.groups);
    } else if (layer.parameters.size() == 1) {
      const auto& known = profile.structure && profile.structure->pattern
                              ? profile.structure->pattern
                              : profile.groups;
      zeros.keeps_groups = known && implies(*known, sparsity.groups);
    }
  }
  if (const auto known = pattern(layer, accelerator); known != nullptr) {
    zeros.kept = static_cast<double>(known->nonzeros) /
                 static_cast<double>(models::product(known->bounds, models::kEveryDim));
  }
  return zeros;
}

Zeros LayerZeros::of(const Layer& layer, const Accelerator& accelerator) {
  Zeros zeros;
  const Sparsity& sparsity = accelerator.sparsity;
  const auto matters = [&](MacOperand operand) {
    return sparsity.of(operand).compressed() || sparsity.of(operand).acts();
  };
  if (matters(MacOperand::kWeights)) {
    zeros[index(MacOperand::kWeights)] = of_weights(layer, accelerator);
  }
  if (matters(MacOperand::kInputs)) {
    const std::size_t main = layer.parameters.empty() ? 1 : layer.inputs.size();
    zeros[index(MacOperand::kInputs)] = zeros_of(graph_, std::span(layer.inputs.data(), main));
  }
  if (matters(MacOperand::kOutputs)) {
    zeros[index(MacOperand::kOutputs)] = zeros_of(graph_, layer.outputs);
  }
  return zeros;
}

base::Bytes LayerZeros::weight_bytes(const Layer& layer, const Accelerator& accelerator, int bits,
                                     Level level) {
  const models::ProblemShape& shape = std::get<MacWork>(layer.work).shape;
  const std::int64_t values = shape.elements(MacOperand::kWeights);
  const SparseModel model(accelerator.sparsity, shape, {bits, bits, bits, bits}, {bits, bits, bits},
                          of(layer, accelerator));
  const StoredSize& stored = model.stored(MacOperand::kWeights, level);
  if (!stored.compressed) return base::packed_bytes(values, bits);
  std::int64_t fibers = 1;
  for (const models::Dim dim : models::kAllDims) {
    if (models::is_relevant(MacOperand::kWeights, dim) &&
        !is_along_fibers(MacOperand::kWeights, dim, stored.rows)) {
      fibers *= shape.bound(dim);
    }
  }
  const auto known = pattern(layer, accelerator);
  return known != nullptr ? stored.bytes_of_kept(known->nonzeros, values, fibers)
                          : stored.bytes(values, fibers);
}

double LayerZeros::share_in_dram(TensorId activation, const Accelerator& accelerator,
                                 int bits) const {
  if (!accelerator.sparsity.of(MacOperand::kInputs).compressed_in(Level::kDram)) return 1;
  const models::Tensor& tensor = graph_.tensor(activation);
  models::ProblemShape shape;
  shape.bounds[index(models::Dim::C)] =
      tensor.shape.size() > 1 ? std::max<std::int64_t>(1, tensor.shape[1]) : 1;
  Zeros zeros;
  zeros[index(MacOperand::kInputs)] = zeros_of(graph_, std::span(&activation, 1));
  const SparseModel model(accelerator.sparsity, shape, {bits, bits, bits, bits}, {bits, bits, bits},
                          zeros);
  return model.stored(MacOperand::kInputs, Level::kDram).bits_per_value / bits;
}

}  // namespace mensa::accelerators
