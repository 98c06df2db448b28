#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "onnx_import/lowering/lowering.h"

namespace mensa::onnx_import {
namespace {

using models::ElementType;

void set_data(TypeContext& node, const ConstantData& data) {
  node.set_output(0, data.type, data.shape);
  if (data.integers) node.set_integers(0, *data.integers);
  if (data.floats) node.set_floats(0, *data.floats);
  if (data.values_unknown) node.set_values_unknown(0);
  node.set_contents(0, data.contents);
}

/// The one attribute that a Constant has says its type.
void infer_constant(TypeContext& node) {
  const Attributes& attributes = node.attributes();
  for (const char* name : {"value", "sparse_value"}) {
    if (const auto* value = attributes.find(name)) {
      if (const auto* data = std::get_if<ConstantData>(value)) return set_data(node, *data);
      TypeContext::fail(fmt::format("its attribute '{}' is no tensor", name));
    }
  }
  const auto size = [](const auto& list) { return Shape{std::ssize(list)}; };
  if (attributes.has("value_int")) {
    node.set_output(0, ElementType::kInt64, {});
    node.set_integers(0, {attributes.integer_or("value_int", 0)});
  } else if (attributes.has("value_ints")) {
    auto values = attributes.integers_or("value_ints", {});
    node.set_output(0, ElementType::kInt64, size(values));
    node.set_integers(0, std::move(values));
  } else if (attributes.has("value_float")) {
    node.set_output(0, ElementType::kFloat32, {});
    node.set_floats(0, {attributes.number_or("value_float", 0)});
  } else if (const auto* floats = attributes.find("value_floats")) {
    const auto* list = std::get_if<Attributes::Floats>(floats);
    if (list == nullptr) TypeContext::fail("its attribute 'value_floats' is no list of floats");
    node.set_output(0, ElementType::kFloat32, size(*list));
    node.set_floats(0, *list);
  } else if (attributes.has("value_string")) {
    node.set_output(0, ElementType::kString, {});
  } else if (const auto* strings = attributes.find("value_strings")) {
    const auto* list = std::get_if<Attributes::Strings>(strings);
    if (list == nullptr) TypeContext::fail("its attribute 'value_strings' is no list of strings");
    node.set_output(0, ElementType::kString, size(*list));
  } else {
    TypeContext::fail("has no value");
  }
}

/// A tensor filled with one value says nothing of the weights that it may stand for: large ones are
/// how weightless models write them.
void infer_constant_of_shape(TypeContext& node) {
  ElementType type = ElementType::kFloat32;
  if (const auto* value = node.attributes().find("value")) {
    const auto* data = std::get_if<ConstantData>(value);
    if (data == nullptr) TypeContext::fail("its attribute 'value' is no tensor");
    type = data->type;
  }
  node.set_output(0, type, node.integers(0, "shape"));
  node.set_values_unknown(0);
}

/// Axes [start, end) of the input's shape (operator set 15; all of them before).
void infer_shape(TypeContext& node) {
  const Shape& data = node.shape(0);
  const std::int64_t rank = std::ssize(data);
  const auto clamped = [&](std::int64_t axis) {
    return std::clamp<std::int64_t>(axis < 0 ? axis + rank : axis, 0, rank);
  };
  const std::int64_t start = clamped(node.attributes().integer_or("start", 0));
  const std::int64_t end = std::max(start, clamped(node.attributes().integer_or("end", rank)));
  node.set_output(0, ElementType::kInt64, {end - start});
}

void infer_size(TypeContext& node) { node.set_output(0, ElementType::kInt64, {}); }

}  // namespace

Lowering constant_lowering() {
  return {"",
          {{"Constant", infer_constant, nullptr},
           {"ConstantOfShape", infer_constant_of_shape, nullptr},
           {"Shape", infer_shape, nullptr},
           {"Size", infer_size, nullptr}}};
}

}  // namespace mensa::onnx_import
