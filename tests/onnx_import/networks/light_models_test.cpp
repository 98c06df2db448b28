// The nine networks of the ONNX project's tests without their weights (light_*.onnx), where their
// folder is given: MENSA_MODEL_DIR=FOLDER ctest ... Each is compared with the table of its
// publication; sizes are those of the files, which pad and round as Caffe2 did.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/onnx_import/model_builder.h"
#include "tests/onnx_import/networks/counts.h"

namespace mensa::onnx_import {
namespace {

class LightModels : public testing::Test {
 protected:
  void SetUp() override {
    const char* folder = std::getenv("MENSA_MODEL_DIR");
    if (folder == nullptr) GTEST_SKIP() << "MENSA_MODEL_DIR is not set: no light_*.onnx to import";
    folder_ = folder;
  }

  void expect(const std::string& name, const Counts& table, std::int64_t macs) const {
    const models::Graph graph = import_file(folder_ / ("light_" + name + ".onnx"));
    EXPECT_EQ(table.macs, macs);
    EXPECT_EQ(graph.macs(), table.macs);
    EXPECT_EQ(graph.parameter_elements(), table.parameters);
    EXPECT_THAT(graph.notes(), testing::Contains(testing::HasSubstr("weightless model")));
  }

 private:
  std::filesystem::path folder_;
};

/// Krizhevsky et al. 2012, as in Caffe's bvlc_alexnet. This file takes 224 x 224 without padding:
/// 54, 26 and 12 outputs.
TEST_F(LightModels, alexnet) {
  Counts counts;
  counts.conv(96, 3, 11, 54);
  counts.conv(256, 96, 5, 26, 2);
  counts.conv(384, 256, 3, 12);
  counts.conv(384, 384, 3, 12, 2);
  counts.conv(256, 384, 3, 12, 2);
  counts.fully_connected(4096, 256L * 6 * 6);
  counts.fully_connected(4096, 4096);
  counts.fully_connected(1000, 4096);
  expect("bvlc_alexnet", counts, 654'560'384);
}

/// Zeiler and Fergus 2013 with 512 channels in the last three convolutions.
TEST_F(LightModels, zfnet512) {
  Counts counts;
  counts.conv(96, 3, 7, 109);
  counts.conv(256, 96, 5, 25);
  counts.conv(512, 256, 3, 12);
  counts.conv(512, 512, 3, 12);
  counts.conv(512, 512, 3, 12);
  counts.fully_connected(4096, 512L * 6 * 6);
  counts.fully_connected(1024, 4096);
  counts.fully_connected(1000, 1024);
  expect("zfnet512", counts, 1'481'727'008);
}

/// Simonyan and Zisserman 2014 (arXiv 1409.1556), Table 1, column E.
TEST_F(LightModels, vgg19) {
  Counts counts;
  std::int64_t in = 3;
  std::int64_t size = 224;
  for (const auto& [channels, convolutions] :
       {std::pair{64, 2}, {128, 2}, {256, 4}, {512, 4}, {512, 4}}) {
    for (int i = 0; i < convolutions; ++i) {
      counts.conv(channels, in, 3, size);
      in = channels;
    }
    size /= 2;
  }
  counts.fully_connected(4096, 512L * 7 * 7);
  counts.fully_connected(4096, 4096);
  counts.fully_connected(1000, 4096);
  expect("vgg19", counts, 19'632'062'464);
}

/// This file has the stride on the 3x3 convolution.
TEST_F(LightModels, resnet50_v1_5) { expect("resnet50", resnet50(true), 4'089'184'256); }

/// Iandola et al. 2016 (arXiv 1602.07360), version 1.1 of the authors' repository.
TEST_F(LightModels, squeezenet) {
  Counts counts;
  counts.conv(64, 3, 3, 111);
  std::int64_t in = 64;
  const auto fire = [&](std::int64_t squeeze, std::int64_t expand, std::int64_t size) {
    counts.conv(squeeze, in, 1, size);
    counts.conv(expand, squeeze, 1, size);
    counts.conv(expand, squeeze, 3, size);
    in = 2 * expand;
  };
  fire(16, 64, 55);
  fire(16, 64, 55);
  fire(32, 128, 27);
  fire(32, 128, 27);
  fire(48, 192, 13);
  fire(48, 192, 13);
  fire(64, 256, 13);
  fire(64, 256, 13);
  counts.conv(1000, in, 1, 13);
  expect("squeezenet", counts, 349'151'936);
}

/// Szegedy et al. 2014 (arXiv 1409.4842), Table 1. This file rounds sizes down: 55, 27, 13, 6.
TEST_F(LightModels, inception_v1) {
  struct Module {
    std::int64_t size, one, reduce3, three, reduce5, five, pool;
  };
  constexpr std::array kModules = {
      Module{27, 64, 96, 128, 16, 32, 32},     Module{27, 128, 128, 192, 32, 96, 64},
      Module{13, 192, 96, 208, 16, 48, 64},    Module{13, 160, 112, 224, 24, 64, 64},
      Module{13, 128, 128, 256, 24, 64, 64},   Module{13, 112, 144, 288, 32, 64, 64},
      Module{13, 256, 160, 320, 32, 128, 128}, Module{6, 256, 160, 320, 32, 128, 128},
      Module{6, 384, 192, 384, 48, 128, 128},
  };
  Counts counts;
  counts.conv(64, 3, 7, 112);
  counts.conv(64, 64, 1, 55);
  counts.conv(192, 64, 3, 55);
  std::int64_t in = 192;
  for (const Module& module : kModules) {
    counts.conv(module.one, in, 1, module.size);
    counts.conv(module.reduce3, in, 1, module.size);
    counts.conv(module.three, module.reduce3, 3, module.size);
    counts.conv(module.reduce5, in, 1, module.size);
    counts.conv(module.five, module.reduce5, 5, module.size);
    counts.conv(module.pool, in, 1, module.size);
    in = module.one + module.three + module.five + module.pool;
  }
  counts.fully_connected(1000, 1024);
  expect("inception_v1", counts, 1'431'556'352);
}

/// Ioffe and Szegedy 2015 (arXiv 1502.03167), Figure 5: two 3x3 in place of the 5x5, and modules
/// with stride 2 that pool beside their convolutions.
TEST_F(LightModels, inception_v2) {
  struct Module {
    std::int64_t size, one, reduce3, three, reduce_double, double3, pool;
    bool halves = false;
  };
  constexpr std::array kModules = {
      Module{28, 64, 64, 64, 64, 96, 32},       Module{28, 64, 64, 96, 64, 96, 64},
      Module{28, 0, 128, 160, 64, 96, 0, true}, Module{14, 224, 64, 96, 96, 128, 128},
      Module{14, 192, 96, 128, 96, 128, 128},   Module{14, 160, 128, 160, 128, 160, 96},
      Module{14, 96, 128, 192, 160, 192, 96},   Module{14, 0, 128, 192, 192, 256, 0, true},
      Module{7, 352, 192, 320, 160, 224, 128},  Module{7, 352, 192, 320, 192, 224, 128},
  };
  Counts counts;
  counts.conv(64, 3, 7, 112);
  counts.conv(64, 64, 1, 56);
  counts.conv(192, 64, 3, 56);
  std::int64_t in = 192;
  for (const Module& module : kModules) {
    const std::int64_t out_size = module.halves ? module.size / 2 : module.size;
    if (module.one > 0) counts.conv(module.one, in, 1, module.size);
    counts.conv(module.reduce3, in, 1, module.size);
    counts.conv(module.three, module.reduce3, 3, out_size);
    counts.conv(module.reduce_double, in, 1, module.size);
    counts.conv(module.double3, module.reduce_double, 3, module.size);
    counts.conv(module.double3, module.double3, 3, out_size);
    if (module.pool > 0) counts.conv(module.pool, in, 1, module.size);
    const std::int64_t pooled = module.halves ? in : module.pool;
    in = module.one + module.three + module.double3 + pooled;
  }
  counts.fully_connected(1000, 1024);
  expect("inception_v2", counts, 2'018'851'840);
}

/// Huang et al. 2016 (arXiv 1608.06993), Table 1, DenseNet-121. Batch norms stand before the
/// convolutions; only the one behind each bottleneck's first convolution folds into it.
TEST_F(LightModels, densenet121) {
  constexpr std::int64_t kGrowth = 32;
  Counts counts;
  counts.conv(64, 3, 7, 112);
  std::int64_t channels = 64;
  std::int64_t size = 56;
  for (const int layers : {6, 12, 24, 16}) {
    for (int i = 0; i < layers; ++i) {
      counts.batch_norm(channels);
      counts.conv(4 * kGrowth, channels, 1, size);
      counts.conv(kGrowth, 4 * kGrowth, 3, size, 1, false);
      channels += kGrowth;
    }
    counts.batch_norm(channels);
    if (size == 7) break;
    counts.conv(channels / 2, channels, 1, size, 1, false);
    channels /= 2;
    size /= 2;
  }
  counts.conv(1000, channels, 1, 1);
  expect("densenet121", counts, 2'834'161'664);
}

/// Zhang et al. 2017 (arXiv 1707.01083) with 4 groups, half the channels of Table 1's 272, and
/// bottlenecks as wide as the units' outputs.
TEST_F(LightModels, shufflenet) {
  constexpr std::int64_t kGroups = 4;
  Counts counts;
  counts.conv(24, 3, 3, 112);
  std::int64_t in = 24;
  std::int64_t size = 56;
  for (const auto& [out, units] : {std::pair{136, 4}, {272, 8}, {544, 4}}) {
    for (int unit = 0; unit < units; ++unit) {
      // The first unit halves the image and stands beside its pooled input.
      const std::int64_t width = unit == 0 ? out - in : out;
      counts.conv(width, in, 1, size, kGroups);
      if (unit == 0) size /= 2;
      counts.conv(width, width, 3, size, width);
      counts.conv(width, width, 1, size, kGroups);
      in = out;
    }
  }
  counts.fully_connected(1000, in);
  expect("shufflenet", counts, 124'664'528);
}

}  // namespace
}  // namespace mensa::onnx_import
