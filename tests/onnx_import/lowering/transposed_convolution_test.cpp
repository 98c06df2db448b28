#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/onnx_import/model_builder.h"

namespace mensa::onnx_import {
namespace {

using models::Layer;
using models::MacOperand;
using testing::ElementsAre;
using testing::HasSubstr;

struct Transposed : testing::Test {
  NodeBuilder build(const std::vector<std::int64_t>& input,
                    const std::vector<std::int64_t>& weights) {
    model.input("x", input).output("y").weights("w", weights);
    return model.node("ConvTranspose", {"x", "w"}, {"y"}, "conv");
  }
  void import() { graph.emplace(model.import()); }
  [[nodiscard]] const Layer& layer(const std::string& name) const {
    return layer_named(*graph, name);
  }
  [[nodiscard]] std::int64_t elements(MacOperand operand) const {
    std::int64_t all = 0;
    for (const Layer& each : graph->layers()) all += mac_shape(each).elements(operand);
    return all;
  }

  ModelBuilder model;
  std::optional<models::Graph> graph;
};

TEST_F(Transposed, with_windows_side_by_side_is_a_product_for_each_input) {
  build({1, 16, 8, 8}, {16, 6, 2, 2}).integers("strides", {2, 2});
  import();
  EXPECT_THAT(output_shape(*graph), ElementsAre(1, 6, 16, 16));
  EXPECT_EQ(mac_shape(layer("conv")).to_string(), "K=24 C=16 P=8 Q=8");
  EXPECT_EQ(graph->macs(), 8 * 8 * 16 * 6 * 4);
  EXPECT_EQ(elements(MacOperand::kOutputs), 6 * 16 * 16);
  EXPECT_EQ(elements(MacOperand::kWeights), 16 * 6 * 4);
  EXPECT_EQ(elements(MacOperand::kInputs), 16 * 8 * 8);
}

TEST_F(Transposed, of_two_kernel_positions_a_phase_slides_by_phases) {
  // DCGAN's generator (Radford et al. 2015): kernel 4, stride 2, pad 1.
  build({1, 512, 8, 8}, {512, 256, 4, 4})
      .integers("strides", {2, 2})
      .integers("pads", {1, 1, 1, 1});
  import();
  EXPECT_THAT(output_shape(*graph), ElementsAre(1, 256, 16, 16));
  EXPECT_EQ(mac_shape(layer("conv")).to_string(), "K=1024 C=512 P=8 Q=8 R=2 S=2");
  EXPECT_EQ(graph->macs(), 8L * 8 * 512 * 256 * 16);
  EXPECT_EQ(elements(MacOperand::kOutputs), 256 * 16 * 16);
  EXPECT_EQ(elements(MacOperand::kInputs), 512 * 8 * 8);
}

TEST_F(Transposed, whose_phases_differ_is_a_layer_for_each_kind) {
  model.weights("b", {6});
  build({1, 4, 8, 8}, {4, 6, 3, 3})
      .integers("strides", {2, 2})
      .integers("pads", {1, 1, 1, 1})
      .integers("output_padding", {1, 1});
  model.proto().mutable_node(0)->add_input("b");
  import();
  EXPECT_THAT(layer_names(*graph),
              ElementsAre("conv/2x2_taps", "conv/2x1_taps", "conv/1x2_taps", "conv/1x1_taps"));
  EXPECT_EQ(graph->macs(), 8 * 8 * 4 * 6 * 9);
  EXPECT_EQ(elements(MacOperand::kWeights), 4 * 6 * 9);
  EXPECT_EQ(elements(MacOperand::kOutputs), 6 * 16 * 16);
  EXPECT_EQ(graph->parameter_elements(), 4 * 6 * 9 + 6);
  std::int64_t written = 0;
  for (const models::TensorId id : graph->outputs()) written += graph->tensor(id).elements();
  EXPECT_EQ(written, 6 * 16 * 16);
  EXPECT_EQ(fused_text(layer("conv/1x2_taps")), "Bias:1");
}

TEST_F(Transposed, larger_than_its_input_is_scattered) {
  // The first layer of a generator: 1 x 1 to 4 x 4.
  build({1, 100, 1, 1}, {100, 512, 4, 4});
  import();
  EXPECT_THAT(output_shape(*graph), ElementsAre(1, 512, 4, 4));
  EXPECT_EQ(mac_shape(layer("conv")).to_string(), "K=8192 C=100");
  EXPECT_EQ(elements(MacOperand::kOutputs), 512 * 16);
  EXPECT_EQ(graph->macs(), 100 * 512 * 16);
}

TEST_F(Transposed, with_strides_longer_than_the_kernel_leaves_gaps) {
  build({1, 2, 5}, {2, 3, 2}).integers("strides", {3});
  import();
  EXPECT_THAT(output_shape(*graph), ElementsAre(1, 3, 14));  // 4 x 3 + 2
  EXPECT_EQ(graph->macs(), 5 * 2 * 3 * 2);
}

TEST_F(Transposed, in_groups_and_dilated) {
  build({2, 8, 10}, {8, 3, 3})
      .integer("group", 4)
      .integers("dilations", {2})
      .integers("strides", {2});
  import();
  EXPECT_THAT(output_shape(*graph), ElementsAre(2, 12, 23));  // 9 x 2 + 5
  // All three kernel positions meet on even outputs, one input apart.
  EXPECT_EQ(mac_shape(layer("conv")).to_string(), "G=4 N=2 K=3 C=2 Q=10 S=3");
  EXPECT_EQ(graph->macs(), 2 * 10 * 8 * 3 * 3);
}

TEST_F(Transposed, of_a_volume) {
  build({1, 2, 3, 4, 5}, {2, 3, 2, 2, 2}).integers("strides", {2, 2, 2});
  import();
  EXPECT_THAT(output_shape(*graph), ElementsAre(1, 3, 6, 8, 10));
  EXPECT_EQ(graph->macs(), 3 * 4 * 5 * 2 * 3 * 8);
}

TEST_F(Transposed, takes_its_shape_from_attributes) {
  build({1, 1, 3, 3}, {1, 2, 3, 3}).integers("strides", {3, 2}).integers("output_shape", {10, 8});
  import();
  EXPECT_THAT(output_shape(*graph), ElementsAre(1, 2, 10, 8));
  EXPECT_EQ(graph->macs(), 9 * 2 * 9);
  ModelBuilder same;
  same.input("x", {1, 1, 3, 5}).output("y").weights("w", {1, 2, 3, 3});
  same.node("ConvTranspose", {"x", "w"}, {"y"}, "conv")
      .integers("strides", {2, 3})
      .string("auto_pad", "SAME_UPPER");
  EXPECT_THAT(graph->layers()[0].op, "ConvTranspose");
  const models::Graph padded = same.import();
  std::int64_t written = 0;
  for (const models::TensorId id : padded.outputs()) written += padded.tensor(id).elements();
  EXPECT_EQ(written, 2 * 6 * 15);
}

TEST_F(Transposed, refuses_what_does_not_fit) {
  build({1, 4, 5, 5}, {3, 2, 1, 1});
  EXPECT_EQ(model.import_error(),
            "node 'conv' (ConvTranspose): 4 input channels in 1 group(s) do not fit weights of "
            "shape 3x2x1x1 (input channels, output channels per group, kernel)");
  ModelBuilder cropped;
  cropped.input("x", {1, 1, 2}).output("y").weights("w", {1, 1, 2});
  cropped.node("ConvTranspose", {"x", "w"}, {"y"}, "conv").integers("pads", {2, 1});
  EXPECT_THAT(cropped.import_error(), HasSubstr("its pads leave nothing of a spatial axis"));
}

TEST(DeformConv, samples_and_multiplies) {
  ModelBuilder model(19);
  model.input("x", {1, 8, 10, 10}).input("o", {1, 2 * 9 * 2, 8, 8}).output("y");
  model.weights("w", {6, 4, 3, 3}).weights("b", {6}).input("m", {1, 2 * 9, 8, 8});
  model.node("DeformConv", {"x", "w", "o", "b", "m"}, {"y"}, "conv")
      .integer("group", 2)
      .integer("offset_group", 2);
  const models::Graph graph = model.import();
  EXPECT_THAT(layer_names(graph), ElementsAre("conv/sample", "conv"));
  EXPECT_EQ(vector_work(layer_named(graph, "conv/sample")).elements_out, 8 * 9 * 64);
  // Four neighbours, each times its weight and added; and the mask.
  EXPECT_EQ(vector_work(layer_named(graph, "conv/sample")).operations_per_element, 8 + 1);
  EXPECT_EQ(mac_shape(layer_named(graph, "conv")).to_string(), "G=2 K=3 C=36 P=8 Q=8");
  EXPECT_EQ(graph.macs(), 6 * 4 * 9 * 64);
  EXPECT_THAT(output_shape(graph), ElementsAre(1, 6, 8, 8));
}

TEST(DeformConv, refuses_offsets_that_do_not_fit) {
  ModelBuilder model(19);
  model.input("x", {1, 8, 10, 10}).input("o", {1, 18, 8, 8}).output("y").weights("w", {6, 8, 3, 3});
  model.node("DeformConv", {"x", "w", "o"}, {"y"}, "conv").integer("offset_group", 2);
  EXPECT_EQ(model.import_error(),
            "node 'conv' (DeformConv): its input 2 has shape 1x18x8x8; 1x36x8x8 is needed");
}

}  // namespace
}  // namespace mensa::onnx_import
