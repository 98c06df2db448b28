// Transformers as exporters and optimisers write them down. Expected figures are worked out by
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

/// MACs of attention of some queries over some keys, for all heads together of `width` elements.
constexpr std::int64_t attention_macs(std::int64_t queries, std::int64_t keys, std::int64_t width) {
  return 2 * queries * keys * width;
}

/// What exporters write for a number of the shape of `x`, as a tensor of one element.
void add_extent(GraphBuilder& graph, const std::string& x, std::int64_t axis,
                const std::string& name) {
  graph.integers(name + "_axis", {}, {axis}).integers(name + "_0", {1}, {0});
  graph.node("Shape", {x}, {name + "_shape"});
  graph.node("Gather", {name + "_shape", name + "_axis"}, {name + "_scalar"}).integer("axis", 0);
  graph.node("Unsqueeze", {name + "_scalar", name + "_0"}, {name});
}

/// A layer of nn.TransformerEncoder, operator set 14: normalisation and GELU come in parts,
/// reshapes are computed from shapes.
TEST(TorchExports, of_a_transformer_layer) {
  constexpr std::int64_t kWidth = 64;
  constexpr std::int64_t kLength = 20;
  ModelBuilder model(14);
  model.open_input("x", {"batch", "seq", "64"}).output("y");
  add_extent(model, "x", 0, "B");
  add_extent(model, "x", 1, "L");
  model.integers("heads", {1}, {8}).integers("head", {1}, {8}).integers("width", {1}, {kWidth});
  model.node("Concat", {"B", "L", "heads", "head"}, {"by_head"}).integer("axis", 0);
  model.node("Concat", {"B", "L", "width"}, {"joined"}).integer("axis", 0);
  for (const std::string part : {"q", "k", "v"}) {
    model.weights(part + "_w", {kWidth, kWidth}).weights(part + "_b", {kWidth});
    model.node("MatMul", {"x", part + "_w"}, {part + "0"}, part);
    model.node("Add", {part + "_b", part + "0"}, {part + "1"});
    model.node("Reshape", {part + "1", "by_head"}, {part + "2"});
    model.node("Transpose", {part + "2"}, {part + "3"})
        .integers("perm", part == "k" ? std::vector<std::int64_t>{0, 2, 3, 1}
                                      : std::vector<std::int64_t>{0, 2, 1, 3});
  }
  // Both factors are scaled by the root of 1 / sqrt(head), which comes from the shape as well.
  model.integers("last", {1}, {-1}).integers("end", {1}, {INT64_MAX}).floats("1.0", {1}, {1});
  model.node("Shape", {"q3"}, {"q3_shape"});
  model.node("Slice", {"q3_shape", "last", "end"}, {"head_size"});
  model.node("Cast", {"head_size"}, {"head_float"}).integer("to", onnx::TensorProto::FLOAT);
  model.node("Sqrt", {"head_float"}, {"root"});
  model.node("Div", {"1.0", "root"}, {"inverse"});
  model.node("Sqrt", {"inverse"}, {"scale"});
  model.node("Mul", {"q3", "scale"}, {"q4"});
  model.node("Mul", {"k3", "scale"}, {"k4"});
  model.node("MatMul", {"q4", "k4"}, {"scores"}, "scores");
  model.node("Softmax", {"scores"}, {"shares"}, "softmax").integer("axis", -1);
  model.node("MatMul", {"shares", "v3"}, {"context"}, "context");
  model.node("Transpose", {"context"}, {"context_t"}).integers("perm", {0, 2, 1, 3});
  model.node("Reshape", {"context_t", "joined"}, {"context_r"});
  model.weights("o_w", {kWidth, kWidth}).weights("o_b", {kWidth});
  model.node("MatMul", {"context_r", "o_w"}, {"o0"}, "out");
  model.node("Add", {"o_b", "o0"}, {"o1"});
  model.node("Add", {"x", "o1"}, {"residual"});
  // LayerNorm
  model.floats("2.0", {}, {2}).floats("eps", {}, {1e-5F}).weights("gamma", {kWidth});
  model.weights("beta", {kWidth});
  model.node("ReduceMean", {"residual"}, {"mean"}).integers("axes", {-1});
  model.node("Sub", {"residual", "mean"}, {"centred"});
  model.node("Pow", {"centred", "2.0"}, {"squares"});
  model.node("ReduceMean", {"squares"}, {"variance"}).integers("axes", {-1});
  model.node("Add", {"variance", "eps"}, {"variance_eps"});
  model.node("Sqrt", {"variance_eps"}, {"deviation"});
  model.node("Div", {"centred", "deviation"}, {"normal"});
  model.node("Mul", {"normal", "gamma"}, {"scaled"});
  model.node("Add", {"scaled", "beta"}, {"norm"}, "norm");
  // GELU
  model.weights("up_w", {kWidth, 4 * kWidth}).weights("up_b", {4 * kWidth});
  model.floats("sqrt2", {}, {1.41421356F}).floats("1", {}, {1}).floats("0.5", {}, {0.5F});
  model.node("MatMul", {"norm", "up_w"}, {"up0"}, "up");
  model.node("Add", {"up_b", "up0"}, {"up1"});
  model.node("Div", {"up1", "sqrt2"}, {"g0"});
  model.node("Erf", {"g0"}, {"g1"});
  model.node("Add", {"g1", "1"}, {"g2"});
  model.node("Mul", {"up1", "g2"}, {"g3"});
  model.node("Mul", {"g3", "0.5"}, {"gelu"});
  model.weights("down_w", {4 * kWidth, kWidth});
  model.node("MatMul", {"gelu", "down_w"}, {"y"}, "down");

  const models::Graph graph = model.import({.batch = 2, .dimensions = {{"seq", kLength}}});
  EXPECT_EQ(graph.macs(),
            2 * (kLength * kWidth * kWidth * (4 + 8) + attention_macs(kLength, kLength, kWidth)));
  EXPECT_EQ(graph.parameter_elements(), kWidth * kWidth * (4 + 8) + kWidth * (4 + 2 + 4));
  EXPECT_THAT(output_shape(graph), ElementsAre(2, kLength, kWidth));
  EXPECT_EQ(fused_text(layer_named(graph, "out")), "Add:1 Add:1");
  EXPECT_EQ(layer_named(graph, "norm").op, "LayerNormalization");
  EXPECT_THAT(fused_text(layer_named(graph, "up")), testing::StartsWith("Add:1 Gelu:"));
}

