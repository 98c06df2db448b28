#include "onnx_import/execution/kernel.h"

#include <fmt/format.h>

#include <map>
#include <stdexcept>
#include <utility>

#include "onnx_import/operator_graph/element_types.h"
#include "onnx_import/operator_graph/limits.h"

namespace mensa::onnx_import {
namespace {

using KernelTable = std::map<std::string_view, Kernel>;

KernelTable all_kernels() {
  KernelTable table;
  for (const auto make :
       {binary_kernels, conversion_kernels, convolution_kernels, joining_kernels, movement_kernels,
        normalization_kernels, pooling_kernels, product_kernels, quantization_kernels,
        quantized_product_kernels, recurrent_kernels, reduction_kernels, resize_kernels,
        softmax_kernels, transposed_convolution_kernels, unary_kernels}) {
    for (const Kernel& kernel : make()) table.emplace(kernel.op, kernel);
  }
  return table;
}

}  // namespace

const Kernel* find_kernel(std::string_view domain, std::string_view op) {
  static const KernelTable kKernels = all_kernels();
  if (!domain.empty()) return nullptr;
  const auto found = kKernels.find(op);
  return found == kKernels.end() ? nullptr : &found->second;
}

void check_floats(const TypeContext& node) {
  if (is_float(node.input(0).type)) return;
  TypeContext::unsupported(
      fmt::format("of {}; it is executed of floats only", models::to_string(node.input(0).type)));
}

const TensorElements& KernelContext::input(std::size_t index) const {
  if (!has_input(index)) TypeContext::fail(fmt::format("lacks its input {}", index));
  return inputs_.at(index)->elements;
}

const std::vector<float>& KernelContext::floats(std::size_t index) const {
  const auto* held = std::get_if<std::vector<float>>(&input(index));
  if (held == nullptr) TypeContext::fail(fmt::format("its input {} is not of floats", index));
  return *held;
}

const std::vector<std::int64_t>& KernelContext::integers(std::size_t index) const {
  const auto* held = std::get_if<std::vector<std::int64_t>>(&input(index));
  if (held == nullptr) TypeContext::fail(fmt::format("its input {} is not of integers", index));
  return *held;
}

std::size_t KernelContext::output_size(std::size_t index) const {
  return static_cast<std::size_t>(element_count(output_shape(index)).value_or(0));
}

void KernelContext::set(std::size_t index, TensorElements elements) {
  if (!types_.has_output(index)) return;
  const std::size_t size = std::visit([](const auto& held) { return held.size(); }, elements);
  const bool floats = std::holds_alternative<std::vector<float>>(elements);
  if (size != output_size(index) || floats != is_float(output(index).type)) {
    throw std::logic_error(fmt::format("the kernel of {} set {} elements for '{}', which has {}",
                                       types_.node().op, size, output(index).name,
                                       output_size(index)));
  }
  outputs_.at(index) = std::move(elements);
}

}  // namespace mensa::onnx_import
