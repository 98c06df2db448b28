#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/onnx_import/model_builder.h"

namespace mensa::onnx_import {
namespace {

using models::Layer;
using testing::ElementsAre;

/// A 1 x 1 convolution "conv" of 8 channels over 4 x 4, with more nodes added behind it.
struct Fusion : testing::Test {
  Fusion() {
    model.input("x", {1, 8, 4, 4}).weights("w", {8, 8, 1, 1}).weights("bias", {8});
    for (const char* name : {"scale", "shift", "mean", "variance"}) model.weights(name, {8});
    model.weights("per_channel", {8, 1, 1}).weights("one", {1}).weights("whole", {1, 8, 4, 4});
  }
  void conv(const std::string& out, const std::string& in = "x", bool with_bias = false) {
    std::vector<std::string> inputs = {in, "w"};
    if (with_bias) inputs.emplace_back("bias");
    model.node("Conv", inputs, {out}, "conv");
  }
  void batch_norm(const std::string& in, const std::string& out) {
    model.node("BatchNormalization", {in, "scale", "shift", "mean", "variance"}, {out});
  }
  void import(const std::string& output = "y") {
    model.output(output);
    graph.emplace(model.import());
  }
  [[nodiscard]] const Layer& layer(const std::string& name) const {
    return layer_named(*graph, name);
  }