/// A decoder with the keys and values of the past, as Optimum exports it: names of axes are sums.
struct Decoder : testing::Test {
  Decoder() : model(14) {
    const std::vector<std::string> cache = {"batch_size", "4", "past_sequence_length", "16"};
    model.open_input("input_ids", {"batch_size", "sequence_length"});
    model.open_input("attention_mask", {"batch_size", "past_sequence_length + sequence_length"});
    for (int i = 0; i < 2; ++i) {
      model.proto().mutable_input(i)->mutable_type()->mutable_tensor_type()->set_elem_type(
          onnx::TensorProto::INT64);
    }
    model.open_input("past.key", cache).open_input("past.value", cache);
    model.output("logits").output("present.key").output("present.value");
    add_extent(model, "input_ids", 0, "B");
    add_extent(model, "input_ids", 1, "L");
    add_extent(model, "past.key", 2, "P");
    model.weights("tokens", {100, 64}).weights("positions", {64, 64});
    model.integers("one", {}, {1}).integers("0", {1}, {0}).integers("heads", {1}, {4});
    model.integers("head", {1}, {16}).integers("width", {1}, {64});
    model.node("Add", {"P_scalar", "L_scalar"}, {"total"});
    model.node("Range", {"P_scalar", "total", "one"}, {"position_ids"});
    model.node("Gather", {"tokens", "input_ids"}, {"t"}, "tokens");
    model.node("Gather", {"positions", "position_ids"}, {"p"}, "positions");
    model.node("Add", {"t", "p"}, {"x"});
    model.weights("qkv_w", {64, 192}).integers("thirds", {3}, {64, 64, 64});
    model.node("MatMul", {"x", "qkv_w"}, {"qkv"}, "qkv");
    model.node("Split", {"qkv", "thirds"}, {"q0", "k0", "v0"}).integer("axis", 2);
    model.node("Concat", {"B", "L", "heads", "head"}, {"by_head"}).integer("axis", 0);
    for (const std::string part : {"q", "k", "v"}) {
      model.node("Reshape", {part + "0", "by_head"}, {part + "1"});
      model.node("Transpose", {part + "1"}, {part + "2"}).integers("perm", {0, 2, 1, 3});
    }
    model.node("Concat", {"past.key", "k2"}, {"present.key"}, "key_cache").integer("axis", -2);
    model.node("Concat", {"past.value", "v2"}, {"present.value"}, "value_cache")
        .integer("axis", -2);
    model.node("Transpose", {"present.key"}, {"k3"}).integers("perm", {0, 1, 3, 2});
    model.node("MatMul", {"q2", "k3"}, {"scores"}, "scores");
    add_mask();
    model.node("Softmax", {"masked"}, {"shares"}).integer("axis", -1);
    model.node("MatMul", {"shares", "present.value"}, {"context"}, "context");
    model.node("Transpose", {"context"}, {"context_t"}).integers("perm", {0, 2, 1, 3});
    model.node("Concat", {"B", "L", "width"}, {"joined"}).integer("axis", 0);
    model.node("Reshape", {"context_t", "joined"}, {"context_r"});
    model.weights("head_w", {64, 100});
    model.node("MatMul", {"context_r", "head_w"}, {"logits"}, "head");
  }

