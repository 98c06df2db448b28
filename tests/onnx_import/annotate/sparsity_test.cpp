#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "tests/onnx_import/model_builder.h"

namespace mensa::onnx_import {
namespace {

using models::DensityOrigin;
using models::GroupPattern;
using models::SparsityProfile;
using testing::ElementsAre;

/// Rows of `reduction` values in which two of every four are not zero.
std::vector<float> two_of_four(std::size_t channels, std::size_t reduction) {
  std::mt19937 random(7);
  std::vector<float> values(channels * reduction);
  for (std::size_t i = 0; i < values.size(); i += 4) {
    const std::size_t first = random() % 4;
    values[i + first] = 1.0F + static_cast<float>(i);
    values[i + (first + 1 + random() % 3) % 4] = -1.0F;
  }
  return values;
}

std::vector<float> transposed(const std::vector<float>& values, std::size_t rows) {
  const std::size_t columns = values.size() / rows;
  std::vector<float> turned(values.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    turned[i % columns * rows + i / columns] = values[i];
  return turned;
}

TEST(Sparsity, patterns_are_found_along_the_axis_that_a_product_sums_over) {
  const std::vector<float> rows = two_of_four(6, 16);  // 6 outputs x 16
  const auto check = [](const models::Graph& graph) {
    const SparsityProfile& profile = weights_profile_of(graph, "product");
    EXPECT_EQ(profile.origin, DensityOrigin::kMeasured);
    EXPECT_DOUBLE_EQ(profile.density, 0.5);
    EXPECT_EQ(profile.structure->pattern, (GroupPattern{2, 4}));
    EXPECT_EQ(profile.structure->channels->nonzeros, std::vector<std::int64_t>(6, 8));
  };
  ModelBuilder matmul;
  matmul.input("x", {1, 16}).output("y").floats("w", {16, 6}, transposed(rows, 6));
  matmul.node("MatMul", {"x", "w"}, {"y"}, "product");
  check(matmul.import());
  ModelBuilder left;
  left.input("x", {16, 1}).output("y").floats("w", {6, 16}, rows);
  left.node("MatMul", {"w", "x"}, {"y"}, "product");
  check(left.import());
  for (const bool transpose : {false, true}) {
    ModelBuilder gemm;
    gemm.input("x", {1, 16}).output("y");
    if (transpose) {
      gemm.floats("w", {6, 16}, rows);
    } else {
      gemm.floats("w", {16, 6}, transposed(rows, 6));
    }
    gemm.node("Gemm", {"x", "w"}, {"y"}, "product").integer("transB", transpose ? 1 : 0);
    check(gemm.import());
  }
  ModelBuilder conv;
  conv.input("x", {1, 16, 5, 5}).output("y").floats("w", {6, 16, 1, 1}, rows);
  conv.node("Conv", {"x", "w"}, {"y"}, "product");
  check(conv.import());
  ModelBuilder turned;
  turned.input("x", {1, 16, 5, 5}).output("y").floats("w", {16, 6, 1, 1}, transposed(rows, 6));
  turned.node("ConvTranspose", {"x", "w"}, {"y"}, "product");
  check(turned.import());
}

TEST(Sparsity, axes_are_followed_through_transposes_and_reshapes) {
  // As PyTorch writes a linear layer that was not folded.
  const std::vector<float> rows = two_of_four(6, 16);
  ModelBuilder model;
  model.input("x", {1, 16}).output("y").floats("w", {1, 6, 1, 16}, rows);
  model.integers("shape", {2}, {6, 16});
  model.node("Reshape", {"w", "shape"}, {"flat"});
  model.node("Identity", {"flat"}, {"same"});
  model.node("Transpose", {"same"}, {"t"});
  model.node("MatMul", {"x", "t"}, {"y"}, "product");
  const models::Graph graph = model.import();
  const auto& structure = weights_profile_of(graph, "product").structure;
  EXPECT_EQ(structure->output_axis, 1U);  // of the tensor in the file
  EXPECT_EQ(structure->reduction_axis, 3U);
  EXPECT_EQ(structure->pattern, (GroupPattern{2, 4}));
}

TEST(Sparsity, axes_of_a_transpose_may_count_from_the_last) {
  ModelBuilder model;
  model.input("x", {1, 16}).output("y").floats("w", {6, 16}, two_of_four(6, 16));
  model.node("Transpose", {"w"}, {"t"}).integers("perm", {-1, 0});
  model.node("MatMul", {"x", "t"}, {"y"}, "product");
  const models::Graph graph = model.import();
  EXPECT_EQ(weights_profile_of(graph, "product").structure->pattern, (GroupPattern{2, 4}));
}

TEST(Sparsity, of_quantized_weights_counts_zero_points) {
  ModelBuilder model;
  model.input("x", {1, 4}, onnx::TensorProto::UINT8).output("y");
  model.integers("w", {4, 2}, {7, 7, 7, 0, 0, 7, 1, 2}, onnx::TensorProto::UINT8);
  model.integers("xz", {}, {0}, onnx::TensorProto::UINT8);
  model.integers("wz", {}, {7}, onnx::TensorProto::UINT8);
  model.node("MatMulInteger", {"x", "w", "xz", "wz"}, {"y"}, "product");
  EXPECT_DOUBLE_EQ(weights_profile_of(model.import(), "product").density, 0.5);
  // Without the zero point zero is 0.
  model.proto().mutable_node(0)->mutable_input()->RemoveLast();
  EXPECT_DOUBLE_EQ(weights_profile_of(model.import(), "product").density, 0.75);
}

TEST(Sparsity, of_dequantized_weights_counts_zero_points) {
  ModelBuilder model;
  model.input("x", {1, 4}).output("y");
  model.integers("w", {4, 2}, {-3, -3, -3, 0, 0, -3, 1, 2}, onnx::TensorProto::INT8);
  model.floats("scale", {}, {0.5F});
  model.integers("zero", {}, {-3}, onnx::TensorProto::INT8);
  model.node("DequantizeLinear", {"w", "scale", "zero"}, {"d"});
  model.node("MatMul", {"x", "d"}, {"y"}, "product");
  EXPECT_DOUBLE_EQ(weights_profile_of(model.import(), "product").density, 0.5);
}

TEST(Sparsity, is_not_measured_where_zero_differs_by_channel) {
  ModelBuilder model;
  model.input("x", {1, 4}).output("y");
  model.integers("w", {4, 2}, {-3, -3, -3, 0, 0, -3, 1, 2}, onnx::TensorProto::INT8);
  model.floats("scale", {2}, {0.5F, 0.25F});
  model.integers("zero", {2}, {-3, 0}, onnx::TensorProto::INT8);
  model.node("DequantizeLinear", {"w", "scale", "zero"}, {"d"}).integer("axis", 1);
  model.node("MatMul", {"x", "d"}, {"y"}, "product");
  EXPECT_EQ(weights_profile_of(model.import(), "product").origin, DensityOrigin::kAssumedDense);
  // The same zero point for each is one.
  model.proto().mutable_initializer(2)->set_int32_data(1, -3);
  EXPECT_DOUBLE_EQ(weights_profile_of(model.import(), "product").density, 0.5);
}

TEST(Sparsity, of_what_is_computed_is_not_known) {
  ModelBuilder model;
  model.input("x", {1, 4}).output("y").floats("w", {4, 2}, {0, 0, 0, 1, 2, 3, 4, 5});
  model.node("Cos", {"w"}, {"c"});
  model.node("MatMul", {"x", "c"}, {"y"}, "product");
  EXPECT_EQ(weights_profile_of(model.import(), "product").origin, DensityOrigin::kAssumedDense);
}

TEST(Sparsity, of_vectors_is_a_density_alone) {
  ModelBuilder model;
  model.input("x", {1, 4}).output("y").floats("w", {1, 4}, {0, 1, 2, 3});
  model.node("Mul", {"x", "w"}, {"y"}, "scale");
  const models::Graph graph = model.import();
  EXPECT_DOUBLE_EQ(weights_profile_of(graph, "scale").density, 0.75);
  EXPECT_FALSE(weights_profile_of(graph, "scale").structure.has_value());
}

TEST(Sparsity, constant_vectors_do_not_make_a_model_weightless) {
  ModelBuilder model;
  model.input("x", {1, 4}).output("y").floats("w", {4, 4}, two_of_four(4, 4));
  model.floats("bias", {4}, {0, 0, 0, 0});
  model.node("Gemm", {"x", "w", "bias"}, {"y"}, "gemm");
  EXPECT_THAT(model.import().notes(), ElementsAre());
}

}  // namespace
}  // namespace mensa::onnx_import
