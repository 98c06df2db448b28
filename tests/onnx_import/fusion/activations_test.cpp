#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/onnx_import/fusion/expressions.h"

// Activations as exporters write them out, and what only looks like them.

namespace mensa::onnx_import {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

/// Expressions that make y of x, and the one operator that they stand for.
struct ActivationForm {
  const char* maker;
  const char* op;
  const char* text;
};

void PrintTo(const ActivationForm& form, std::ostream* out) {
  *out << form.maker << ": " << form.text;
}

struct RecognisedActivation : testing::TestWithParam<ActivationForm> {};

TEST_P(RecognisedActivation, as_one_operator) {
  const models::Graph graph = import_expressions(GetParam().text);
  EXPECT_EQ(ops_text(graph), GetParam().op);
  EXPECT_EQ(graph.layers()[0].name, "y");
  EXPECT_EQ(names_of(graph, graph.layers()[0].inputs), std::vector<std::string>{"x"});
  EXPECT_THAT(graph.notes(),
              testing::Contains(testing::HasSubstr(std::string("1 ") + GetParam().op)));
}

INSTANTIATE_TEST_SUITE_P(
    Gelu, RecognisedActivation,
    testing::Values(
        ActivationForm{
            "PyTorch", "Gelu",
            "a = Div(x, 1.4142135); b = Erf(a); c = Add(b, 1); d = Mul(x, c); y = Mul(d, 0.5)"},
        ActivationForm{
            "PyTorch, half first", "Gelu",
            "h = Mul(x, 0.5); a = Div(x, 1.4142135); b = Erf(a); c = Add(1, b); y = Mul(h, c)"},
        ActivationForm{
            "TensorFlow", "Gelu",
            "a = Mul(x, 0.70710678); b = Erf(a); c = Add(1, b); d = Mul(0.5, c); y = Mul(x, d)"},
        ActivationForm{
            "Paddle, rounded", "Gelu",
            "a = Div(x, 1.4142); b = Erf(a); c = Add(b, 1); d = Mul(x, c); y = Div(d, 2)"},
        ActivationForm{"tanh, power", "Gelu",
                       "a = Pow(x, 3); b = Mul(a, 0.044715); c = Add(x, b); d = Mul(c, 0.7978845); "
                       "e = Tanh(d); f = Add(e, 1); g = Mul(x, 0.5); y = Mul(g, f)"},
        ActivationForm{
            "tanh, products", "Gelu",
            "a = Mul(x, x); b = Mul(a, x); c = Mul(0.044715, b); d = Add(c, x); "
            "e = Mul(0.7978845, d); f = Tanh(e); g = Add(1, f); h = Mul(0.5, g); y = Mul(h, x)"},
        ActivationForm{
            "tanh, factored", "Gelu",
            "a = Mul(x, x); b = Mul(a, 0.044715); c = Add(b, 1); d = Mul(x, 0.7978845); "
            "e = Mul(d, c); f = Tanh(e); g = Add(f, 1); h = Mul(x, 0.5); y = Mul(h, g)"}));

INSTANTIATE_TEST_SUITE_P(
    Gates, RecognisedActivation,
    testing::Values(
        ActivationForm{"PyTorch", "HardSwish",
                       "a = Add(x, 3); b = Clip(a, 0, 6); c = Mul(x, b); y = Div(c, 6)"},
        ActivationForm{"gate first", "HardSwish",
                       "a = Add(3, x); b = Clip(a, 0, 6); c = Div(b, 6); y = Mul(c, x)"},
        ActivationForm{"TensorFlow", "HardSwish",
                       "a = Add(x, 3); b = Clip(a, 0, 6); c = Mul(x, 0.16666667); y = Mul(b, c)"},
        ActivationForm{"scaled gate", "HardSwish",
                       "a = Mul(x, 0.1666667); b = Add(a, 0.5); c = Clip(b, 0, 1); y = Mul(x, c)"},
        ActivationForm{"gate alone", "HardSigmoid",
                       "a = Add(x, 3); b = Clip(a, 0, 6); y = Div(b, 6)"},
        ActivationForm{"SiLU", "Swish", "a = Sigmoid(x); y = Mul(x, a)"},
        ActivationForm{"SiLU, gate first", "Swish", "a = Sigmoid(x); y = Mul(a, x)"},
        ActivationForm{"CLIP", "QuickGelu", "a = Mul(1.702, x); b = Sigmoid(a); y = Mul(x, b)"},
        ActivationForm{"Mish", "Mish", "a = Softplus(x); b = Tanh(a); y = Mul(x, b)"},
        ActivationForm{"Mish, written out", "Mish",
                       "a = Exp(x); b = Add(a, 1); c = Log(b); d = Tanh(c); y = Mul(x, d)"}));

TEST(Recognition, hard_sigmoid_times_x_needs_the_slope_of_a_sixth) {
  const auto import_with = [](float alpha) {
    ModelBuilder model;
    model.input("x", {2, 8}).output("y");
    model.node("HardSigmoid", {"x"}, {"gate"}).real("alpha", alpha);
    model.node("Mul", {"x", "gate"}, {"y"});
    return ops_text(model.import());
  };
  EXPECT_EQ(import_with(1.0F / 6), "HardSwish");
  EXPECT_EQ(import_with(0.2F), "HardSigmoid Mul");
}

TEST(Recognition, says_what_was_merged) {
  const models::Graph graph = import_expressions(
      "h = Mul(x, 0.5); a = Div(x, 1.4142135); b = Erf(a); c = Add(1, b); y = Mul(h, c)");
  EXPECT_THAT(graph.layers()[0].merged, UnorderedElementsAre("h", "a", "b", "c"));
  EXPECT_THAT(graph.notes(),
              testing::Contains("recognised in operators that write them out in parts: 1 Gelu"));
  // 2 x 5 x 8 elements, each one table look-up of 4 operations.
  EXPECT_EQ(vector_work(graph.layers()[0]).operations(), 80 * 4);
}

TEST(Recognition, an_activation_becomes_an_epilogue_that_names_its_parts) {
  ModelBuilder model;
  model.input("x", {1, 8, 4, 4}).weights("w", {8, 8, 1, 1}).output("y");
  model.node("Conv", {"x", "w"}, {"c"});
  add_expressions(model, "s = Sigmoid(c); y = Mul(c, s)");
  const models::Graph graph = model.import();
  EXPECT_EQ(ops_text(graph), "Conv+Swish");
  EXPECT_EQ(graph.layers()[0].epilogue[0].node, "y");
  EXPECT_THAT(graph.layers()[0].epilogue[0].merged, ElementsAre("s"));
}

/// What must stay as it is, by what is wrong with it.
struct ActivationNearMiss : testing::TestWithParam<ActivationForm> {};

TEST_P(ActivationNearMiss, is_left_alone) {
  const models::Graph graph = import_expressions(GetParam().text);
  EXPECT_THAT(graph.notes(), testing::Not(testing::Contains(testing::HasSubstr("recognised"))));
  for (const models::Layer& layer : graph.layers()) EXPECT_TRUE(layer.merged.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Activations, ActivationNearMiss,
    testing::Values(
        ActivationForm{
            "a third, not a half", "",
            "a = Div(x, 1.4142135); b = Erf(a); c = Add(b, 1); d = Mul(x, c); y = Mul(d, 0.333)"},
        ActivationForm{
            "scaled by 1.5", "",
            "a = Div(x, 1.5); b = Erf(a); c = Add(b, 1); d = Mul(x, c); y = Mul(d, 0.5)"},
        ActivationForm{
            "times the root, not by it", "",
            "a = Mul(x, 1.4142135); b = Erf(a); c = Add(b, 1); d = Mul(x, c); y = Mul(d, 0.5)"},
        ActivationForm{
            "plus 2", "",
            "a = Div(x, 1.4142135); b = Erf(a); c = Add(b, 2); d = Mul(x, c); y = Mul(d, 0.5)"},
        ActivationForm{
            "gates another value", "",
            "n = Neg(x); a = Div(x, 1.4142135); b = Erf(a); c = Add(b, 1); d = Mul(n, c); "
            "y = Mul(d, 0.5)"},
        ActivationForm{
            "the gate is read elsewhere", "",
            "a = Div(x, 1.4142135); b = Erf(a); c = Add(b, 1); d = Mul(x, c); e = Mul(d, 0.5); "
            "y = Add(e, b)"},
        ActivationForm{"no cube", "",
                       "a = Pow(x, 2); b = Mul(a, 0.044715); c = Add(x, b); d = Mul(c, 0.7978845); "
                       "e = Tanh(d); f = Add(e, 1); g = Mul(x, 0.5); y = Mul(g, f)"},
        ActivationForm{"clips at 5", "",
                       "a = Add(x, 3); b = Clip(a, 0, 5); c = Mul(x, b); y = Div(c, 6)"},
        ActivationForm{"adds 2", "",
                       "a = Add(x, 2); b = Clip(a, 0, 6); c = Mul(x, b); y = Div(c, 6)"},
        ActivationForm{"divides 6", "",
                       "a = Add(x, 3); b = Clip(a, 0, 6); c = Mul(x, b); y = Div(6, c)"},
        ActivationForm{"sigmoid of another value", "", "n = Neg(x); a = Sigmoid(n); y = Mul(x, a)"},
        ActivationForm{"sigmoid read twice", "", "a = Sigmoid(x); b = Mul(x, a); y = Add(b, a)"},
        ActivationForm{"softplus of 2", "",
                       "a = Exp(x); b = Add(a, 2); c = Log(b); d = Tanh(c); y = Mul(x, d)"}));

TEST(Recognition, a_part_that_leaves_the_graph_is_kept) {
  ModelBuilder model;
  model.input("x", {2, 8}).output("s").output("y");
  add_expressions(model, "s = Sigmoid(x); y = Mul(x, s)");
  EXPECT_EQ(ops_text(model.import()), "Sigmoid Mul");
}

TEST(Recognition, constants_that_a_weightless_model_withholds_count_as_right) {
  ImportOptions options;
  options.weights_optional = true;
  ModelBuilder model;
  model.input("x", {2, 8}).output("y");
  for (const char* name : {"root", "one", "half"}) model.external(name, {});
  add_expressions(model,
                  "a = Div(x, root); b = Erf(a); c = Add(b, one); d = Mul(x, c); y = Mul(d, half)");
  EXPECT_EQ(ops_text(model.import(options)), "Gelu");

  ModelBuilder vectors;
  vectors.input("x", {2, 8})
      .output("y")
      .external("root", {8})
      .external("one", {})
      .external("half", {});
  add_expressions(vectors,
                  "a = Div(x, root); b = Erf(a); c = Add(b, one); d = Mul(x, c); y = Mul(d, half)");
  EXPECT_THAT(ops_text(vectors.import(options)), testing::HasSubstr("Div"));
}

}  // namespace
}  // namespace mensa::onnx_import
