#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>

#include "onnx_import/lowering/lowering.h"
#include "onnx_import/lowering/operation_counts.h"
#include "onnx_import/operator_graph/limits.h"

// Operators that interpolate their input at computed places.

namespace mensa::onnx_import {
namespace {

/// Neighbours of a place between the elements of `axes` axes, `per_axis` along each.
std::int64_t neighbours(std::size_t axes, std::int64_t per_axis) {
  std::int64_t product = 1;
  for (std::size_t i = 0; i < axes; ++i) product *= per_axis;
  return product;
}

/// Image [N, C, ...], grid [N, ..., spatial axes]: a place for each element of the result.
void infer_grid_sample(TypeContext& node) {
  const Shape& image = node.shape(0);
  const Shape& grid = node.shape(1);
  const bool fits = image.size() >= 4 && image.size() <= 5 && grid.size() == image.size() &&
                    image[0] == grid[0] && grid.back() == std::ssize(image) - 2;
  if (!fits) {
    TypeContext::fail(fmt::format("a grid of shape {} does not fit an image of shape {}",
                                  fmt::join(grid, "x"), fmt::join(image, "x")));
  }
  Shape shape = {image[0], image[1]};
  shape.insert(shape.end(), grid.begin() + 1, grid.end() - 1);
  node.set_output(0, node.input(0).type, std::move(shape));
}

void lower_grid_sample(LayerContext& node) {
  const std::string mode = node.attributes().string_or("mode", "linear");
  const bool cubic = mode == "cubic" || mode == "bicubic";
  const std::int64_t per_axis = mode == "nearest" ? 1 : cubic ? 4 : 2;
  const std::size_t axes = node.shape(0).size() - 2;
  node.add_vector_layer_of({0, 1}, interpolation_operations(neighbours(axes, per_axis)));
}

/// Matrices [N, 2, 3] or [N, 3, 4]; a size [N, C, H, W] or [N, C, D, H, W].
void infer_affine_grid(TypeContext& node) {
  const Shape& theta = node.shape(0);
  const Shape size = node.integers(1, "size");
  const std::int64_t axes = std::ssize(size) - 2;
  if (axes < 2 || axes > 3 || theta != Shape{size[0], axes, axes + 1}) {
    TypeContext::fail(fmt::format("matrices of shape {} do not fit a size of [{}]",
                                  fmt::join(theta, "x"), fmt::join(size, ", ")));
  }
  Shape shape = {size[0]};
  shape.insert(shape.end(), size.begin() + 2, size.end());
  shape.push_back(axes);
  node.set_output(0, node.input(0).type, std::move(shape));
}

/// A product with a row of the matrix for each coordinate.
void lower_affine_grid(LayerContext& node) {
  node.add_vector_layer_of({0}, 2 * node.shape(0).back());
}

std::int64_t checked_extent(const TypeContext& node, const char* attribute) {
  const std::int64_t extent = node.attributes().integer_or(attribute, 1);
  if (extent >= 1 && extent <= kLongestWindow) return extent;
  TypeContext::fail(fmt::format("{} is {}; it must be at least 1", attribute, extent));
}

void set_regions(TypeContext& node, std::int64_t height, std::int64_t width) {
  const Shape& image = node.shape(0);
  const Shape& regions = node.shape(1);
  if (image.size() != 4 || regions.size() != 2 || regions[1] != 4) {
    TypeContext::fail(fmt::format("regions of shape {} do not fit an image of shape {}",
                                  fmt::join(regions, "x"), fmt::join(image, "x")));
  }
  node.set_output(0, node.input(0).type, {regions[0], image[1], height, width});
}

/// Where sampling_ratio is 0, runtimes take more samples the larger a region is, which is only
/// known then. 2 x 2 is what detection networks set (He et al., Mask R-CNN, 2017).
constexpr std::int64_t kUsualSamplingRatio = 2;

void infer_roi_align(TypeContext& node) {
  const std::int64_t ratio = node.attributes().integer_or("sampling_ratio", 0);
  if (ratio < 0 || ratio > kLongestWindow) TypeContext::fail("its sampling_ratio is negative");
  set_regions(node, checked_extent(node, "output_height"), checked_extent(node, "output_width"));
  if (ratio == 0) {
    node.approximate(
        fmt::format("node '{}' (RoiAlign): as many samples as a region needs; {} x {} are "
                    "counted for each result",
                    node.node().name, kUsualSamplingRatio, kUsualSamplingRatio));
  }
}

void lower_roi_align(LayerContext& node) {
  std::int64_t ratio = node.attributes().integer_or("sampling_ratio", 0);
  if (ratio == 0) ratio = kUsualSamplingRatio;
  const std::int64_t samples = std::min(ratio * ratio, kMostElements);
  node.add_vector_layer_of({0, 1}, samples * interpolation_operations(neighbours(2, 2)));
}

}  // namespace

Lowering sampling_lowering() {
  return {"",
          {{"GridSample", infer_grid_sample, lower_grid_sample},
           {"AffineGrid", infer_affine_grid, lower_affine_grid},
           {"RoiAlign", infer_roi_align, lower_roi_align}}};
}

}  // namespace mensa::onnx_import
