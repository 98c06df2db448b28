#include "onnx_import/loading/declared_types.h"

#include <utility>

#include "onnx_import/operator_graph/element_types.h"

namespace mensa::onnx_import {

std::optional<std::vector<DeclaredAxis>> declared_axes(const onnx::TypeProto::Tensor& tensor) {
  if (!tensor.has_shape()) return std::nullopt;
  std::vector<DeclaredAxis> axes;
  axes.reserve(static_cast<std::size_t>(tensor.shape().dim_size()));
  for (const auto& dim : tensor.shape().dim()) {
    DeclaredAxis axis;
    if (dim.has_dim_value()) axis.extent = dim.dim_value();
    if (dim.has_dim_param()) axis.name = dim.dim_param();
    axes.push_back(std::move(axis));
  }
  return axes;
}

std::optional<DeclaredType> declared_type(const onnx::ValueInfoProto& value) {
  if (!value.type().has_tensor_type()) return std::nullopt;
  const auto type = element_type(value.type().tensor_type().elem_type());
  auto axes = declared_axes(value.type().tensor_type());
  if (!type || !axes) return std::nullopt;
  return DeclaredType{*type, *std::move(axes)};
}

}  // namespace mensa::onnx_import
