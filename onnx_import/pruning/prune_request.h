#pragma once

#include <cstdint>
#include <string>
#include <variant>

namespace mensa::onnx_import {

// Which weights of a layer are taken as zero, as if the network had been pruned. docs/pruning.md
// has the rules.

/// This share of a layer's weights, the smallest magnitudes.
struct PruneShare {
  double share = 0;  ///< at least 0 and below 1
  friend bool operator==(const PruneShare&, const PruneShare&) = default;
};

/// In every group of `of` neighbours along the reduction axis all but the `keep` largest.
struct PruneGroups {
  std::int64_t keep = 1;  ///< at least 1
  std::int64_t of = 1;    ///< at least `keep`, at most kLargestGroup
  static constexpr std::int64_t kLargestGroup = std::int64_t{1} << 20;
  friend bool operator==(const PruneGroups&, const PruneGroups&) = default;
};

/// All weights of this share of a layer's output channels, those of the smallest L1 norms.
struct PruneChannels {
  double share = 0;  ///< at least 0 and below 1
  friend bool operator==(const PruneChannels&, const PruneChannels&) = default;
};

using PruneSpec = std::variant<PruneShare, PruneGroups, PruneChannels>;

/// "0.7", "2:4" or "channel:0.3". Throws base::Error for texts that are none of these.
[[nodiscard]] PruneSpec prune_spec_from_text(const std::string& text);
/// The same back.
[[nodiscard]] std::string to_text(const PruneSpec& spec);

/// Throws base::Error with what is wrong where `text` is no regular expression for layers.
void check_layer_pattern(const std::string& text);

struct PruneRequest {
  PruneSpec spec;
  /// An ECMAScript regular expression that is found in the names of the layers to prune, or of the
  /// nodes they came from; empty: all layers with weights.
  std::string layers = {};
};

}  // namespace mensa::onnx_import
