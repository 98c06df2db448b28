#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "onnx_import/lowering/attention_core.h"
#include "onnx_import/lowering/lowering.h"
#include "onnx_import/lowering/operation_counts.h"
#include "onnx_import/operator_graph/limits.h"

// MultiHeadAttention and GroupQueryAttention of com.microsoft. Queries, keys and values come apart,
// packed in one tensor, or (keys and values of an encoder) as [batch, heads, length, head]; past
// and present keys and values are [batch, heads, length, head].

namespace mensa::onnx_import {
namespace {

using models::TensorId;

constexpr std::size_t kQuery = 0;
constexpr std::size_t kKey = 1;
constexpr std::size_t kValue = 2;
constexpr std::size_t kPresentKey = 1;
constexpr std::size_t kPresentValue = 2;

/// How the three come in.
enum class Packing { kApart, kKeyValue, kAll };

struct MultiHeadOperands {
  AttentionShape shape;
  Packing packing = Packing::kApart;
  bool shared_buffer = false;  ///< of past and present
};

[[noreturn]] void misfit(const Shape& query, std::string_view what, const Shape& other) {
  TypeContext::fail(fmt::format("its query has shape {} and its {} {}", fmt::join(query, "x"), what,
                                fmt::join(other, "x")));
}

template <class Context>
std::int64_t past_length(const Context& node, std::size_t past, const AttentionShape& shape) {
  if (!node.has_input(past)) return 0;
  const Shape& cache = node.shape(past);
  if (cache.size() != 4 || cache[0] != shape.batch || cache[1] != shape.kv_heads ||
      cache[3] != shape.head) {
    TypeContext::fail(fmt::format("its past_key has shape {}", fmt::join(cache, "x")));
  }
  return cache[2];
}

/// Inputs of MultiHeadAttention.
struct MultiHead {
  static constexpr std::size_t kBias = 3;
  static constexpr std::size_t kPaddingMask = 4;
  static constexpr std::size_t kAttentionBias = 5;
  static constexpr std::size_t kPastKey = 6;
  static constexpr std::size_t kPastValue = 7;
  static constexpr std::size_t kPastLength = 8;
  static constexpr std::size_t kScores = 3;  ///< an output
};

template <class Context>
MultiHeadOperands read_multi_head(const Context& node) {
  const Shape& query = node.shape(kQuery);
  MultiHeadOperands operands;
  AttentionShape& shape = operands.shape;
  shape.heads = node.attributes().integer_or("num_heads", 0);
  shape.kv_heads = shape.heads;
  if (query.size() == 5) {
    // [batch, length, heads, 3, head]
    if (query[2] != shape.heads || query[3] != 3 || node.has_input(kKey)) {
      TypeContext::fail(fmt::format("its packed query has shape {}", fmt::join(query, "x")));
    }
    operands.packing = Packing::kAll;
    shape.batch = query[0];
    shape.queries = shape.new_keys = query[1];
    shape.head = shape.value_head = query[4];
  } else if (query.size() == 3) {
    shape.batch = query[0];
    shape.queries = query[1];
    shape.head = divided(query[2], shape.heads, "a query");
    const Shape& key = node.shape(kKey);
    if (key.size() == 5) {
      // [batch, length, heads, 2, head]
      if (key[0] != shape.batch || key[2] != shape.heads || key[3] != 2 || key[4] != shape.head) {
        misfit(query, "packed key", key);
      }
      operands.packing = Packing::kKeyValue;
      shape.new_keys = key[1];
      shape.value_head = shape.head;
    } else {
      const Shape& value = node.shape(kValue);
      const bool by_head = key.size() == 4;
      if ((!by_head && key.size() != 3) || value.size() != key.size() || key[0] != shape.batch ||
          value[0] != shape.batch || value[by_head ? 2 : 1] != key[by_head ? 2 : 1] ||
          (by_head && (key[1] != shape.heads || value[1] != shape.heads))) {
        misfit(query, "key", key);
      }
      shape.new_keys = key[by_head ? 2 : 1];
      const std::int64_t head = by_head ? key[3] : divided(key[2], shape.heads, "a key");
      if (head != shape.head) misfit(query, "key", key);
      shape.value_head = by_head ? value[3] : divided(value[2], shape.heads, "a value");
    }
  } else {
    TypeContext::fail(fmt::format("its query has shape {}", fmt::join(query, "x")));
  }
  const std::int64_t past = past_length(node, MultiHead::kPastKey, shape);
  operands.shared_buffer = past > 0 && node.has_input(MultiHead::kPastLength);
  shape.keys = operands.shared_buffer ? past : past + shape.new_keys;
  return operands;
}

/// Inputs of GroupQueryAttention.
struct GroupQuery {
  static constexpr std::size_t kPastKey = 3;
  static constexpr std::size_t kPastValue = 4;
  static constexpr std::size_t kTotalLength = 6;
  static constexpr std::size_t kCosines = 7;
  static constexpr std::size_t kSines = 8;
  static constexpr std::size_t kAttentionBias = 10;
};

template <class Context>
MultiHeadOperands read_group_query(const Context& node) {
  const Shape& query = node.shape(kQuery);
  if (query.size() != 3) {
    TypeContext::fail(fmt::format("its query has shape {}", fmt::join(query, "x")));
  }
  MultiHeadOperands operands;
  AttentionShape& shape = operands.shape;
  shape.heads = node.attributes().integer_or("num_heads", 0);
  shape.kv_heads = node.attributes().integer_or("kv_num_heads", 0);
  shape.batch = query[0];
  shape.queries = shape.new_keys = query[1];
  if (shape.heads < 1 || shape.kv_heads < 1 || shape.heads > kMostElements ||
      shape.kv_heads > kMostElements) {
    TypeContext::fail("num_heads and kv_num_heads must be at least 1");
  }
  if (node.has_input(kKey)) {
    const Shape& key = node.shape(kKey);
    shape.head = divided(query[2], shape.heads, "a query");
    if (key.size() != 3 || key[0] != shape.batch || node.shape(kValue) != key ||
        divided(key[2], shape.kv_heads, "a key") != shape.head) {
      misfit(query, "key", key);
    }
    shape.new_keys = key[1];
  } else {
    operands.packing = Packing::kAll;
    shape.head = divided(query[2], shape.heads + 2 * shape.kv_heads, "a packed query");
  }
  shape.value_head = shape.head;
  // The cache is a buffer for past and present, as long as both may become; where it is shorter the
  // present grows by the new ones, unless the total is known.
  const std::int64_t past = past_length(node, GroupQuery::kPastKey, shape);
  std::int64_t total = past + shape.new_keys;
  if (node.has_input(GroupQuery::kTotalLength)) {
    const auto& known = node.input(GroupQuery::kTotalLength).integers;
    if (known && known->size() == 1) total = known->front();
  }
  operands.shared_buffer = past >= total;
  shape.keys = std::max(past, total);
  return operands;
}

void set_outputs(TypeContext& node, const AttentionShape& shape) {
  check_attention(shape);
  const models::ElementType type = node.input(kQuery).type;
  node.set_output(0, type, {shape.batch, shape.queries, shape.heads * shape.value_head});
  node.set_output(kPresentKey, type, {shape.batch, shape.kv_heads, shape.keys, shape.head});
  node.set_output(kPresentValue, type, {shape.batch, shape.kv_heads, shape.keys, shape.value_head});
}

/// Queries, keys and values as tensors of their own, with the bias added where there is one.
std::array<TensorId, 3> separate(LayerContext& node, AttentionLayers& layers, Packing packing,
                                 std::optional<std::size_t> bias) {
  const bool biased = bias && node.has_input(*bias);
  if (packing == Packing::kApart && !biased) {
    return {node.read_whole(kQuery), node.read_whole(kKey), node.read_whole(kValue)};
  }
  std::vector<TensorId> inputs = {node.read_whole(kQuery)};
  if (packing != Packing::kAll) inputs.push_back(node.read_whole(kKey));
  if (packing == Packing::kApart) inputs.push_back(node.read_whole(kValue));
  std::vector<std::size_t> operands;
  if (biased) operands.push_back(*bias);
  const auto made =
      layers.add_step(biased ? "bias" : "unpack", inputs, operands, biased ? kArithmetic : 0,
                      {layers.query_shape(), layers.key_shape(), layers.value_shape()});
  return {made[0], made[1], made[2]};
}

void infer_multi_head(TypeContext& node) {
  const MultiHeadOperands operands = read_multi_head(node);
  set_outputs(node, operands.shape);
  node.set_output(MultiHead::kScores, node.input(kQuery).type, operands.shape.scores());
}

void lower_multi_head(LayerContext& node) {
  const MultiHeadOperands operands = read_multi_head(node);
  AttentionLayers layers(node, operands.shape, node.input(kQuery).type);
  const auto parts = separate(node, layers, operands.packing, MultiHead::kBias);
  const TensorId key = layers.append("present_key", parts[1], MultiHead::kPastKey, kPresentKey,
                                     operands.shared_buffer);
  const TensorId value = layers.append("present_value", parts[2], MultiHead::kPastValue,
                                       kPresentValue, operands.shared_buffer);
  const std::size_t masked = (node.has_input(MultiHead::kPaddingMask) ? 1U : 0U) +
                             (node.has_input(MultiHead::kAttentionBias) ? 1U : 0U);
  layers.attend(parts[0], key, value, {MultiHead::kPaddingMask, MultiHead::kAttentionBias},
                masking_operations(node.attributes(), masked), MultiHead::kScores);
}

void infer_group_query(TypeContext& node) {
  const MultiHeadOperands operands = read_group_query(node);
  if (node.has_input(GroupQuery::kTotalLength) && !node.input(GroupQuery::kTotalLength).integers) {
    node.approximate(
        fmt::format("total sequence length of '{}' is not known: taken as {}, all that the "
                    "cache and the new keys hold",
                    node.node().name, operands.shape.keys));
  }
  set_outputs(node, operands.shape);
}

void lower_group_query(LayerContext& node) {
  const MultiHeadOperands operands = read_group_query(node);
  AttentionLayers layers(node, operands.shape, node.input(kQuery).type);
  auto [query, new_key, new_value] = separate(node, layers, operands.packing, std::nullopt);
  if (node.attributes().integer_or("do_rotary", 0) != 0) {
    const std::vector<std::size_t> tables = {GroupQuery::kCosines, GroupQuery::kSines};
    query = layers.rotate("rotary_query", query, tables);
    new_key = layers.rotate("rotary_key", new_key, tables);
  }
  const TensorId key = layers.append("present_key", new_key, GroupQuery::kPastKey, kPresentKey,
                                     operands.shared_buffer);
  const TensorId value = layers.append("present_value", new_value, GroupQuery::kPastValue,
                                       kPresentValue, operands.shared_buffer);
  const std::size_t masked = node.has_input(GroupQuery::kAttentionBias) ? 1 : 0;
  layers.attend(query, key, value, {GroupQuery::kAttentionBias},
                masking_operations(node.attributes(), masked), std::nullopt);
}

}  // namespace

Lowering multi_head_attention_lowering() {
  return {"com.microsoft",
          {{"MultiHeadAttention", infer_multi_head, lower_multi_head},
           {"GroupQueryAttention", infer_group_query, lower_group_query}}};
}

}  // namespace mensa::onnx_import
