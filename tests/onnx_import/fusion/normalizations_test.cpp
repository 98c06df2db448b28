#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>

#include "tests/onnx_import/fusion/expressions.h"

// Normalisations as exporters write them out, over x [2, 5, 8].

namespace mensa::onnx_import {
namespace {

using models::Layer;
using testing::ElementsAre;

/// Operations for each element (operation_counts.h): 5 for the normalisation by mean and deviation,
/// 3 for that by a norm, 1 each for scale and shift.
struct NormalizationForm {
  const char* maker;
  const char* op;
  const char* text;
  std::int64_t operations;
};

void PrintTo(const NormalizationForm& form, std::ostream* out) {
  *out << form.maker << ": " << form.text;
}

struct RecognisedNorm : testing::TestWithParam<NormalizationForm> {};

TEST_P(RecognisedNorm, as_one_operator) {
  const models::Graph graph = import_expressions(GetParam().text);
  ASSERT_EQ(ops_text(graph), GetParam().op);
  const Layer& layer = graph.layers()[0];
  EXPECT_EQ(names_of(graph, layer.inputs), std::vector<std::string>{"x"});
  EXPECT_EQ(vector_work(layer).operations(), 80 * GetParam().operations);
}

INSTANTIATE_TEST_SUITE_P(
    LayerNormalization, RecognisedNorm,
    testing::Values(
        NormalizationForm{
            "PyTorch", "LayerNormalization",
            "m = ReduceMean[-1](x); d = Sub(x, m); q = Pow(d, 2); v = ReduceMean[-1](q); "
            "e = Add(v, 0.00001); s = Sqrt(e); n = Div(d, s); g = Mul(n, scale); y = Add(g, shift)",
            7},
        NormalizationForm{"two differences", "LayerNormalization",
                          "m = ReduceMean[2](x); d = Sub(x, m); d2 = Sub(x, m); q = Pow(d2, 2); "
                          "v = ReduceMean[2](q); e = Add(v, 0.00001); s = Sqrt(e); n = Div(d, s); "
                          "g = Mul(n, scale); y = Add(g, shift)",
                          7},
        NormalizationForm{
            "squared by itself", "LayerNormalization",
            "m = ReduceMean[-1](x); d = Sub(x, m); q = Mul(d, d); v = ReduceMean[-1](q); "
            "e = Add(0.000001, v); s = Sqrt(e); n = Div(d, s); g = Mul(scale, n); y = Add(shift, "
            "g)",
            7},
        NormalizationForm{
            "scale alone", "LayerNormalization",
            "m = ReduceMean[-1](x); d = Sub(x, m); q = Pow(d, 2); v = ReduceMean[-1](q); "
            "e = Add(v, 0.00001); s = Sqrt(e); n = Div(d, s); y = Mul(n, scale)",
            6},
        NormalizationForm{
            "neither", "LayerNormalization",
            "m = ReduceMean[-1](x); d = Sub(x, m); q = Pow(d, 2); v = ReduceMean[-1](q); "
            "e = Add(v, 0.00001); s = Sqrt(e); r = Reciprocal(s); y = Mul(d, r)",
            5},
        NormalizationForm{
            "over two axes", "LayerNormalization",
            "m = ReduceMean[1, 2](x); d = Sub(x, m); q = Pow(d, 2); v = ReduceMean[-1, -2](q); "
            "e = Add(v, 0.00001); s = Sqrt(e); n = Div(d, s); g = Mul(n, scale); y = Add(g, shift)",
            7},
        NormalizationForm{
            "TensorFlow", "LayerNormalization",
            "m = ReduceMean[2](x); d = Sub(x, m); q = Mul(d, d); v = ReduceMean[2](q); "
            "e = Add(v, 0.001); s = Sqrt(e); r = Reciprocal(s); f = Mul(r, scale); a = Mul(x, f); "
            "b = Mul(m, f); c = Sub(shift, b); y = Add(a, c)",
            7}));

INSTANTIATE_TEST_SUITE_P(
    Norms, RecognisedNorm,
    testing::Values(
        NormalizationForm{
            "Llama", "RMSNormalization",
            "q = Pow(x, 2); v = ReduceMean[-1](q); e = Add(v, 0.000001); s = Sqrt(e); "
            "r = Div(1, s); n = Mul(x, r); y = Mul(scale, n)",
            4},
        NormalizationForm{
            "divided", "RMSNormalization",
            "q = Mul(x, x); v = ReduceMean[-1](q); e = Add(v, 0.000001); s = Sqrt(e); "
            "y = Div(x, s)",
            3},
        NormalizationForm{
            "power of -1/2", "RMSNormalization",
            "q = Mul(x, x); v = ReduceMean[-1](q); e = Add(v, 0.000001); r = Pow(e, -0.5); "
            "n = Mul(x, r); y = Mul(n, scale)",
            4},
        NormalizationForm{"PyTorch normalize", "LpNormalization",
                          "n = ReduceL2[1](x); l = Clip(n, 0.000000000001); y = Div(x, l)", 3},
        NormalizationForm{"written out", "LpNormalization",
                          "q = Mul(x, x); n = ReduceSum[1](q); s = Sqrt(n); y = Div(x, s)", 3}));

void add_halves(ModelBuilder& model, const std::string& name) {
  model.raw(name, {8}, onnx::TensorProto::FLOAT16, std::string(16, '\1'));
}

TEST(RecognisedNormalization, with_the_variance_in_single_precision) {
  ModelBuilder model;
  model.input("x", {2, 5, 8}, onnx::TensorProto::FLOAT16).output("y");
  for (const char* name : {"scale", "shift"}) add_halves(model, name);
  add_expressions(model,
                  "m = ReduceMean[-1](x); d = Sub(x, m); c = Cast[1](d); q = Pow(c, 2); "
                  "v = ReduceMean[-1](q); e = Add(v, 0.00001); s = Sqrt(e); h = Cast[10](s); "
                  "n = Div(d, h); g = Mul(n, scale); y = Add(g, shift)");
  EXPECT_EQ(ops_text(model.import()), "LayerNormalization");
}

TEST(RecognisedNormalization, in_half_precision_computed_in_single) {
  ModelBuilder model;
  model.input("x", {2, 5, 8}, onnx::TensorProto::FLOAT16).output("y");
  add_halves(model, "scale");
  add_expressions(model,
                  "c = Cast[1](x); q = Pow(c, 2); v = ReduceMean[-1](q); e = Add(v, 0.00001); "
                  "s = Sqrt(e); r = Reciprocal(s); n = Mul(c, r); h = Cast[10](n); "
                  "y = Mul(scale, h)");
  const models::Graph graph = model.import();
  ASSERT_EQ(ops_text(graph), "RMSNormalization");
  EXPECT_EQ(graph.tensor(graph.layers()[0].inputs[0]).name, "x");
  EXPECT_EQ(graph.layers()[0].merged.size(), 8U);
}

TEST(RecognisedNormalization, axes_may_be_an_input) {
  ModelBuilder model(18);
  model.input("x", {2, 5, 8}).output("y").integers("axes", {1}, {-1});
  add_expressions(model,
                  "m = ReduceMean(x, axes); d = Sub(x, m); q = Pow(d, 2); v = ReduceMean(q, axes); "
                  "e = Add(v, 0.00001); s = Sqrt(e); y = Div(d, s)");
  EXPECT_EQ(ops_text(model.import()), "LayerNormalization");
}

TEST(RecognisedNormalization, the_mean_of_images_is_a_normalization_without_its_scale) {
  ModelBuilder model;
  model.input("x", {1, 3, 4, 4}).output("y").weights("scale", {3, 1, 1});
  add_expressions(model,
                  "m = ReduceMean[2, 3](x); d = Sub(x, m); q = Mul(d, d); v = ReduceMean[2, 3](q); "
                  "e = Add(v, 0.00001); s = Sqrt(e); n = Div(d, s); y = Mul(n, scale)");
  EXPECT_EQ(ops_text(model.import()), "LayerNormalization+Mul");
}

TEST(RecognisedNormalization, sum_of_scale_and_shift_is_read_as_parameters) {
  const models::Graph graph = import_expressions(
      "m = ReduceMean[-1](x); d = Sub(x, m); q = Pow(d, 2); v = ReduceMean[-1](q); "
      "e = Add(v, 0.00001); s = Sqrt(e); n = Div(d, s); g = Mul(n, scale); y = Add(g, shift)");
  EXPECT_THAT(names_of(graph, graph.layers()[0].parameters), ElementsAre("scale", "shift"));
  EXPECT_EQ(graph.parameter_elements(), 16);
}

struct NormNearMiss : testing::TestWithParam<NormalizationForm> {};

TEST_P(NormNearMiss, is_left_alone) {
  const models::Graph graph = import_expressions(GetParam().text);
  EXPECT_THAT(graph.notes(), testing::Not(testing::Contains(testing::HasSubstr("recognised"))));
}

INSTANTIATE_TEST_SUITE_P(
    Normalizations, NormNearMiss,
    testing::Values(
        NormalizationForm{
            "not the last axis", "",
            "m = ReduceMean[1](x); d = Sub(x, m); q = Pow(d, 2); v = ReduceMean[1](q); "
            "e = Add(v, 0.00001); s = Sqrt(e); y = Div(d, s)",
            0},
        NormalizationForm{
            "two different axes", "",
            "m = ReduceMean[2](x); d = Sub(x, m); q = Pow(d, 2); v = ReduceMean[1](q); "
            "e = Add(v, 0.00001); s = Sqrt(e); y = Div(d, s)",
            0},
        NormalizationForm{
            "axes with a gap", "",
            "m = ReduceMean[0, 2](x); d = Sub(x, m); q = Pow(d, 2); v = ReduceMean[0, 2](q); "
            "e = Add(v, 0.00001); s = Sqrt(e); y = Div(d, s)",
            0},
        NormalizationForm{
            "a cube", "",
            "m = ReduceMean[-1](x); d = Sub(x, m); q = Pow(d, 3); v = ReduceMean[-1](q); "
            "e = Add(v, 0.00001); s = Sqrt(e); y = Div(d, s)",
            0},
        NormalizationForm{
            "a large constant under the root", "",
            "m = ReduceMean[-1](x); d = Sub(x, m); q = Pow(d, 2); v = ReduceMean[-1](q); "
            "e = Add(v, 1); s = Sqrt(e); y = Div(d, s)",
            0},
        NormalizationForm{
            "the deviation is read elsewhere", "",
            "m = ReduceMean[-1](x); d = Sub(x, m); q = Pow(d, 2); v = ReduceMean[-1](q); "
            "e = Add(v, 0.00001); s = Sqrt(e); n = Div(d, s); y = Add(n, s)",
            0},
        NormalizationForm{
            "upside down", "",
            "m = ReduceMean[-1](x); d = Sub(x, m); q = Pow(d, 2); v = ReduceMean[-1](q); "
            "e = Add(v, 0.00001); s = Sqrt(e); y = Div(s, d)",
            0},
        NormalizationForm{
            "a sum, not a mean", "",
            "q = Pow(x, 2); v = ReduceSum[-1](q); e = Add(v, 1); s = Sqrt(e); y = Div(x, s)", 0},
        NormalizationForm{"the norm over two axes", "", "n = ReduceL2[1, 2](x); y = Div(x, n)", 0},
        NormalizationForm{"the norm of something else", "",
                          "a = Neg(x); n = ReduceL2[1](a); y = Div(x, n)", 0}));

}  // namespace
}  // namespace mensa::onnx_import
