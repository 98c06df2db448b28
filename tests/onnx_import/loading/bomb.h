#pragma once

#include <cstdint>
#include <string>

#include "tests/onnx_import/model_builder.h"

namespace mensa::onnx_import {

/// An extent of which two make too many elements.
inline constexpr std::int64_t kBillion = std::int64_t{1} << 30;

/// What a small model that asks for too much ends with: the error's text, "no error" where it is
/// taken because mensa never needs what it asks for. Fails the test where that takes longer than a
/// second of CPU time or more than 256 MiB. External data may be missing.
[[nodiscard]] std::string defused(const ModelBuilder& model);

}  // namespace mensa::onnx_import
