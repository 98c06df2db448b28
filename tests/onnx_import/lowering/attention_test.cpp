#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/onnx_import/model_builder.h"

namespace mensa::onnx_import {
namespace {

using models::Layer;
using testing::ElementsAre;
using testing::HasSubstr;

const char* const kContrib = "com.microsoft";

std::vector<std::int64_t> shape_of(const models::Graph& graph, std::size_t output) {
  return graph.tensor(graph.outputs().at(output)).shape;
}

TEST(Attention, of_four_axes_is_two_products_around_a_softmax) {
  ModelBuilder model(21);
  model.input("q", {2, 8, 5, 16}).input("k", {2, 2, 7, 16}).input("v", {2, 2, 7, 10}).output("y");
  model.node("Attention", {"q", "k", "v"}, {"y"}, "node");
  const models::Graph graph = model.import();
  EXPECT_THAT(layer_names(graph), ElementsAre("node/scores", "node/softmax", "node/context"));
  // 2 batches of 2 heads of keys; each serves 4 heads of 5 queries.
  EXPECT_EQ(mac_shape(layer_named(graph, "node/scores")).to_string(), "G=4 K=7 C=16 P=20");
  EXPECT_EQ(mac_shape(layer_named(graph, "node/context")).to_string(), "G=4 K=10 C=7 P=20");
  EXPECT_EQ(graph.macs(), 2 * 8 * 5 * 7 * (16 + 10));
  EXPECT_EQ(vector_work(layer_named(graph, "node/softmax")).elements_out, 2 * 8 * 5 * 7);
  EXPECT_EQ(vector_work(layer_named(graph, "node/softmax")).operations_per_element, 5);
  EXPECT_THAT(output_shape(graph), ElementsAre(2, 8, 5, 10));
}

TEST(Attention, of_three_axes_has_its_heads_from_attributes_and_a_past) {
  ModelBuilder model(21);
  model.input("q", {1, 3, 32}).input("k", {1, 3, 16}).input("v", {1, 3, 16}).output("y");
  model.input("mask", {3, 9}).input("pk", {1, 2, 6, 8}).input("pv", {1, 2, 6, 8});
  model.output("present_k").output("present_v");
  model
      .node("Attention", {"q", "k", "v", "mask", "pk", "pv"}, {"y", "present_k", "present_v"},
            "node")
      .integer("q_num_heads", 4)
      .integer("kv_num_heads", 2)
      .real("softcap", 20);
  const models::Graph graph = model.import();
  EXPECT_THAT(shape_of(graph, 0), ElementsAre(1, 3, 32));
  EXPECT_THAT(shape_of(graph, 1), ElementsAre(1, 2, 9, 8));
  EXPECT_THAT(shape_of(graph, 2), ElementsAre(1, 2, 9, 8));
  EXPECT_EQ(graph.macs(), 4 * 3 * 9 * 2 * 8);
  EXPECT_EQ(moved(layer_named(graph, "node/present_key")), 2 * 9 * 8);
  EXPECT_THAT(names_of(graph, layer_named(graph, "node/scores").inputs),
              ElementsAre("q", "present_k"));
  // Mask: 1; limit: divide, table, multiply.
  EXPECT_EQ(vector_work(layer_named(graph, "node/softmax")).operations_per_element, 5 + 1 + 6);
}

TEST(Attention, refuses_what_does_not_fit) {
  ModelBuilder model(21);
  model.input("q", {1, 3, 32}).input("k", {1, 3, 18}).input("v", {1, 3, 16}).output("y");
  model.node("Attention", {"q", "k", "v"}, {"y"}, "node")
      .integer("q_num_heads", 4)
      .integer("kv_num_heads", 2);
  EXPECT_EQ(model.import_error(),
            "node 'node' (Attention): its Q, K and V of shapes 1x3x32, 1x3x18 and 1x3x16 do not "
            "fit");
  ModelBuilder headless(21);
  headless.input("q", {1, 3, 32}).output("y");
  headless.node("Attention", {"q", "q", "q"}, {"y"}, "node");
  EXPECT_EQ(headless.import_error(), "node 'node' (Attention): a query of 32 cannot be split in 0");
}

TEST(ProjectedAttention, of_bert_base) {
  // Devlin et al. 2018: 12 heads of 64; 128 tokens.
  ModelBuilder model;
  model.input("x", {1, 128, 768}).output("y").weights("w", {768, 2304}).weights("b", {2304});
  model.node("Attention", {"x", "w", "b"}, {"y"}, "node").domain(kContrib).integer("num_heads", 12);
  const models::Graph graph = model.import();
  EXPECT_THAT(layer_names(graph),
              ElementsAre("node/input_product", "node/scores", "node/softmax", "node/context"));
  EXPECT_EQ(graph.macs(), 128 * 768 * 3 * 768 + 2 * 12 * 128 * 128 * 64);
  EXPECT_EQ(graph.parameter_elements(), 768 * 2304 + 2304);
  EXPECT_THAT(output_shape(graph), ElementsAre(1, 128, 768));
}

TEST(ProjectedAttention, keeps_keys_and_values_together) {
  ModelBuilder model;
  model.input("x", {2, 1, 32}).output("y").output("present").weights("w", {32, 96});
  model.weights("b", {96}).input("past", {2, 2, 4, 9, 8});
  model.node("Attention", {"x", "w", "b", "", "past"}, {"y", "present"}, "node")
      .domain(kContrib)
      .integer("num_heads", 4)
      .integer("unidirectional", 1);
  const models::Graph graph = model.import();
  EXPECT_EQ(graph.macs(), 2 * 32 * 96 + 2 * (2 * 4 * 10 * 8));
  EXPECT_EQ(moved(layer_named(graph, "node/present")), 2 * 2 * 4 * 10 * 8);
}

TEST(ProjectedAttention, quantized_has_a_projection_of_integers) {
  ModelBuilder model;
  model.input("x", {1, 6, 16}, onnx::TensorProto::UINT8).output("y");
  model.weights("w", {16, 48}, onnx::TensorProto::INT8).weights("b", {48}).weights("s", {});
  model.node("QAttention", {"x", "w", "b", "s", "s"}, {"y"}, "node")
      .domain(kContrib)
      .integer("num_heads", 2);
  const models::Graph graph = model.import();
  const Layer& product = layer_named(graph, "node/input_product");
  EXPECT_EQ(fused_text(product), "Dequantize:1 Bias:1");
  EXPECT_EQ(graph.tensor(product.parameters[0]).type, models::ElementType::kInt8);
  EXPECT_EQ(graph.tensor(product.outputs[0]).type, models::ElementType::kFloat32);
  EXPECT_EQ(graph.macs(), 6 * 16 * 48 + 2 * 2 * 6 * 6 * 8);
}

TEST(MultiHeadAttention, takes_keys_of_another_length) {
  ModelBuilder model;
  model.input("q", {2, 5, 24}).input("k", {2, 7, 24}).input("v", {2, 7, 12}).output("y");
  model.weights("b", {60});
  model.node("MultiHeadAttention", {"q", "k", "v", "b"}, {"y"}, "node")
      .domain(kContrib)
      .integer("num_heads", 3);
  const models::Graph graph = model.import();
  EXPECT_EQ(graph.macs(), 2 * 3 * 5 * 7 * (8 + 4));
  EXPECT_EQ(vector_work(layer_named(graph, "node/bias")).elements_out,
            2 * (5 * 24 + 7 * 24 + 7 * 12));
  EXPECT_THAT(output_shape(graph), ElementsAre(2, 5, 12));
}

TEST(MultiHeadAttention, unpacks_what_comes_in_one_tensor) {
  ModelBuilder model;
  model.input("qkv", {2, 5, 3, 3, 8}).output("y");
  model.node("MultiHeadAttention", {"qkv"}, {"y"}, "node").domain(kContrib).integer("num_heads", 3);
  const models::Graph graph = model.import();
  EXPECT_EQ(moved(layer_named(graph, "node/unpack")), 2 * 5 * 3 * 3 * 8);
  EXPECT_EQ(graph.macs(), 2 * 3 * 5 * 5 * 16);
}

TEST(MultiHeadAttention, joins_past_and_present) {
  ModelBuilder model;
  model.input("q", {1, 1, 24}).input("k", {1, 1, 24}).input("v", {1, 1, 24}).output("y");
  model.input("pk", {1, 3, 11, 8}).input("pv", {1, 3, 11, 8}).output("nk").output("nv");
  model
      .node("MultiHeadAttention", {"q", "k", "v", "", "", "", "pk", "pv"}, {"y", "nk", "nv"},
            "node")
      .domain(kContrib)
      .integer("num_heads", 3);
  const models::Graph graph = model.import();
  EXPECT_THAT(shape_of(graph, 1), ElementsAre(1, 3, 12, 8));
  EXPECT_EQ(moved(layer_named(graph, "node/present_key")), 3 * 12 * 8);
  EXPECT_EQ(graph.macs(), 3 * 12 * 16);
}

/// One new token of 32 heads over 8, as Llama 3 has them, with a cache of 128.
models::Graph import_grouped(bool packed, const std::vector<std::int64_t>& cache,
                             std::optional<std::int64_t> total) {
  ModelBuilder model;
  model.input("q", {1, 1, packed ? 48 * 8 : 32 * 8}).output("y").output("nk").output("nv");
  model.input("k", {1, 1, 8 * 8}).input("pk", cache).input("pv", cache);
  model.input("lengths", {1}, onnx::TensorProto::INT32);
  if (total) {
    model.integers("total", {}, {*total}, onnx::TensorProto::INT32);
  } else {
    model.input("total", {}, onnx::TensorProto::INT32);
  }
  model.weights("cos", {128, 4}).weights("sin", {128, 4});
  model
      .node(
          "GroupQueryAttention",
          {"q", packed ? "" : "k", packed ? "" : "k", "pk", "pv", "lengths", "total", "cos", "sin"},
          {"y", "nk", "nv"}, "node")
      .domain(kContrib)
      .integer("num_heads", 32)
      .integer("kv_num_heads", 8)
      .integer("do_rotary", 1);
  return model.import();
}

TEST(GroupQueryAttention, shares_keys_among_heads_and_appends_to_its_cache) {
  const models::Graph graph = import_grouped(false, {1, 8, 128, 8}, 100);
  EXPECT_EQ(mac_shape(layer_named(graph, "node/scores")).to_string(), "G=8 K=128 C=8 P=4");
  EXPECT_THAT(shape_of(graph, 1), ElementsAre(1, 8, 128, 8));
  EXPECT_EQ(moved(layer_named(graph, "node/present_key")), 8 * 8);
  EXPECT_EQ(vector_work(layer_named(graph, "node/rotary_query")).elements_out, 32 * 8);
  EXPECT_EQ(vector_work(layer_named(graph, "node/rotary_query")).operations_per_element, 3);
}

TEST(GroupQueryAttention, grows_a_cache_that_is_too_short) {
  const models::Graph graph = import_grouped(true, {1, 8, 20, 8}, std::nullopt);
  EXPECT_THAT(shape_of(graph, 1), ElementsAre(1, 8, 21, 8));
  EXPECT_EQ(graph.macs(), 2 * 32 * 21 * 8);
  EXPECT_THAT(graph.notes(), ElementsAre(HasSubstr("total sequence length of 'node'")));
  EXPECT_EQ(moved(layer_named(graph, "node/unpack")), 48 * 8);
}

/// The only layer of an operator on x [2, 6, 8] with parameters of 8 values.
models::VectorWork norm(const std::string& op, const std::string& domain,
                        const std::vector<std::string>& inputs) {
  ModelBuilder model(17);
  model.input("x", {2, 6, 8}).input("skip", {2, 6, 8}).output("y");
  model.weights("a", {8}).weights("b", {8}).weights("c", {8}).weights("ch", {6});
  NodeBuilder node = model.node(op, inputs, {"y"}, "node");
  node.domain(domain);
  if (op == "GroupNormalization") node.integer("num_groups", 3);
  return vector_work(layer_named(model.import(), "node"));
}

TEST(Norms, cost_their_statistics_and_their_parameters) {
  const auto operations = [](const std::string& op, const std::vector<std::string>& inputs) {
    return norm(op, "", inputs).operations_per_element;
  };
  EXPECT_EQ(operations("LayerNormalization", {"x", "a"}), 5 + 1);
  EXPECT_EQ(operations("LayerNormalization", {"x", "a", "b"}), 5 + 2);
  EXPECT_EQ(operations("RMSNormalization", {"x", "a"}), 3 + 1);
  EXPECT_EQ(operations("SimplifiedLayerNormalization", {"x", "a"}), 3 + 1);
  EXPECT_EQ(operations("InstanceNormalization", {"x", "ch", "ch"}), 5 + 2);
  EXPECT_EQ(operations("GroupNormalization", {"x", "ch", "ch"}), 5 + 2);
  EXPECT_EQ(operations("MeanVarianceNormalization", {"x"}), 5);
  EXPECT_EQ(operations("LpNormalization", {"x"}), 3);
}

TEST(Norms, of_contrib_add_a_skip_and_a_bias_first) {
  EXPECT_EQ(
      norm("SkipLayerNormalization", kContrib, {"x", "skip", "a", "b", "c"}).operations_per_element,
      1 + 5 + 2 + 1);
  EXPECT_EQ(
      norm("SkipSimplifiedLayerNormalization", kContrib, {"x", "skip", "a"}).operations_per_element,
      1 + 3 + 1);
  EXPECT_EQ(norm("SkipLayerNormalization", kContrib, {"x", "skip", "a"}).elements_in, 2 * 96);
}

TEST(Norms, leave_statistics_and_sums_where_they_are_read) {
  ModelBuilder model(17);
  model.input("x", {2, 6, 8}).weights("a", {6, 8}).output("y").output("mean").output("deviation");
  model.node("LayerNormalization", {"x", "a"}, {"y", "mean", "deviation"}, "node")
      .integer("axis", 1);
  const models::Graph graph = model.import();
  EXPECT_THAT(shape_of(graph, 1), ElementsAre(2, 1, 1));
  EXPECT_THAT(shape_of(graph, 2), ElementsAre(2, 1, 1));
  ModelBuilder skip;
  skip.input("x", {2, 6, 8}).weights("a", {8}).output("y").output("sum");
  skip.node("SkipLayerNormalization", {"x", "x", "a"}, {"y", "", "", "sum"}, "node")
      .domain(kContrib);
  EXPECT_THAT(shape_of(skip.import(), 1), ElementsAre(2, 6, 8));
}

TEST(Norms, refuse_parameters_of_another_size) {
  ModelBuilder model(17);
  model.input("x", {2, 6, 8}).weights("a", {6}).output("y");
  model.node("LayerNormalization", {"x", "a"}, {"y"}, "node");
  EXPECT_EQ(model.import_error(),
            "node 'node' (LayerNormalization): its input 1 has shape 6, but it normalises 8");
}

TEST(Gelus, are_one_table_and_a_bias) {
  ModelBuilder model;
  model.input("x", {2, 8}).weights("w", {8, 8}).weights("b", {8}).output("y");
  model.node("MatMul", {"x", "w"}, {"h"}, "product");
  model.node("BiasGelu", {"h", "b"}, {"y"}, "gelu").domain(kContrib);
  const models::Graph graph = model.import();
  EXPECT_EQ(fused_text(layer_named(graph, "product")), "BiasGelu:5");
  EXPECT_THAT(names_of(graph, layer_named(graph, "product").epilogue[0].parameters),
              ElementsAre("b"));
}

TEST(Embeddings, gather_add_and_normalise) {
  ModelBuilder model;
  model.input("ids", {1, 6}, onnx::TensorProto::INT32).output("y").output("mask");
  model.weights("words", {100, 8})
      .weights("positions", {32, 8})
      .weights("a", {8})
      .weights("b", {8});
  model
      .node("EmbedLayerNormalization", {"ids", "", "words", "positions", "", "a", "b"},
            {"y", "mask"}, "node")
      .domain(kContrib);
  const models::Graph graph = model.import();
  EXPECT_EQ(moved(layer_named(graph, "node/gather")), 2 * 6 * 8);
  EXPECT_EQ(vector_work(layer_named(graph, "node/normalize")).operations_per_element, 1 + 5 + 2);
  EXPECT_THAT(shape_of(graph, 0), ElementsAre(1, 6, 8));
  EXPECT_THAT(shape_of(graph, 1), ElementsAre(1));
}

TEST(Embeddings, rotate_by_tables) {
  ModelBuilder model(21);
  model.input("x", {1, 4, 6, 8}).output("y").weights("cos", {32, 4}).weights("sin", {32, 4});
  model.input("p", {1, 6}, onnx::TensorProto::INT64);
  model.node("RotaryEmbedding", {"x", "cos", "sin", "p"}, {"y"}, "node");
  const models::Graph graph = model.import();
  EXPECT_EQ(vector_work(layer_named(graph, "node")).operations_per_element, 3);
  EXPECT_EQ(graph.parameter_elements(), 2 * 32 * 4);
}

}  // namespace
}  // namespace mensa::onnx_import
