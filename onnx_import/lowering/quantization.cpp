#include "onnx_import/lowering/quantization.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "models/base/units.h"
#include "onnx_import/lowering/lowering.h"
#include "onnx_import/lowering/operation_counts.h"
#include "onnx_import/operator_graph/element_types.h"
#include "onnx_import/operator_graph/limits.h"

// Steps between floats and integers of few bits. A constant that is dequantized stays the tensor
// that the file has, with its own element type: whoever reads it has weights of 8 or 4 bits, and
// its scales are those of the products. Of activations each step is a layer, which fusion may fold
// into the ones around it (FusionRole::kQuantize, kDequantize).

namespace mensa::onnx_import {
namespace {

using models::ElementType;

/// A scale is one for all (one element), one for each index of an axis, or one for each block of
/// block_size neighbours along that axis.
void check_scale(const TypeContext& node) {
  const Shape& data = node.shape(kQuantizationData);
  const Shape& scale = node.shape(kQuantizationScale);
  if (node.has_input(kQuantizationZeroPoint) && node.shape(kQuantizationZeroPoint) != scale) {
    const bool both_single =
        scale.size() <= 1 && node.shape(kQuantizationZeroPoint).size() <= 1 &&
        (scale.empty() || scale[0] == 1) &&
        (node.shape(kQuantizationZeroPoint).empty() || node.shape(kQuantizationZeroPoint)[0] == 1);
    if (!both_single) {
      TypeContext::fail(fmt::format("its scale has shape '{}' and its zero point '{}'",
                                    fmt::join(scale, "x"),
                                    fmt::join(node.shape(kQuantizationZeroPoint), "x")));
    }
  }
  if (scale.empty() || (scale.size() == 1 && scale[0] == 1)) return;
  const auto misfit = [&] {
    TypeContext::fail(fmt::format("its scale of shape {} does not fit an input of shape {}",
                                  fmt::join(scale, "x"), fmt::join(data, "x")));
  };
  if (data.empty()) misfit();
  const std::int64_t block = node.attributes().integer_or("block_size", 0);
  // The default is 1, also for inputs of one axis.
  const std::int64_t given = node.attributes().integer_or("axis", 1);
  const std::size_t axis =
      given == 1 && data.size() == 1 ? 0 : node.checked_axis(given, data.size());
  if (block > 0 && block <= kLongestWindow) {
    Shape blocks = data;
    blocks[axis] = base::ceil_div(data[axis], block);
    if (scale != blocks) misfit();
  } else if (scale != Shape{data[axis]}) {
    misfit();
  }
}

ElementType quantized_type(const TypeContext& node) {
  if (node.has_input(kQuantizationZeroPoint)) return node.input(kQuantizationZeroPoint).type;
  const std::int64_t number = node.attributes().integer_or("output_dtype", 0);
  if (number == 0) return ElementType::kUint8;
  if (const auto type = element_type(number)) return *type;
  TypeContext::unsupported("to element type " + onnx_type_name(number));
}

void infer_quantize(TypeContext& node) {
  check_scale(node);
  const ElementType type = quantized_type(node);
  if (!is_integral(type)) {
    TypeContext::fail(fmt::format("would quantize to {}", models::to_string(type)));
  }
  node.set_output(0, type, node.shape(kQuantizationData));
}

WeightScale weight_scale(const TypeContext& node) {
  WeightScale weights;
  weights.scale = *node.node().inputs[kQuantizationScale];
  if (node.has_input(kQuantizationZeroPoint))
    weights.zero_point = node.node().inputs[kQuantizationZeroPoint];
  if (node.attributes().integer_or("block_size", 0) > 0 &&
      !node.shape(kQuantizationScale).empty()) {
    const std::size_t rank = node.shape(kQuantizationData).size();
    const std::int64_t axis = rank == 1 ? 0 : node.attributes().integer_or("axis", 1);
    weights.blocks = node.shape(kQuantizationScale).at(node.checked_axis(axis, rank));
  }
  return weights;
}

void infer_dequantize(TypeContext& node) {
  check_scale(node);
  ElementType type = node.input(kQuantizationScale).type;
  if (const std::int64_t number = node.attributes().integer_or("output_dtype", 0); number != 0) {
    const auto given = element_type(number);
    if (!given) TypeContext::unsupported("to element type " + onnx_type_name(number));
    type = *given;
  }
  if (node.input(kQuantizationData).constant && node.input(kQuantizationScale).constant) {
    node.set_decoded_constant(0, kQuantizationData, type, weight_scale(node));
  } else {
    node.set_output(0, type, node.shape(kQuantizationData));
  }
}

/// Scales and zero points are immediates; one for each channel or block is a parameter.
void lower_step(LayerContext& node, std::int64_t operations, FusionRole role) {
  DraftLayer entry = node.new_layer();
  const std::int64_t elements = node.output_elements(0);
  const bool constant = node.input(kQuantizationData).constant;
  entry.layer.work = models::VectorWork{constant ? 0 : elements, elements, operations};
  for (const std::size_t index : {kQuantizationData, kQuantizationScale, kQuantizationZeroPoint}) {
    if (node.has_input(index)) node.add_operand(entry, index);
  }
  entry.layer.outputs = {node.write(0)};
  // With one activation only; a computed scale is another.
  entry.role = entry.layer.inputs.size() == 1 ? role : FusionRole::kNone;
  node.add(std::move(entry));
}

void lower_quantize(LayerContext& node) { lower_step(node, kQuantize, FusionRole::kQuantize); }
void lower_dequantize(LayerContext& node) {
  lower_step(node, kDequantize, FusionRole::kDequantize);
}

void infer_dynamic_quantize(TypeContext& node) {
  node.set_output(0, ElementType::kUint8, node.shape(0));
  node.set_output(1, ElementType::kFloat32, {});
  node.set_output(2, ElementType::kUint8, {});
}

void lower_dynamic_quantize(LayerContext& node) {
  DraftLayer entry = node.new_layer();
  const std::int64_t elements = node.elements(0);
  entry.layer.work = models::VectorWork{elements, elements, kDynamicQuantize};
  entry.layer.inputs = node.read(0);
  for (std::size_t output = 0; output < node.node().outputs.size(); ++output) {
    if (node.output_used(output)) entry.layer.outputs.push_back(node.write(output));
  }
  node.add(std::move(entry));
}

}  // namespace

Lowering quantization_lowering() {
  return {"",
          {{"QuantizeLinear", infer_quantize, lower_quantize},
           {"DequantizeLinear", infer_dequantize, lower_dequantize},
           {"DynamicQuantizeLinear", infer_dynamic_quantize, lower_dynamic_quantize}}};
}

Lowering contrib_quantization_lowering() {
  return {"com.microsoft",
          {{"QuantizeLinear", infer_quantize, lower_quantize},
           {"DequantizeLinear", infer_dequantize, lower_dequantize}}};
}

}  // namespace mensa::onnx_import
