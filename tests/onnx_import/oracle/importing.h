#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "onnx_import/operator_graph/operator_graph.h"
#include "tests/onnx_import/oracle/recorded_case.h"

namespace mensa::onnx_import {

/// What became of a recorded case.
struct Outcome {
  std::string refusal;  ///< empty where the model was taken
  /// The typed graph where it was taken with as few inputs bound as constants as that needs.
  std::optional<OperatorGraph> graph;
};

/// Imports the case, down to layers where it has any: with no input bound as a constant; where that
/// is refused with all but the first; at last with all.
[[nodiscard]] Outcome import_case(const RecordedCase& recorded);

/// With all inputs bound as constants; nothing is lowered.
[[nodiscard]] Outcome fold_case(const RecordedCase& recorded);

/// How the outputs' types differ from those recorded, a line for each that does.
[[nodiscard]] std::string type_differences(const RecordedCase& recorded,
                                           const OperatorGraph& graph);

/// How the outputs' folded values differ from those recorded; adds the number of outputs that have
/// values to `compared`.
[[nodiscard]] std::string value_differences(const RecordedCase& recorded,
                                            const OperatorGraph& graph, int& compared);

}  // namespace mensa::onnx_import
