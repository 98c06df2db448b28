#pragma once

#include <string>
#include <vector>

#include "models/graph/problem_shape.h"
#include "onnx_import/draft/draft.h"

namespace mensa::onnx_import {

/// The weights of a layer: the parameters of its multiply-accumulates. Biases, scales and tables
/// that are read by row are none.
struct WeightTarget {
  std::string layer;
  std::string node;  ///< of the model, that the layer came from
  models::TensorId tensor;
  models::ProblemShape shape;  ///< of the layer's nest
};

/// Of all layers, in their order. A tensor that several layers share stands there once for each.
[[nodiscard]] std::vector<WeightTarget> weight_targets(const Draft& draft);

/// Those in whose names, or nodes' names, the regular expression is found; all where it is empty.
/// Throws base::Error where it is none, or finds no layer with weights: with the layers that it
/// does find, and names like it.
[[nodiscard]] std::vector<WeightTarget> chosen_targets(const Draft& draft,
                                                       const std::string& pattern);

}  // namespace mensa::onnx_import
