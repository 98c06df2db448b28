#include "tests/support/zoo.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "tests/onnx_import/model_builder.h"
#include "tests/onnx_import/networks/counts.h"

namespace mensa::onnx_import {
namespace {

using models::Layer;
using testing::HasSubstr;

models::Graph import_zoo(const std::string& name) {
  return import_file(std::string(MENSA_SOURCE_DIR) + "/models/zoo/" + name + ".onnx");
}

class ZooCounts : public testing::TestWithParam<ZooNetwork> {};

/// Batch norms folded: each leaves one bias for each channel, or nothing where there is one.
TEST_P(ZooCounts, equal_the_independent_ones) {
  const models::Graph graph = import_file(GetParam().file);
  EXPECT_EQ(graph.macs(), GetParam().counts.at("macs"));
  EXPECT_EQ(graph.parameter_elements(), GetParam().counts.at("parameters_folded"));
  EXPECT_THAT(graph.notes(), testing::Contains(HasSubstr("weightless model")));
}

INSTANTIATE_TEST_SUITE_P(Zoo, ZooCounts, testing::ValuesIn(read_zoo()),
                         [](const auto& each) { return each.param.name; });

TEST(Zoo, resnet50_has_the_macs_of_its_publications_table) {
  const models::Graph graph = import_zoo("resnet50");
  EXPECT_EQ(graph.macs(), 3'857'973'248);  // version 1: the stride is on the first 1x1
  const Counts table = resnet50(false);
  EXPECT_EQ(graph.macs(), table.macs);
  EXPECT_EQ(graph.parameter_elements(), table.parameters);
  EXPECT_EQ(graph.layers().size(), 57U);  // 53 convolutions, a product, 2 pools and Softmax
}

TEST(Zoo, mobilenet_v2_and_ds_cnn_have_the_counts_of_their_publications_tables) {
  for (const auto& [name, table] :
       {std::pair("mobilenet_v2", mobilenet_v2()), std::pair("ds_cnn", ds_cnn())}) {
    const models::Graph graph = import_zoo(name);
    EXPECT_EQ(graph.macs(), table.macs) << name;
    EXPECT_EQ(graph.parameter_elements(), table.parameters) << name;
  }
}

TEST(Zoo, mobilenet_v2_fuses_all_but_pool_and_softmax) {
  const models::Graph graph = import_zoo("mobilenet_v2");
  EXPECT_EQ(graph.macs(), 300'774'272);
  EXPECT_EQ(graph.layers().size(), 55U);
  const auto residuals = std::count_if(
      graph.layers().begin(), graph.layers().end(),
      [](const Layer& layer) { return fused_text(layer) == "BatchNormalization:1 Add:1"; });
  EXPECT_EQ(residuals, 10);  // 17 blocks less those that change stride or channels
  EXPECT_EQ(fused_text(layer_named(graph, "block1/depthwise/conv")), "BatchNormalization:1 Clip:2");
}

TEST(Zoo, lstm_acoustic_is_five_triples) {
  const models::Graph graph = import_zoo("lstm_acoustic");
  EXPECT_EQ(graph.recurrences().size(), 5U);
  EXPECT_EQ(graph.layers().size(), 17U);
  const auto batchable = std::count_if(graph.layers().begin(), graph.layers().end(),
                                       [](const Layer& layer) { return layer.time_batchable; });
  EXPECT_EQ(batchable, 5);
  // 100 frames x 4 x 500 x (320 + 500 + 4 x (500 + 500)), and 100 x 500 x 42.
  EXPECT_EQ(graph.macs(), 100LL * 2000 * (820 + 4000) + 100LL * 500 * 42);
  // Two biases for each of 4 gates of 500.
  EXPECT_EQ(graph.parameter_elements(), 2000 * (820 + 4000) + 5 * 2 * 2000 + 500 * 42 + 42);
}

struct Rnnt : testing::Test {
  [[nodiscard]] std::int64_t steps_of(const std::string& recurrence) const {
    for (const auto& each : graph.recurrences()) {
      if (each.name == recurrence) return each.steps;
    }
    return 0;
  }
  models::Graph graph = import_zoo("rnnt");
};

TEST_F(Rnnt, has_five_encoder_recurrences_and_two_of_the_decoder) {
  EXPECT_EQ(graph.recurrences().size(), 7U);
  EXPECT_EQ(steps_of("encoder/pre1/lstm"), 200);
  EXPECT_EQ(steps_of("encoder/post3/lstm"), 100);
  EXPECT_EQ(steps_of("decode_symbols"), 40);
  EXPECT_EQ(steps_of("decode_blanks"), 100);
}

TEST_F(Rnnt, macs_follow_from_its_calls) {
  const std::int64_t encoder = 200LL * 4096 * (240 + 1024) + 200LL * 4096 * (1024 + 1024) +
                               100LL * 4096 * (2048 + 1024) + 2 * 100LL * 4096 * (1024 + 1024);
  const std::int64_t prediction = 40LL * 2 * 1280 * (320 + 320);
  const std::int64_t joint = 140LL * (1344 * 512 + 512 * 29);
  EXPECT_EQ(graph.macs(), encoder + prediction + joint);
}

/// Five LSTMs of 1024, two of 320, 29 symbols; each gate with two biases.
TEST_F(Rnnt, parameters_follow_from_its_layers) {
  const std::int64_t encoder =
      4096LL * (240 + 1024 + 1024 + 1024 + 2048 + 1024 + 2 * (1024 + 1024)) + 5 * 2 * 4096;
  const std::int64_t prediction = 29 * 320 + 2 * (1280 * (320 + 320) + 2 * 1280);
  const std::int64_t joint = 1344 * 512 + 512 + 512 * 29 + 29;
  EXPECT_EQ(graph.parameter_elements(), encoder + prediction + joint);
}

TEST_F(Rnnt, decoder_is_never_time_batchable) {
  for (const Layer& layer : graph.layers()) {
    const bool decodes = layer.name.starts_with("decode_");
    const bool input_product = layer.name.ends_with("/input_product");
    EXPECT_EQ(layer.time_batchable, !decodes && input_product) << layer.name;
  }
}

TEST_F(Rnnt, decoder_layers_stand_together) {
  const auto& order = graph.topological_order();
  std::vector<std::string> runs;
  for (const models::LayerId id : order) {
    const Layer& layer = graph.layer(id);
    const std::string name = layer.recurrence ? graph.recurrence(*layer.recurrence).name : "none";
    if (runs.empty() || runs.back() != name) runs.push_back(name);
  }
  EXPECT_EQ(std::count(runs.begin(), runs.end(), "decode_symbols"), 1);
  EXPECT_EQ(std::count(runs.begin(), runs.end(), "decode_blanks"), 1);
  EXPECT_EQ(runs.back(), "decode_blanks");
}

TEST_F(Rnnt, both_loops_share_the_joint_network) {
  EXPECT_EQ(layer_named(graph, "decode_symbols/joint/hidden").parameters,
            layer_named(graph, "decode_blanks/joint/hidden").parameters);
}

TEST_F(Rnnt, time_stacking_of_one_utterance_moves_nothing) {
  const auto stacked = layer_named(graph, "encoder/post1/lstm/input_product").inputs;
  EXPECT_EQ(stacked, std::vector{layer_named(graph, "encoder/pre2/lstm/gates").outputs[0]});
}

}  // namespace
}  // namespace mensa::onnx_import
