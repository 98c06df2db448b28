#pragma once

#include <cstdint>

// MACs and parameters of networks by the tables of their publications, for comparison with what
// the importer finds in a file.

namespace mensa::onnx_import {

/// MACs and parameter elements as the layer graph has them: weights, one bias for each channel
/// (a batch norm behind a convolution leaves one), two parameters for each channel of a batch norm
/// that stands alone.
struct Counts {
  std::int64_t macs = 0;
  std::int64_t parameters = 0;

  /// A square convolution of `in` to `out` channels that leaves size x size outputs.
  void conv(std::int64_t out, std::int64_t in, std::int64_t kernel, std::int64_t size,
            std::int64_t groups = 1, bool bias = true) {
    const std::int64_t weights = out * (in / groups) * kernel * kernel;
    macs += weights * size * size;
    parameters += weights + (bias ? out : 0);
  }
  void fully_connected(std::int64_t out, std::int64_t in) {
    macs += out * in;
    parameters += out * in + out;
  }
  void batch_norm(std::int64_t channels) { parameters += 2 * channels; }

  bool operator==(const Counts&) const = default;
};

/// MobileNetV2 1.0 (Sandler et al. 2018, arXiv 1801.04381, Table 2) on 224 x 224; the batch norm of
/// each convolution leaves one bias for each channel.
inline Counts mobilenet_v2() {
  struct Row {
    std::int64_t expansion, channels, blocks, stride;
  };
  Counts counts;
  std::int64_t size = 112;
  counts.conv(32, 3, 3, size);
  std::int64_t in = 32;
  for (const Row& row : {Row{1, 16, 1, 1}, Row{6, 24, 2, 2}, Row{6, 32, 3, 2}, Row{6, 64, 4, 2},
                         Row{6, 96, 3, 1}, Row{6, 160, 3, 2}, Row{6, 320, 1, 1}}) {
    for (std::int64_t block = 0; block < row.blocks; ++block) {
      const std::int64_t wide = row.expansion * in;
      if (row.expansion > 1) counts.conv(wide, in, 1, size);
      if (block == 0) size /= row.stride;
      counts.conv(wide, wide, 3, size, wide);
      counts.conv(row.channels, wide, 1, size);
      in = row.channels;
    }
  }
  counts.conv(1280, in, 1, size);
  counts.fully_connected(1000, 1280);
  return counts;
}

/// DS-CNN, the small one (Zhang et al. 2017, arXiv 1711.07128, Table 8 of its appendix: 64
/// features, 10 x 4 with stride 2, then four of 3 x 3), on 49 frames of 10 coefficients for 12
/// words. Convolutions have a bias, into which their batch norm folds.
inline Counts ds_cnn() {
  constexpr std::int64_t kFeatures = 64;
  constexpr std::int64_t kPlaces = 25 * 5;
  Counts counts;
  const auto convolution = [&](std::int64_t weights) {
    counts.macs += weights * kPlaces;
    counts.parameters += weights + kFeatures;
  };
  convolution(kFeatures * 10 * 4);
  for (int block = 0; block < 4; ++block) {
    convolution(kFeatures * 3 * 3);
    convolution(kFeatures * kFeatures);
  }
  counts.fully_connected(12, kFeatures);
  return counts;
}

/// ResNet-50 (He et al. 2015, arXiv 1512.03385, Table 1) on 224 x 224. The first block of stages 3
/// to 5 halves the image: in its first 1x1 convolution (v1), or in its 3x3 (v1.5).
inline Counts resnet50(bool stride_on_3x3) {
  Counts counts;
  counts.conv(64, 3, 7, 112);
  struct Stage {
    std::int64_t channels;
    std::int64_t blocks;
    std::int64_t size;
  };
  std::int64_t in = 64;
  for (const Stage& stage :
       {Stage{64, 3, 56}, Stage{128, 4, 28}, Stage{256, 6, 14}, Stage{512, 3, 7}}) {
    const std::int64_t out = 4 * stage.channels;
    for (std::int64_t block = 0; block < stage.blocks; ++block) {
      const bool late = stride_on_3x3 && block == 0 && stage.size != 56;
      counts.conv(stage.channels, in, 1, late ? 2 * stage.size : stage.size);
      counts.conv(stage.channels, stage.channels, 3, stage.size);
      counts.conv(out, stage.channels, 1, stage.size);
      if (block == 0) counts.conv(out, in, 1, stage.size);
      in = out;
    }
  }
  counts.fully_connected(1000, 2048);
  return counts;
}

}  // namespace mensa::onnx_import
