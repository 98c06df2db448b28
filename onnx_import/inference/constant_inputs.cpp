#include "onnx_import/inference/constant_inputs.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "models/base/error.h"
#include "onnx_import/operator_graph/element_types.h"
#include "onnx_import/operator_graph/float_formats.h"
#include "onnx_import/operator_graph/limits.h"

namespace mensa::onnx_import {
namespace {

[[noreturn]] void fail_input(const OperatorGraph& graph, std::string_view name,
                             std::string_view what) {
  throw base::Error({graph.path}, fmt::format("value for input '{}'", name), what);
}

bool fits(const Shape& shape, const std::optional<std::vector<DeclaredAxis>>& axes) {
  if (!axes) return true;
  return std::equal(shape.begin(), shape.end(), axes->begin(), axes->end(),
                    [](std::int64_t extent, const DeclaredAxis& axis) {
                      return !axis.extent || *axis.extent <= 0 || *axis.extent == extent;
                    });
}

/// The shape that the file declares, with an open axis as long as the values make it.
Shape declared_shape(const OperatorGraph& graph, const DeclaredInput& input, std::int64_t values) {
  if (!input.axes) return {values};
  Shape shape;
  std::optional<std::size_t> open;
  for (const DeclaredAxis& axis : *input.axes) {
    const bool fixed = axis.extent && *axis.extent > 0;
    if (!fixed && open) {
      fail_input(graph, graph.value(input.value).name,
                 "has a shape with several open axes: give it one with --input");
    }
    if (!fixed) open = shape.size();
    shape.push_back(fixed ? *axis.extent : 1);
  }
  const std::int64_t rest = element_count(shape).value_or(0);
  if (open && rest > 0) shape[*open] = values / rest;
  return shape;
}

void check_shape(const OperatorGraph& graph, const DeclaredInput& input, const Shape& shape,
                 std::size_t values) {
  const std::string& name = graph.value(input.value).name;
  if (shape.size() > kHighestRank || element_count(shape) != static_cast<std::int64_t>(values)) {
    fail_input(graph, name,
               fmt::format("has {} values, which do not make the shape [{}]", values,
                           fmt::join(shape, ", ")));
  }
  if (!fits(shape, input.axes)) {
    fail_input(graph, name,
               fmt::format("has shape [{}], which is not the one that the input is declared with",
                           fmt::join(shape, ", ")));
  }
}

void set_given_values(const OperatorGraph& graph, Value& value, const ConstantInput& given) {
  const auto* integers = std::get_if<std::vector<std::int64_t>>(&given.values);
  if (!is_float(value.type) && !(integers != nullptr && is_integral(value.type))) {
    fail_input(
        graph, value.name,
        fmt::format("is given as {}; the input is declared as {}",
                    integers != nullptr ? "integers" : "floats", models::to_string(value.type)));
  }
  if (integers != nullptr && is_integral(value.type)) {
    if (std::ssize(*integers) <= kMostKeptIntegers) value.integers = *integers;
    return;
  }
  std::vector<double> floats = integers != nullptr
                                   ? std::vector<double>(integers->begin(), integers->end())
                                   : std::get<std::vector<double>>(given.values);
  if (std::ssize(floats) > kMostKeptFloats) return;
  for (double& number : floats) number = round_to_type(number, value.type);
  value.floats = std::move(floats);
}

void bind(OperatorGraph& graph, const DeclaredInput& input, const ConstantInput& given) {
  const auto count = std::visit([](const auto& values) { return values.size(); }, given.values);
  const Shape shape =
      given.shape ? *given.shape : declared_shape(graph, input, static_cast<std::int64_t>(count));
  check_shape(graph, input, shape, count);
  Value& value = graph.value(input.value);
  set_given_values(graph, value, given);
  value.shape = shape;
  value.typed = true;
  value.constant = true;
}

}  // namespace

void bind_constant_inputs(OperatorGraph& graph, const ImportOptions& options) {
  for (const auto& [name, given] : options.constants) {
    const auto input = std::find_if(
        graph.inputs.begin(), graph.inputs.end(),
        [&, &wanted = name](const auto& i) { return graph.value(i.value).name == wanted; });
    if (input == graph.inputs.end()) {
      std::vector<std::string> known;
      known.reserve(graph.inputs.size());
      for (const DeclaredInput& declared : graph.inputs) {
        known.push_back(graph.value(declared.value).name);
      }
      throw base::Error({graph.path}, "", base::unknown_name_message("input", name, known));
    }
    bind(graph, *input, given);
    std::erase(graph.main.inputs, input->value);
    graph.inputs.erase(input);
  }
}

}  // namespace mensa::onnx_import
