#include <fmt/format.h>
#include <fmt/ranges.h>

#include "onnx_import/lowering/lowering.h"
#include "onnx_import/lowering/operation_counts.h"
#include "onnx_import/lowering/window.h"

namespace mensa::onnx_import {
namespace {

void check_rank(const Shape& data) {
  if (data.size() < 3) {
    TypeContext::fail(
        fmt::format("its input has shape {}; batch, channels and spatial axes are needed",
                    fmt::join(data, "x")));
  }
}

void infer_pool(TypeContext& node) {
  const Shape& data = node.shape(0);
  check_rank(data);
  if (node.output_used(1)) TypeContext::unsupported("its second result (indices) is used");
  const auto window = read_window(node.attributes(), data, {});
  node.set_output(0, node.input(0).type, window_output(data[0], data[1], window));
}

void lower_pool(LayerContext& node) {
  const auto window = read_window(node.attributes(), node.shape(0), {});
  node.add_vector_layer(pooling_operations(kernel_size(window)));
}

void infer_global_pool(TypeContext& node) {
  Shape shape = node.shape(0);
  check_rank(shape);
  for (std::size_t i = 2; i < shape.size(); ++i) shape[i] = 1;
  node.set_output(0, node.input(0).type, std::move(shape));
}

void lower_global_pool(LayerContext& node) {
  node.add_vector_layer(pooling_operations(node.elements(0) / node.output_elements(0)));
}

}  // namespace

Lowering pooling_lowering() {
  return {"",
          {{"MaxPool", infer_pool, lower_pool},
           {"AveragePool", infer_pool, lower_pool},
           {"GlobalMaxPool", infer_global_pool, lower_global_pool},
           {"GlobalAveragePool", infer_global_pool, lower_global_pool}}};
}

}  // namespace mensa::onnx_import
