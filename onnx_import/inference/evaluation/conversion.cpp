#include <cmath>
#include <limits>
#include <optional>

#include "onnx_import/inference/evaluation/evaluators.h"
#include "onnx_import/inference/evaluation/values.h"

namespace mensa::onnx_import {
namespace {

using models::ElementType;

/// Towards zero. None where no integer of 64 bits is the result; ONNX leaves that undefined.
std::optional<std::int64_t> truncated(double value) {
  constexpr double kLimit = 0x1p63;
  const double whole = std::trunc(value);
  if (!(whole >= -kLimit && whole < kLimit)) return std::nullopt;
  return static_cast<std::int64_t>(whole);
}

void to_integers(TypeContext& node, const std::vector<double>& from) {
  std::vector<std::int64_t> values;
  values.reserve(from.size());
  for (const double number : from) {
    const auto value = truncated(number);
    if (!value) return;
    values.push_back(*value);
  }
  node.set_integers(0, std::move(values));
}

/// To the type that the shape function gave the result: Cast and CastLike alike.
void evaluate_cast(TypeContext& node) {
  const Value& from = node.input(0);
  const ElementType type = node.output(0).type;
  if (is_float(type)) {
    node.set_floats(0, from.floats
                           ? *from.floats
                           : std::vector<double>(from.integers->begin(), from.integers->end()));
  } else if (type == ElementType::kBool) {
    std::vector<std::int64_t> values;
    for (const double number : node.numbers(0, "input")) values.push_back(number != 0 ? 1 : 0);
    node.set_integers(0, std::move(values));
  } else if (from.floats) {
    to_integers(node, *from.floats);
  } else {
    node.set_integers(0, *from.integers);
  }
}

}  // namespace

std::vector<Evaluator> conversion_evaluators() {
  return {{"Cast", evaluate_cast}, {"CastLike", evaluate_cast}};
}

}  // namespace mensa::onnx_import
