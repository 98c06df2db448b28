#include "onnx_import/lowering/resize.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "onnx_import/lowering/lowering.h"
#include "onnx_import/lowering/operation_counts.h"
#include "onnx_import/operator_graph/limits.h"

namespace mensa::onnx_import {

bool is_legacy_resize(const TypeContext& node) {
  constexpr std::int64_t kFirstRoiOpset = 11;
  return node.opset() < kFirstRoiOpset || node.node().op == "Upsample";
}

std::size_t resize_scales_input(const TypeContext& node) { return is_legacy_resize(node) ? 1 : 2; }

namespace {

// Inputs of Resize from operator set 11 on: data, roi, scales, sizes. Before that, and in Upsample,
// they are data and scales.
constexpr std::size_t kRoi = 1;
constexpr std::size_t kSizes = 3;

/// Exporters leave out an input by an empty tensor too.
bool is_given(const TypeContext& node, std::size_t input) {
  return node.has_input(input) && element_count(node.shape(input)) != 0;
}

/// floor(extent x scale), in single precision as runtimes compute it.
std::int64_t scaled(std::int64_t extent, double scale) {
  const float product = std::floor(static_cast<float>(extent) * static_cast<float>(scale));
  if (!(scale > 0) || !(product >= 0 && product <= 0x1p40F)) {
    TypeContext::fail(fmt::format("cannot scale an axis of {} by {}", extent, scale));
  }
  return static_cast<std::int64_t>(product);
}

/// Axes that scales, sizes and roi speak of: all, or those of an attribute (operator set 18).
std::vector<std::size_t> named_axes(const TypeContext& node) {
  const std::size_t rank = node.shape(0).size();
  std::vector<std::int64_t> all(rank);
  std::iota(all.begin(), all.end(), 0);
  std::vector<std::size_t> axes;
  for (const std::int64_t axis : node.attributes().integers_or("axes", all)) {
    axes.push_back(node.checked_axis(axis, rank));
  }
  return axes;
}

void check_axis_count(std::size_t count, const std::vector<std::size_t>& axes, const char* what) {
  if (count == axes.size()) return;
  TypeContext::fail(fmt::format("has {} {} for {} axes", count, what, axes.size()));
}

Shape shape_from_scales(const TypeContext& node, std::vector<double> scales) {
  const auto axes = named_axes(node);
  check_axis_count(scales.size(), axes, "scales");
  const bool crops =
      node.attributes().string_or("coordinate_transformation_mode", "") == "tf_crop_and_resize";
  if (crops) {
    const auto roi = node.numbers(kRoi, "region");
    check_axis_count(roi.size(), std::vector(2 * axes.size(), std::size_t{0}), "region bounds");
    for (std::size_t i = 0; i < axes.size(); ++i) scales[i] *= roi[i + axes.size()] - roi[i];
  }
  Shape shape = node.shape(0);
  for (std::size_t i = 0; i < axes.size(); ++i) {
    shape[axes[i]] = scaled(shape[axes[i]], scales[i]);
  }
  return shape;
}

/// One scale for all axes, at which none is longer (shorter) than asked for.
Shape with_aspect_ratio(const TypeContext& node, const std::vector<std::size_t>& axes,
                        const std::vector<std::int64_t>& sizes, bool not_larger) {
  Shape shape = node.shape(0);
  std::optional<float> scale;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    if (shape[axes[i]] < 1) TypeContext::fail("cannot keep the ratio of an empty axis");
    const float ratio = static_cast<float>(sizes[i]) / static_cast<float>(shape[axes[i]]);
    scale = !scale ? ratio : not_larger ? std::min(*scale, ratio) : std::max(*scale, ratio);
  }
  for (const std::size_t axis : axes) {
    const float extent = std::floor(scale.value_or(1) * static_cast<float>(shape[axis]) + 0.5F);
    if (!(extent >= 0 && extent <= 0x1p40F)) TypeContext::fail("its sizes are too large");
    shape[axis] = static_cast<std::int64_t>(extent);
  }
  return shape;
}

Shape shape_from_sizes(const TypeContext& node) {
  const auto axes = named_axes(node);
  const auto& sizes = node.integers(kSizes, "sizes");
  check_axis_count(sizes.size(), axes, "sizes");
  const std::string policy = node.attributes().string_or("keep_aspect_ratio_policy", "stretch");
  if (policy == "not_larger" || policy == "not_smaller") {
    return with_aspect_ratio(node, axes, sizes, policy == "not_larger");
  }
  if (policy != "stretch") {
    TypeContext::fail(fmt::format("keep_aspect_ratio_policy is '{}'", policy));
  }
  Shape shape = node.shape(0);
  for (std::size_t i = 0; i < axes.size(); ++i) shape[axes[i]] = sizes[i];
  return shape;
}

Shape resized_shape(const TypeContext& node) {
  const std::size_t input = resize_scales_input(node);
  if (is_legacy_resize(node)) return shape_from_scales(node, node.numbers(input, "scales"));
  const bool scales = is_given(node, input);
  if (scales == is_given(node, kSizes)) TypeContext::fail("needs either scales or sizes");
  return scales ? shape_from_scales(node, node.numbers(input, "scales")) : shape_from_sizes(node);
}

/// Elements may be moved even where the shape stays (another coordinate transformation).
void infer_resize(TypeContext& node) {
  node.set_output(0, node.input(0).type, resized_shape(node));
}

/// Scales became an input with operator set 9.
void infer_upsample(TypeContext& node) {
  if (!node.attributes().has("scales")) return infer_resize(node);
  node.set_output(0, node.input(0).type,
                  shape_from_scales(node, node.attributes().numbers_or("scales", {})));
}

/// Neighbours along one axis that a result is interpolated from. With antialias they are as many
/// more as the axis shrinks.
std::int64_t axis_taps(std::int64_t from, std::int64_t to, std::int64_t taps, bool antialias) {
  if (!antialias || to >= from) return taps;
  return (taps * from + to - 1) / to;
}

void lower_resize(LayerContext& node) {
  const std::string mode = node.attributes().string_or("mode", "nearest");
  if (mode == "nearest") return node.add_move_layer({0});
  const bool antialias = node.attributes().integer_or("antialias", 0) != 0;
  constexpr std::int64_t kLinearTaps = 2;
  constexpr std::int64_t kCubicTaps = 4;
  std::int64_t taps = 1;
  for (std::size_t i = 0; i < node.shape(0).size(); ++i) {
    const std::int64_t from = node.shape(0)[i];
    const std::int64_t to = node.output(0).shape[i];
    if (from == to) continue;
    const std::int64_t along =
        axis_taps(from, to, mode == "cubic" ? kCubicTaps : kLinearTaps, antialias);
    // Beyond any real network; the work is then refused as too large.
    taps = taps > kMostElements / along ? kMostElements : taps * along;
  }
  node.add_vector_layer_of({0}, interpolation_operations(taps));
}

}  // namespace

Lowering resize_lowering() {
  return {"", {{"Resize", infer_resize, lower_resize}, {"Upsample", infer_upsample, lower_resize}}};
}

}  // namespace mensa::onnx_import
