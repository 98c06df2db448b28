#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstddef>

#include "onnx_import/lowering/lowering.h"
#include "onnx_import/lowering/operation_counts.h"
#include "onnx_import/lowering/shared_lowerings.h"
#include "onnx_import/operator_graph/limits.h"

// Operators that move all elements of their input between axes.

namespace mensa::onnx_import {
namespace {

std::int64_t checked_block(const TypeContext& node) {
  const std::int64_t block = node.attributes().integer_or("blocksize", 0);
  if (block < 1 || block > kLongestWindow) {
    TypeContext::fail(fmt::format("blocksize is {}; it must be at least 1", block));
  }
  if (node.shape(0).size() != 4) {
    TypeContext::fail(
        fmt::format("its input has shape {}; batch, channels, height and width are "
                    "needed",
                    fmt::join(node.shape(0), "x")));
  }
  // An axis of 0 is divided by anything; the extents of the others may then exceed all bounds.
  if (element_count(node.shape(0)) == 0) TypeContext::fail("its input is empty");
  return block;
}

std::int64_t divided_axis(std::int64_t extent, std::int64_t divisor) {
  if (extent % divisor != 0) {
    TypeContext::fail(fmt::format("cannot divide an axis of {} by {}", extent, divisor));
  }
  return extent / divisor;
}

void infer_depth_to_space(TypeContext& node) {
  const std::int64_t block = checked_block(node);
  const Shape& data = node.shape(0);
  const std::int64_t channels = divided_axis(divided_axis(data[1], block), block);
  node.set_output(0, node.input(0).type, {data[0], channels, data[2] * block, data[3] * block});
}

void infer_space_to_depth(TypeContext& node) {
  const std::int64_t block = checked_block(node);
  const Shape& data = node.shape(0);
  const std::int64_t height = divided_axis(data[2], block);
  const std::int64_t width = divided_axis(data[3], block);
  node.set_output(0, node.input(0).type, {data[0], data[1] * block * block, height, width});
}

void infer_reverse_sequence(TypeContext& node) {
  if (node.shape(0).size() < 2) TypeContext::fail("its input lacks a batch or a time axis");
  node.set_output(0, node.input(0).type, node.shape(0));
}

std::int64_t checked_count(const Shape& extents) {
  const auto count = element_count(extents);
  if (!count) TypeContext::fail(fmt::format("has extents {}", fmt::join(extents, "x")));
  return *count;
}

/// Blocks of [N, C x block, L] are added up in an image [N, C, ...].
void infer_col2im(TypeContext& node) {
  const Shape& data = node.shape(0);
  const Shape image = node.integers(1, "image shape");
  const std::int64_t block = checked_count(node.integers(2, "block shape"));
  if (data.size() != 3 || block < 1) TypeContext::fail("needs columns of three axes, and a block");
  Shape shape = {data[0], divided_axis(data[1], block)};
  shape.insert(shape.end(), image.begin(), image.end());
  node.set_output(0, node.input(0).type, std::move(shape));
}

/// One addition for each element that comes in.
void lower_col2im(LayerContext& node) {
  const std::int64_t out = node.output_elements(0);
  node.add_vector_layer_of({0}, (node.elements(0) + out - 1) / out * kArithmetic);
}

}  // namespace

Lowering rearranging_lowering() {
  return {"",
          {{"DepthToSpace", infer_depth_to_space, lower_move},
           {"SpaceToDepth", infer_space_to_depth, lower_move},
           {"ReverseSequence", infer_reverse_sequence, lower_move},
           {"Col2Im", infer_col2im, lower_col2im}}};
}

}  // namespace mensa::onnx_import
