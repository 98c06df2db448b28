#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>
#include <vector>

#include "onnx_import/lowering/attention_core.h"
#include "onnx_import/lowering/lowering.h"

// Attention of ai.onnx, operator sets 23 and 24: queries, keys and values as [batch, heads, length,
// head] or [batch, length, heads x head], a mask, and the keys and values of the past. The results
// are what it attends to, in the layout of the queries, keys and values with the past in front, and
// the scores.

namespace mensa::onnx_import {
namespace {

using models::TensorId;

enum AttentionInput : std::size_t {
  kAttentionQ,
  kAttentionK,
  kAttentionV,
  kAttentionMask,
  kAttentionPastKey,
  kAttentionPastValue
};
enum AttentionOutput : std::size_t {
  kAttentionY,
  kAttentionPresentKey,
  kAttentionPresentValue,
  kAttentionScores
};

template <class Context>
AttentionShape read_attention(const Context& node) {
  const Shape& q = node.shape(kAttentionQ);
  const Shape& k = node.shape(kAttentionK);
  const Shape& v = node.shape(kAttentionV);
  if ((q.size() != 3 && q.size() != 4) || k.size() != q.size() || v.size() != q.size()) {
    TypeContext::fail(
        fmt::format("its Q, K and V have shapes {}, {} and {}; all need three axes "
                    "or four",
                    fmt::join(q, "x"), fmt::join(k, "x"), fmt::join(v, "x")));
  }
  AttentionShape shape;
  shape.batch = q[0];
  if (q.size() == 4) {
    shape.heads = q[1];
    shape.kv_heads = k[1];
    shape.queries = q[2];
    shape.new_keys = k[2];
    shape.head = q[3];
    shape.value_head = v[3];
  } else {
    shape.heads = node.attributes().integer_or("q_num_heads", 0);
    shape.kv_heads = node.attributes().integer_or("kv_num_heads", 0);
    shape.queries = q[1];
    shape.new_keys = k[1];
    shape.head = divided(q[2], shape.heads, "a query");
    shape.value_head = divided(v[2], shape.kv_heads, "a value");
  }
  const std::int64_t key_head = q.size() == 4 ? k[3] : divided(k[2], shape.kv_heads, "a key");
  const bool v_fits = v[0] == k[0] && v[q.size() == 4 ? 2 : 1] == shape.new_keys &&
                      (q.size() == 3 || v[1] == shape.kv_heads);
  if (key_head != shape.head || k[0] != shape.batch || !v_fits) {
    TypeContext::fail(fmt::format("its Q, K and V of shapes {}, {} and {} do not fit",
                                  fmt::join(q, "x"), fmt::join(k, "x"), fmt::join(v, "x")));
  }
  shape.keys = shape.new_keys;
  if (node.has_input(kAttentionPastKey)) {
    const Shape& past = node.shape(kAttentionPastKey);
    if (past.size() != 4 || past[0] != shape.batch || past[1] != shape.kv_heads ||
        past[3] != shape.head) {
      TypeContext::fail(fmt::format("its past_key has shape {}", fmt::join(past, "x")));
    }
    shape.keys += past[2];
  }
  return shape;
}

void infer_attention(TypeContext& node) {
  const AttentionShape shape = read_attention(node);
  check_attention(shape);
  const models::ElementType type = node.input(kAttentionQ).type;
  if (node.shape(kAttentionQ).size() == 4) {
    node.set_output(kAttentionY, type, {shape.batch, shape.heads, shape.queries, shape.value_head});
  } else {
    node.set_output(kAttentionY, type,
                    {shape.batch, shape.queries, shape.heads * shape.value_head});
  }
  node.set_output(kAttentionPresentKey, node.input(kAttentionK).type,
                  {shape.batch, shape.kv_heads, shape.keys, shape.head});
  node.set_output(kAttentionPresentValue, node.input(kAttentionV).type,
                  {shape.batch, shape.kv_heads, shape.keys, shape.value_head});
  node.set_output(kAttentionScores, type, shape.scores());
}

void lower_attention(LayerContext& node) {
  AttentionLayers layers(node, read_attention(node), node.input(kAttentionQ).type);
  const TensorId key = layers.append("present_key", node.read_whole(kAttentionK), kAttentionPastKey,
                                     kAttentionPresentKey, false);
  const TensorId value = layers.append("present_value", node.read_whole(kAttentionV),
                                       kAttentionPastValue, kAttentionPresentValue, false);
  const std::vector<std::size_t> masks = {kAttentionMask};
  const std::size_t masked = node.has_input(kAttentionMask) ? 1 : 0;
  layers.attend(node.read_whole(kAttentionQ), key, value, masks,
                masking_operations(node.attributes(), masked), kAttentionScores);
}

}  // namespace

Lowering attention_lowering() { return {"", {{"Attention", infer_attention, lower_attention}}}; }

}  // namespace mensa::onnx_import
