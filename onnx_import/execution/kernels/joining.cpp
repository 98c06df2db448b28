#include <algorithm>
#include <cstdint>
#include <functional>
#include <numeric>
#include <utility>
#include <vector>

#include "onnx_import/execution/kernel.h"
#include "onnx_import/operator_graph/element_types.h"

// Concat and Split: stretches of elements, one behind the other.

namespace mensa::onnx_import {
namespace {

/// Product of the extents from `axis` on.
std::int64_t inner_size(const Shape& shape, std::size_t axis) {
  return std::accumulate(shape.begin() + static_cast<std::ptrdiff_t>(axis), shape.end(),
                         std::int64_t{1}, std::multiplies<>());
}

/// Product of the extents before `axis`.
std::int64_t outer_size(const Shape& shape, std::size_t axis) {
  return std::accumulate(shape.begin(), shape.begin() + static_cast<std::ptrdiff_t>(axis),
                         std::int64_t{1}, std::multiplies<>());
}

template <class T>
void execute_concat(KernelContext& node) {
  const std::size_t axis = node.types().axis_or(1);
  std::vector<T> result(node.output_size(0));
  const std::int64_t row = inner_size(node.output_shape(0), axis);
  std::int64_t begin = 0;
  for (std::size_t i = 0; i < node.types().input_count(); ++i) {
    const auto& from = std::get<std::vector<T>>(node.input(i));
    const std::int64_t part = inner_size(node.shape(i), axis);
    for (std::int64_t outer = 0; !from.empty() && outer < outer_size(node.shape(i), axis);
         ++outer) {
      std::copy_n(from.data() + outer * part, part, result.data() + outer * row + begin);
    }
    begin += part;
  }
  node.set(0, std::move(result));
}

void execute_concat(KernelContext& node) {
  if (is_float(node.output(0).type)) return execute_concat<float>(node);
  execute_concat<std::int64_t>(node);
}

template <class T>
void split_elements(KernelContext& node, const std::vector<T>& from) {
  const std::size_t axis = node.types().axis_or(0);
  const std::int64_t row = inner_size(node.shape(0), axis);
  std::int64_t begin = 0;
  for (std::size_t i = 0; i < node.types().output_count(); ++i) {
    const Shape& shape = node.output_shape(i);
    const std::int64_t part = inner_size(shape, axis);
    std::vector<T> result(node.output_size(i));
    for (std::int64_t outer = 0; !result.empty() && outer < outer_size(shape, axis); ++outer) {
      std::copy_n(from.data() + outer * row + begin, part, result.data() + outer * part);
    }
    begin += part;
    node.set(i, std::move(result));
  }
}

void execute_split(KernelContext& node) {
  std::visit([&](const auto& from) { split_elements(node, from); }, node.input(0));
}

void check_split(const TypeContext& node) {
  for (std::size_t i = 0; i < node.output_count(); ++i) {
    if (!node.has_output(i)) TypeContext::unsupported("with a result that has no name");
  }
}

}  // namespace

std::vector<Kernel> joining_kernels() {
  return {{"Concat", execute_concat}, {"Split", execute_split, check_split}};
}

}  // namespace mensa::onnx_import
