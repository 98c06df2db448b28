#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "models/graph/tensor.h"

namespace mensa::onnx_import {

/// The element type that ONNX numbers so (TensorProto.DataType); none for those mensa has no model
/// of (complex numbers).
[[nodiscard]] std::optional<models::ElementType> element_type(std::int64_t onnx_number);

/// "float8e4m3fn (17)", for messages.
[[nodiscard]] std::string onnx_type_name(std::int64_t onnx_number);

/// Integers and bool: types whose small constants are kept by value.
[[nodiscard]] bool is_integral(models::ElementType type);

/// Whether an integral type holds the value.
[[nodiscard]] bool fits_type(std::int64_t value, models::ElementType type);

/// Floats of all widths.
[[nodiscard]] bool is_float(models::ElementType type);

}  // namespace mensa::onnx_import
