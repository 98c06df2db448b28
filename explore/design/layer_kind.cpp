#include "explore/design/layer_kind.h"

namespace mensa::explore {

using models::Dim;

std::string_view layer_kind(const models::Graph& graph, const models::Layer& layer) {
  const auto* const work = std::get_if<models::MacWork>(&layer.work);
  if (work == nullptr) return "vector";
  if (graph.steps(layer) > 1) return "recurrent";
  if (layer.parameters.empty()) return "activations";
  const models::ProblemShape& shape = work->shape;
  if (shape.bound(Dim::G) > 1 && shape.bound(Dim::C) == 1) return "depthwise";
  if (shape.bound(Dim::R) * shape.bound(Dim::S) * shape.bound(Dim::T) > 1) return "convolution";
  const std::int64_t rows =
      shape.bound(Dim::N) * shape.bound(Dim::D) * shape.bound(Dim::P) * shape.bound(Dim::Q);
  return rows > 1 ? "pointwise" : "matrix_vector";
}

}  // namespace mensa::explore
