#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "models/graph/graph.h"

namespace mensa::onnx_import {

/// What the user fixes that the file leaves open.
struct ImportOptions {
  /// First axis of every graph input that is symbolic or fixed to 1 there. 0 keeps the file's
  /// value; where that is symbolic it is 1 if the axis is named as a batch or not at all.
  std::int64_t batch = 0;
  /// Values of symbolic dimensions by name, as {"seq", 128}; one without a name is called by its
  /// place, as {"input.2", 224}.
  std::map<std::string, std::int64_t> dimensions;
};

/// Reads an ONNX file into a layer graph. Throws base::Error naming file and node for everything
/// that cannot be taken: not ONNX, truncated, cyclic, a dimension without a value, and, all at
/// once, every operator (or form of one) that is not supported.
[[nodiscard]] models::Graph import_file(const std::filesystem::path& path,
                                        const ImportOptions& options = {});

}  // namespace mensa::onnx_import
