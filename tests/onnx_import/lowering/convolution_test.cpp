#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/onnx_import/model_builder.h"

namespace mensa::onnx_import {
namespace {

using models::Dim;
using models::MacOperand;
using testing::ElementsAre;
using testing::HasSubstr;

struct Convolution : testing::Test {
  /// A Conv of the given input and weights; attributes are added to `node`.
  void build(const std::vector<std::int64_t>& input, const std::vector<std::int64_t>& weights) {
    model.input("x", input).output("y").weights("w", weights);
  }
  NodeBuilder conv() { return model.node("Conv", {"x", "w"}, {"y"}, "conv"); }
  void import() {
    graph.emplace(model.import());
    layer = &layer_named(*graph, "conv");
  }
  [[nodiscard]] std::int64_t bound(Dim dim) const { return mac_shape(*layer).bound(dim); }

  ModelBuilder model;
  std::optional<models::Graph> graph;
  const models::Layer* layer = nullptr;
};

TEST_F(Convolution, of_an_image) {
  build({1, 3, 224, 224}, {64, 3, 7, 7});
  conv().integers("strides", {2, 2}).integers("pads", {3, 3, 3, 3});
  import();
  EXPECT_THAT(output_shape(*graph), ElementsAre(1, 64, 112, 112));  // (224 + 6 - 7) / 2 + 1
  EXPECT_EQ(mac_shape(*layer).to_string(), "K=64 C=3 P=112 Q=112 R=7 S=7 stride=2x2");
  EXPECT_THAT(mac_shape(*layer).pad_begin, ElementsAre(0, 3, 3));
  EXPECT_THAT(mac_shape(*layer).input_size, ElementsAre(1, 224, 224));
  EXPECT_EQ(graph->macs(), 118013952);  // 64 x 112 x 112 x 3 x 7 x 7
  EXPECT_THAT(names_of(*graph, layer->parameters), ElementsAre("w"));
}

TEST_F(Convolution, with_asymmetric_pads_and_dilation) {
  build({2, 4, 10, 12}, {6, 4, 3, 2});
  conv().integers("pads", {0, 1, 2, 0}).integers("dilations", {2, 3}).integers("strides", {1, 2});
  import();
  // Height: 10 + 0 + 2 - 5 + 1 = 8; width: (12 + 1 + 0 - 4) / 2 + 1 = 5.
  EXPECT_THAT(output_shape(*graph), ElementsAre(2, 6, 8, 5));
  EXPECT_EQ(bound(Dim::N), 2);
  EXPECT_THAT(mac_shape(*layer).pad_begin, ElementsAre(0, 0, 1));
  EXPECT_THAT(mac_shape(*layer).dilation, ElementsAre(1, 2, 3));
  EXPECT_EQ(graph->macs(), 2 * 6 * 8 * 5 * 4 * 3 * 2);
}

TEST_F(Convolution, in_groups_has_channels_per_group) {
  build({1, 96, 26, 26}, {256, 48, 5, 5});
  conv().integer("group", 2).integers("pads", {2, 2, 2, 2});
  import();
  EXPECT_EQ(mac_shape(*layer).to_string(), "G=2 K=128 C=48 P=26 Q=26 R=5 S=5");
  EXPECT_EQ(graph->macs(), 256 * 48 * 25 * 26 * 26);
  EXPECT_EQ(mac_shape(*layer).elements(MacOperand::kWeights), 256 * 48 * 25);
}

TEST_F(Convolution, depthwise_has_one_channel_per_group) {
  build({1, 32, 14, 14}, {64, 1, 3, 3});  // a channel multiplier of 2
  conv().integer("group", 32).integers("pads", {1, 1, 1, 1});
  import();
  EXPECT_EQ(bound(Dim::G), 32);
  EXPECT_EQ(bound(Dim::K), 2);
  EXPECT_EQ(bound(Dim::C), 1);
  EXPECT_EQ(graph->macs(), 64 * 9 * 14 * 14);
}

TEST_F(Convolution, along_one_axis_slides_over_the_width) {
  build({1, 8, 100}, {16, 8, 5});
  conv().integers("strides", {3});
  import();
  EXPECT_THAT(output_shape(*graph), ElementsAre(1, 16, 32));  // (100 - 5) / 3 + 1
  EXPECT_EQ(mac_shape(*layer).to_string(), "K=16 C=8 Q=32 S=5 stride=1x3");
}

TEST_F(Convolution, of_a_volume) {
  build({1, 2, 8, 16, 16}, {4, 2, 3, 3, 3});
  conv().integers("pads", {1, 1, 1, 1, 1, 1}).integers("strides", {2, 1, 1});
  import();
  EXPECT_THAT(output_shape(*graph), ElementsAre(1, 4, 4, 16, 16));
  EXPECT_EQ(mac_shape(*layer).to_string(), "K=4 C=2 D=4 P=16 Q=16 T=3 R=3 S=3 stride=2x1x1");
  EXPECT_EQ(graph->macs(), 4 * 2 * 27 * 4 * 16 * 16);
}

TEST_F(Convolution, pads_to_the_same_size_at_either_end) {
  for (const bool upper : {true, false}) {
    ModelBuilder same;
    same.input("x", {1, 1, 10, 11}).output("y").weights("w", {1, 1, 4, 3});
    same.node("Conv", {"x", "w"}, {"y"}, "conv")
        .string("auto_pad", upper ? "SAME_UPPER" : "SAME_LOWER")
        .integers("strides", {1, 2});
    const models::Graph imported = same.import();
    EXPECT_THAT(output_shape(imported), ElementsAre(1, 1, 10, 6));
    // Height: 3 in all, the odd one at the end or the beginning; width: 5 x 2 + 3 - 11 = 2.
    EXPECT_THAT(mac_shape(layer_named(imported, "conv")).pad_begin,
                ElementsAre(0, upper ? 1 : 2, 1));
  }
}

TEST_F(Convolution, without_padding_by_name) {
  build({1, 1, 10, 10}, {1, 1, 3, 3});
  conv().string("auto_pad", "VALID").integers("pads", {9, 9, 9, 9});
  import();
  EXPECT_THAT(output_shape(*graph), ElementsAre(1, 1, 8, 8));
}

TEST_F(Convolution, bias_is_fused) {
  model.input("x", {1, 4, 5, 5}).output("y").weights("w", {8, 4, 1, 1}).weights("b", {8});
  model.node("Conv", {"x", "w", "b"}, {"y"}, "conv");
  import();
  ASSERT_EQ(fused_text(*layer), "Bias:1");
  EXPECT_THAT(names_of(*graph, layer->epilogue[0].parameters), ElementsAre("b"));
  EXPECT_EQ(layer->epilogue[0].work.elements_out, 200);
  EXPECT_EQ(graph->parameter_elements(), 32 + 8);
}

TEST_F(Convolution, of_contrib_brings_a_sum_and_an_activation) {
  model.input("x", {1, 4, 5, 5}).input("z", {1, 8, 5, 5}).output("y").weights("w", {8, 4, 1, 1});
  model.node("FusedConv", {"x", "w", "", "z"}, {"y"}, "conv")
      .domain("com.microsoft")
      .string("activation", "Relu");
  import();
  EXPECT_EQ(fused_text(*layer), "Add:1 Relu:1");
  EXPECT_THAT(names_of(*graph, layer->epilogue[0].extra_inputs), ElementsAre("z"));
}

TEST_F(Convolution, weights_may_be_activations) {
  model.input("x", {1, 4, 5, 5}).input("w", {8, 4, 1, 1}).output("y");
  model.node("Conv", {"x", "w"}, {"y"}, "conv");
  import();
  EXPECT_THAT(names_of(*graph, layer->inputs), ElementsAre("x", "w"));
  EXPECT_TRUE(layer->parameters.empty());
}

TEST_F(Convolution, refuses_what_does_not_fit) {
  build({1, 4, 5, 5}, {8, 3, 1, 1});
  conv();
  EXPECT_EQ(model.import_error(),
            "node 'conv' (Conv): 4 input channels in 1 group(s) do not fit weights of shape "
            "8x3x1x1 (output channels, input channels per group, kernel)");
}

TEST_F(Convolution, refuses_a_kernel_larger_than_the_padded_input) {
  build({1, 1, 5, 5}, {1, 1, 8, 1});
  conv().integers("pads", {1, 0, 1, 0});
  EXPECT_EQ(model.import_error(),
            "node 'conv' (Conv): the kernel spans 8 positions, but the padded input has only 7");
}

TEST_F(Convolution, takes_a_kernel_as_large_as_the_padded_input) {
  build({1, 1, 5, 5}, {1, 1, 7, 5});
  conv().integers("pads", {1, 0, 1, 0});
  import();
  EXPECT_THAT(output_shape(*graph), ElementsAre(1, 1, 1, 1));
}

TEST(ConvolutionAttributes, are_checked) {
  const auto error_with = [](const std::string& name, const std::vector<std::int64_t>& values) {
    ModelBuilder model;
    model.input("x", {1, 1, 5, 5}).output("y").weights("w", {1, 1, 3, 3});
    model.node("Conv", {"x", "w"}, {"y"}, "conv").integers(name, values);
    return model.import_error();
  };
  EXPECT_THAT(error_with("strides", {1}), HasSubstr("strides has 1 values; 2 are needed"));
  EXPECT_THAT(error_with("strides", {0, 1}), HasSubstr("strides is 0x1; each must be at least 1"));
  EXPECT_THAT(error_with("dilations", {-1, 1}), HasSubstr("dilations is -1x1"));
  EXPECT_THAT(error_with("pads", {0, 0, 0, -1}), HasSubstr("each must be at least 0"));
  EXPECT_THAT(error_with("pads", {0, 0, 0, std::int64_t{1} << 62}), HasSubstr("at most 2^31"));
  EXPECT_THAT(error_with("dilations", {std::int64_t{1} << 31, 1}), HasSubstr("exceeds 2^31"));
  EXPECT_THAT(error_with("kernel_shape", {5, 5}),
              HasSubstr("kernel_shape is 5x5, but the weights have 3x3"));
}

}  // namespace
}  // namespace mensa::onnx_import
