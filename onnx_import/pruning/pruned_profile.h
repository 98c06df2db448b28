#pragma once

#include "models/graph/problem_shape.h"
#include "models/graph/sparsity.h"
#include "onnx_import/operator_graph/constant_data.h"
#include "onnx_import/operator_graph/weight_reading.h"
#include "onnx_import/pruning/magnitudes.h"
#include "onnx_import/pruning/prune_request.h"

namespace mensa::onnx_import {

/// The weights of one layer as they stand before pruning. None of the tensors is empty.
struct PrunedTensor {
  const Shape& shape;
  const models::ProblemShape& nest;  ///< with as many weights as the tensor has elements
  const std::optional<models::ChannelAxes>& axes;
};

/// What pruning leaves of weights of these magnitudes; none where it leaves all that are not zero
/// already. Where the nest's dimensions are not to be found in the tensor, groups and channels are
/// known by their shares only.
[[nodiscard]] std::optional<models::SparsityProfile> pruned_profile(const PrunedTensor& tensor,
                                                                    const Magnitudes& magnitudes,
                                                                    const PruneSpec& spec);

/// The same of weights of which only a share is known not to be zero: a density, and how zeros lie.
/// Zeros of before count as pruned.
[[nodiscard]] std::optional<models::SparsityProfile> pruned_share(const models::ProblemShape& nest,
                                                                  double density,
                                                                  const PruneSpec& spec);

}  // namespace mensa::onnx_import
