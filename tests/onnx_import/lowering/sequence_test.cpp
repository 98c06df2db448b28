#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/onnx_import/model_builder.h"

namespace mensa::onnx_import {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// A gated linear unit by torch.split of an axis of unknown extent: [2, 32] in halves.
void add_gate(ModelBuilder& model) {
  model.input("x", {2, 32}).integers("halves", {2}, {16, 16});
  model.integers("0", {}, {0}).integers("-1", {}, {-1});
  model.node("SplitToSequence", {"x", "halves"}, {"parts"}, "split").integer("axis", 1);
  model.node("SequenceAt", {"parts", "0"}, {"a"}, "a");
  model.node("SequenceAt", {"parts", "-1"}, {"b"}, "b");
  model.node("Sigmoid", {"b"}, {"gate"}, "sigmoid");
  model.node("Mul", {"a", "gate"}, {"product"}, "mul");
}

TEST(Sequences, of_parts_copy_what_is_taken_out) {
  ModelBuilder model;
  add_gate(model);
  model.output("product");
  const models::Graph graph = model.import();
  EXPECT_THAT(output_shape(graph), ElementsAre(2, 16));
  EXPECT_EQ(moved(layer_named(graph, "a")), 2 * 16);
  EXPECT_THAT(names_of(graph, layer_named(graph, "b").inputs), ElementsAre("x"));
  EXPECT_EQ(graph.layers().size(), 4U);
}

TEST(Sequences, join_and_stack_their_tensors) {
  for (const bool stacks : {false, true}) {
    ModelBuilder model;
    add_gate(model);
    model.output("y").output("count");
    model.node("SequenceEmpty", {}, {"nothing"});
    model.node("SequenceInsert", {"nothing", "product"}, {"one"});
    model.node("SequenceInsert", {"one", "gate", "0"}, {"two"});
    model.node("SequenceConstruct", {"a", "product"}, {"others"});
    model.node("SequenceErase", {"others", "0"}, {"other"});
    model.node("SequenceAt", {"other", "0"}, {"same"});
    model.node("SequenceInsert", {"two", "same"}, {"three"});
    model.node("SequenceLength", {"three"}, {"length"});
    model.node("Identity", {"length"}, {"count"});
    model.node("ConcatFromSequence", {"three"}, {"y"}, "join")
        .integer("axis", 1)
        .integer("new_axis", stacks ? 1 : 0);
    const models::Graph graph = model.import();
    const models::Layer& join = layer_named(graph, "join");
    EXPECT_EQ(graph.tensor(join.outputs[0]).shape,
              stacks ? (std::vector<std::int64_t>{2, 3, 16}) : (std::vector<std::int64_t>{2, 48}));
    EXPECT_EQ(moved(join), 2 * 48);
    EXPECT_THAT(names_of(graph, join.inputs), ElementsAre("gate", "product"));
  }
}

TEST(Sequences, are_split_by_one_extent_for_all_parts_or_in_slices) {
  const auto first_and_last = [](std::int64_t extent, std::int64_t keeps) {
    ModelBuilder model;
    model.input("x", {10, 3}).output("a").output("b");
    model.integers("0", {}, {0}).integers("-1", {}, {-1}).integers("each", {}, {extent});
    const std::vector<std::string> whole = {"x"};
    const std::vector<std::string> by = {"x", "each"};
    model.node("SplitToSequence", extent > 0 ? by : whole, {"parts"}).integer("keepdims", keeps);
    model.node("SequenceAt", {"parts", "0"}, {"a"});
    model.node("SequenceAt", {"parts", "-1"}, {"b"});
    const models::Graph graph = model.import();
    return std::vector{graph.tensor(graph.outputs()[0]).shape,
                       graph.tensor(graph.outputs()[1]).shape};
  };
  EXPECT_THAT(first_and_last(4, 1), ElementsAre(ElementsAre(4, 3), ElementsAre(2, 3)));
  EXPECT_THAT(first_and_last(0, 1), ElementsAre(ElementsAre(1, 3), ElementsAre(1, 3)));
  EXPECT_THAT(first_and_last(0, 0), ElementsAre(ElementsAre(3), ElementsAre(3)));
}

TEST(Sequences, that_are_not_known_or_leave_the_model_are_refused) {
  ModelBuilder model;
  add_gate(model);
  model.input("i", {}, onnx::TensorProto::INT64).output("y");
  model.node("SequenceAt", {"parts", "i"}, {"y"}, "at");
  EXPECT_THAT(model.import_error(), HasSubstr("its position ('i') is not known before run time"));
  model.proto().mutable_node(5)->set_input(1, "two");
  model.integers("two", {}, {2});
  EXPECT_EQ(model.import_error(), "node 'at' (SequenceAt): position 2 of a sequence of 2");
  model.proto().mutable_node(5)->set_op_type("SequenceErase");
  EXPECT_EQ(model.import_error(), "node 'at' (SequenceErase): position 2 of a sequence of 2");
  model.proto().mutable_node(5)->mutable_input()->Add("two");
  model.proto().mutable_node(5)->set_op_type("SequenceInsert");
  model.proto().mutable_node(5)->set_input(0, "nothing");
  model.node("SequenceEmpty", {}, {"nothing"});
  EXPECT_EQ(model.import_error(), "node 'at' (SequenceInsert): position 2 of a sequence of 0");
  ModelBuilder open;
  add_gate(open);
  open.output("parts");
  EXPECT_EQ(open.import_error(), "output 'parts': is a sequence; mensa gives tensors only");
}

TEST(Sequences, that_a_loop_carries_are_refused) {
  onnx::GraphProto body;
  GraphBuilder inner(body);
  inner.input("i", {}, onnx::TensorProto::INT64).input("go", {}, onnx::TensorProto::BOOL);
  inner.input("s", {}).output("go").output("s_next");
  inner.node("Tanh", {"x"}, {"h"});
  inner.node("SequenceConstruct", {"h"}, {"s_next"});
  ModelBuilder model;
  model.input("x", {2, 3}).output("y").integers("trips", {}, {3});
  model.node("SequenceEmpty", {}, {"nothing"});
  model.node("Loop", {"trips", "", "nothing"}, {"all"}, "loop").graph("body", body);
  model.node("ConcatFromSequence", {"all"}, {"y"}).integer("axis", 0);
  EXPECT_THAT(model.import_error(), HasSubstr("loop: Loop: carried value 'nothing' is a sequence"));
}

}  // namespace
}  // namespace mensa::onnx_import
