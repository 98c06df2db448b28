#pragma once

#include <cstdint>
#include <optional>

#include "onnx_import/lowering/type_context.h"

namespace mensa::onnx_import {

/// How often a Loop runs whose condition is computed from counters alone, as a loop that TensorFlow
/// or TorchScript exported: "go on while i + 1 < n". Plays the loop on the integers that its
/// condition needs: the number of the iteration, carried integers whose first values are known, and
/// arithmetic and comparisons of these.
///
/// The body is typed, and the condition holds at the start. `most` is the trip count where there
/// is one. None where the condition needs anything else, or no end comes in sight.
[[nodiscard]] std::optional<std::int64_t> count_trips(TypeContext& node, const Block& body,
                                                      std::optional<std::int64_t> most);

}  // namespace mensa::onnx_import
