#include "onnx_import/lowering/lowering.h"
#include "onnx_import/lowering/operation_counts.h"

namespace mensa::onnx_import {
namespace {

/// Up to operator set 12 all axes from `axis` on are one, from 13 on it is that axis alone. Shape
/// and work are the same.
void infer_softmax(TypeContext& node) {
  constexpr std::int64_t kFirstSingleAxisOpset = 13;
  const std::int64_t fallback = node.opset() < kFirstSingleAxisOpset ? 1 : -1;
  const std::int64_t axis = node.attributes().integer_or("axis", fallback);
  const std::size_t rank = node.shape(0).size();
  // Where all axes before it are one as well, the axis may be the rank itself.
  const bool is_rank =
      node.opset() < kFirstSingleAxisOpset && axis == static_cast<std::int64_t>(rank);
  if (!is_rank) (void)node.checked_axis(axis, rank);
  node.set_output(0, node.input(0).type, node.shape(0));
}

template <std::int64_t kOperations>
void lower_softmax(LayerContext& node) {
  node.add_vector_layer(kOperations);
}

}  // namespace

Lowering softmax_lowering() {
  return {"",
          {{"Softmax", infer_softmax, lower_softmax<kSoftmax>},
           {"LogSoftmax", infer_softmax, lower_softmax<kSoftmax>},
           {"Hardmax", infer_softmax, lower_softmax<kHardmax>}}};
}

}  // namespace mensa::onnx_import
