#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "onnx_import/operator_graph/element_types.h"
#include "tests/onnx_import/fusion/expressions.h"

// Models with QuantizeLinear and DequantizeLinear around their operators ("QDQ").

namespace mensa::onnx_import {
namespace {

using models::ElementType;
using models::Graph;
using models::Layer;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

std::set<ElementType> activation_types(const Graph& graph) {
  std::set<ElementType> types;
  for (const Layer& layer : graph.layers()) {
    for (const models::TensorId id : layer.outputs) types.insert(graph.tensor(id).type);
    for (const models::TensorId id : graph.activation_inputs(layer)) {
      types.insert(graph.tensor(id).type);
    }
  }
  return types;
}

/// What two graphs of one network must have in common.
struct Totals {
  std::int64_t macs = 0;
  std::int64_t parameter_bits = 0;
  std::int64_t vector_operations = 0;
  std::int64_t moved = 0;
  bool operator==(const Totals&) const = default;
};

void PrintTo(const Totals& totals, std::ostream* out) {
  *out << totals.macs << " MACs, " << totals.parameter_bits << " bits of parameters, "
       << totals.vector_operations << " vector operations, " << totals.moved << " moved";
}

Totals totals(const Graph& graph) {
  Totals sum;
  sum.macs = graph.macs();
  std::set<models::TensorId> parameters;
  for (const Layer& layer : graph.layers()) {
    parameters.insert(layer.parameters.begin(), layer.parameters.end());
    if (const auto* work = std::get_if<models::VectorWork>(&layer.work)) {
      sum.vector_operations += work->operations();
    }
    if (const auto* work = std::get_if<models::MoveWork>(&layer.work)) sum.moved += work->elements;
    for (const models::Epilogue& fused : layer.epilogue) {
      sum.vector_operations += fused.work.operations();
      parameters.insert(fused.parameters.begin(), fused.parameters.end());
    }
  }
  for (const models::TensorId id : parameters) {
    sum.parameter_bits += graph.tensor(id).elements() * models::bits(graph.tensor(id).type);
  }
  return sum;
}

/// A model whose scales are "s" and "t" and whose zero point is "z", of unsigned bytes.
struct QuantizedModel : ModelBuilder {
  explicit QuantizedModel(std::int64_t opset = 13) : ModelBuilder(opset) {
    floats("s", {}, {0.5F}).floats("t", {}, {0.25F}).integers("z", {}, {3}, kUint8);
  }
  void bytes(const std::string& name, const std::vector<std::int64_t>& shape,
             std::int32_t type = kInt8) {
    std::int64_t count = 1;
    for (const std::int64_t extent : shape) count *= extent;
    std::vector<std::int64_t> values(static_cast<std::size_t>(count));
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::int64_t>(i % 7);
    integers(name, shape, values, type);
  }
  /// from -> quantized "NAME" -> dequantized "NAME_d".
  void step(const std::string& from, const std::string& name, const std::string& scale = "s") {
    node("QuantizeLinear", {from, scale, "z"}, {name});
    from_integers(name, scale);
  }
  void from_integers(const std::string& name, const std::string& scale = "s") {
    node("DequantizeLinear", {name, scale, "z"}, {name + "_d"});
  }
  /// A constant of signed bytes (or of the accumulators' type) "NAME", dequantized "NAME_d".
  void weights_of(const std::string& name, const std::vector<std::int64_t>& shape,
                  std::int32_t type = kInt8) {
    bytes(name, shape, type);
    if (shape.size() > 1) {
      floats(name + "_s", {shape[0]}, std::vector<float>(static_cast<std::size_t>(shape[0]), 0.1F));
      node("DequantizeLinear", {name, name + "_s"}, {name + "_d"}).integer("axis", 0);
    } else {
      node("DequantizeLinear", {name, "t"}, {name + "_d"});
    }
  }
};

/// Two convolutions with a sum, poolings, a join, a matrix product and a sigmoid, on bytes.
Graph import_with_steps() {
  QuantizedModel model;
  model.input("x", {1, 3, 8, 8}, kUint8).output("y");
  model.weights_of("w1", {4, 3, 3, 3});
  model.weights_of("b1", {4}, kInt32);
  model.weights_of("w2", {4, 4, 1, 1});
  model.bytes("w3", {8, 5});
  model.node("DequantizeLinear", {"w3", "t"}, {"w3_d"});
  model.integers("flat", {2}, {1, -1});
  model.from_integers("x");
  model.node("Conv", {"x_d", "w1_d", "b1_d"}, {"c1"}, "conv1").integers("pads", {1, 1, 1, 1});
  model.step("c1", "q1");
  model.node("Conv", {"q1_d", "w2_d"}, {"c2"}, "conv2");
  model.step("c2", "q2", "t");
  model.node("Add", {"q1_d", "q2_d"}, {"a"}, "sum");
  model.step("a", "q3");
  model.node("MaxPool", {"q3_d"}, {"m"}, "max")
      .integers("kernel_shape", {2, 2})
      .integers("strides", {2, 2});
  model.step("m", "q4");
  model.node("GlobalAveragePool", {"q4_d"}, {"g"}, "mean");
  model.step("g", "q5", "t");
  model.node("GlobalAveragePool", {"q3_d"}, {"h"}, "mean2");
  model.step("h", "q6");
  model.node("Concat", {"q5_d", "q6_d"}, {"j"}, "join").integer("axis", 1);
  model.step("j", "q7");
  model.node("Reshape", {"q7_d", "flat"}, {"f"});
  model.step("f", "q8");
  model.node("MatMul", {"q8_d", "w3_d"}, {"p"}, "product");
  model.step("p", "q9");
  model.node("Sigmoid", {"q9_d"}, {"e"}, "sigmoid");
  model.node("QuantizeLinear", {"e", "s", "z"}, {"y"});
  return model.import();
}

Graph import_with_integer_operators() {
  QuantizedModel model;
  model.input("x", {1, 3, 8, 8}, kUint8).output("y").integers("zw", {}, {0}, kInt8);
  model.bytes("w1", {4, 3, 3, 3});
  model.bytes("b1", {4}, kInt32);
  model.bytes("w2", {4, 4, 1, 1});
  model.bytes("w3", {8, 5});
  model.floats("ws", {4}, {0.1F, 0.1F, 0.1F, 0.1F});
  model.integers("wz", {4}, {0, 0, 0, 0}, kInt8);
  model.integers("flat", {2}, {1, -1});
  const std::string ms = "com.microsoft";
  model.node("QLinearConv", {"x", "s", "z", "w1", "ws", "wz", "s", "z", "b1"}, {"q1"}, "conv1")
      .integers("pads", {1, 1, 1, 1});
  model.node("QLinearConv", {"q1", "s", "z", "w2", "ws", "wz", "t", "z"}, {"q2"}, "conv2");
  model.node("QLinearAdd", {"q1", "s", "z", "q2", "t", "z", "s", "z"}, {"q3"}, "sum").domain(ms);
  model.node("MaxPool", {"q3"}, {"q4"}, "max")
      .integers("kernel_shape", {2, 2})
      .integers("strides", {2, 2});
  model.node("QLinearGlobalAveragePool", {"q4", "s", "z", "t", "z"}, {"q5"}, "mean").domain(ms);
  model.node("QLinearGlobalAveragePool", {"q3", "s", "z", "s", "z"}, {"q6"}, "mean2").domain(ms);
  model.node("QLinearConcat", {"s", "z", "q5", "t", "z", "q6", "s", "z"}, {"q7"}, "join")
      .domain(ms)
      .integer("axis", 1);
  model.node("Reshape", {"q7", "flat"}, {"q8"});
  model.node("QLinearMatMul", {"q8", "s", "z", "w3", "t", "zw", "s", "z"}, {"q9"}, "product");
  model.node("QLinearSigmoid", {"q9", "s", "z", "s", "z"}, {"y"}, "sigmoid").domain(ms);
  return model.import();
}

TEST(QuantizedModels, cost_the_same_with_steps_as_with_integer_operators) {
  const Graph steps = import_with_steps();
  const Graph integers = import_with_integer_operators();
  EXPECT_EQ(totals(steps), totals(integers));
  EXPECT_EQ(layer_names(steps), layer_names(integers));
  // By hand: 4 x 3 x 9 x 64, 4 x 4 x 64 and 8 x 5.
  EXPECT_EQ(steps.macs(), 6912 + 1024 + 40);
  EXPECT_EQ(totals(steps).parameter_bits, 8 * (108 + 16 + 40) + 32 * 4);
  EXPECT_THAT(activation_types(steps), ElementsAre(ElementType::kUint8));
}

TEST(QuantizedModels, name_the_steps_that_went) {
  const Graph graph = import_with_steps();
  EXPECT_THAT(layer_named(graph, "conv1").merged, ElementsAre("x_d"));
  EXPECT_EQ(fused_text(layer_named(graph, "conv1")), "Bias:1 QuantizeLinear:0");
  EXPECT_EQ(layer_named(graph, "conv1").epilogue[1].node, "q1");
  EXPECT_THAT(layer_named(graph, "join").merged,
              testing::UnorderedElementsAre("q5_d", "q6_d", "q7"));
}

TEST(QuantizedModels, keep_activations_and_shortcuts_in_the_accumulators) {
  QuantizedModel model;
  model.input("x", {1, 4, 8, 8}, kUint8).input("r", {1, 4, 8, 8}, kUint8).output("y");
  model.weights_of("w", {4, 4, 1, 1});
  model.from_integers("x");
  model.from_integers("r", "t");
  model.node("Conv", {"x_d", "w_d"}, {"c"}, "conv");
  model.node("Relu", {"c"}, {"a"});
  model.node("Add", {"a", "r_d"}, {"b"});
  model.node("Clip", {"b"}, {"d"});
  model.node("QuantizeLinear", {"d", "s", "z"}, {"y"});
  const Graph graph = model.import();
  EXPECT_EQ(ops_text(graph), "Conv+Relu+Add+Clip+QuantizeLinear");
  EXPECT_EQ(fused_text(graph.layers()[0]), "Relu:1 Add:1 Clip:2 QuantizeLinear:0");
  EXPECT_THAT(names_of(graph, graph.layers()[0].epilogue[1].extra_inputs), ElementsAre("r"));
  EXPECT_THAT(activation_types(graph), ElementsAre(ElementType::kUint8));
}

TEST(QuantizedModels, scale_accumulators_where_the_result_is_in_floats) {
  QuantizedModel model;
  model.input("x", {2, 8}, kUint8).output("y");
  model.bytes("w", {8, 4});
  model.floats("ws", {4}, {1, 2, 3, 4}).weights("bias", {4});
  model.node("DequantizeLinear", {"w", "ws"}, {"w_d"}).integer("axis", 1);
  model.from_integers("x");
  model.node("MatMul", {"x_d", "w_d"}, {"p"}, "product");
  model.node("Add", {"p", "bias"}, {"y"});
  const Graph graph = model.import();
  EXPECT_EQ(ops_text(graph), "MatMul+Dequantize+Add");
  const Layer& product = graph.layers()[0];
  EXPECT_EQ(fused_text(product), "Dequantize:1 Add:1");
  EXPECT_THAT(names_of(graph, product.epilogue[0].parameters), ElementsAre("ws"));
  EXPECT_THAT(names_of(graph, product.inputs), ElementsAre("x"));

  // As the operator that says so in one.
  QuantizedModel whole;
  whole.input("x", {2, 8}, kUint8).output("y");
  whole.bytes("w", {8, 4});
  whole.floats("ws", {4}, {1, 2, 3, 4}).weights("bias", {4}).integers("wz", {}, {0}, kInt8);
  whole.node("MatMulIntegerToFloat", {"x", "w", "s", "ws", "z", "wz", "bias"}, {"y"})
      .domain("com.microsoft");
  EXPECT_EQ(totals(graph), totals(whole.import()));
}

TEST(QuantizedModels, weights_alone_may_be_in_few_bits_and_blocks) {
  ModelBuilder model(21);
  model.input("x", {2, 64}).output("y").weights("w", {64, 8}, kInt4).weights("ws", {2, 8});
  model.node("DequantizeLinear", {"w", "ws"}, {"wd"}).integer("axis", 0).integer("block_size", 32);
  model.node("MatMul", {"x", "wd"}, {"y"}, "product");
  const Graph graph = model.import();
  EXPECT_EQ(ops_text(graph), "MatMul+Dequantize");
  EXPECT_EQ(fused_text(graph.layers()[0]), "Dequantize:2");

  ModelBuilder packed;
  packed.input("x", {2, 64}).output("y").weights("w", {8, 2, 16}, kUint8).weights("ws", {16});
  packed.node("MatMulNBits", {"x", "w", "ws"}, {"y"}, "product")
      .domain("com.microsoft")
      .integer("K", 64)
      .integer("N", 8)
      .integer("bits", 4)
      .integer("block_size", 32);
  EXPECT_EQ(totals(graph), totals(packed.import()));
  EXPECT_EQ(totals(graph).parameter_bits, 64 * 8 * 4 + 16 * 32);
}

TEST(QuantizedModels, scales_of_blocks_stay_work_where_the_result_is_quantized) {
  QuantizedModel model(21);
  model.input("x", {2, 64}, kUint8).output("y").weights("w", {64, 8}, kInt4).weights("ws", {4, 8});
  model.node("DequantizeLinear", {"w", "ws"}, {"wd"}).integer("axis", 0).integer("block_size", 16);
  model.from_integers("x");
  model.node("MatMul", {"x_d", "wd"}, {"p"}, "product");
  model.node("QuantizeLinear", {"p", "s", "z"}, {"y"});
  EXPECT_EQ(fused_text(model.import().layers()[0]), "Dequantize:4 QuantizeLinear:0");
}

TEST(QuantizedModels, float_operators_between_keep_their_steps) {
  QuantizedModel model(17);
  model.input("x", {1, 8}, kUint8).output("y").weights("scale", {8}).weights("shift", {8});
  model.from_integers("x");
  model.node("LayerNormalization", {"x_d", "scale", "shift"}, {"n"}, "norm");
  model.node("QuantizeLinear", {"n", "s", "z"}, {"y"});
  EXPECT_EQ(ops_text(model.import()), "DequantizeLinear LayerNormalization+QuantizeLinear");
}

TEST(QuantizedModels, float_weights_keep_the_product_in_floats) {
  QuantizedModel model;
  model.input("x", {2, 8}, kUint8).output("y").weights("w", {8, 4});
  model.from_integers("x");
  model.node("MatMul", {"x_d", "w"}, {"p"});
  model.node("QuantizeLinear", {"p", "s", "z"}, {"y"});
  const Graph graph = model.import();
  EXPECT_EQ(ops_text(graph), "DequantizeLinear MatMul+QuantizeLinear");
  EXPECT_EQ(fused_text(graph.layers()[1]), "QuantizeLinear:2");
}

TEST(QuantizedModels, a_result_that_others_read_in_floats_is_not_quantized_on_the_way) {
  QuantizedModel model;
  model.input("x", {2, 8}, kUint8).output("y").output("p");
  model.bytes("w", {8, 4});
  model.node("DequantizeLinear", {"w", "t"}, {"w_d"});
  model.from_integers("x");
  model.node("MatMul", {"x_d", "w_d"}, {"p"});
  model.node("QuantizeLinear", {"p", "s", "z"}, {"y"});
  EXPECT_EQ(ops_text(model.import()), "MatMul+Dequantize QuantizeLinear");
}

TEST(QuantizedModels, products_of_two_activations_take_integers) {
  QuantizedModel model;
  model.input("a", {2, 4, 8}, kUint8).input("b", {2, 8, 4}, kUint8).output("y");
  model.from_integers("a");
  model.from_integers("b");
  model.node("MatMul", {"a_d", "b_d"}, {"p"});
  model.node("QuantizeLinear", {"p", "s", "z"}, {"y"});
  const Graph graph = model.import();
  EXPECT_EQ(ops_text(graph), "MatMul+QuantizeLinear");
  EXPECT_THAT(names_of(graph, graph.layers()[0].inputs), ElementsAre("a", "b"));
}

TEST(QuantizedModels, data_stay_integers_where_they_move) {
  QuantizedModel model;
  model.input("x", {2, 4, 6}).output("y");
  model.bytes("w", {4, 4});
  model.node("DequantizeLinear", {"w", "t"}, {"w_d"});
  model.node("MatMul", {"r", "w_d"}, {"y"}, "product");
  model.step("x", "q");
  model.node("Transpose", {"q_d"}, {"r"}, "transpose").integers("perm", {0, 2, 1});
  const Graph graph = model.import();
  EXPECT_EQ(ops_text(graph), "QuantizeLinear Transpose MatMul+Dequantize");
  EXPECT_EQ(graph.tensor(layer_named(graph, "transpose").outputs[0]).type, ElementType::kUint8);
}

TEST(QuantizedModels, steps_to_integers_go_before_what_only_moves) {
  QuantizedModel model;
  model.input("x", {1, 3, 8, 8}, kUint8).output("y");
  model.weights_of("w", {4, 3, 1, 1});
  model.from_integers("x");
  for (const char* part : {"a", "b"}) model.node("Conv", {"x_d", "w_d"}, {part}, part);
  model.node("Concat", {"a", "b"}, {"j"}, "join").integer("axis", 1);
  model.node("MaxPool", {"j"}, {"m"}, "max").integers("kernel_shape", {2, 2});
  model.node("QuantizeLinear", {"m", "s", "z"}, {"y"});
  const Graph graph = model.import();
  EXPECT_EQ(ops_text(graph), "Conv+QuantizeLinear Conv+QuantizeLinear Concat MaxPool");
  EXPECT_THAT(activation_types(graph), ElementsAre(ElementType::kUint8));
}

TEST(QuantizedModels, equal_steps_for_each_reader_are_one) {
  QuantizedModel model;
  model.input("x", {1, 3, 8, 8}, kUint8).output("y1").output("y2").floats("s2", {}, {0.5F});
  model.weights_of("w", {3, 3, 1, 1});
  model.from_integers("x");
  model.node("Conv", {"x_d", "w_d"}, {"c"}, "first");
  model.step("c", "q1");
  model.step("c", "q2", "s2");
  model.node("Conv", {"q1_d", "w_d"}, {"c1"}, "left");
  model.node("Conv", {"q2_d", "w_d"}, {"c2"}, "right");
  model.node("QuantizeLinear", {"c1", "s", "z"}, {"y1"});
  model.node("QuantizeLinear", {"c2", "s", "z"}, {"y2"});
  const Graph graph = model.import();
  EXPECT_EQ(ops_text(graph), "Conv+QuantizeLinear Conv+QuantizeLinear Conv+QuantizeLinear");
  EXPECT_EQ(layer_named(graph, "left").inputs, layer_named(graph, "right").inputs);
}

TEST(QuantizedModels, steps_that_undo_each_other_are_nothing) {
  const auto import_with = [](const char* second_scale) {
    QuantizedModel model;
    model.input("x", {2, 8}, kUint8).output("y").integers("flat", {1}, {-1});
    model.node("Transpose", {"x"}, {"t1"}, "transpose").integers("perm", {1, 0});
    model.from_integers("t1");
    model.node("Reshape", {"t1_d", "flat"}, {"r"});
    model.node("QuantizeLinear", {"r", second_scale, "z"}, {"q"});
    model.node("Concat", {"q", "q"}, {"y"}, "join").integer("axis", 0);
    return model.import();
  };
  const Graph same = import_with("s");
  EXPECT_EQ(ops_text(same), "Transpose Concat");
  EXPECT_THAT(same.notes(),
              Contains("left out 1 step(s) to integers and back between equal scales"));
  EXPECT_EQ(ops_text(import_with("t")), "Transpose DequantizeLinear+QuantizeLinear Concat");
}

TEST(QuantizedModels, steps_of_other_scales_are_not_one) {
  QuantizedModel model;
  model.input("x", {1, 8}).output("y1").output("y2");
  model.node("Relu", {"x"}, {"c"});
  model.node("QuantizeLinear", {"c", "s", "z"}, {"y1"});
  model.node("QuantizeLinear", {"c", "t", "z"}, {"y2"});
  EXPECT_EQ(ops_text(model.import()), "Relu QuantizeLinear QuantizeLinear");
}

TEST(QuantizedModels, an_activation_between_steps_is_fused_behind_the_integers) {
  QuantizedModel model(14);
  model.input("x", {1, 3, 8, 8}, kUint8).output("y");
  model.weights_of("w", {4, 3, 1, 1});
  model.from_integers("x");
  model.node("Conv", {"x_d", "w_d"}, {"c"}, "conv");
  model.step("c", "q");
  model.node("HardSwish", {"q_d"}, {"h"}, "activation");
  model.node("QuantizeLinear", {"h", "t", "z"}, {"y"});
  const Graph graph = model.import();
  EXPECT_EQ(ops_text(graph), "Conv+QuantizeLinear+HardSwish+QuantizeLinear");
}

TEST(QuantizedModels, recurrent_weights_stay_in_few_bits) {
  QuantizedModel model;
  model.input("x", {3, 1, 8}, kUint8).output("y");
  model.bytes("w", {1, 16, 8});
  model.bytes("r", {1, 16, 4});
  for (const char* name : {"w", "r"}) {
    model.node("DequantizeLinear", {name, "t"}, {std::string(name) + "_d"});
  }
  model.from_integers("x");
  model.node("LSTM", {"x_d", "w_d", "r_d"}, {"y"}, "lstm").integer("hidden_size", 4);
  const Graph graph = model.import();
  for (const char* product : {"lstm/input_product", "lstm/hidden_product"}) {
    const Layer& layer = layer_named(graph, product);
    EXPECT_EQ(graph.tensor(layer.parameters[0]).type, ElementType::kInt8) << product;
    EXPECT_THAT(layer.epilogue, IsEmpty());
  }
  EXPECT_THAT(names_of(graph, layer_named(graph, "lstm/input_product").inputs), ElementsAre("x"));
  EXPECT_THAT(layer_names(graph), testing::Not(Contains("x_d")));
}

}  // namespace
}  // namespace mensa::onnx_import
