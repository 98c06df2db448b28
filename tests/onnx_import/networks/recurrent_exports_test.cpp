// Recurrent networks as exporters write them down: dynamic batch and length, initial states made
// from shapes, an If around a Squeeze, branches by an input. Expected figures are worked out by
// hand.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/onnx_import/model_builder.h"

namespace mensa::onnx_import {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// A scalar constant; its name.
std::string scalar(GraphBuilder& graph, const std::string& name, std::int64_t value) {
  graph.integers(name, {}, {value});
  return name;
}

/// Zero states [directions, batch of `x`, hidden], as PyTorch leaves them where the user gives
/// none: Shape -> Gather -> Unsqueeze -> Concat -> ConstantOfShape.
void add_torch_states(GraphBuilder& graph, const std::string& x, std::int64_t batch_axis,
                      std::int64_t directions, std::int64_t hidden, const std::string& name) {
  scalar(graph, name + "_axis", batch_axis);
  graph.integers(name + "_0", {1}, {0}).integers(name + "_d", {1}, {directions});
  graph.integers(name + "_h", {1}, {hidden});
  graph.node("Shape", {x}, {name + "_shape"});
  graph.node("Gather", {name + "_shape", name + "_axis"}, {name + "_batch"}).integer("axis", 0);
  graph.node("Unsqueeze", {name + "_batch", name + "_0"}, {name + "_batch1"});
  graph.node("Concat", {name + "_d", name + "_batch1", name + "_h"}, {name + "_of"})
      .integer("axis", 0);
  graph.node("ConstantOfShape", {name + "_of"}, {name});
}

/// nn.LSTM(16, 32, bidirectional=True, batch_first=True), opset 14.
TEST(TorchExports, of_a_bidirectional_lstm_with_dynamic_batch_and_length) {
  constexpr std::int64_t kInputs = 16;
  constexpr std::int64_t kHidden = 32;
  ModelBuilder model(14);
  model.open_input("input", {"batch", "seq", "16"}).output("output").output("hn");
  add_torch_states(model, "input", 0, 2, kHidden, "h0");
  model.node("Transpose", {"input"}, {"time_major"}).integers("perm", {1, 0, 2});
  model.weights("W", {2, 4 * kHidden, kInputs}).weights("R", {2, 4 * kHidden, kHidden});
  model.weights("B", {2, 8 * kHidden});
  model.node("LSTM", {"time_major", "W", "R", "B", "", "h0", "h0"}, {"Y", "hn", "cn"}, "/LSTM")
      .integer("hidden_size", kHidden)
      .string("direction", "bidirectional");
  model.integers("0_0_-1", {3}, {0, 0, -1});
  model.node("Transpose", {"Y"}, {"Y_t"}).integers("perm", {0, 2, 1, 3});
  model.node("Reshape", {"Y_t", "0_0_-1"}, {"Y_r"});
  model.node("Transpose", {"Y_r"}, {"output"}).integers("perm", {1, 0, 2});

  const models::Graph graph = model.import({.batch = 0, .dimensions = {{"seq", 100}}});
  EXPECT_EQ(graph.macs(), 100LL * 2 * 4 * kHidden * (kInputs + kHidden));
  EXPECT_EQ(graph.parameter_elements(), 2 * 4 * kHidden * (kInputs + kHidden + 2));
  // Known zero states are read from nowhere, and at batch 1 no transpose moves anything.
  EXPECT_THAT(layer_names(graph), testing::UnorderedElementsAre(
                                      "/LSTM/forward/input_product", "/LSTM/forward/hidden_product",
                                      "/LSTM/forward/gates", "/LSTM/reverse/input_product",
                                      "/LSTM/reverse/hidden_product", "/LSTM/reverse/gates"));
  for (const models::Recurrence& recurrence : graph.recurrences()) {
    EXPECT_EQ(recurrence.steps, 100) << recurrence.name;
  }
  const models::Graph batched = model.import({.batch = 3, .dimensions = {{"seq", 100}}});
  EXPECT_EQ(batched.macs(), 3 * graph.macs());
  EXPECT_EQ(batched.parameter_elements(), graph.parameter_elements());
}

/// PyTorch before 2.0 guards a squeeze of a dynamic axis: If(shape[1] == 1) then Squeeze else
/// Identity. The sequence comes first here, and the batch behind it.
TEST(TorchExports, of_a_gru_guard_their_squeeze_by_an_if) {
  ModelBuilder model(12);
  model.open_input("x", {"seq", "batch", "40"}).output("y");
  model.weights("W", {1, 192, 40}).weights("R", {1, 192, 64}).weights("B", {1, 384});
  model.node("GRU", {"x", "W", "R", "B"}, {"Y", "Y_h"}, "GRU")
      .integer("hidden_size", 64)
      .integer("linear_before_reset", 1);
  model.integers("axis", {1}, {1}).integers("one", {1}, {1});
  model.node("Shape", {"Y"}, {"Y_shape"});
  model.node("Gather", {"Y_shape", "axis"}, {"directions"});
  model.node("Equal", {"directions", "one"}, {"is_1"});
  onnx::GraphProto squeezed;
  GraphBuilder(squeezed).output("s").node("Squeeze", {"Y"}, {"s"}).integers("axes", {1});
  onnx::GraphProto kept;
  GraphBuilder(kept).output("k").node("Identity", {"Y"}, {"k"});
  model.node("If", {"is_1"}, {"Y_s"}, "If_1")
      .graph("then_branch", squeezed)
      .graph("else_branch", kept);
  scalar(model, "-1", -1);
  model.node("Gather", {"Y_s", "-1"}, {"last"}, "last").integer("axis", 0);
  model.weights("fc", {10, 64});
  model.node("Gemm", {"last", "fc"}, {"y"}, "fc").integer("transB", 1);

  const models::Graph graph = model.import({.batch = 0, .dimensions = {{"seq", 50}}});
  EXPECT_EQ(graph.macs(), 50 * 192 * (40 + 64) + 10 * 64);
  EXPECT_THAT(output_shape(graph), ElementsAre(1, 10));
  EXPECT_EQ(moved(layer_named(graph, "last")), 64);
  EXPECT_THAT(graph.notes(), testing::Not(testing::Contains(HasSubstr("If 'If_1'"))));
}

/// Paddle2ONNX packs the weights of a layer from one tensor for each direction, and cuts the states
/// of all layers from one.
TEST(PaddleExports, of_an_lstm_pack_their_weights_by_nodes) {
  constexpr std::int64_t kHidden = 48;
  ModelBuilder model(11);
  model.open_input("x", {"p2o.DynamicDimension.0", "p2o.DynamicDimension.1", "64"}).output("y");
  const auto pack = [&](const std::string& name, const std::vector<std::int64_t>& shape) {
    std::vector<std::string> parts;
    for (const char* direction : {"_f", "_b"}) {
      model.weights(name + direction, shape);
      model.node("Unsqueeze", {name + direction}, {name + direction + "u"}).integers("axes", {0});
      parts.push_back(name + direction + "u");
    }
    model.node("Concat", parts, {name}).integer("axis", 0);
  };
  pack("W", {4 * kHidden, 64});
  pack("R", {4 * kHidden, kHidden});
  pack("B", {8 * kHidden});
  model.integers("0", {1}, {0}).integers("1", {1}, {1}).integers("2", {1}, {2});
  model.integers("4", {1}, {4}).integers("48", {1}, {kHidden});
  model.node("Shape", {"x"}, {"x_shape"});
  model.node("Slice", {"x_shape", "0", "1", "0"}, {"batch"});
  model.node("Concat", {"4", "batch", "48"}, {"states_shape"}).integer("axis", 0);
  model.node("ConstantOfShape", {"states_shape"}, {"states"});
  model.node("Slice", {"states", "0", "2", "0"}, {"state"});
  model.node("Transpose", {"x"}, {"x_t"}).integers("perm", {1, 0, 2});
  model.node("LSTM", {"x_t", "W", "R", "B", "", "state", "state"}, {"Y", "", ""}, "p2o.LSTM.0")
      .integer("hidden_size", kHidden)
      .string("direction", "bidirectional");
  model.integers("merge", {3}, {0, 0, -1});
  model.node("Transpose", {"Y"}, {"Y_t"}).integers("perm", {0, 2, 1, 3});
  model.node("Reshape", {"Y_t", "merge"}, {"Y_r"});
  model.node("Transpose", {"Y_r"}, {"features"}).integers("perm", {1, 0, 2});
  model.weights("head", {2 * kHidden, 97});
  model.node("MatMul", {"features", "head"}, {"y"}, "head");

  const models::Graph graph = model.import(
      {.batch = 0, .dimensions = {{"p2o.DynamicDimension.0", 1}, {"p2o.DynamicDimension.1", 80}}});
  EXPECT_EQ(graph.macs(), 80LL * (2 * 4 * kHidden * (64 + kHidden) + 2 * kHidden * 97));
  EXPECT_EQ(graph.parameter_elements(), 2 * 4 * kHidden * (64 + kHidden + 2) + 2 * kHidden * 97);
  EXPECT_THAT(output_shape(graph), ElementsAre(1, 80, 97));
  EXPECT_EQ(graph.layers().size(), 7U);  // three for each direction, and the head
}

/// A branch as voice detectors have one for each sampling rate: windows of `window` samples by a
/// convolution, then an LSTM whose state comes from outside and goes back.
onnx::GraphProto detector(const std::string& name, std::int64_t window) {
  constexpr std::int64_t kHidden = 8;
  const auto local = [&](const std::string& what) { return name + what; };
  onnx::GraphProto proto;
  GraphBuilder graph(proto);
  graph.output(local("speech")).output(local("hn"));
  graph.integers(local("1"), {1}, {1}).weights(local("w"), {4, 1, window});
  graph.weights(local("W"), {1, 4 * kHidden, 4}).weights(local("R"), {1, 4 * kHidden, kHidden});
  graph.node("Unsqueeze", {"input", local("1")}, {local("x")});
  graph.node("Conv", {local("x"), local("w")}, {local("windows")}, local("conv"))
      .integers("strides", {window});
  graph.node("Transpose", {local("windows")}, {local("steps")}).integers("perm", {2, 0, 1});
  graph
      .node("LSTM", {local("steps"), local("W"), local("R"), "", "", "state", "state"},
            {"", local("hn")}, local("lstm"))
      .integer("hidden_size", kHidden);
  graph.node("Sigmoid", {local("hn")}, {local("speech")});
  return proto;
}

TEST(VoiceDetectors, have_a_branch_for_each_sampling_rate) {
  ModelBuilder model(16);
  model.open_input("input", {"batch", "sequence"}).open_input("state", {"1", "batch", "8"});
  model.input("sr", {}, onnx::TensorProto::INT64).output("output").output("stateN");
  scalar(model, "16000", 16000);
  model.node("Equal", {"sr", "16000"}, {"is_16k"});
  model.node("If", {"is_16k"}, {"output", "stateN"}, "If_0")
      .graph("then_branch", detector("then_", 128))
      .graph("else_branch", detector("else_", 64));
  // Windows of the sequence x (window x 4 by the convolution, 32 x (4 + 8) by the LSTM).
  const auto expected = [](std::int64_t window) { return 512 / window * (window * 4 + 32 * 12); };

  ImportOptions options = {.batch = 0, .dimensions = {{"sequence", 512}}};
  const models::Graph costlier = model.import(options);
  EXPECT_EQ(costlier.macs(), expected(64));
  EXPECT_THAT(costlier.notes(),
              testing::Contains(HasSubstr("If 'If_0': its condition is not known before run time; "
                                          "took the branch 'else', the costlier one")));
  EXPECT_EQ(costlier.recurrences().at(0).steps, 8);

  options.branches = {{"If_0", Branch::kThen}};
  EXPECT_EQ(model.import(options).macs(), expected(128));

  options.branches.clear();
  options.constants["sr"] = {std::vector<std::int64_t>{}, std::vector<std::int64_t>{16000}};
  const models::Graph known = model.import(options);
  EXPECT_EQ(known.macs(), expected(128));
  EXPECT_EQ(known.recurrences().at(0).steps, 4);
}

/// tf2onnx writes a Keras LSTM as a Loop over the steps, with the condition of TensorFlow's while.
TEST(TensorFlowExports, of_an_lstm_loop_until_a_counter_says_so) {
  ModelBuilder model(13);
  model.open_input("x", {"unk__4", "12", "8"}).output("y").output("h");
  model.node("Transpose", {"x"}, {"x_t"}, "time_major").integers("perm", {1, 0, 2});
  model.weights("kernel", {8, 64}).weights("recurrent", {16, 64}).weights("bias", {64});
  model.integers("0", {1}, {0}).integers("1", {1}, {1}).integers("16", {1}, {16});
  model.floats("zero", {}, {0}).raw("go", {}, onnx::TensorProto::BOOL, std::string(1, '\1'));
  model.node("Shape", {"x"}, {"x_shape"});
  model.node("Slice", {"x_shape", "0", "1"}, {"batch"});
  model.node("Concat", {"batch", "16"}, {"state_shape"}).integer("axis", 0);
  model.node("Expand", {"zero", "state_shape"}, {"state"});
  model.node("Slice", {"x_shape", "1", "2"}, {"steps1"});
  model.integers("2", {1}, {2});
  model.node("Squeeze", {"steps1", "0"}, {"steps"});

  onnx::GraphProto proto;
  GraphBuilder body(proto);
  body.input("i", {}, onnx::TensorProto::INT64).input("cond", {}, onnx::TensorProto::BOOL);
  body.input("h_in", {-1, 16}).input("c_in", {-1, 16});
  body.output("go_on").output("h_out").output("c_out").output("step");
  scalar(body, "one", 1);
  body.node("Add", {"i", "one"}, {"i_next"});
  body.node("Less", {"i_next", "steps"}, {"go_on"});
  body.node("Gather", {"x_t", "i"}, {"x_i"}, "read").integer("axis", 0);
  body.node("MatMul", {"x_i", "kernel"}, {"xk"}, "input_product");
  body.node("MatMul", {"h_in", "recurrent"}, {"hr"}, "hidden_product");
  body.node("Add", {"xk", "hr"}, {"z0"});
  body.node("Add", {"z0", "bias"}, {"z"});
  body.node("Split", {"z"}, {"zi", "zf", "zg", "zo"}).integer("axis", 1);
  for (const char* gate : {"i", "f", "o"}) {
    body.node("Sigmoid", {std::string("z") + gate}, {std::string("gate_") + gate});
  }
  body.node("Tanh", {"zg"}, {"g"});
  body.node("Mul", {"gate_f", "c_in"}, {"kept"});
  body.node("Mul", {"gate_i", "g"}, {"new"});
  body.node("Add", {"kept", "new"}, {"c_out"});
  body.node("Tanh", {"c_out"}, {"shown"});
  body.node("Mul", {"gate_o", "shown"}, {"h_out"});
  body.node("Identity", {"h_out"}, {"step"});
  model.node("Loop", {"steps", "go", "state", "state"}, {"h", "", "ys"}, "while")
      .graph("body", proto);
  model.node("Transpose", {"ys"}, {"y"}, "batch_major").integers("perm", {1, 0, 2});

  const models::Graph graph = model.import();
  EXPECT_EQ(graph.macs(), 12 * 64 * (8 + 16));
  EXPECT_EQ(graph.parameter_elements(), 64 * (8 + 16 + 1));
  EXPECT_EQ(graph.recurrences().at(0).steps, 12);
  EXPECT_TRUE(layer_named(graph, "input_product").time_batchable);
  EXPECT_FALSE(layer_named(graph, "hidden_product").time_batchable);
}

}  // namespace
}  // namespace mensa::onnx_import
