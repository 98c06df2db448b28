// Elementwise work, normalisations, reductions and moves by hand.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/onnx_import/execution/model_run.h"

namespace mensa::onnx_import {
namespace {

using testing::ElementsAre;
using testing::FloatNear;
using testing::Pointwise;

/// The result of one node on x alone.
std::vector<float> unary(const std::string& op, const std::vector<float>& x,
                         std::int64_t opset = 13) {
  ModelBuilder model(opset);
  const Shape shape = {1, std::ssize(x)};
  model.input("x", shape).output("y");
  model.node(op, {"x"}, {"y"});
  return executed(model, floats_of(shape, x));
}

TEST(ExecuteVector, activations_have_their_values) {
  const auto near = [](const std::vector<float>& expected) {
    return Pointwise(testing::FloatNear(1e-5F), expected);
  };
  EXPECT_THAT(unary("Relu", {-1, 0, 2}), ElementsAre(0, 0, 2));
  EXPECT_THAT(unary("LeakyRelu", {-1, 0, 2}), near({-0.01F, 0, 2}));
  EXPECT_THAT(unary("HardSigmoid", {-3, 0, 3}), near({0, 0.5F, 1}));
  EXPECT_THAT(unary("HardSwish", {-3, -1, 3}, 14), near({0, -1.0F / 3, 3}));
  EXPECT_THAT(unary("Elu", {-1, 2}), near({-0.632121F, 2}));
  EXPECT_THAT(unary("Sigmoid", {0, 1}), near({0.5F, 0.731059F}));
  EXPECT_THAT(unary("Gelu", {-1, 1}, 20), near({-0.158655F, 0.841345F}));
  EXPECT_THAT(unary("Softplus", {-200, 0, 200}), near({0, 0.693147F, 200}));
}

TEST(ExecuteVector, operands_are_broadcast_both_ways) {
  ModelBuilder model;
  model.input("x", {2, 1}).floats("c", {3}, {10, 20, 30}).output("y");
  model.node("Sub", {"c", "x"}, {"y"});
  EXPECT_THAT(executed(model, counting({2, 1})), ElementsAre(9, 19, 29, 8, 18, 28));
}

TEST(ExecuteVector, integers_wrap_around_in_their_type) {
  ModelBuilder model;
  model.input("x", {2}, onnx::TensorProto::INT8).output("y");
  model.node("Mul", {"x", "x"}, {"square"});
  model.node("Cast", {"square"}, {"y"}).integer("to", onnx::TensorProto::FLOAT);
  EXPECT_THAT(executed(model, {{2}, std::vector<std::int64_t>{-128, 12}}), ElementsAre(0, -112));
}

TEST(ExecuteVector, casts_are_towards_zero_and_defined_everywhere) {
  ModelBuilder model;
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  model.input("x", {4}).output("y");
  model.node("Cast", {"x"}, {"whole"}).integer("to", onnx::TensorProto::INT64);
  model.node("Cast", {"whole"}, {"y"}).integer("to", onnx::TensorProto::FLOAT);
  EXPECT_THAT(executed(model, floats_of({4}, {-1.9F, 1.9F, kNan, 1e30F})),
              ElementsAre(-1, 1, 0, 0x1p63F));
}

TEST(ExecuteVector, batch_normalization_is_by_channel) {
  ModelBuilder model;
  model.input("x", {1, 2, 2}).output("y");
  model.floats("scale", {2}, {2, 1}).floats("shift", {2}, {1, 0});
  model.floats("mean", {2}, {1, 3}).floats("variance", {2}, {3, 0});
  model.node("BatchNormalization", {"x", "scale", "shift", "mean", "variance"}, {"y"})
      .real("epsilon", 1);
  EXPECT_THAT(executed(model, counting({1, 2, 2})), ElementsAre(1, 2, 0, 1));
}

TEST(ExecuteVector, lrn_sums_over_neighbouring_channels) {
  ModelBuilder model;
  model.input("x", {1, 3, 1}).output("y");
  model.node("LRN", {"x"}, {"y"}).integer("size", 3).real("alpha", 3).real("beta", 1);
  // Sums of squares: 1 + 4, 1 + 4 + 9, 4 + 9.
  EXPECT_THAT(executed(model, counting({1, 3, 1})),
              ElementsAre(FloatNear(1.0F / 6, 1e-6F), FloatNear(2.0F / 15, 1e-6F),
                          FloatNear(3.0F / 14, 1e-6F)));
}

TEST(ExecuteVector, softmax_is_over_all_axes_from_its_own_in_old_files) {
  for (const std::int64_t opset : {11, 13}) {
    ModelBuilder model(opset);
    model.input("x", {1, 2, 2}).output("y");
    model.node("Softmax", {"x"}, {"y"}).integer("axis", 1);
    const auto y = executed(model, floats_of({1, 2, 2}, {1000, 1000, 1000, 1000}));
    EXPECT_THAT(y, testing::Each(opset == 11 ? 0.25F : 0.5F));
  }
}

TEST(ExecuteVector, reductions_keep_the_other_axes) {
  ModelBuilder model;
  model.input("x", {2, 2, 2}).output("y");
  model.node("ReduceMean", {"x"}, {"mean"}).integers("axes", {0, 2}).integer("keepdims", 0);
  model.node("ReduceMax", {"x"}, {"most"}).integers("axes", {1}).integer("keepdims", 0);
  model.node("Mul", {"most", "mean"}, {"y"});
  // Means 3.5 and 5.5; maxima 3 4 and 7 8.
  EXPECT_THAT(executed(model, counting({2, 2, 2})), ElementsAre(10.5F, 22, 24.5F, 44));
}

TEST(ExecuteVector, slices_run_backwards_and_transposes_swap) {
  ModelBuilder model;
  model.input("x", {2, 3}).output("y");
  model.integers("starts", {1}, {-1}).integers("ends", {1}, {-9}).integers("axes", {1}, {1});
  model.integers("steps", {1}, {-2});
  model.node("Slice", {"x", "starts", "ends", "axes", "steps"}, {"odd"});
  model.node("Transpose", {"odd"}, {"y"});
  EXPECT_THAT(executed(model, counting({2, 3})), ElementsAre(3, 6, 1, 4));
}

TEST(ExecuteVector, splits_pads_gathers_and_joins) {
  ModelBuilder model;
  model.input("x", {1, 5}).output("y");
  model.integers("parts", {2}, {2, 3}).integers("pads", {4}, {0, 1, 0, -1});
  model.integers("indices", {2}, {-1, 0});
  model.node("Split", {"x", "parts"}, {"front", "back"}).integer("axis", 1);
  model.node("Pad", {"front", "pads"}, {"padded"});
  model.node("Gather", {"back", "indices"}, {"gathered"}).integer("axis", 1);
  model.node("Concat", {"gathered", "padded"}, {"y"}).integer("axis", 1);
  EXPECT_THAT(executed(model, counting({1, 5})), ElementsAre(5, 3, 0, 1));
}

TEST(ExecuteVector, resize_doubles_to_the_nearest) {
  ModelBuilder model;
  model.input("x", {1, 1, 1, 2}).floats("scales", {4}, {1, 1, 2, 2}).output("y");
  model.node("Resize", {"x", "", "scales"}, {"y"}).string("mode", "nearest");
  EXPECT_THAT(executed(model, counting({1, 1, 1, 2})), ElementsAre(1, 1, 2, 2, 1, 1, 2, 2));
}

}  // namespace
}  // namespace mensa::onnx_import
