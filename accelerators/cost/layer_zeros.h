#pragma once

#include <map>
#include <memory>
#include <utility>

#include "accelerators/cost/operand_zeros.h"
#include "accelerators/cost/sparse_model.h"
#include "accelerators/spec/system.h"
#include "models/graph/graph.h"
#include "models/graph/weight_pattern.h"

namespace mensa::accelerators {

/// What accelerators with sparsity features may know of the zeros of a model's layers. Remembers
/// patterns of weights; not for use by two threads at once. Holds a reference to the graph.
class LayerZeros {
 public:
  explicit LayerZeros(const models::Graph& graph) : graph_(graph) {}

  /// Of a MAC layer; all dense on accelerators without such features.
  [[nodiscard]] Zeros of(const models::Layer& layer, const Accelerator& accelerator);
  /// Kept weights of a MAC layer, blocks filled as the accelerator stores them; null where they are
  /// not known one by one, or do not matter there.
  [[nodiscard]] std::shared_ptr<const models::WeightPattern> pattern(
      const models::Layer& layer, const Accelerator& accelerator);
  /// Bytes of the weights of a MAC layer, dense ones `bits` wide, as that level holds them.
  [[nodiscard]] base::Bytes weight_bytes(const models::Layer& layer, const Accelerator& accelerator,
                                         int bits, Level level);
  /// Bytes in DRAM over those of packed values, of activations.
  [[nodiscard]] double share_in_dram(models::TensorId activation, const Accelerator& accelerator,
                                     int bits) const;

 private:
  using BlockShape = std::pair<std::int64_t, std::int64_t>;
  [[nodiscard]] OperandZeros of_weights(const models::Layer& layer, const Accelerator& accelerator);
  [[nodiscard]] const std::shared_ptr<const models::WeightPattern>& nonzeros(
      const models::Layer& layer);

  const models::Graph& graph_;
  std::map<models::LayerId, std::shared_ptr<const models::WeightPattern>> nonzeros_;
  std::map<std::pair<models::LayerId, BlockShape>, std::shared_ptr<const models::WeightPattern>>
      full_blocks_;
};

}  // namespace mensa::accelerators
