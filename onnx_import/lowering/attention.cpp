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

enum Input : std::size_t { kQ, kK, kV, kMask, kPastKey, kPastValue };
enum Output : std::size_t { kY, kPresentKey, kPresentValue, kScores };

template <class Context>
AttentionShape read_attention(const Context& node) {
  const Shape& q = node.shape(kQ);
  const Shape& k = node.shape(kK);
  const Shape& v = node.shape(kV);
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
  if (node.has_input(kPastKey)) {
    const Shape& past = node.shape(kPastKey);
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
  const models::ElementType type = node.input(kQ).type;
  if (node.shape(kQ).size() == 4) {
    node.set_output(kY, type, {shape.batch, shape.heads, shape.queries, shape.value_head});
  } else {
    node.set_output(kY, type, {shape.batch, shape.queries, shape.heads * shape.value_head});
  }
  node.set_output(kPresentKey, node.input(kK).type,
                  {shape.batch, shape.kv_heads, shape.keys, shape.head});
  node.set_output(kPresentValue, node.input(kV).type,
                  {shape.batch, shape.kv_heads, shape.keys, shape.value_head});
  node.set_output(kScores, type, shape.scores());
}

void lower_attention(LayerContext& node) {
  AttentionLayers layers(node, read_attention(node), node.input(kQ).type);
  const TensorId key =
      layers.append("present_key", node.read_whole(kK), kPastKey, kPresentKey, false);
  const TensorId value =
      layers.append("present_value", node.read_whole(kV), kPastValue, kPresentValue, false);
  const std::vector<std::size_t> masks = {kMask};
  const std::size_t masked = node.has_input(kMask) ? 1 : 0;
  layers.attend(node.read_whole(kQ), key, value, masks,
                masking_operations(node.attributes(), masked), kScores);
}

}  // namespace

Lowering attention_lowering() { return {"", {{"Attention", infer_attention, lower_attention}}}; }

}  // namespace mensa::onnx_import