  ModelBuilder model;
  std::optional<models::Graph> graph;
};

TEST_F(Fusion, batch_norm_becomes_a_bias_and_the_activation_follows) {
  conv("a");
  batch_norm("a", "b");
  model.node("Relu", {"b"}, {"y"}, "relu");
  import();
  ASSERT_EQ(graph->layers().size(), 1U);
  EXPECT_EQ(fused_text(layer("conv")), "BatchNormalization:1 Relu:1");
  EXPECT_THAT(names_of(*graph, layer("conv").epilogue[0].parameters), ElementsAre("shift"));
  EXPECT_EQ(layer("conv").epilogue[1].node, "relu");
  EXPECT_THAT(names_of(*graph, layer("conv").outputs), ElementsAre("y"));
  EXPECT_EQ(graph->parameter_elements(), 64 + 8);
}

TEST_F(Fusion, batch_norm_folds_into_a_bias_that_is_there) {
  conv("a", "x", true);
  batch_norm("a", "y");
  import();
  EXPECT_EQ(fused_text(layer("conv")), "Bias:1 BatchNormalization:0");
  EXPECT_TRUE(layer("conv").epilogue[1].parameters.empty());
  EXPECT_EQ(graph->parameter_elements(), 64 + 8);
}

TEST_F(Fusion, scales_fold_into_weights_and_shifts_into_a_bias) {
  conv("a");
  model.node("Mul", {"a", "per_channel"}, {"b"});
  model.node("Add", {"per_channel", "b"}, {"c"});
  model.node("Div", {"c", "one"}, {"d"});
  batch_norm("d", "y");
  import();
  EXPECT_EQ(fused_text(layer("conv")), "Mul:0 Add:1 Div:0 BatchNormalization:0");
  EXPECT_EQ(graph->parameter_elements(), 64 + 8);
}

TEST_F(Fusion, nothing_folds_through_an_activation) {
  conv("a");
  model.node("Relu", {"a"}, {"b"});
  model.node("Mul", {"b", "per_channel"}, {"c"});
  batch_norm("c", "y");
  import();
  EXPECT_EQ(fused_text(layer("conv")), "Relu:1 Mul:1 BatchNormalization:2");
  EXPECT_EQ(graph->parameter_elements(), 64 + 8 + 16);
}

TEST_F(Fusion, constants_that_vary_within_a_channel_keep_their_work) {
  conv("a");
  model.node("Add", {"a", "whole"}, {"y"});
  import();
  EXPECT_EQ(fused_text(layer("conv")), "Add:1");
  EXPECT_EQ(graph->parameter_elements(), 64 + 128);
}

TEST_F(Fusion, constants_along_another_axis_do_not_fold) {
  model.weights("rows", {4, 1});
  conv("a");
  model.node("Mul", {"a", "rows"}, {"y"});
  import();
  EXPECT_EQ(fused_text(layer("conv")), "Mul:1");
}

TEST_F(Fusion, a_bias_behind_a_product_on_sequences_is_per_column) {
  model.input("s", {5, 1, 8}).weights("v", {8, 3}).weights("vb", {3}).output("z");
  model.node("MatMul", {"s", "v"}, {"p"}, "product");
  model.node("Add", {"p", "vb"}, {"z"});
  graph.emplace(model.import());
  EXPECT_EQ(fused_text(layer("product")), "Add:1");
  EXPECT_THAT(names_of(*graph, layer("product").epilogue[0].parameters), ElementsAre("vb"));
}

TEST_F(Fusion, holds_through_views) {
  model.integers("flat", {2}, {8, 16}).weights("column", {8, 1});
  conv("a");
  model.node("Reshape", {"a", "flat"}, {"b"});
  model.node("Add", {"b", "column"}, {"c"});
  model.node("Relu", {"c"}, {"y"});
  import();
  EXPECT_EQ(fused_text(layer("conv")), "Add:1 Relu:1");
  EXPECT_EQ(graph->parameter_elements(), 64 + 8);
}

TEST_F(Fusion, a_residual_goes_to_the_operand_produced_last) {
  conv("a");
  model.node("Conv", {"x", "w"}, {"b"}, "last");
  model.node("Add", {"a", "b"}, {"c"}, "sum");
  model.node("Relu", {"c"}, {"y"});
  import();
  EXPECT_THAT(layer_names(*graph), ElementsAre("conv", "last"));
  EXPECT_EQ(fused_text(layer("last")), "Add:1 Relu:1");
  EXPECT_THAT(names_of(*graph, layer("last").epilogue[0].extra_inputs), ElementsAre("a"));
  EXPECT_EQ(layer("last").epilogue[0].work.elements_in, 2 * 128);
  EXPECT_TRUE(layer("conv").epilogue.empty());
}

TEST_F(Fusion, an_activation_may_stand_between_a_convolution_and_its_residual) {
  conv("a");
  model.node("Clip", {"a"}, {"b"});
  model.node("Add", {"x", "b"}, {"c"});
  model.node("Relu", {"c"}, {"y"});
  import();
  EXPECT_EQ(layer_names(*graph), std::vector<std::string>{"conv"});
  EXPECT_EQ(fused_text(layer("conv")), "Clip:2 Add:1 Relu:1");
  EXPECT_THAT(names_of(*graph, layer("conv").epilogue[1].extra_inputs), ElementsAre("x"));
}

TEST_F(Fusion, a_batch_norm_before_a_convolution_stays) {
  batch_norm("x", "a");
  conv("y", "a");
  import();
  EXPECT_THAT(layer_names(*graph), ElementsAre("a", "conv"));
  EXPECT_EQ(graph->parameter_elements(), 64 + 16);
}

TEST_F(Fusion, functions_of_one_element_are_epilogues) {
  std::string last = "a";
  conv(last);
  for (const char* op : {"Sigmoid", "LeakyRelu", "HardSigmoid", "Tanh", "Elu", "Softplus"}) {
    model.node(op, {last}, {last + op});
    last += op;
  }
  import(last);
  EXPECT_EQ(fused_text(layer("conv")),
            "Sigmoid:4 LeakyRelu:2 HardSigmoid:4 Tanh:4 Elu:4 Softplus:4");
}

TEST_F(Fusion, a_transposed_product_takes_bias_and_activation) {
  model.input("s", {8, 5}).weights("v", {3, 8}).weights("vb", {3}).integers("axis", {1}, {0});
  model.node("Gemm", {"s", "v"}, {"p"}, "product").integer("transA", 1).integer("transB", 1);
  model.node("Add", {"p", "vb"}, {"q"});
  model.node("Unsqueeze", {"q", "axis"}, {"u"});
  model.node("Relu", {"u"}, {"y"});
  import();
  EXPECT_EQ(fused_text(layer("product")), "Add:1 Relu:1");
  EXPECT_THAT(names_of(*graph, layer("product").epilogue[0].parameters), ElementsAre("vb"));
  EXPECT_EQ(graph->macs(), 5 * 8 * 3);
}

TEST_F(Fusion, a_residual_of_three_reads_two_beside) {
  conv("a");
  model.node("Sum", {"x", "a", "x"}, {"y"});
  import();
  EXPECT_EQ(fused_text(layer("conv")), "Sum:2");
  EXPECT_THAT(names_of(*graph, layer("conv").epilogue[0].extra_inputs), ElementsAre("x", "x"));
}

TEST_F(Fusion, a_sum_of_one_tensor_with_itself_is_a_layer) {
  conv("a");
  model.node("Add", {"a", "a"}, {"y"}, "double");
  import();
  EXPECT_EQ(graph->layers().size(), 2U);
}

TEST_F(Fusion, results_that_others_read_or_that_leave_are_not_fused) {
  conv("a");
  model.node("Relu", {"a"}, {"y"}, "relu");
  model.node("Sigmoid", {"a"}, {"z"}, "sigmoid");
  model.output("z");
  import();
  EXPECT_TRUE(layer("conv").epilogue.empty());

  ModelBuilder leaving;
  leaving.input("x", {1, 4}).output("a").output("y").weights("w", {4, 4});
  leaving.node("MatMul", {"x", "w"}, {"a"}, "product");
  leaving.node("Relu", {"a"}, {"y"}, "relu");
  EXPECT_TRUE(layer_named(leaving.import(), "product").epilogue.empty());
}

TEST_F(Fusion, a_stretched_operand_is_no_residual) {
  conv("a");
  model.node("GlobalAveragePool", {"x"}, {"p"}, "pool");
  model.node("Mul", {"p", "a"}, {"b"}, "gate");
  model.node("Add", {"b", "p"}, {"y"}, "sum");
  import();
  EXPECT_THAT(layer_names(*graph), ElementsAre("conv", "pool", "gate", "sum"));
}

TEST_F(Fusion, vector_layers_take_elementwise_followers) {
  batch_norm("x", "a");
  model.node("Mul", {"a", "per_channel"}, {"b"});
  model.node("Add", {"b", "per_channel"}, {"c"});
  model.node("Relu", {"c"}, {"d"});
  conv("e", "d");
  model.node("MaxPool", {"e"}, {"f"}, "pool").integers("kernel_shape", {2, 2});
  model.node("Add", {"f", "one"}, {"y"});
  import();
  EXPECT_THAT(layer_names(*graph), ElementsAre("a", "conv", "pool"));
  EXPECT_EQ(fused_text(layer("a")), "Mul:0 Add:0 Relu:1");
  EXPECT_EQ(fused_text(layer("pool")), "Add:1");
}

TEST_F(Fusion, a_copy_in_between_stays_between) {
  conv("a");
  model.node("Transpose", {"a"}, {"b"}, "copy").integers("perm", {0, 2, 3, 1});
  model.node("Relu", {"b"}, {"y"}, "relu");
  import();
  EXPECT_THAT(layer_names(*graph), ElementsAre("conv", "copy", "relu"));
}

TEST_F(Fusion, moves_take_nothing) {
  model.node("Concat", {"x", "x"}, {"a"}, "join").integer("axis", 1);
  model.node("Relu", {"a"}, {"y"}, "relu");
  import();
  EXPECT_THAT(layer_names(*graph), ElementsAre("join", "relu"));
}

TEST_F(Fusion, leaves_lstm_gates_alone) {
  model.input("s", {3, 1, 8}).weights("wi", {1, 16, 8}).weights("wh", {1, 16, 4});
  model.node("LSTM", {"s", "wi", "wh"}, {"h"}, "lstm").integer("hidden_size", 4);
  model.node("Relu", {"h"}, {"y"}, "relu");
  import();
  EXPECT_EQ(graph->layers().size(), 4U);
  for (const Layer& each : graph->layers()) EXPECT_TRUE(each.epilogue.empty()) << each.name;
}

}  // namespace
}  // namespace mensa::onnx_import
