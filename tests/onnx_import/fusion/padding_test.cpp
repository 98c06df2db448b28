#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "tests/onnx_import/fusion/expressions.h"

namespace mensa::onnx_import {
namespace {

using models::Layer;
using testing::ElementsAre;

const std::vector<std::int64_t> kRing = {0, 0, 1, 1, 0, 0, 1, 1};

/// x [1, 4, 8, 8] padded as `pads` say to "p".
struct Padding : testing::Test {
  void pad(const std::vector<std::int64_t>& pads, const std::string& from = "x") {
    model.input("x", {1, 4, 8, 8}).weights("w", {4, 4, 3, 3}).output("y");
    model.integers("pads", {static_cast<std::int64_t>(pads.size())}, pads);
    model.node("Pad", {from, "pads"}, {"p"}, "pad");
  }
  void pad_with(float value, const std::string& from = "x") {
    pad(kRing, from);
    model.floats("value", {}, {value});
    model.proto().mutable_node()->rbegin()->add_input("value");
  }
  ModelBuilder model;
};

TEST_F(Padding, becomes_part_of_a_convolution) {
  pad({0, 0, 1, 2, 0, 0, 3, 4});
  model.node("Conv", {"p", "w"}, {"y"}, "conv").integers("pads", {1, 0, 0, 0});
  const models::Graph graph = model.import();
  ASSERT_EQ(ops_text(graph), "Conv");
  const Layer& conv = layer_named(graph, "conv");
  EXPECT_THAT(conv.merged, ElementsAre("pad"));
  // Rows: 1 of its own, 1 and 3 of the pad; columns: 2 and 4.
  EXPECT_EQ(output_shape(graph), (std::vector<std::int64_t>{1, 4, 11, 12}));
  EXPECT_EQ(mac_shape(conv).pad_begin, (std::array<std::int64_t, 3>{0, 2, 2}));
  EXPECT_EQ(mac_shape(conv).input_size, (std::array<std::int64_t, 3>{1, 8, 8}));
  EXPECT_EQ(graph.macs(), 4 * 4 * 9 * 11 * 12);
}

TEST_F(Padding, of_explicit_zeros_before_a_valid_convolution) {
  pad_with(0);
  model.node("Conv", {"p", "w"}, {"y"}).string("auto_pad", "VALID");
  EXPECT_EQ(ops_text(model.import()), "Conv");
}

TEST_F(Padding, of_other_values_stays) {
  pad_with(1);
  model.node("Conv", {"p", "w"}, {"y"});
  EXPECT_EQ(ops_text(model.import()), "Pad Conv");
}

TEST_F(Padding, by_reflection_stays) {
  pad(kRing);
  NodeBuilder(*model.proto().mutable_node()->rbegin()).string("mode", "reflect");
  model.node("Conv", {"p", "w"}, {"y"});
  EXPECT_EQ(ops_text(model.import()), "Pad Conv");
}

TEST_F(Padding, of_channels_stays) {
  pad({0, 1, 0, 0, 0, 1, 0, 0});
  model.weights("v", {4, 6, 3, 3});
  model.node("Conv", {"p", "v"}, {"y"});
  EXPECT_EQ(ops_text(model.import()), "Pad Conv");
}

TEST_F(Padding, that_cuts_off_stays) {
  pad({0, 0, -1, 1, 0, 0, 1, 1});
  model.node("Conv", {"p", "w"}, {"y"});
  EXPECT_EQ(ops_text(model.import()), "Pad Conv");
}

TEST_F(Padding, that_two_read_stays) {
  pad(kRing);
  model.node("Conv", {"p", "w"}, {"a"});
  model.node("Conv", {"p", "w"}, {"b"});
  model.node("Add", {"a", "b"}, {"y"});
  EXPECT_EQ(ops_text(model.import()), "Pad Conv Conv+Add");
}

TEST_F(Padding, before_automatic_padding_stays) {
  pad(kRing);
  model.node("Conv", {"p", "w"}, {"y"}).string("auto_pad", "SAME_UPPER");
  EXPECT_EQ(ops_text(model.import()), "Pad Conv");
}

TEST_F(Padding, before_an_average_that_counts_it) {
  pad(kRing);
  model.node("AveragePool", {"p"}, {"y"}).integers("kernel_shape", {2, 2});
  EXPECT_EQ(ops_text(model.import()), "AveragePool");
}

TEST_F(Padding, before_an_average_whose_own_padding_does_not_count) {
  pad(kRing);
  model.node("AveragePool", {"p"}, {"y"})
      .integers("kernel_shape", {2, 2})
      .integers("pads", {1, 1, 0, 0});
  EXPECT_EQ(ops_text(model.import()), "Pad AveragePool");
}

TEST_F(Padding, of_zeros_before_a_maximum_needs_what_is_not_negative) {
  pad(kRing);
  model.node("MaxPool", {"p"}, {"y"}).integers("kernel_shape", {3, 3});
  EXPECT_EQ(ops_text(model.import()), "Pad MaxPool");

  ModelBuilder relu;
  relu.input("x", {1, 4, 8, 8}).output("y").integers("pads", {8}, kRing);
  relu.node("Relu", {"x"}, {"r"});
  relu.node("Pad", {"r", "pads"}, {"p"});
  relu.node("MaxPool", {"p"}, {"y"}).integers("kernel_shape", {3, 3});
  EXPECT_EQ(ops_text(relu.import()), "Relu MaxPool");
}

TEST_F(Padding, of_the_lowest_value_before_a_maximum) {
  pad_with(-std::numeric_limits<float>::infinity());
  model.node("MaxPool", {"p"}, {"y"}).integers("kernel_shape", {3, 3});
  EXPECT_EQ(ops_text(model.import()), "MaxPool");
}

TEST_F(Padding, before_a_maximum_that_counts_from_the_padded_end_stays) {
  pad_with(-std::numeric_limits<float>::infinity());
  model.node("MaxPool", {"p"}, {"y"})
      .integers("kernel_shape", {3, 3})
      .integers("strides", {2, 2})
      .integer("ceil_mode", 1);
  EXPECT_EQ(ops_text(model.import()), "Pad MaxPool");
}

TEST_F(Padding, goes_through_steps_to_integers_and_back) {
  pad(kRing);
  model.floats("scale", {}, {0.1F}).integers("zero", {}, {3}, onnx::TensorProto::UINT8);
  model.integers("w8", {4, 4, 1, 1}, std::vector<std::int64_t>(16, 1), onnx::TensorProto::INT8);
  model.node("QuantizeLinear", {"p", "scale", "zero"}, {"q"});
  model.node("DequantizeLinear", {"q", "scale", "zero"}, {"d"});
  model.node("DequantizeLinear", {"w8", "scale"}, {"wd"});
  model.node("Conv", {"d", "wd"}, {"y"}, "conv");
  const models::Graph graph = model.import();
  EXPECT_EQ(ops_text(graph), "QuantizeLinear Conv+Dequantize");
  EXPECT_EQ(graph.tensor(layer_named(graph, "conv").inputs[0]).shape,
            (std::vector<std::int64_t>{1, 4, 8, 8}));
}

}  // namespace
}  // namespace mensa::onnx_import
