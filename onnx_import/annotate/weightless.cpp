#include "onnx_import/annotate/weightless.h"

#include <fmt/format.h>

#include <algorithm>

namespace mensa::onnx_import {
namespace {

struct Count {
  std::size_t tensors = 0;
  std::size_t matrices = 0;  ///< with two axes of more than one element
  double elements = 0;

  void add(const models::Tensor& tensor) {
    ++tensors;
    elements += static_cast<double>(tensor.elements());
    const auto wide = std::count_if(tensor.shape.begin(), tensor.shape.end(),
                                    [](std::int64_t extent) { return extent > 1; });
    if (wide >= 2) ++matrices;
  }
};

}  // namespace

std::optional<std::string> unknown_weights_note(const Draft& draft) {
  Count all;
  Count unknown;
  for (const DraftLayer& entry : draft.layers) {
    for (const models::TensorId id : entry.layer.parameters) {
      const models::Tensor& tensor = draft.tensor(id);
      all.add(tensor);
      const bool is_unknown =
          tensor.sparsity && tensor.sparsity->origin == models::DensityOrigin::kUnknown;
      if (is_unknown) unknown.add(tensor);
    }
  }
  const std::string which = unknown.tensors == all.tensors
                                ? "its"
                                : fmt::format("{} of its {}", unknown.tensors, all.tensors);
  if (unknown.elements > all.elements / 2) {
    return fmt::format(
        "weightless model: {} parameter tensors hold no values, or one alone; their sparsity is "
        "unknown and they count as dense",
        which);
  }
  // A bias or a scale that is constant is nothing to speak of.
  if (unknown.matrices == 0) return std::nullopt;
  return fmt::format(
      "{} parameter tensors hold no values, or one alone; their sparsity is unknown and they count "
      "as dense",
      which);
}

}  // namespace mensa::onnx_import
