#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "accelerators/spec/number_format.h"
#include "models/graph/graph.h"

namespace mensa::accelerators {

/// At what precision a layer is asked to run.
struct PrecisionRequest {
  enum class Kind : std::uint8_t {
    kNative,   ///< at the first one of the accelerator that runs it
    kAsModel,  ///< at the element types that its tensors have in the model
    kFormats,  ///< at `factors`, wherever it runs
  };
  Kind kind = Kind::kNative;
  FactorFormats factors{};  ///< of kFormats

  /// As precision_request_from_string() reads it.
  [[nodiscard]] std::string to_string() const;
  bool operator==(const PrecisionRequest&) const = default;
};

/// "native", "as-model", "fp16", "bf16", "fp32", or "wXaY": weights of X and activations of Y bits,
/// each an integer of 4, 8 or 16. Throws base::Error naming those near, and what there is.
[[nodiscard]] PrecisionRequest precision_request_from_string(std::string_view text);

/// The request of every layer of a graph, by LayerId; empty: all native.
using LayerPrecisions = std::vector<PrecisionRequest>;

/// What is asked for by name: a default, and layers that differ.
struct PrecisionRules {
  struct Rule {
    std::string layers;     ///< POSIX extended regular expression, found anywhere in a name
    std::string precision;  ///< as precision_request_from_string() has it
    std::string place;      ///< where the rule stands, for errors: "file:line:column"
  };
  std::string otherwise = "native";
  std::vector<Rule> layers;  ///< of those that match, the last one holds

  [[nodiscard]] bool all_native() const { return layers.empty() && otherwise == "native"; }
};

/// Requests of the layers of `graph`. Throws base::Error on an unknown precision and on an
/// expression that is none or matches no layer.
[[nodiscard]] LayerPrecisions layer_precisions(const models::Graph& graph,
                                               const PrecisionRules& rules);

}  // namespace mensa::accelerators
