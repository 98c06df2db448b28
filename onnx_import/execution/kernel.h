#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "onnx_import/execution/tensor_value.h"
#include "onnx_import/lowering/type_context.h"

namespace mensa::onnx_import {

/// What a kernel sees of a node: attributes and types as inference left them, the elements of its
/// inputs, and the place for those of its outputs. The shapes of all are known and fit together.
class KernelContext {
 public:
  /// `inputs` are null where they are left out.
  KernelContext(const TypeContext& types, std::vector<const TensorValue*> inputs)
      : types_(types), inputs_(std::move(inputs)), outputs_(types.output_count()) {}

  [[nodiscard]] const TypeContext& types() const { return types_; }
  [[nodiscard]] const Attributes& attributes() const { return types_.attributes(); }
  [[nodiscard]] std::int64_t opset() const { return types_.opset(); }

  [[nodiscard]] bool has_input(std::size_t index) const { return types_.has_input(index); }
  [[nodiscard]] const Shape& shape(std::size_t index) const { return types_.shape(index); }
  [[nodiscard]] const TensorElements& input(std::size_t index) const;
  /// The elements of an input of floats, or of one of integers; Error for the other kind.
  [[nodiscard]] const std::vector<float>& floats(std::size_t index) const;
  [[nodiscard]] const std::vector<std::int64_t>& integers(std::size_t index) const;

  [[nodiscard]] const Value& output(std::size_t index) const { return types_.output(index); }
  [[nodiscard]] const Shape& output_shape(std::size_t index) const { return output(index).shape; }
  [[nodiscard]] std::size_t output_size(std::size_t index) const;
  /// Sets the elements of an output, as many as its shape has; nothing where it has no name.
  void set(std::size_t index, TensorElements elements);

  /// Those that were set.
  [[nodiscard]] std::vector<std::optional<TensorElements>>& results() { return outputs_; }

 private:
  const TypeContext& types_;
  std::vector<const TensorValue*> inputs_;
  std::vector<std::optional<TensorElements>> outputs_;
};

/// How one operator of ONNX's own domain is executed.
struct Kernel {
  std::string_view op;
  /// Computes all outputs that somebody reads.
  void (*execute)(KernelContext&);
  /// Says before anything runs what is not supported of a node (TypeContext::unsupported); null
  /// where nothing is.
  void (*check)(const TypeContext&) = nullptr;
};

/// Null where the operator is not executed.
[[nodiscard]] const Kernel* find_kernel(std::string_view domain, std::string_view op);

/// For Kernel::check: unsupported where input 0 is not of floats.
void check_floats(const TypeContext& node);

// One in each .cpp of kernels/.
[[nodiscard]] std::vector<Kernel> binary_kernels();
[[nodiscard]] std::vector<Kernel> conversion_kernels();
[[nodiscard]] std::vector<Kernel> convolution_kernels();
[[nodiscard]] std::vector<Kernel> joining_kernels();
[[nodiscard]] std::vector<Kernel> movement_kernels();
[[nodiscard]] std::vector<Kernel> normalization_kernels();
[[nodiscard]] std::vector<Kernel> pooling_kernels();
[[nodiscard]] std::vector<Kernel> product_kernels();
[[nodiscard]] std::vector<Kernel> quantization_kernels();
[[nodiscard]] std::vector<Kernel> quantized_product_kernels();
[[nodiscard]] std::vector<Kernel> recurrent_kernels();
[[nodiscard]] std::vector<Kernel> reduction_kernels();
[[nodiscard]] std::vector<Kernel> resize_kernels();
[[nodiscard]] std::vector<Kernel> softmax_kernels();
[[nodiscard]] std::vector<Kernel> transposed_convolution_kernels();
[[nodiscard]] std::vector<Kernel> unary_kernels();

}  // namespace mensa::onnx_import
