// What is fused depends on the graph and not on the order of nodes in the file.

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tests/onnx_import/model_builder.h"
#include "tests/support/zoo.h"

namespace mensa::onnx_import {
namespace {

using models::Layer;
using testing::ElementsAre;

/// One convolution "conv", a pooled shortcut of equal shape and their sum, as in BlazeFace.
struct Residual : testing::Test {
  Residual() { model.input("x", {1, 8, 4, 4}).weights("w", {8, 8, 1, 1}).output("y"); }
  void conv(const std::string& in, const std::string& out, const std::string& name) {
    model.node("Conv", {in, "w"}, {out}, name);
  }
  void shortcut(const std::string& in) {
    model.node("MaxPool", {in}, {"p"}, "pool").integers("kernel_shape", {1, 1});
  }
  void sum(const std::string& left, const std::string& right) {
    model.node("Add", {left, right}, {"s"}, "sum");
    model.node("Relu", {"s"}, {"y"}, "relu");
  }

  ModelBuilder model;
};

TEST_F(Residual, takes_a_shortcut_that_is_made_before_or_behind) {
  shortcut("x");
  conv("x", "a", "conv");
  sum("a", "p");
  ModelBuilder behind;
  behind.model() = model.model();
  behind.proto().mutable_node()->SwapElements(0, 1);
  for (const auto& graph : {model.import(), behind.import()}) {
    // The layer waits for its shortcut.
    EXPECT_THAT(layer_names(graph), ElementsAre("pool", "conv"));
    const Layer& fused = layer_named(graph, "conv");
    ASSERT_EQ(fused_text(fused), "Add:1 Relu:1");
    EXPECT_THAT(names_of(graph, fused.epilogue[0].extra_inputs), ElementsAre("p"));
    EXPECT_THAT(names_of(graph, fused.outputs), ElementsAre("y"));
  }
}

TEST_F(Residual, takes_a_shortcut_on_either_side_of_the_sum) {
  conv("x", "a", "conv");
  shortcut("x");
  sum("p", "a");
  EXPECT_THAT(layer_names(model.import()), ElementsAre("pool", "conv"));
}

TEST_F(Residual, stays_a_layer_where_the_shortcut_reads_the_convolution) {
  conv("x", "a", "conv");
  shortcut("a");
  sum("a", "p");
  EXPECT_THAT(layer_names(model.import()), ElementsAre("conv", "pool", "sum"));
}

TEST_F(Residual, goes_to_the_end_of_a_chain_that_its_shortcut_is_taken_from) {
  conv("x", "a", "first");
  conv("a", "b", "second");
  shortcut("a");
  sum("b", "p");
  const models::Graph graph = model.import();
  EXPECT_THAT(layer_names(graph), ElementsAre("first", "pool", "second"));
  EXPECT_TRUE(layer_named(graph, "first").epilogue.empty());
}

TEST_F(Residual, of_two_convolutions_goes_to_the_last_operand_of_the_sum) {
  conv("x", "b", "right");
  conv("x", "a", "left");
  sum("a", "b");
  const models::Graph graph = model.import();
  EXPECT_THAT(layer_names(graph), ElementsAre("left", "right"));
  EXPECT_EQ(fused_text(layer_named(graph, "right")), "Add:1 Relu:1");
}

TEST_F(Residual, sums_in_a_row_wait_for_all_their_shortcuts) {
  conv("x", "a", "conv");
  model.node("Sigmoid", {"x"}, {"late"}, "late");
  model.node("Add", {"a", "late"}, {"s1"}, "sum1");
  model.node("Tanh", {"x"}, {"later"}, "later");
  model.node("Add", {"later", "s1"}, {"y"}, "sum2");
  const models::Graph graph = model.import();
  EXPECT_THAT(layer_names(graph), ElementsAre("late", "later", "conv"));
  EXPECT_EQ(fused_text(layer_named(graph, "conv")), "Add:1 Add:1");
}

/// Everything about a layer but its place.
std::string layer_text(const models::Graph& graph, const Layer& layer) {
  std::string text =
      fmt::format("{} {} of {}: {} MACs x {}, reads {} {}, writes {}, stands for {}", layer.name,
                  layer.op, graph.group_name(layer.group), graph.macs(layer), graph.steps(layer),
                  names_of(graph, layer.inputs), names_of(graph, layer.parameters),
                  names_of(graph, layer.outputs), layer.merged);
  for (const models::Epilogue& fused : layer.epilogue) {
    text += fmt::format("; {} of {}: {} operations, reads {} {}", fused.op, fused.node,
                        fused.work.operations(), names_of(graph, fused.extra_inputs),
                        names_of(graph, fused.parameters));
  }
  return text;
}

std::vector<std::string> sorted_texts(const models::Graph& graph) {
  std::vector<std::string> texts;
  texts.reserve(graph.layers().size());
  for (const Layer& layer : graph.layers()) texts.push_back(layer_text(graph, layer));
  std::sort(texts.begin(), texts.end());
  return texts;
}

/// Names that a node reads, the bodies of its loops included.
std::vector<std::string> reads_of(const onnx::NodeProto& node) {
  std::vector<std::string> names(node.input().begin(), node.input().end());
  for (const onnx::AttributeProto& attribute : node.attribute()) {
    for (const onnx::NodeProto& inner : attribute.g().node()) {
      const std::vector<std::string> more = reads_of(inner);
      names.insert(names.end(), more.begin(), more.end());
    }
  }
  std::erase(names, "");  // an optional input that is left out
  return names;
}

/// The nodes in a random order in which each stands behind those that it reads from. Constants
/// stand first: they would hold back the layers that they are weights of, and those alone.
onnx::GraphProto shuffled(const onnx::GraphProto& graph, std::mt19937& random) {
  std::map<std::string, int> maker;
  for (int i = 0; i < graph.node_size(); ++i) {
    for (const std::string& output : graph.node(i).output()) maker[output] = i;
  }
  std::map<int, std::vector<int>> readers;
  std::map<int, int> missing;
  std::vector<int> ready;
  onnx::GraphProto result = graph;
  result.clear_node();
  const auto place = [&](int node) {
    *result.add_node() = graph.node(node);
    for (const int reader : readers[node]) {
      if (--missing[reader] == 0) ready.push_back(reader);
    }
  };
  std::vector<int> constants;
  for (int i = 0; i < graph.node_size(); ++i) {
    const std::vector<std::string> reads = reads_of(graph.node(i));
    for (const std::string& name : reads) {
      const auto found = maker.find(name);
      if (found == maker.end()) continue;
      readers[found->second].push_back(i);
      ++missing[i];
    }
    if (missing[i] == 0) (reads.empty() ? constants : ready).push_back(i);
  }
  for (const int node : constants) place(node);
  while (!ready.empty()) {
    std::swap(ready[random() % ready.size()], ready.back());
    const int next = ready.back();
    ready.pop_back();
    place(next);
  }
  return result;
}

class NodeOrder : public testing::TestWithParam<std::string> {};

TEST_P(NodeOrder, makes_no_difference_to_the_layers) {
  constexpr unsigned kOrders = 12;
  ModelBuilder model;
  std::ifstream file(std::string(MENSA_SOURCE_DIR) + "/models/zoo/" + GetParam() + ".onnx",
                     std::ios::binary);
  ASSERT_TRUE(model.model().ParseFromIstream(&file));
  const onnx::GraphProto original = model.proto();
  const std::vector<std::string> expected = sorted_texts(model.import());
  for (unsigned seed = 0; seed < kOrders; ++seed) {
    std::mt19937 random(seed);
    model.proto() = shuffled(original, random);
    ASSERT_EQ(model.proto().node_size(), original.node_size());
    const models::Graph graph = model.import();
    EXPECT_EQ(sorted_texts(graph), expected) << "seed " << seed;
    // The layers as they are numbered stand in topological order too.
    for (const Layer& layer : graph.layers()) {
      for (const models::LayerId before : graph.predecessors(layer.id)) {
        EXPECT_LT(before, layer.id) << layer.name << ", seed " << seed;
      }
    }
  }
}

std::vector<std::string> zoo_names() {
  std::vector<std::string> names;
  for (const ZooNetwork& network : read_zoo()) names.push_back(network.name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Zoo, NodeOrder, testing::ValuesIn(zoo_names()),
                         [](const auto& each) { return each.param; });

}  // namespace
}  // namespace mensa::onnx_import
