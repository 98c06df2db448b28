#include "onnx_import/lowering/lowering.h"

namespace mensa::onnx_import {
namespace {

void infer_arg_max(TypeContext& node) {
  Shape shape = node.shape(0);
  const std::size_t axis = node.checked_axis(node.attributes().integer_or("axis", 0), shape.size());
  if (shape[axis] < 1) TypeContext::fail("the axis that it reduces is empty");
  if (node.attributes().integer_or("keepdims", 1) != 0) {
    shape[axis] = 1;
  } else {
    shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(axis));
  }
  node.set_output(0, models::ElementType::kInt64, std::move(shape));
}

/// One comparison for each element that goes into a result.
void lower_arg_max(LayerContext& node) {
  node.add_vector_layer(node.elements(0) / node.output_elements(0));
}

}  // namespace

Lowering reduction_lowering() { return {"", {{"ArgMax", infer_arg_max, lower_arg_max}}}; }

}  // namespace mensa::onnx_import