  /// (1 - mask) x the least float, over [batch, 1, 1, keys].
  void add_mask() {
    model.integers("1_2", {2}, {1, 2}).floats("1.0", {}, {1}).floats("least", {}, {-3.4e38F});
    model.node("Unsqueeze", {"attention_mask", "1_2"}, {"m0"});
    model.node("Cast", {"m0"}, {"m1"}, "mask").integer("to", onnx::TensorProto::FLOAT);
    model.node("Sub", {"1.0", "m1"}, {"m2"});
    model.node("Mul", {"m2", "least"}, {"m3"});
    model.node("Add", {"scores", "m3"}, {"masked"});
  }

  [[nodiscard]] models::Graph with(std::int64_t length, std::int64_t past) const {
    return model.import(
        {.batch = 0, .dimensions = {{"sequence_length", length}, {"past_sequence_length", past}}});
  }

  ModelBuilder model;
};

TEST_F(Decoder, attends_to_the_past_as_well) {
  const models::Graph graph = with(1, 15);
  EXPECT_EQ(graph.macs(), 64 * 192 + attention_macs(1, 16, 64) + 64 * 100);
  EXPECT_EQ(moved(layer_named(graph, "key_cache")), 4 * 16 * 16);
  EXPECT_EQ(graph.tensor(graph.inputs()[1]).shape, (std::vector<std::int64_t>{1, 16}));
  EXPECT_EQ(graph.inputs().size(), 4U);
  // Positions are known, so that the rows of their table are constants.
  EXPECT_THAT(layer_names(graph), testing::Not(testing::Contains("positions")));
}

TEST_F(Decoder, starts_with_a_past_of_length_0) {
  const models::Graph graph = with(12, 0);
  EXPECT_EQ(graph.macs(), 12 * 64 * 192 + attention_macs(12, 12, 64) + 12 * 64 * 100);
  EXPECT_EQ(graph.inputs().size(), 2U);
  EXPECT_THAT(layer_names(graph), testing::Not(testing::Contains("key_cache")));
  EXPECT_THAT(graph.notes(), testing::Contains(HasSubstr("empty inputs, which nothing reads: "
                                                         "'past.key' (1x4x0x16)")));
}

/// Fused operators that keep their past apart take an empty one, too.
TEST(FusedAttention, starts_with_a_past_of_length_0) {
  ModelBuilder model(23);
  model.open_input("q", {"batch", "seq", "128"}).open_input("k", {"batch", "seq", "32"});
  model.open_input("v", {"batch", "seq", "32"}).output("y").output("pk").output("pv");
  model.open_input("past_k", {"batch", "2", "past", "16"});
  model.open_input("past_v", {"batch", "2", "past", "16"});
  model.node("Attention", {"q", "k", "v", "", "past_k", "past_v"}, {"y", "pk", "pv"}, "attention")
      .integer("q_num_heads", 8)
      .integer("kv_num_heads", 2);
  const auto with = [&](std::int64_t past) {
    return model.import({.batch = 0, .dimensions = {{"seq", 4}, {"past", past}}});
  };
  EXPECT_EQ(with(12).macs(), attention_macs(4, 16, 128));
  const models::Graph first = with(0);
  EXPECT_EQ(first.macs(), attention_macs(4, 4, 128));
  EXPECT_EQ(layer_named(first, "attention/present_key").inputs.size(), 1U);
}

}  // namespace
}  // namespace mensa::onnx_import
