#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "onnx_import/draft/draft.h"
#include "onnx_import/pruning/prune_request.h"

namespace mensa::onnx_import {

/// What the weights are taken for where that is not what the file has.
struct WhatIfWeights {
  std::optional<PruneRequest> prune;
  /// Seed of values for weights whose values are not known.
  std::optional<std::int64_t> synthetic;
};

/// Sets the sparsity of the draft's weights to what they would be, and returns notes that say so.
/// Every tensor is pruned once, whichever layers share it. Throws base::Error where no layer with
/// weights is chosen, where values cannot be read, and where more than kMostSyntheticWeights would
/// be made up.
[[nodiscard]] std::vector<std::string> set_what_if_weights(Draft& draft,
                                                           const WhatIfWeights& what_if);

/// In a model: a hundred times BERT-Large, and some ten seconds. A file without weights may state
/// any shapes.
inline constexpr std::int64_t kMostSyntheticWeights = std::int64_t{1} << 31;

}  // namespace mensa::onnx_import
