#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "onnx_import/lowering/attention_core.h"
#include "onnx_import/lowering/lowering.h"
#include "onnx_import/lowering/operation_counts.h"
#include "onnx_import/lowering/product.h"

// Attention and QAttention of com.microsoft: one product of the input [batch, length, I] with
// weights [I, queries + keys + values] makes all three, and attention follows. The past is
// [2, batch, heads, length, head], keys and values together, and so is what it becomes.

namespace mensa::onnx_import {
namespace {

using models::ElementType;
using models::TensorId;

/// Places of a node's inputs; none where the operator has no such.
struct ProjectionOperands {
  std::size_t mask;
  std::size_t past;
  std::optional<std::size_t> bias_to_scores;
  std::optional<std::size_t> past_length;
  std::optional<std::size_t> weight_scale;  ///< of 8-bit weights
};

constexpr std::size_t kProjectionX = 0;
constexpr std::size_t kProjectionWeights = 1;
constexpr std::size_t kProjectionBias = 2;
constexpr std::size_t kProjectionPresent = 1;
constexpr ProjectionOperands kFloatProjection{3, 4, 5, 6, std::nullopt};
constexpr ProjectionOperands kQuantizedProjection{5, 8, std::nullopt, std::nullopt, 4};

/// Elements of queries, keys and values of one position.
using Hidden = std::array<std::int64_t, 3>;

template <class Context>
Hidden hidden_sizes(const Context& node) {
  const auto sizes = node.attributes().integers_or("qkv_hidden_sizes", {});
  const std::int64_t all = node.shape(kProjectionWeights)[1];
  if (sizes.empty()) {
    const std::int64_t third = divided(all, 3, "the weights' columns");
    return {third, third, third};
  }
  const bool fits = sizes.size() == 3 && sizes[0] > 0 && sizes[1] == sizes[0] && sizes[2] > 0 &&
                    sizes[0] <= all && sizes[2] <= all && 2 * sizes[0] + sizes[2] == all;
  if (!fits) {
    TypeContext::fail(fmt::format("qkv_hidden_sizes is {}; the weights have {} columns",
                                  fmt::join(sizes, ","), all));
  }
  return {sizes[0], sizes[1], sizes[2]};
}

template <class Context>
AttentionShape read_projection(const Context& node, const ProjectionOperands& operands) {
  const Shape& x = node.shape(kProjectionX);
  const Shape& weights = node.shape(kProjectionWeights);
  if (x.size() != 3 || weights.size() != 2 || weights[0] != x[2]) {
    TypeContext::fail(
        fmt::format("cannot project {} by {}", fmt::join(x, "x"), fmt::join(weights, "x")));
  }
  const Hidden hidden = hidden_sizes(node);
  AttentionShape shape;
  shape.batch = x[0];
  shape.heads = node.attributes().integer_or("num_heads", 0);
  shape.kv_heads = shape.heads;
  shape.queries = x[1];
  shape.new_keys = x[1];
  shape.keys = x[1];
  shape.head = divided(hidden[0], shape.heads, "a query");
  shape.value_head = divided(hidden[2], shape.heads, "a value");
  if (node.has_input(operands.past)) {
    const Shape& past = node.shape(operands.past);
    if (past.size() != 5 || past[0] != 2 || past[1] != shape.batch || past[2] != shape.heads ||
        past[4] != shape.head) {
      TypeContext::fail(fmt::format("its past has shape {}", fmt::join(past, "x")));
    }
    // A buffer that past and present share is as long as both together may become.
    const bool shared = operands.past_length && node.has_input(*operands.past_length);
    shape.keys = shared ? past[3] : shape.keys + past[3];
  }
  return shape;
}

void infer_projection(TypeContext& node, const ProjectionOperands& operands, ElementType type) {
  const AttentionShape shape = read_projection(node, operands);
  check_attention(shape);
  if (node.input(kProjectionX).constant) TypeContext::unsupported("a constant input");
  node.set_output(0, type, {shape.batch, shape.queries, shape.heads * shape.value_head});
  if (!node.has_output(kProjectionPresent)) return;
  if (shape.head != shape.value_head) {
    TypeContext::fail("its keys and values differ in size, which their past cannot");
  }
  node.set_output(kProjectionPresent, type, {2, shape.batch, shape.heads, shape.keys, shape.head});
}

/// The product with all weights at once, and its bias.
std::array<TensorId, 3> project(LayerContext& node, const ProjectionOperands& operands,
                                const AttentionShape& shape, const AttentionLayers& layers,
                                ElementType type) {
  DraftLayer entry = node.new_layer("input_product");
  const std::int64_t rows = shape.batch * shape.queries;
  const std::int64_t columns = node.shape(kProjectionWeights)[1];
  entry.layer.work =
      models::MacWork{models::gemm_shape(rows, columns, node.shape(kProjectionWeights)[0])};
  if (node.input(kProjectionWeights).constant) {
    entry.layer.inputs = node.read(kProjectionX);
    entry.layer.parameters = node.read(kProjectionWeights);
  } else {
    entry.layer.inputs = {node.read_whole(kProjectionX), node.read_whole(kProjectionWeights)};
  }
  const std::array<TensorId, 3> results = {node.new_tensor("query", layers.query_shape(), type),
                                           node.new_tensor("key", layers.key_shape(), type),
                                           node.new_tensor("value", layers.value_shape(), type)};
  entry.layer.outputs = {results.begin(), results.end()};
  const auto add_epilogue = [&](const char* op, std::size_t operand) {
    models::Epilogue epilogue;
    epilogue.op = op;
    epilogue.node = node.node().name;
    epilogue.work = {rows * columns, rows * columns, kArithmetic};
    if (!node.input(operand).constant) {
      epilogue.extra_inputs = node.read(operand);
      epilogue.work.elements_in += node.elements(operand);
    } else if (node.elements(operand) > 1) {
      epilogue.parameters = node.read(operand);
    }
    entry.layer.epilogue.push_back(std::move(epilogue));
  };
  if (operands.weight_scale && node.has_input(*operands.weight_scale)) {
    add_epilogue("Dequantize", *operands.weight_scale);
  }
  if (node.has_input(kProjectionBias)) add_epilogue("Bias", kProjectionBias);
  node.add(std::move(entry));
  return results;
}

void lower_projection(LayerContext& node, const ProjectionOperands& operands) {
  const AttentionShape shape = read_projection(node, operands);
  const ElementType type = node.output(0).type;
  AttentionLayers layers(node, shape, type);
  auto [query, key, value] = project(node, operands, shape, layers, type);
  if (node.attributes().integer_or("do_rotary", 0) != 0) {
    query = layers.rotate("rotary_query", query, {});
    key = layers.rotate("rotary_key", key, {});
  }
  const bool has_past = node.has_input(operands.past) && node.elements(operands.past) > 0;
  if (has_past || node.output_used(kProjectionPresent)) {
    const Shape keys = {shape.batch, shape.heads, shape.keys, shape.head};
    DraftLayer entry = node.new_layer("present");
    entry.layer.op = "Concat";
    entry.layer.inputs = {key, value};
    if (has_past) node.add_operand(entry, operands.past);
    const bool shared = operands.past_length && node.has_input(*operands.past_length);
    const std::int64_t positions = shared ? shape.new_keys : shape.keys;
    entry.layer.work = models::MoveWork{2 * shape.batch * shape.heads * positions * shape.head};
    // One tensor of the model has both; attention reads each half as a whole.
    key = node.new_tensor("present_key", keys, type);
    value = node.new_tensor("present_value", keys, type);
    entry.layer.outputs = {key, value};
    if (node.output_used(kProjectionPresent)) {
      node.tensors().bind(*node.node().outputs[kProjectionPresent], {key, value});
    }
    node.add(std::move(entry));
  }
  std::vector<std::size_t> masks = {operands.mask};
  if (operands.bias_to_scores) masks.push_back(*operands.bias_to_scores);
  std::size_t masked = 0;
  for (const std::size_t mask : masks) masked += node.has_input(mask) ? 1 : 0;
  layers.attend(query, key, value, masks, masking_operations(node.attributes(), masked),
                std::nullopt);
}

void infer_float_projection(TypeContext& node) {
  infer_projection(node, kFloatProjection, node.input(kProjectionX).type);
}
void lower_float_projection(LayerContext& node) { lower_projection(node, kFloatProjection); }

/// The result is in floats: keys and values are too, only the projection is of integers.
void infer_quantized_projection(TypeContext& node) {
  constexpr std::size_t kInputScale = 3;
  infer_projection(node, kQuantizedProjection, node.input(kInputScale).type);
}
void lower_quantized_projection(LayerContext& node) {
  lower_projection(node, kQuantizedProjection);
}

}  // namespace

Lowering projected_attention_lowering() {
  return {"com.microsoft",
          {{"Attention", infer_float_projection, lower_float_projection},
           {"QAttention", infer_quantized_projection, lower_quantized_projection}}};
}

}  // namespace mensa::onnx_import
