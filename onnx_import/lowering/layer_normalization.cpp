#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "onnx_import/lowering/broadcast.h"
#include "onnx_import/lowering/lowering.h"
#include "onnx_import/lowering/operation_counts.h"
#include "onnx_import/lowering/shared_lowerings.h"

// Normalisations with statistics of their input, taken at run time. All are vector work over their
// elements; which of those share a mean changes no count. Scales and shifts are parameters.

namespace mensa::onnx_import {
namespace {

/// Adds a layer that reads all inputs and writes all outputs that are used.
void add_statistics_layer(LayerContext& node, std::int64_t operations) {
  DraftLayer entry = node.new_layer();
  models::VectorWork work{0, node.output_elements(0), operations};
  for (std::size_t i = 0; i < node.node().inputs.size(); ++i) {
    if (!node.has_input(i)) continue;
    node.add_operand(entry, i);
    if (!node.input(i).constant) work.elements_in += node.elements(i);
  }
  entry.layer.work = work;
  for (std::size_t i = 0; i < node.node().outputs.size(); ++i) {
    if (node.output_used(i)) entry.layer.outputs.push_back(node.write(i));
  }
  node.add(std::move(entry));
}

/// Operations of scale and shift, where inputs `scale` and `shift` are there.
std::int64_t affine_operations(const LayerContext& node, std::size_t scale, std::size_t shift) {
  return (node.has_input(scale) ? kArithmetic : 0) + (node.has_input(shift) ? kArithmetic : 0);
}

void check_parameter(const TypeContext& node, std::size_t index, const Shape& normalized) {
  if (!node.has_input(index)) return;
  const Shape& shape = node.shape(index);
  if (broadcast_shape(shape, normalized) != normalized) {
    TypeContext::fail(fmt::format("its input {} has shape {}, but it normalises {}", index,
                                  fmt::join(shape, "x"), fmt::join(normalized, "x")));
  }
}

/// Scale and shift are of the axes from `axis` on; mean and deviation are of those before.
void infer_over_last_axes(TypeContext& node, std::int64_t axis, bool with_mean) {
  const Shape& data = node.shape(0);
  const std::size_t first = node.checked_axis(axis, data.size());
  const Shape normalized(data.begin() + static_cast<std::ptrdiff_t>(first), data.end());
  for (const std::size_t index : {std::size_t{1}, std::size_t{2}}) {
    check_parameter(node, index, normalized);
  }
  infer_same(node);
  Shape statistics = data;
  std::fill(statistics.begin() + static_cast<std::ptrdiff_t>(first), statistics.end(), 1);
  // Without a mean there is only the deviation, as output 1.
  node.set_output(1, models::ElementType::kFloat32, statistics);
  if (with_mean) node.set_output(2, models::ElementType::kFloat32, statistics);
}

void infer_layer_norm(TypeContext& node) {
  infer_over_last_axes(node, node.attributes().integer_or("axis", -1), true);
}
void lower_layer_norm(LayerContext& node) {
  add_statistics_layer(node, kNormalize + affine_operations(node, 1, 2));
}

void infer_rms_norm(TypeContext& node) {
  infer_over_last_axes(node, node.attributes().integer_or("axis", -1), false);
}
void lower_rms_norm(LayerContext& node) {
  add_statistics_layer(node, kScaleByNorm + affine_operations(node, 1, 2));
}

void check_channel_parameters(const TypeContext& node, std::size_t first_parameter) {
  const Shape& data = node.shape(0);
  if (data.size() < 3) {
    TypeContext::fail(
        fmt::format("its input has shape {}; batch, channels and spatial axes are needed",
                    fmt::join(data, "x")));
  }
  for (const std::size_t index : {first_parameter, first_parameter + 1}) {
    if (node.input(index).shape.size() != 1) {
      TypeContext::fail(fmt::format("its input {} has shape {}; one axis is needed", index,
                                    fmt::join(node.shape(index), "x")));
    }
  }
}

void infer_instance_norm(TypeContext& node) {
  check_channel_parameters(node, 1);
  check_parameter(node, 1, {node.shape(0)[1]});
  check_parameter(node, 2, {node.shape(0)[1]});
  infer_same(node);
}

/// Up to operator set 20 scale and shift are of groups, later of channels.
void infer_group_norm(TypeContext& node) {
  check_channel_parameters(node, 1);
  const std::int64_t channels = node.shape(0)[1];
  const std::int64_t groups = node.attributes().integer_or("num_groups", 0);
  if (groups < 1 || channels % groups != 0) {
    TypeContext::fail(fmt::format("{} channels do not make {} groups", channels, groups));
  }
  const std::int64_t parameters = node.shape(1)[0];
  if ((parameters != channels && parameters != groups) || node.shape(2) != node.shape(1)) {
    TypeContext::fail(fmt::format("its scale has {} values for {} channels in {} groups",
                                  parameters, channels, groups));
  }
  infer_same(node);
}

void lower_affine_norm(LayerContext& node) {
  add_statistics_layer(node, kNormalize + 2 * kArithmetic);
}

void lower_mean_variance(LayerContext& node) { add_statistics_layer(node, kNormalize); }

void infer_lp_norm(TypeContext& node) {
  (void)node.checked_axis(node.attributes().integer_or("axis", -1), node.shape(0).size());
  infer_same(node);
}
void lower_lp_norm(LayerContext& node) { add_statistics_layer(node, kScaleByNorm); }

// --- com.microsoft ------------------------------------------------------------------------------

/// Where the operands of SkipLayerNormalization stand; it leaves the sum as output 3.
constexpr std::size_t kSkip = 1;
constexpr std::size_t kSkipSum = 3;

void infer_skip(TypeContext& node, std::size_t first_parameter, bool with_mean) {
  const Shape& data = node.shape(0);
  if (data.empty() || broadcast_shape(node.shape(kSkip), data) != data) {
    TypeContext::fail(fmt::format("its input has shape {} and its skip {}", fmt::join(data, "x"),
                                  fmt::join(node.shape(kSkip), "x")));
  }
  for (std::size_t i = first_parameter; i < node.input_count(); ++i) {
    check_parameter(node, i, {data.back()});
  }
  infer_same(node);
  Shape statistics = data;
  statistics.back() = 1;
  if (with_mean) node.set_output(1, models::ElementType::kFloat32, statistics);
  node.set_output(2, models::ElementType::kFloat32, statistics);
  if (!with_mean) node.set_output(1, models::ElementType::kFloat32, statistics);
  node.set_output(kSkipSum, node.input(0).type, data);
}

void infer_skip_layer_norm(TypeContext& node) { infer_skip(node, 2, true); }
/// input, skip, gamma, beta, bias: sums are one for the skip and one for the bias.
void lower_skip_layer_norm(LayerContext& node) {
  add_statistics_layer(node, kArithmetic + kNormalize + affine_operations(node, 2, 3) +
                                 (node.has_input(4) ? kArithmetic : 0));
}

void infer_skip_rms_norm(TypeContext& node) { infer_skip(node, 2, false); }
/// input, skip, gamma, bias.
void lower_skip_rms_norm(LayerContext& node) {
  add_statistics_layer(node, kArithmetic + kScaleByNorm + affine_operations(node, 2, 3));
}

}  // namespace

Lowering layer_normalization_lowering() {
  // onnxruntime has SimplifiedLayerNormalization in ONNX's domain, though ONNX does not.
  return {"",
          {{"LayerNormalization", infer_layer_norm, lower_layer_norm},
           {"SimplifiedLayerNormalization", infer_rms_norm, lower_rms_norm},
           {"RMSNormalization", infer_rms_norm, lower_rms_norm},
           {"InstanceNormalization", infer_instance_norm, lower_affine_norm},
           {"GroupNormalization", infer_group_norm, lower_affine_norm},
           {"MeanVarianceNormalization", infer_same, lower_mean_variance},
           {"LpNormalization", infer_lp_norm, lower_lp_norm}}};
}

Lowering skip_normalization_lowering() {
  return {"com.microsoft",
          {{"LayerNormalization", infer_layer_norm, lower_layer_norm},
           {"SimplifiedLayerNormalization", infer_rms_norm, lower_rms_norm},
           {"SkipLayerNormalization", infer_skip_layer_norm, lower_skip_layer_norm},
           {"SkipSimplifiedLayerNormalization", infer_skip_rms_norm, lower_skip_rms_norm}}};
}

}  // namespace mensa::onnx_import
