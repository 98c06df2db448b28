#include "onnx_import/lowering/resize.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "onnx_import/execution/kernel.h"
#include "onnx_import/operator_graph/limits.h"

// Resize and Upsample, nearest and linear. Interpolation along several axes is one after the other:
// each result is then the same weighted sum as over all corners at once.

namespace mensa::onnx_import {
namespace {

/// The elements of one axis of the input that make one of the result.
struct Taps {
  std::int64_t first = 0;
  std::int64_t second = 0;
  float weight = 0;  ///< of the second
};

/// The scale of each axis as the node gives it, else the ratio of extents.
std::vector<double> scales_of(const KernelContext& node) {
  const Shape& from = node.shape(0);
  const Shape& to = node.output_shape(0);
  std::vector<double> scales(from.size());
  for (std::size_t i = 0; i < from.size(); ++i) {
    scales[i] = static_cast<double>(to[i]) / static_cast<double>(from[i]);
  }
  const TypeContext& types = node.types();
  if (node.attributes().has("scales")) return node.attributes().numbers_or("scales", {});
  const std::size_t input = resize_scales_input(types);
  if (!types.has_input(input) || element_count(types.shape(input)) == 0) return scales;
  const std::vector<double> given = types.numbers(input, "scales");
  const auto axes = node.attributes().integers_or("axes", {});
  for (std::size_t i = 0; i < given.size(); ++i) {
    scales[axes.empty() ? i : types.checked_axis(axes[i], from.size())] = given[i];
  }
  return scales;
}

std::string transformation_of(const TypeContext& node) {
  return node.attributes().string_or("coordinate_transformation_mode",
                                     is_legacy_resize(node) ? "asymmetric" : "half_pixel");
}

/// Where `place` of the result lies on an axis of `from` elements. As in ONNX's reference the
/// resized length is what the scale makes, not rounded to an extent.
double coordinate(const std::string& mode, double place, double scale, double from) {
  const double to = from * scale;
  if (mode == "align_corners") return to <= 1 ? 0 : place * (from - 1) / (to - 1);
  if (mode == "asymmetric") return place / scale;
  if (mode == "pytorch_half_pixel" && to <= 1) return 0;
  if (mode == "tf_half_pixel_for_nn") return (place + 0.5) / scale;
  return (place + 0.5) / scale - 0.5;
}

double nearest(const std::string& mode, double place) {
  if (mode == "floor") return std::floor(place);
  if (mode == "ceil") return std::ceil(place);
  if (mode == "round_prefer_ceil") return std::floor(place + 0.5);
  return std::ceil(place - 0.5);
}

std::vector<Taps> taps_of(const KernelContext& node, std::size_t axis, double scale) {
  const auto from = static_cast<double>(node.shape(0)[axis]);
  const std::int64_t to = node.output_shape(0)[axis];
  const bool is_nearest = node.attributes().string_or("mode", "nearest") == "nearest";
  const std::string rounding = node.attributes().string_or(
      "nearest_mode", is_legacy_resize(node.types()) ? "floor" : "round_prefer_floor");
  const std::string transformation = transformation_of(node.types());
  const auto inside = [&](double place) {
    return static_cast<std::int64_t>(std::clamp(place, 0.0, from - 1));
  };
  std::vector<Taps> taps;
  taps.reserve(static_cast<std::size_t>(to));
  for (std::int64_t i = 0; i < to; ++i) {
    const double place = coordinate(transformation, static_cast<double>(i), scale, from);
    if (is_nearest) {
      const std::int64_t at = inside(nearest(rounding, place));
      taps.push_back({at, at, 0});
    } else {
      const double low = std::floor(place);
      taps.push_back({inside(low), inside(low + 1), static_cast<float>(place - low)});
    }
  }
  return taps;
}

template <class T>
std::vector<T> resized(const std::vector<T>& from, std::int64_t extent, std::int64_t inner,
                       const std::vector<Taps>& taps) {
  const std::int64_t outer = std::ssize(from) / (extent * inner);
  std::vector<T> result;
  result.reserve(static_cast<std::size_t>(outer * inner) * taps.size());
  for (std::int64_t i = 0; i < outer; ++i) {
    for (const Taps& tap : taps) {
      const T* first = from.data() + (i * extent + tap.first) * inner;
      const T* second = from.data() + (i * extent + tap.second) * inner;
      for (std::int64_t j = 0; j < inner; ++j) {
        if (tap.first == tap.second) {
          result.push_back(first[j]);
        } else {
          const float sum = (1 - tap.weight) * static_cast<float>(first[j]) +
                            tap.weight * static_cast<float>(second[j]);
          result.push_back(static_cast<T>(sum));
        }
      }
    }
  }
  return result;
}

/// Axes that shrink go first, so that no tensor in between is larger than both ends.
void execute_resize(KernelContext& node) {
  const std::vector<double> scales = scales_of(node);
  std::visit(
      [&](const auto& from) {
        auto held = from;
        Shape shape = node.shape(0);
        for (const bool shrinking : {true, false}) {
          for (std::size_t axis = 0; axis < shape.size(); ++axis) {
            const std::int64_t to = node.output_shape(0)[axis];
            if ((to < node.shape(0)[axis]) != shrinking) continue;
            if (to == shape[axis] && scales[axis] == 1) continue;
            std::int64_t inner = 1;
            for (std::size_t i = axis + 1; i < shape.size(); ++i) inner *= shape[i];
            held = resized(held, shape[axis], inner, taps_of(node, axis, scales[axis]));
            shape[axis] = to;
          }
        }
        node.set(0, std::move(held));
      },
      node.input(0));
}

void check_resize(const TypeContext& node) {
  const Attributes& attributes = node.attributes();
  const std::string mode = attributes.string_or("mode", "nearest");
  const std::string transformation = transformation_of(node);
  if (mode != "nearest" && mode != "linear" && mode != "bilinear") {
    TypeContext::unsupported(fmt::format("mode '{}'", mode));
  }
  if (mode != "nearest") check_floats(node);
  if (transformation == "tf_crop_and_resize" || transformation == "half_pixel_symmetric") {
    TypeContext::unsupported(fmt::format("coordinates by '{}'", transformation));
  }
  for (const char* flag : {"antialias", "exclude_outside"}) {
    if (attributes.integer_or(flag, 0) != 0) TypeContext::unsupported(fmt::format("with {}", flag));
  }
  if (element_count(node.shape(0)) == 0) TypeContext::unsupported("of an empty input");
}

}  // namespace

std::vector<Kernel> resize_kernels() {
  return {{"Resize", execute_resize, check_resize}, {"Upsample", execute_resize, check_resize}};
}

}  // namespace mensa::onnx_import
