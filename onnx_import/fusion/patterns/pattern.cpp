#include "onnx_import/fusion/patterns/pattern.h"

#include <algorithm>
#include <cmath>

#include "onnx_import/operator_graph/element_types.h"
#include "onnx_import/operator_graph/limits.h"

namespace mensa::onnx_import {
namespace {

// Exporters write 1.4142 for the square root of 2, and a half holds numbers to 2^-11.
constexpr double kTolerance = 1e-3;
/// A bfloat16 holds numbers to 2^-9.
constexpr double kCoarseTolerance = 4e-3;
// Epsilons are 1e-12 to 1e-3 in published networks.
constexpr double kMostEpsilon = 1e-2;

bool is_single_constant(const Value& value) {
  return value.constant && element_count(value.shape) == 1;
}

}  // namespace

std::optional<ValueId> Match::value(std::string_view name) const {
  const auto found = std::find_if(values.begin(), values.end(),
                                  [&](const auto& each) { return each.first == name; });
  if (found == values.end()) return std::nullopt;
  return found->second;
}

std::vector<const Node*> Match::nodes_named(std::string_view name) const {
  std::vector<const Node*> found;
  for (const auto& [each, node] : named) {
    if (each == name) found.push_back(node);
  }
  return found;
}

Pattern any(std::string_view name) { return Pattern::Kind(Pattern::Any{name}); }

Pattern parameter(std::string_view name) { return Pattern::Kind(Pattern::Parameter{name}); }

Pattern number(double value) { return Pattern::Kind(Pattern::Number{value}); }

Pattern small() { return Pattern::Kind(Pattern::Small{}); }

Pattern apply(std::string_view op, std::vector<Pattern> operands, std::string_view name,
              Pattern::Check check) {
  return Pattern::Kind(Pattern::Operator{op, std::move(operands), false, name, std::move(check)});
}

Pattern add(Pattern a, Pattern b) {
  return Pattern::Kind(Pattern::Operator{"Add", {std::move(a), std::move(b)}, true, {}, {}});
}

Pattern multiply(Pattern a, Pattern b) {
  return Pattern::Kind(Pattern::Operator{"Mul", {std::move(a), std::move(b)}, true, {}, {}});
}

Pattern either(std::vector<Pattern> alternatives) {
  return Pattern::Kind(Pattern::Either{std::move(alternatives)});
}

Pattern product(std::vector<Pattern> factors) {
  return Pattern::Kind(Pattern::Product{std::move(factors)});
}

Pattern square(const Pattern& of) {
  return either({apply("Pow", {of, number(2)}), apply("Mul", {of, of})});
}

Pattern maybe_cast(const Pattern& of) {
  const auto between_floats = [](const OperatorGraph& graph, const Node& node) {
    return is_float(graph.value(*node.inputs[0]).type) &&
           is_float(graph.value(*node.outputs[0]).type);
  };
  return either({apply("Cast", {of}, {}, between_floats), of});
}

std::optional<double> known_number(const Value& value) {
  if (!is_single_constant(value)) return std::nullopt;
  if (value.floats && value.floats->size() == 1) return value.floats->front();
  if (value.integers && value.integers->size() == 1) {
    return static_cast<double>(value.integers->front());
  }
  return std::nullopt;
}

bool is_number(const Value& value, double wanted) {
  if (!is_single_constant(value)) return false;
  if (value.values_unknown) return true;
  const auto known = known_number(value);
  const double tolerance =
      value.type == models::ElementType::kBfloat16 ? kCoarseTolerance : kTolerance;
  return known && std::abs(*known - wanted) <= tolerance * std::abs(wanted);
}

bool is_small(const Value& value) {
  if (!is_single_constant(value)) return false;
  if (value.values_unknown) return true;
  const auto known = known_number(value);
  return known && *known >= 0 && *known <= kMostEpsilon;
}

}  // namespace mensa::onnx_import
