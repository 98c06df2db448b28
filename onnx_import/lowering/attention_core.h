#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "onnx_import/lowering/layer_context.h"
#include "onnx_import/lowering/type_context.h"

// What all fused attention operators have in common. Each becomes a group of layers:
//
//   NAME/scores   MAC, queries by keys, for each head
//   NAME/softmax  vector work on the scores, with mask and soft limit
//   NAME/context  MAC, probabilities by values
//
// and, where the operator has them, projections, biases, rotations and the cache of keys and values
// before. Masks do not lower the number of MACs: causal attention counts as a whole, as it does in
// exported form.

namespace mensa::onnx_import {

struct AttentionShape {
  std::int64_t batch = 1;
  std::int64_t heads = 1;     ///< of the queries
  std::int64_t kv_heads = 1;  ///< of keys and values; each serves heads / kv_heads of the queries
  std::int64_t queries = 1;   ///< positions
  std::int64_t new_keys = 0;  ///< positions that the node's own keys have
  std::int64_t keys = 0;      ///< positions attended to: new ones and past ones
  std::int64_t head = 1;      ///< elements of a query or key
  std::int64_t value_head = 1;

  [[nodiscard]] Shape scores() const { return {batch, heads, queries, keys}; }
};

/// Throws base::Error where an extent is below 1, heads are no multiple of kv_heads, or the scores
/// have more than 2^40 elements.
void check_attention(const AttentionShape& shape);

/// `all` split in `parts`; base::Error naming `what` where that is no whole number.
[[nodiscard]] std::int64_t divided(std::int64_t all, std::int64_t parts, std::string_view what);

/// Makes the layers of one attention node.
class AttentionLayers {
 public:
  AttentionLayers(LayerContext& node, const AttentionShape& shape, models::ElementType type)
      : node_(node), shape_(shape), type_(type) {}

  /// Vector work or a copy from `inputs` to new tensors of those shapes; `parameters` are node
  /// inputs that it reads beside, constants or not. No operations: a copy.
  std::vector<models::TensorId> add_step(std::string_view name,
                                         const std::vector<models::TensorId>& inputs,
                                         const std::vector<std::size_t>& operands,
                                         std::int64_t operations,
                                         const std::vector<Shape>& results);

  /// A rotation of [.., head] by tables of cosines and sines (node inputs).
  models::TensorId rotate(std::string_view name, models::TensorId tensor,
                          const std::vector<std::size_t>& tables);

  /// Puts new keys or values behind the past ones (node input `past`, where it has one) and leaves
  /// them as the node's output `present`. `appended`: into a buffer that past and present share.
  models::TensorId append(std::string_view name, models::TensorId added,
                          std::optional<std::size_t> past, std::size_t present, bool appended);

  /// The three layers. `masks` are node inputs that softmax reads; `operations` what it does beside
  /// for each score. Writes output 0, and the scores to output `scores_output` where that is used.
  void attend(models::TensorId query, models::TensorId key, models::TensorId value,
              const std::vector<std::size_t>& masks, std::int64_t operations,
              std::optional<std::size_t> scores_output);

  [[nodiscard]] Shape query_shape() const;
  [[nodiscard]] Shape key_shape() const;    ///< of the new ones
  [[nodiscard]] Shape value_shape() const;  ///< of the new ones

 private:
  LayerContext& node_;
  AttentionShape shape_;
  models::ElementType type_;
};

/// Operations that a softmax does beside for each score: adding `masks`, and limiting by softcap
/// (an attribute): divide, tanh, multiply.
[[nodiscard]] std::int64_t masking_operations(const Attributes& attributes, std::size_t masks);

}  // namespace mensa::onnx_import
