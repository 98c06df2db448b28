#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <numeric>
#include <vector>

#include "onnx_import/lowering/lowering.h"
#include "onnx_import/operator_graph/limits.h"

// Operators whose result has the elements of their input in the same order. None makes a layer.

namespace mensa::onnx_import {
namespace {

/// The target shape with 0 and -1 filled in from the input's; none where the extents do not fit.
std::optional<Shape> resolve_target(Shape target, const Shape& data, bool allow_zero) {
  std::optional<std::size_t> open;
  for (std::size_t i = 0; i < target.size(); ++i) {
    if (target[i] == 0 && !allow_zero) {
      if (i >= data.size()) return std::nullopt;
      target[i] = data[i];
    } else if (target[i] == -1) {
      if (open) return std::nullopt;
      open = i;
      target[i] = 1;
    }
  }
  const auto have = element_count(data);
  const auto rest = element_count(target);
  if (!have || !rest) return std::nullopt;
  if (open) {
    if (*rest == 0 || *have % *rest != 0) return std::nullopt;
    target[*open] = *have / *rest;
  }
  return element_count(target) == have ? std::optional(std::move(target)) : std::nullopt;
}

void infer_reshape(TypeContext& node) {
  const Shape& data = node.shape(0);
  // An attribute up to operator set 4.
  const std::vector<std::int64_t> target = node.attributes().has("shape")
                                               ? node.attributes().integers_or("shape", {})
                                               : node.integers(1, "target shape");
  const bool allow_zero = node.attributes().integer_or("allowzero", 0) != 0;
  if (target.size() > kHighestRank) TypeContext::fail("its target shape has too many axes");
  auto shape = resolve_target(target, data, allow_zero);
  // Exporters write the batch of 1 that they saw into the target; it follows the user's batch.
  if (!shape && node.batch() > 1 && !data.empty() && data[0] == node.batch() && !target.empty() &&
      target[0] == 1) {
    Shape batched = target;
    batched[0] = node.batch();
    shape = resolve_target(std::move(batched), data, allow_zero);
  }
  if (!shape) {
    TypeContext::fail(
        fmt::format("cannot reshape {} to {}", fmt::join(data, "x"), fmt::join(target, "x")));
  }
  node.set_view(0, 0, std::move(*shape));
}

void infer_flatten(TypeContext& node) {
  const Shape& data = node.shape(0);
  const std::int64_t axis = node.attributes().integer_or("axis", 1);
  // Unlike other axes this one may be the rank itself.
  const std::size_t split =
      axis == std::ssize(data) ? data.size() : node.checked_axis(axis, data.size());
  const auto product = [](auto begin, auto end) {
    return std::accumulate(begin, end, std::int64_t{1}, std::multiplies<>());
  };
  const auto middle = data.begin() + static_cast<std::ptrdiff_t>(split);
  node.set_view(0, 0, {product(data.begin(), middle), product(middle, data.end())});
}

void infer_squeeze(TypeContext& node) {
  const Shape& data = node.shape(0);
  std::vector<bool> dropped(data.size());
  if (const auto axes = node.attribute_or_input("axes", 1)) {
    for (const std::int64_t axis : *axes) {
      const std::size_t at = node.checked_axis(axis, data.size());
      if (data[at] != 1) {
        TypeContext::fail(fmt::format("cannot drop axis {} of shape {}: its extent is not 1", axis,
                                      fmt::join(data, "x")));
      }
      dropped[at] = true;
    }
  } else {
    std::transform(data.begin(), data.end(), dropped.begin(), [](auto e) { return e == 1; });
  }
  Shape shape;
  for (std::size_t i = 0; i < data.size(); ++i) {
    if (!dropped[i]) shape.push_back(data[i]);
  }
  node.set_view(0, 0, std::move(shape));
}

void infer_unsqueeze(TypeContext& node) {
  const Shape& data = node.shape(0);
  const auto axes = node.attribute_or_input("axes", 1);
  if (!axes) TypeContext::fail("has no axes");
  const std::size_t rank = data.size() + axes->size();
  if (rank > kHighestRank) TypeContext::fail("its result has too many axes");
  std::vector<bool> added(rank);
  for (const std::int64_t axis : *axes) {
    const std::size_t at = node.checked_axis(axis, rank);
    if (added[at]) TypeContext::fail(fmt::format("axis {} is given twice", axis));
    added[at] = true;
  }
  Shape shape;
  auto next = data.begin();
  for (std::size_t i = 0; i < rank; ++i) shape.push_back(added[i] ? 1 : *next++);
  node.set_view(0, 0, std::move(shape));
}

void infer_identity(TypeContext& node) { node.set_view(0, 0, node.shape(0)); }

/// Outside of training it keeps everything, and its mask is true everywhere.
void infer_dropout(TypeContext& node) {
  constexpr std::size_t kTrainingMode = 2;
  constexpr std::int64_t kFirstInferenceOpset = 7;  // before, an attribute said what is meant
  constexpr std::int64_t kFirstBoolMaskOpset = 10;
  const bool trains =
      node.has_input(kTrainingMode)
          ? node.integers(kTrainingMode, "training mode") != std::vector<std::int64_t>{0}
          : node.opset() < kFirstInferenceOpset && node.attributes().integer_or("is_test", 0) == 0;
  if (trains) TypeContext::unsupported("training mode");
  infer_identity(node);
  node.set_output(
      1, node.opset() < kFirstBoolMaskOpset ? node.input(0).type : models::ElementType::kBool,
      node.shape(0));
}

}  // namespace

Lowering view_lowering() {
  return {"",
          {{"Reshape", infer_reshape, nullptr},
           {"Flatten", infer_flatten, nullptr},
           {"Squeeze", infer_squeeze, nullptr},
           {"Unsqueeze", infer_unsqueeze, nullptr},
           {"Identity", infer_identity, nullptr},
           {"Dropout", infer_dropout, nullptr}}};
}

}  // namespace mensa::onnx_import
