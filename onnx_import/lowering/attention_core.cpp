#include "onnx_import/lowering/attention_core.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <utility>

#include "onnx_import/lowering/operation_counts.h"
#include "onnx_import/lowering/product.h"
#include "onnx_import/operator_graph/limits.h"

namespace mensa::onnx_import {

using models::TensorId;

void check_attention(const AttentionShape& shape) {
  const Shape extents = {shape.batch,    shape.heads, shape.kv_heads, shape.queries,
                         shape.new_keys, shape.keys,  shape.head,     shape.value_head};
  const bool empty =
      std::any_of(extents.begin(), extents.end(), [](std::int64_t extent) { return extent < 1; });
  if (empty || shape.heads % shape.kv_heads != 0 || !element_count(shape.scores()) ||
      !element_count(std::vector{shape.batch, shape.kv_heads, shape.keys, shape.head}) ||
      !element_count(std::vector{shape.batch, shape.kv_heads, shape.keys, shape.value_head})) {
    TypeContext::fail(fmt::format(
        "cannot attend with batch {}, {} heads over {}, {} queries, {} keys, heads of {} and {}",
        shape.batch, shape.heads, shape.kv_heads, shape.queries, shape.keys, shape.head,
        shape.value_head));
  }
}

std::int64_t divided(std::int64_t all, std::int64_t parts, std::string_view what) {
  if (parts < 1 || all % parts != 0) {
    TypeContext::fail(fmt::format("{} of {} cannot be split in {}", what, all, parts));
  }
  return all / parts;
}

std::int64_t masking_operations(const Attributes& attributes, std::size_t masks) {
  const bool limited = attributes.float_or("softcap", 0) != 0;
  return static_cast<std::int64_t>(masks) * kArithmetic + (limited ? 2 * kArithmetic + kTable : 0);
}

Shape AttentionLayers::query_shape() const {
  return {shape_.batch, shape_.heads, shape_.queries, shape_.head};
}
Shape AttentionLayers::key_shape() const {
  return {shape_.batch, shape_.kv_heads, shape_.new_keys, shape_.head};
}
Shape AttentionLayers::value_shape() const {
  return {shape_.batch, shape_.kv_heads, shape_.new_keys, shape_.value_head};
}

std::vector<TensorId> AttentionLayers::add_step(std::string_view name,
                                                const std::vector<TensorId>& inputs,
                                                const std::vector<std::size_t>& operands,
                                                std::int64_t operations,
                                                const std::vector<Shape>& results) {
  DraftLayer entry = node_.new_layer(name);
  models::VectorWork work{0, 0, operations};
  for (const TensorId id : inputs) {
    const models::Tensor& tensor = node_.draft().tensor(id);
    (tensor.constant ? entry.layer.parameters : entry.layer.inputs).push_back(id);
    if (!tensor.constant) work.elements_in += tensor.elements();
  }
  for (const std::size_t index : operands) {
    if (!node_.has_input(index)) continue;
    node_.add_operand(entry, index);
    if (!node_.input(index).constant) work.elements_in += node_.elements(index);
  }
  for (std::size_t i = 0; i < results.size(); ++i) {
    const TensorId made = node_.new_tensor(
        results.size() == 1 ? std::string(name) : fmt::format("{}.{}", name, i), results[i], type_);
    work.elements_out += node_.draft().tensor(made).elements();
    entry.layer.outputs.push_back(made);
  }
  if (operations > 0) {
    entry.layer.work = work;
  } else {
    entry.layer.work = models::MoveWork{work.elements_out};
  }
  std::vector<TensorId> made = entry.layer.outputs;
  node_.add(std::move(entry));
  return made;
}

TensorId AttentionLayers::rotate(std::string_view name, TensorId tensor,
                                 const std::vector<std::size_t>& tables) {
  Shape shape = node_.draft().tensor(tensor).shape;
  return add_step(name, {tensor}, tables, kRotation, {std::move(shape)}).front();
}

TensorId AttentionLayers::append(std::string_view name, TensorId added,
                                 std::optional<std::size_t> past, std::size_t present,
                                 bool appended) {
  const bool has_past = past && node_.has_input(*past) && node_.elements(*past) > 0;
  const bool given_out = node_.output_used(present);
  if (!has_past && !given_out) return added;
  DraftLayer entry = node_.new_layer(name);
  entry.layer.op = "Concat";
  const models::Tensor tensor = node_.draft().tensor(added);
  (tensor.constant ? entry.layer.parameters : entry.layer.inputs) = {added};
  if (has_past) node_.add_operand(entry, *past);
  Shape shape = {shape_.batch, shape_.kv_heads, shape_.keys,
                 tensor.elements() / (shape_.batch * shape_.kv_heads * shape_.new_keys)};
  entry.layer.work = models::MoveWork{appended ? tensor.elements() : element_count(shape).value()};
  const TensorId made =
      given_out ? node_.write(present) : node_.new_tensor(name, std::move(shape), type_);
  entry.layer.outputs = {made};
  node_.add(std::move(entry));
  return made;
}

void AttentionLayers::attend(TensorId query, TensorId key, TensorId value,
                             const std::vector<std::size_t>& masks, std::int64_t operations,
                             std::optional<std::size_t> scores_output) {
  // Queries of all heads that share keys are rows of one product.
  Product product;
  product.batch_of_both = shape_.batch * shape_.kv_heads;
  product.rows = shape_.heads / shape_.kv_heads * shape_.queries;
  product.inner = shape_.head;
  product.columns = shape_.keys;
  DraftLayer scores = product_layer(node_, "scores", query, key, product);
  const TensorId products = node_.new_tensor("scores", shape_.scores(), type_);
  scores.layer.outputs = {products};
  node_.add(std::move(scores));

  DraftLayer softmax = node_.new_layer("softmax");
  const std::int64_t elements = element_count(shape_.scores()).value();
  models::VectorWork work{elements, elements, kSoftmax + operations};
  softmax.layer.inputs = {products};
  for (const std::size_t mask : masks) {
    if (!node_.has_input(mask)) continue;
    node_.add_operand(softmax, mask);
    if (!node_.input(mask).constant) work.elements_in += node_.elements(mask);
  }
  softmax.layer.work = work;
  const TensorId probabilities = node_.new_tensor("softmax", shape_.scores(), type_);
  softmax.layer.outputs = {probabilities};
  if (scores_output && node_.output_used(*scores_output)) {
    softmax.layer.outputs.push_back(node_.write(*scores_output));
  }
  node_.add(std::move(softmax));

  product.inner = shape_.keys;
  product.columns = shape_.value_head;
  DraftLayer context = product_layer(node_, "context", probabilities, value, product);
  context.layer.outputs = {node_.write(0)};
  node_.add(std::move(context));
}

}  // namespace mensa::onnx_import
