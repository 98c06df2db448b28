#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/onnx_import/model_builder.h"

namespace mensa::onnx_import {
namespace {

using models::ElementType;
using models::Layer;
using testing::ElementsAre;
using testing::HasSubstr;

ElementType type_of(const models::Graph& graph, models::TensorId id) {
  return graph.tensor(id).type;
}

TEST(Quantize, and_back_are_vector_work) {
  ModelBuilder model;
  model.input("x", {2, 3}).input("q", {2, 3}, kInt8).output("y").output("d");
  model.weights("s", {}).weights("z", {}, kInt8);
  model.node("QuantizeLinear", {"x", "s", "z"}, {"y"}, "quantize");
  model.node("DequantizeLinear", {"q", "s", "z"}, {"d"}, "dequantize");
  const models::Graph graph = model.import();
  for (const char* name : {"quantize", "dequantize"}) {
    EXPECT_EQ(vector_work(layer_named(graph, name)).operations_per_element, 2);
    EXPECT_EQ(vector_work(layer_named(graph, name)).elements_in, 6);
  }
  EXPECT_EQ(graph.parameter_elements(), 0);  // one scale is an immediate
}

TEST(Quantize, makes_the_type_of_its_zero_point_or_uint8) {
  const auto result = [](const std::vector<std::string>& inputs, std::int64_t dtype) {
    ModelBuilder model(21);
    model.input("x", {2, 3}).output("y").weights("s", {}).weights("z", {}, kInt8);
    NodeBuilder node = model.node("QuantizeLinear", inputs, {"y"}, "node");
    if (dtype != 0) node.integer("output_dtype", dtype);
    const models::Graph graph = model.import();
    return type_of(graph, graph.outputs()[0]);
  };
  EXPECT_EQ(result({"x", "s"}, 0), ElementType::kUint8);
  EXPECT_EQ(result({"x", "s", "z"}, 0), ElementType::kInt8);
  EXPECT_EQ(result({"x", "s"}, 5), ElementType::kInt16);
  EXPECT_EQ(result({"x", "s"}, kInt4), ElementType::kInt4);
}

TEST(Quantize, takes_a_scale_for_each_channel_or_block) {
  const auto error_with = [](const std::vector<std::int64_t>& scale, std::int64_t block) {
    ModelBuilder model(21);
    model.input("x", {4, 6}).output("y").weights("s", scale);
    NodeBuilder node = model.node("QuantizeLinear", {"x", "s"}, {"y"}, "node");
    node.integer("axis", 1);
    if (block != 0) node.integer("block_size", block);
    return model.import_error();
  };
  EXPECT_EQ(error_with({6}, 0), "no error");
  EXPECT_EQ(error_with({4, 2}, 3), "no error");
  EXPECT_EQ(error_with({4, 2}, 4), "no error");  // the last block is shorter
  EXPECT_THAT(error_with({4}, 0), HasSubstr("scale of shape 4 does not fit an input of shape 4x6"));
  EXPECT_THAT(error_with({4, 3}, 3), HasSubstr("scale of shape 4x3 does not fit"));
}

TEST(Dequantize, of_constants_leaves_weights_of_few_bits) {
  ModelBuilder model(21);
  model.input("x", {1, 3, 8, 8}).output("y").weights("w", {4, 3, 3, 3}, kInt8);
  model.weights("s", {4}).weights("z", {4}, kInt8);
  model.node("DequantizeLinear", {"w", "s", "z"}, {"wf"}, "weights").integer("axis", 0);
  model.node("Conv", {"x", "wf"}, {"y"}, "conv");
  const models::Graph graph = model.import();
  EXPECT_THAT(layer_names(graph), ElementsAre("conv"));
  const Layer& conv = layer_named(graph, "conv");
  EXPECT_THAT(names_of(graph, conv.parameters), ElementsAre("w"));
  EXPECT_EQ(type_of(graph, conv.parameters[0]), ElementType::kInt8);
  EXPECT_EQ(type_of(graph, conv.outputs[0]), ElementType::kFloat32);
}

TEST(Dequantize, of_constants_may_be_transposed_on_the_way) {
  ModelBuilder model(21);
  model.input("x", {2, 6}).output("y").weights("w", {4, 6}, kInt4).weights("s", {4, 2});
  model.node("DequantizeLinear", {"w", "s"}, {"wf"}, "weights")
      .integer("axis", 1)
      .integer("block_size", 3);
  model.node("Transpose", {"wf"}, {"wt"}, "transpose");
  model.node("MatMul", {"x", "wt"}, {"y"}, "product");
  const models::Graph graph = model.import();
  EXPECT_THAT(layer_names(graph), ElementsAre("product"));
  EXPECT_EQ(type_of(graph, layer_named(graph, "product").parameters[0]), ElementType::kInt4);
}

TEST(DynamicQuantize, leaves_values_scale_and_zero_point) {
  ModelBuilder model;
  model.input("x", {2, 3}).output("y").output("s").output("z");
  model.node("DynamicQuantizeLinear", {"x"}, {"y", "s", "z"}, "node");
  const models::Graph graph = model.import();
  const Layer& layer = layer_named(graph, "node");
  EXPECT_EQ(vector_work(layer).operations_per_element, 4);
  ASSERT_EQ(layer.outputs.size(), 3U);
  EXPECT_EQ(type_of(graph, layer.outputs[0]), ElementType::kUint8);
  EXPECT_EQ(type_of(graph, layer.outputs[1]), ElementType::kFloat32);
  EXPECT_THAT(graph.tensor(layer.outputs[2]).shape, ElementsAre());
}

TEST(QLinearConv, is_a_convolution_of_integers) {
  ModelBuilder model;
  model.input("x", {1, 3, 8, 8}, kUint8).output("y").weights("w", {4, 3, 3, 3}, kInt8);
  model.weights("s", {}).weights("z", {}, kUint8).weights("ws", {4}).weights("wz", {4}, kInt8);
  model.weights("b", {4}, kInt32);
  model.node("QLinearConv", {"x", "s", "z", "w", "ws", "wz", "s", "z", "b"}, {"y"}, "conv")
      .integers("strides", {2, 2});
  const models::Graph graph = model.import();
  const Layer& conv = layer_named(graph, "conv");
  EXPECT_THAT(output_shape(graph), ElementsAre(1, 4, 3, 3));
  EXPECT_EQ(graph.macs(), 4 * 3 * 3 * 3 * 3 * 3);
  EXPECT_EQ(type_of(graph, conv.parameters[0]), ElementType::kInt8);
  EXPECT_EQ(type_of(graph, conv.outputs[0]), ElementType::kUint8);
  EXPECT_EQ(fused_text(conv), "Bias:1");
  EXPECT_EQ(type_of(graph, conv.epilogue[0].parameters[0]), ElementType::kInt32);
}

TEST(QLinearConv, may_have_its_channels_last) {
  ModelBuilder model;
  model.input("x", {1, 8, 9, 3}, kUint8).output("y").weights("w", {4, 3, 3, 3}, kInt8);
  model.weights("s", {}).weights("z", {}, kUint8);
  model.node("QLinearConv", {"x", "s", "z", "w", "s", "z", "s", "z"}, {"y"}, "conv")
      .domain("com.microsoft")
      .integer("channels_last", 1);
  const models::Graph graph = model.import();
  EXPECT_THAT(output_shape(graph), ElementsAre(1, 6, 7, 4));
  EXPECT_EQ(mac_shape(layer_named(graph, "conv")).to_string(), "K=4 C=3 P=6 Q=7 R=3 S=3");
}

TEST(IntegerProducts, leave_accumulators) {
  ModelBuilder model;
  model.input("x", {2, 5}, kUint8).output("y").weights("w", {5, 3}, kInt8);
  model.weights("z", {}, kUint8);
  model.node("MatMulInteger", {"x", "w", "z"}, {"y"}, "product");
  const models::Graph graph = model.import();
  EXPECT_EQ(graph.macs(), 2 * 5 * 3);
  EXPECT_EQ(type_of(graph, graph.outputs()[0]), ElementType::kInt32);
  ModelBuilder conv;
  conv.input("x", {1, 1, 4, 4}, kUint8).output("y").weights("w", {2, 1, 2, 2}, kUint8);
  conv.node("ConvInteger", {"x", "w"}, {"y"}, "conv");
  const models::Graph convolved = conv.import();
  EXPECT_EQ(convolved.macs(), 2 * 4 * 9);
  EXPECT_EQ(type_of(convolved, convolved.outputs()[0]), ElementType::kInt32);
}

TEST(QLinearMatMul, has_its_factors_apart_from_their_scales) {
  ModelBuilder model;
  model.input("x", {2, 5}, kUint8).output("y").weights("w", {5, 3}, kInt8);
  model.weights("s", {}).weights("z", {}, kUint8);
  model.node("QLinearMatMul", {"x", "s", "z", "w", "s", "z", "s", "z"}, {"y"}, "product");
  const models::Graph graph = model.import();
  EXPECT_EQ(mac_shape(layer_named(graph, "product")).to_string(), "K=3 C=5 P=2");
  EXPECT_EQ(graph.parameter_elements(), 15);
  EXPECT_EQ(type_of(graph, graph.outputs()[0]), ElementType::kUint8);
}

/// An operator of com.microsoft on x [2, 8] and w [8, 4].
models::Graph import_contrib(const std::string& op, std::int32_t x_type,
                             const std::vector<std::string>& inputs) {
  ModelBuilder model;
  model.input("x", {2, 8}, x_type).output("y").weights("w", {8, 4}, kInt8);
  model.weights("s", {}).weights("z", {}, kUint8).weights("ws", {4}).weights("b", {4});
  model.weights("bq", {4}, kInt32);
  model.node(op, inputs, {"y"}, "node").domain("com.microsoft");
  return model.import();
}

TEST(ContribProducts, q_gemm_leaves_integers_or_floats) {
  const models::Graph quantized =
      import_contrib("QGemm", kUint8, {"x", "s", "z", "w", "s", "z", "bq", "s", "z"});
  EXPECT_EQ(quantized.macs(), 2 * 8 * 4);
  EXPECT_EQ(fused_text(layer_named(quantized, "node")), "Bias:1");
  EXPECT_EQ(type_of(quantized, quantized.outputs()[0]), ElementType::kUint8);
  const models::Graph real = import_contrib("QGemm", kUint8, {"x", "s", "z", "w", "ws", "z", "bq"});
  EXPECT_EQ(fused_text(layer_named(real, "node")), "Bias:1 Dequantize:1");
  EXPECT_EQ(type_of(real, real.outputs()[0]), ElementType::kFloat32);
}

TEST(ContribProducts, dynamic_matmul_quantizes_first) {
  const models::Graph graph =
      import_contrib("DynamicQuantizeMatMul", onnx::TensorProto::FLOAT, {"x", "w", "ws", "", "b"});
  EXPECT_THAT(layer_names(graph), ElementsAre("node/quantize", "node/product"));
  const Layer& product = layer_named(graph, "node/product");
  EXPECT_EQ(type_of(graph, product.inputs[0]), ElementType::kUint8);
  EXPECT_EQ(fused_text(product), "Dequantize:1 Bias:1");
  EXPECT_THAT(names_of(graph, product.epilogue[0].parameters), ElementsAre("ws"));
  EXPECT_EQ(graph.macs(), 2 * 8 * 4);
}

TEST(ContribProducts, matmul_to_float) {
  const models::Graph graph =
      import_contrib("MatMulIntegerToFloat", kUint8, {"x", "w", "s", "s", "z", "z", "b"});
  EXPECT_EQ(fused_text(layer_named(graph, "node")), "Dequantize:1 Bias:1");
  EXPECT_EQ(type_of(graph, graph.outputs()[0]), ElementType::kFloat32);
}

TEST(MatMulNBits, has_weights_of_4_bits) {
  ModelBuilder model;
  model.input("x", {2, 3, 96}).output("y").weights("w", {10, 3, 16}, kUint8);
  model.weights("s", {30});
  model.node("MatMulNBits", {"x", "w", "s"}, {"y"}, "node")
      .domain("com.microsoft")
      .integer("K", 96)
      .integer("N", 10)
      .integer("bits", 4)
      .integer("block_size", 32);
  const models::Graph graph = model.import();
  const Layer& layer = layer_named(graph, "node");
  EXPECT_THAT(output_shape(graph), ElementsAre(2, 3, 10));
  EXPECT_EQ(mac_shape(layer).to_string(), "K=10 C=96 P=6");
  const models::Tensor& weights = graph.tensor(layer.parameters.at(0));
  EXPECT_EQ(weights.type, ElementType::kUint4);
  EXPECT_EQ(weights.elements(), 960);
  EXPECT_EQ(fused_text(layer), "Dequantize:3");  // one for each of three blocks
  EXPECT_THAT(names_of(graph, layer.epilogue[0].parameters), ElementsAre("s"));
}

TEST(MatMulNBits, refuses_what_does_not_fit) {
  ModelBuilder model;
  model.input("x", {2, 96}).output("y").weights("w", {10, 3, 15}, kUint8).weights("s", {30});
  model.node("MatMulNBits", {"x", "w", "s"}, {"y"}, "node")
      .domain("com.microsoft")
      .integer("K", 96)
      .integer("N", 10)
      .integer("block_size", 32);
  EXPECT_EQ(model.import_error(),
            "node 'node' (MatMulNBits): K is 96, N 10 and block_size 32, but its input has shape "
            "2x96 and its weights 10x3x15");
}

TEST(QLinearElementwise, costs_what_its_float_form_costs) {
  const auto import = [](const std::string& op, const std::vector<std::string>& inputs) {
    ModelBuilder model;
    model.input("x", {1, 2, 4, 4}, kUint8).input("x2", {1, 2, 4, 4}, kUint8).output("y");
    model.weights("s", {}).weights("z", {}, kUint8);
    model.node(op, inputs, {"y"}, "node").domain("com.microsoft").integers("kernel_shape", {2, 2});
    return model.import();
  };
  const auto operations = [&](const std::string& op, const std::vector<std::string>& inputs) {
    return vector_work(layer_named(import(op, inputs), "node")).operations_per_element;
  };
  EXPECT_EQ(operations("QLinearAdd", {"x", "s", "z", "x2", "s", "z", "s", "z"}), 1);
  EXPECT_EQ(operations("QLinearMul", {"x", "s", "z", "x2", "s", "z", "s", "z"}), 1);
  EXPECT_EQ(operations("QLinearSigmoid", {"x", "s", "z", "s", "z"}), 4);
  EXPECT_EQ(operations("QLinearLeakyRelu", {"x", "s", "z", "s", "z"}), 2);
  EXPECT_EQ(operations("QLinearSoftmax", {"x", "s", "z", "s", "z"}), 5);
  EXPECT_EQ(operations("QLinearAveragePool", {"x", "s", "z", "s", "z"}), 4);
  EXPECT_EQ(operations("QLinearGlobalAveragePool", {"x", "s", "z", "s", "z"}), 16);
  const models::Graph pooled = import("QLinearAveragePool", {"x", "s", "z", "s", "z"});
  EXPECT_THAT(output_shape(pooled), ElementsAre(1, 2, 3, 3));
  EXPECT_EQ(type_of(pooled, pooled.outputs()[0]), ElementType::kUint8);
}

TEST(QLinearElementwise, sums_are_fused_as_residuals) {
  ModelBuilder model;
  model.input("x", {1, 2, 4, 4}, kUint8).output("y").weights("w", {2, 2, 1, 1}, kInt8);
  model.weights("s", {}).weights("z", {}, kUint8);
  model.node("QLinearConv", {"x", "s", "z", "w", "s", "z", "s", "z"}, {"c"}, "conv");
  model.node("QLinearAdd", {"c", "s", "z", "x", "s", "z", "s", "z"}, {"y"}, "sum")
      .domain("com.microsoft");
  const models::Graph graph = model.import();
  EXPECT_THAT(layer_names(graph), ElementsAre("conv"));
  EXPECT_THAT(names_of(graph, layer_named(graph, "conv").epilogue.at(0).extra_inputs),
              ElementsAre("x"));
}

TEST(QLinearElementwise, concat_copies_its_parts) {
  ModelBuilder model;
  model.input("a", {1, 2, 4}, kUint8).input("b", {1, 3, 4}, kUint8).output("y");
  model.weights("s", {}).weights("z", {}, kUint8);
  model.node("QLinearConcat", {"s", "z", "a", "s", "z", "b", "s", "z"}, {"y"}, "join")
      .domain("com.microsoft")
      .integer("axis", 1);
  const models::Graph graph = model.import();
  EXPECT_THAT(output_shape(graph), ElementsAre(1, 5, 4));
  EXPECT_EQ(moved(layer_named(graph, "join")), 20);
  EXPECT_THAT(names_of(graph, layer_named(graph, "join").inputs), ElementsAre("a", "b"));
}

}  // namespace
}  // namespace mensa::onnx_import
