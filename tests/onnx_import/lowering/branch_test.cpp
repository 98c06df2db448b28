#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/onnx_import/model_builder.h"

namespace mensa::onnx_import {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// An If "choice": a product with 4 x 4 weights, or a Tanh of x [2, 4] that both see.
struct If : testing::Test {
  If() {
    GraphBuilder heavy(on_true);
    heavy.node("MatMul", {"x2", "w"}, {"heavy"}, "product");
    heavy.output("heavy");
    GraphBuilder light(on_false);
    light.node("Tanh", {"x2"}, {"light"}, "tanh");
    light.output("light");
    model.input("x", {2, 4}).output("y").weights("w", {4, 4});
    model.node("Relu", {"x"}, {"x2"}, "before");
  }
  void build() {
    model.node("If", {"condition"}, {"chosen"}, "choice")
        .graph("then_branch", on_true)
        .graph("else_branch", on_false);
    model.node("Softmax", {"chosen"}, {"y"}, "after");
  }

  ModelBuilder model;
  onnx::GraphProto on_true;
  onnx::GraphProto on_false;
};

TEST_F(If, with_a_constant_condition_takes_its_branch) {
  for (const std::int64_t condition : {1, 0}) {
    ModelBuilder copy;
    copy.input("x", {2, 4}).output("y").weights("w", {4, 4});
    copy.integers("condition", {}, {condition}, onnx::TensorProto::BOOL);
    copy.node("Relu", {"x"}, {"x2"}, "before");
    copy.node("If", {"condition"}, {"chosen"}, "choice")
        .graph("then_branch", on_true)
        .graph("else_branch", on_false);
    copy.node("Softmax", {"chosen"}, {"y"}, "after");
    const models::Graph graph = copy.import();
    if (condition == 1) {
      EXPECT_THAT(layer_names(graph), ElementsAre("before", "product", "after"));
    } else {
      EXPECT_EQ(fused_text(layer_named(graph, "before")), "Tanh:4");
    }
    EXPECT_TRUE(graph.notes().empty());
  }
}

TEST_F(If, that_is_open_takes_the_branch_of_more_macs_and_says_so) {
  model.input("condition", {}, onnx::TensorProto::BOOL);
  build();
  const models::Graph graph = model.import();
  EXPECT_THAT(layer_names(graph), ElementsAre("before", "product", "after"));
  // 2 x 4 x 4 MACs; 4 bytes each of 8 + 16 + 8 elements, and of 8 + 8.
  EXPECT_THAT(graph.notes(),
              ElementsAre("If 'choice': its condition is not known before run time; took the "
                          "branch 'then', the costlier one (32 MACs and 128 bytes against 0 and "
                          "64); --branch choice=else takes the other"));
}

TEST_F(If, that_is_open_takes_the_branch_of_the_options) {
  model.input("condition", {}, onnx::TensorProto::BOOL);
  build();
  ImportOptions options;
  options.branches["choice"] = Branch::kElse;
  const models::Graph graph = model.import(options);
  EXPECT_EQ(graph.macs(), 0);
  EXPECT_THAT(graph.notes(),
              ElementsAre("If 'choice': took the branch 'else', as the options say"));
  ImportOptions wrong;
  wrong.branches["choise"] = Branch::kElse;
  EXPECT_THAT(model.import_error(wrong), HasSubstr("choice"));
}

TEST_F(If, options_for_an_if_that_is_decided_are_an_error) {
  model.integers("condition", {}, {1}, onnx::TensorProto::BOOL);
  build();
  ImportOptions options;
  options.branches["choice"] = Branch::kElse;
  EXPECT_EQ(model.import_error(options), "no If 'choice' whose branch is open");
}

TEST_F(If, may_give_results_of_different_shapes) {
  GraphBuilder heavy(on_true);
  on_true.mutable_node(0)->set_input(1, "wide");
  model.weights("wide", {4, 9}).input("condition", {}, onnx::TensorProto::BOOL);
  build();
  EXPECT_THAT(output_shape(model.import()), ElementsAre(2, 9));
}

TEST_F(If, must_give_results_of_one_type) {
  GraphBuilder light(on_false);
  on_false.clear_output();
  light.node("Cast", {"light"}, {"cast"}).integer("to", onnx::TensorProto::INT32);
  light.output("cast");
  model.input("condition", {}, onnx::TensorProto::BOOL);
  build();
  EXPECT_THAT(model.import_error(),
              HasSubstr("its result 0 is float32 in one branch and int32 in the other"));
}

TEST_F(If, an_unsupported_operator_counts_only_where_it_may_run) {
  on_true.mutable_node(0)->set_op_type("Mystery");
  model.integers("condition", {}, {0}, onnx::TensorProto::BOOL);
  build();
  EXPECT_EQ(model.import_error(), "no error");
  ModelBuilder open;
  open.input("x2", {2, 4}).input("condition", {}, onnx::TensorProto::BOOL).output("chosen");
  open.weights("w", {4, 4});
  open.node("If", {"condition"}, {"chosen"}, "choice")
      .graph("then_branch", on_true)
      .graph("else_branch", on_false);
  EXPECT_THAT(open.import_error(), HasSubstr("product: Mystery: unknown operator"));
}

TEST_F(If, inside_of_an_if_is_decided_first) {
  onnx::GraphProto outer_true;
  GraphBuilder outer(outer_true);
  outer.node("If", {"condition"}, {"inner"}, "nested")
      .graph("then_branch", on_true)
      .graph("else_branch", on_false);
  outer.node("Sigmoid", {"inner"}, {"outer"}, "sigmoid");
  outer.output("outer");
  onnx::GraphProto outer_false;
  GraphBuilder other(outer_false);
  other.node("MatMul", {"x2", "wide"}, {"o"}, "wider");
  other.output("o");
  model.input("condition", {}, onnx::TensorProto::BOOL).weights("wide", {4, 5});
  model.node("If", {"condition"}, {"chosen"}, "choice")
      .graph("then_branch", outer_true)
      .graph("else_branch", outer_false);
  model.node("Softmax", {"chosen"}, {"y"}, "after");
  const models::Graph graph = model.import();
  EXPECT_EQ(graph.macs(), 2 * 4 * 5);  // against 2 x 4 x 4
  EXPECT_EQ(graph.notes().size(), 2U);
}

TEST_F(If, branches_may_be_values_from_outside) {
  onnx::GraphProto same;
  same.set_name("same");
  same.add_output()->set_name("x2");
  model.integers("condition", {}, {1}, onnx::TensorProto::BOOL);
  model.node("If", {"condition"}, {"chosen"}, "choice")
      .graph("then_branch", same)
      .graph("else_branch", on_false);
  model.node("Softmax", {"chosen"}, {"y"}, "after");
  const models::Graph graph = model.import();
  EXPECT_EQ(layer_named(graph, "after").inputs, layer_named(graph, "before").outputs);
}

TEST_F(If, in_the_body_of_a_loop_joins_it) {
  onnx::GraphProto body;
  GraphBuilder inner(body);
  inner.input("i", {}, onnx::TensorProto::INT64).input("go", {}, onnx::TensorProto::BOOL);
  inner.input("x2", {2, 4}).output("go").output("next");
  inner.node("If", {"condition"}, {"next"}, "choice")
      .graph("then_branch", on_true)
      .graph("else_branch", on_false);
  ModelBuilder looped;
  looped.input("x", {2, 4}).input("condition", {}, onnx::TensorProto::BOOL).output("last");
  looped.weights("w", {4, 4}).integers("trips", {}, {7});
  looped.node("Loop", {"trips", "", "x"}, {"last"}, "loop").graph("body", body);
  const models::Graph graph = looped.import();
  EXPECT_EQ(graph.macs(), 7 * 2 * 4 * 4);
  EXPECT_TRUE(layer_named(graph, "product").recurrence);
}

}  // namespace
}  // namespace mensa::onnx_import
