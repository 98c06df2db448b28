#pragma once

#include <filesystem>

#include "onnx_import/import.h"
#include "onnx_import/operator_graph/operator_graph.h"

namespace mensa::onnx_import {

/// The operator graph of an ONNX file, ready to be lowered: nodes sorted, dead ones left out, every
/// value typed, constants folded and views found. Unlike a layer graph it may have no activations
/// at all. Throws as import_file does; an operator that is supported is so in lowering too.
[[nodiscard]] OperatorGraph read_typed_graph(const std::filesystem::path& path,
                                             const ImportOptions& options);

/// The same with the nodes that make constants of constants, which lowering has no use for, and
/// without what is known of sparsity: for execution, which computes them. Throws as the other.
[[nodiscard]] OperatorGraph read_executable_graph(const std::filesystem::path& path,
                                                  const ImportOptions& options);

}  // namespace mensa::onnx_import
