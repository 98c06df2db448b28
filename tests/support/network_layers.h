#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "models/graph/problem_shape.h"

namespace mensa::test {

/// A square 2-D convolution of `groups` groups, padded as networks do: output = ceil(input /
/// stride). `channels` and `filters` are of one group.
inline models::ProblemShape padded_conv(std::int64_t filters, std::int64_t channels,
                                        std::int64_t input, std::int64_t kernel,
                                        std::int64_t stride, std::int64_t groups = 1) {
  using models::Dim;
  using models::index;
  models::ProblemShape shape;
  const std::int64_t output = (input + stride - 1) / stride;
  shape.bounds[index(Dim::G)] = groups;
  shape.bounds[index(Dim::K)] = filters;
  shape.bounds[index(Dim::C)] = channels;
  shape.bounds[index(Dim::P)] = shape.bounds[index(Dim::Q)] = output;
  shape.bounds[index(Dim::R)] = shape.bounds[index(Dim::S)] = kernel;
  shape.stride = {1, stride, stride};
  shape.pad_begin = {0, kernel / 2, kernel / 2};
  shape.input_size = {1, input, input};
  return shape;
}

/// All 54 layers with weights of ResNet-50 (He et al., arXiv 1512.03385, table 1; the stride of a
/// stage in its first 3x3, as the v1.5 that everybody measures), in order, at 224 x 224 and
/// batch 1.
inline std::vector<models::ProblemShape> resnet50_layers() {
  std::vector<models::ProblemShape> layers = {padded_conv(64, 3, 224, 7, 2)};
  std::int64_t channels = 64;
  std::int64_t input = 56;
  const std::vector<std::int64_t> blocks = {3, 4, 6, 3};
  for (std::size_t stage = 0; stage < blocks.size(); ++stage) {
    const std::int64_t width = std::int64_t{64} << stage;
    for (std::int64_t block = 0; block < blocks[stage]; ++block) {
      const std::int64_t stride = block == 0 && stage > 0 ? 2 : 1;
      layers.push_back(padded_conv(width, channels, input, 1, 1));
      layers.push_back(padded_conv(width, width, input, 3, stride));
      layers.push_back(padded_conv(width * 4, width, input / stride, 1, 1));
      if (block == 0) layers.push_back(padded_conv(width * 4, channels, input, 1, stride));
      channels = width * 4;
      input /= stride;
    }
  }
  layers.push_back(models::gemm_shape(1, 1000, 2048));
  return layers;
}

/// All 53 layers with weights of MobileNetV2 (Sandler et al., arXiv 1801.04381, table 2), in order,
/// at 224 x 224, width 1 and batch 1.
inline std::vector<models::ProblemShape> mobilenet_v2_layers() {
  struct Stage {
    std::int64_t expansion;
    std::int64_t channels;
    std::int64_t blocks;
    std::int64_t stride;
  };
  const std::vector<Stage> stages = {{1, 16, 1, 1}, {6, 24, 2, 2},  {6, 32, 3, 2}, {6, 64, 4, 2},
                                     {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1}};
  std::vector<models::ProblemShape> layers = {padded_conv(32, 3, 224, 3, 2)};
  std::int64_t channels = 32;
  std::int64_t input = 112;
  for (const Stage& stage : stages) {
    for (std::int64_t block = 0; block < stage.blocks; ++block) {
      const std::int64_t stride = block == 0 ? stage.stride : 1;
      const std::int64_t width = channels * stage.expansion;
      if (stage.expansion > 1) layers.push_back(padded_conv(width, channels, input, 1, 1));
      layers.push_back(padded_conv(1, 1, input, 3, stride, width));
      input /= stride;
      layers.push_back(padded_conv(stage.channels, width, input, 1, 1));
      channels = stage.channels;
    }
  }
  layers.push_back(padded_conv(1280, channels, input, 1, 1));
  layers.push_back(models::gemm_shape(1, 1000, 1280));
  return layers;
}

/// Each shape once, in order of first appearance.
inline std::vector<models::ProblemShape> distinct(const std::vector<models::ProblemShape>& layers) {
  std::vector<models::ProblemShape> once;
  for (const models::ProblemShape& layer : layers) {
    if (std::find(once.begin(), once.end(), layer) == once.end()) once.push_back(layer);
  }
  return once;
}

}  // namespace mensa::test
