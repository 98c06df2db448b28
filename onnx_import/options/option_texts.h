#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "onnx_import/import.h"

namespace mensa::onnx_import {

// How texts of the user's say how a model is taken. All of them throw base::Error for texts that
// are none of these.

/// "1x3x640x640": extents of at least 0.
[[nodiscard]] std::vector<std::int64_t> shape_from_text(const std::string& text);
/// "1,3,640,640" or "0.5": integers, or else floats.
[[nodiscard]] ConstantInput constant_from_text(const std::string& text);
/// The same back.
[[nodiscard]] std::string to_text(const ConstantInput& constant);
/// "then", "else".
[[nodiscard]] Branch branch_from_text(const std::string& text);
[[nodiscard]] std::string to_text(Branch branch);
/// The same text: a regular expression for names of layers.
[[nodiscard]] std::string layer_pattern_from_text(const std::string& text);
/// "error", "host": whether nodes that are not supported run on the host.
[[nodiscard]] bool on_host_from_text(const std::string& text);
[[nodiscard]] std::string on_host_to_text(bool on_host);

}  // namespace mensa::onnx_import
