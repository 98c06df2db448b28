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
