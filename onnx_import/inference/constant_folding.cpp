#include "onnx_import/inference/constant_folding.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "onnx_import/inference/evaluation/evaluators.h"
#include "onnx_import/operator_graph/element_types.h"

namespace mensa::onnx_import {
namespace {

bool has_values(const Value& value) { return value.integers || value.floats; }

std::int64_t elements(const Value& value) { return element_count(value.shape).value_or(0); }

/// Elements that folding the node reads and writes; none where it cannot be folded.
std::optional<std::int64_t> folding_work(const TypeContext& node, bool needs_values) {
  std::int64_t work = 0;
  for (std::size_t i = 0; needs_values && i < node.input_count(); ++i) {
    if (!node.has_input(i)) continue;
    if (!has_values(node.input(i))) return std::nullopt;
    work += elements(node.input(i));
  }
  for (std::size_t i = 0; i < node.output_count(); ++i) {
    if (!node.has_output(i)) continue;
    const Value& value = node.output(i);
    if (!value.typed || has_values(value)) return std::nullopt;
    const std::int64_t most = is_float(value.type) ? kMostKeptFloats : kMostKeptIntegers;
    if (value.type == models::ElementType::kString || elements(value) > most) return std::nullopt;
    // An elementwise result is gone through once for each operand.
    work += elements(value) * std::max<std::int64_t>(1, std::ssize(node.node().inputs));
  }
  return work;
}

}  // namespace

void ConstantFolding::fold(TypeContext& node) {
  const Evaluator* evaluator = find_evaluator(node.node().domain, node.node().op);
  if (evaluator == nullptr) return;
  const auto work = folding_work(node, evaluator->needs_values);
  if (!work || *work > work_left_) return;
  work_left_ -= *work;
  evaluator->evaluate(node);
}

void ConstantFolding::limit(Value& value) {
  const std::int64_t count = elements(value);
  const bool floats = value.floats.has_value();
  std::int64_t& left = floats ? floats_left_ : integers_left_;
  if (count > (floats ? kMostKeptFloats : kMostKeptIntegers) || count > left) {
    value.integers.reset();
    value.floats.reset();
  } else {
    left -= count;
  }
}

}  // namespace mensa::onnx_import
