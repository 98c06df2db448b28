#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/onnx_import/fusion/expressions.h"

// ImportOptions::fuse = false, and what fusion must not change.

namespace mensa::onnx_import {
namespace {

using models::Layer;

ImportOptions unfused() {
  ImportOptions options;
  options.fuse = false;
  return options;
}

const char* const kNetwork =
    "m = ReduceMean[-1](x); d = Sub(x, m); q = Pow(d, 2); v = ReduceMean[-1](q); "
    "e = Add(v, 0.00001); s = Sqrt(e); n = Div(d, s); g = Mul(n, scale); h = Add(g, shift); "
    "p = MatMul(h, w); b = Add(p, shift); t = Sigmoid(b); u = Mul(b, t); r = Add(u, x); y = "
    "Relu(r)";

models::Graph import_network(const ImportOptions& options) {
  ModelBuilder model;
  model.input("x", {2, 5, 8}).weights("scale", {8}).weights("shift", {8}).weights("w", {8, 8});
  model.output("y");
  add_expressions(model, kNetwork);
  return model.import(options);
}

TEST(Unfused, every_node_is_a_layer) {
  const models::Graph graph = import_network(unfused());
  EXPECT_EQ(ops_text(graph),
            "ReduceMean Sub Pow ReduceMean Add Sqrt Div Mul Add MatMul Add Sigmoid Mul Add Relu");
  EXPECT_THAT(graph.notes(), testing::Not(testing::Contains(testing::HasSubstr("recognised"))));
}

TEST(Fused, the_same_network_is_two_layers) {
  const models::Graph graph = import_network({});
  EXPECT_EQ(ops_text(graph), "LayerNormalization MatMul+Add+Swish+Add+Relu");
  EXPECT_EQ(graph.macs(), import_network(unfused()).macs());
  EXPECT_EQ(graph.parameter_elements(), import_network(unfused()).parameter_elements());
}

TEST(Unfused, steps_to_and_from_integers_are_layers) {
  ModelBuilder model;
  model.input("x", {1, 8}).output("y").floats("s", {}, {0.5F});
  model.integers("w8", {8, 4}, std::vector<std::int64_t>(32, 1), onnx::TensorProto::INT8);
  add_expressions(
      model,
      "q = QuantizeLinear(x, s); d = DequantizeLinear(q, s); w = DequantizeLinear(w8, s); "
      "p = MatMul(d, w); q2 = QuantizeLinear(p, s); y = DequantizeLinear(q2, s)");
  EXPECT_EQ(ops_text(model.import(unfused())),
            "QuantizeLinear DequantizeLinear MatMul QuantizeLinear DequantizeLinear");
  EXPECT_EQ(ops_text(model.import()), "QuantizeLinear MatMul+QuantizeLinear DequantizeLinear");
}

TEST(Unfused, padding_is_a_layer) {
  ModelBuilder model;
  model.input("x", {1, 4, 8, 8}).weights("w", {4, 4, 3, 3}).output("y");
  model.integers("pads", {8}, {0, 0, 1, 1, 0, 0, 1, 1});
  model.node("Pad", {"x", "pads"}, {"p"});
  model.node("Conv", {"p", "w"}, {"y"});
  const models::Graph graph = model.import(unfused());
  EXPECT_EQ(ops_text(graph), "Pad Conv");
  EXPECT_EQ(graph.macs(), model.import().macs());
}

/// Networks of the zoo, with weights and without.
struct OfZoo : testing::TestWithParam<const char*> {};

TEST_P(OfZoo, fusion_changes_no_mac_and_adds_no_parameter) {
  const std::filesystem::path path =
      std::string(MENSA_SOURCE_DIR) + "/models/zoo/" + GetParam() + ".onnx";
  ImportOptions options = unfused();
  options.weights_optional = true;
  const models::Graph plain = import_file(path, options);
  options.fuse = true;
  const models::Graph fused = import_file(path, options);
  EXPECT_EQ(fused.macs(), plain.macs());
  // Scales that fold into weights and shifts into biases are gone.
  EXPECT_LE(fused.parameter_elements(), plain.parameter_elements());
  EXPECT_LE(fused.layers().size(), plain.layers().size());
  for (const Layer& layer : plain.layers()) EXPECT_TRUE(layer.merged.empty());
}

INSTANTIATE_TEST_SUITE_P(Networks, OfZoo,
                         testing::Values("ds_cnn", "lstm_acoustic", "mobilenet_v2", "resnet50",
                                         "rnnt"));

}  // namespace
}  // namespace mensa::onnx_import
