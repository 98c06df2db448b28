#pragma once

#include <string_view>

#include "models/graph/graph.h"

namespace mensa::explore {

/// What a layer is to an accelerator, for names and explanations alone: "recurrent", "depthwise",
/// "convolution", "pointwise" (a product of matrices, as a 1x1 convolution), "matrix_vector",
/// "activations" (a product of two activations), or "vector" without MACs.
[[nodiscard]] std::string_view layer_kind(const models::Graph& graph, const models::Layer& layer);

}  // namespace mensa::explore
