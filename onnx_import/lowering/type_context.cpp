#include "onnx_import/lowering/type_context.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "models/base/error.h"
#include "onnx_import/operator_graph/element_types.h"
#include "onnx_import/operator_graph/float_formats.h"
#include "onnx_import/operator_graph/limits.h"

namespace mensa::onnx_import {

void TypeContext::fail(std::string_view what) { throw base::Error(std::string(what)); }

bool TypeContext::has_input(std::size_t index) const {
  return index < node_.inputs.size() && node_.inputs[index].has_value();
}

const Value& TypeContext::input(std::size_t index) const {
  if (!has_input(index)) fail(fmt::format("lacks its input {}", index));
  return graph_.value(*node_.inputs[index]);
}

const std::vector<std::int64_t>& TypeContext::integers(std::size_t index,
                                                       std::string_view what) const {
  const Value& value = input(index);
  if (!value.integers) {
    unsupported(fmt::format("its {} ('{}') is not known before run time", what, value.name));
  }
  return *value.integers;
}

std::vector<double> TypeContext::numbers(std::size_t index, std::string_view what) const {
  const Value& value = input(index);
  if (value.floats) return *value.floats;
  const std::vector<std::int64_t>& known = integers(index, what);
  return {known.begin(), known.end()};
}

std::optional<std::vector<std::int64_t>> TypeContext::attribute_or_input(std::string_view attribute,
                                                                         std::size_t index) const {
  if (attributes().has(attribute)) return attributes().integers_or(attribute, {});
  if (has_input(index)) return integers(index, attribute);
  return std::nullopt;
}

bool TypeContext::has_output(std::size_t index) const {
  return index < node_.outputs.size() && node_.outputs[index].has_value();
}

bool TypeContext::output_used(std::size_t index) const {
  return has_output(index) && graph_.value(*node_.outputs[index]).used;
}

void TypeContext::set_output(std::size_t index, models::ElementType type, Shape shape) {
  if (!has_output(index)) return;
  if (shape.size() > kHighestRank || !element_count(shape)) {
    fail(fmt::format("would make a result of shape {}; at most {} axes and 2^40 elements are taken",
                     fmt::join(shape, "x"), kHighestRank));
  }
  Value& value = graph_.value(*node_.outputs[index]);
  value.typed = true;
  value.type = type;
  value.shape = std::move(shape);
}

void TypeContext::set_integers(std::size_t index, std::vector<std::int64_t> values) {
  if (!has_output(index)) return;
  Value& value = graph_.value(*node_.outputs[index]);
  const bool all_fit = std::all_of(values.begin(), values.end(), [&](std::int64_t number) {
    return fits_type(number, value.type);
  });
  if (all_fit) value.integers = std::move(values);
}

void TypeContext::set_floats(std::size_t index, std::vector<double> values) {
  if (!has_output(index)) return;
  Value& value = graph_.value(*node_.outputs[index]);
  for (double& number : values) number = round_to_type(number, value.type);
  value.floats = std::move(values);
}

void TypeContext::set_contents(std::size_t index, std::shared_ptr<const TensorContents> contents) {
  if (has_output(index)) graph_.value(*node_.outputs[index]).contents = std::move(contents);
}

void TypeContext::set_values_unknown(std::size_t index) {
  if (has_output(index)) graph_.value(*node_.outputs[index]).values_unknown = true;
}

void TypeContext::set_view(std::size_t output, std::size_t input_index, Shape shape) {
  if (!has_output(output)) return;
  const Value& from = input(input_index);
  if (element_count(shape) != element_count(from.shape)) {
    fail(fmt::format("cannot show {} elements (shape {}) as shape {}",
                     element_count(from.shape).value_or(0), fmt::join(from.shape, "x"),
                     fmt::join(shape, "x")));
  }
  set_output(output, from.type, std::move(shape));
  Value& value = graph_.value(*node_.outputs[output]);
  value.view_of = graph_.root(*node_.inputs[input_index]);
  value.decoded_by = from.decoded_by;
  value.constant = from.constant;
  value.values_unknown = from.values_unknown;
  value.integers = from.integers;
  value.floats = from.floats;
  value.sequence = from.sequence;
}

void TypeContext::set_reordered_constant(std::size_t output, std::size_t input_index, Shape shape) {
  set_view(output, input_index, std::move(shape));
  if (!has_output(output)) return;
  Value& value = graph_.value(*node_.outputs[output]);
  value.integers.reset();
  value.floats.reset();
}

void TypeContext::set_decoded_constant(std::size_t output, std::size_t input_index,
                                       models::ElementType type, const WeightScale& scale) {
  set_reordered_constant(output, input_index, shape(input_index));
  if (!has_output(output)) return;
  Value& value = graph_.value(*node_.outputs[output]);
  value.type = type;
  value.decoded_by = scale;
}

void TypeContext::set_alias(std::size_t output, ValueId source) {
  if (!has_output(output)) return;
  const Value& from = graph_.value(source);
  Value& value = graph_.value(*node_.outputs[output]);
  value.typed = true;
  value.type = from.type;
  value.shape = from.shape;
  value.constant = from.constant;
  value.values_unknown = from.values_unknown;
  value.integers = from.integers;
  value.floats = from.floats;
  value.view_of = graph_.root(source);
  value.decoded_by = from.decoded_by;
  value.sequence = from.sequence;
}

std::size_t TypeContext::checked_axis(std::int64_t axis, std::size_t rank) const {
  const auto signed_rank = static_cast<std::int64_t>(rank);
  if (axis < -signed_rank || axis >= signed_rank) {
    fail(fmt::format("axis {} is not one of the {} that its input has", axis, rank));
  }
  return static_cast<std::size_t>(axis < 0 ? axis + signed_rank : axis);
}

std::size_t TypeContext::axis_or(std::int64_t otherwise) const {
  return checked_axis(attributes().integer_or("axis", otherwise), shape(0).size());
}

std::int64_t TypeContext::checked_index(std::int64_t index, std::int64_t extent) {
  if (index < -extent || index >= extent) {
    fail(fmt::format("index {} is outside of an axis of {}", index, extent));
  }
  return index < 0 ? index + extent : index;
}

}  // namespace mensa::onnx_import
