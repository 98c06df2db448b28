// Products that are larger than the blocks in which they are computed, against plain sums. All
// numbers are small integers: single precision is exact.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <vector>

#include "onnx_import/execution/matrix_product.h"
#include "tests/onnx_import/execution/model_run.h"

namespace mensa::onnx_import {
namespace {

using testing::ElementsAre;

/// Integers from -3 to 3 without a pattern that axes could share.
std::vector<float> small_integers(std::size_t count, std::uint32_t seed) {
  std::vector<float> values(count);
  for (float& value : values) {
    seed = seed * 1664525U + 1013904223U;
    value = static_cast<float>(seed >> 24U) / 37.0F;
    value = static_cast<float>(static_cast<int>(value)) - 3;
  }
  return values;
}

/// Rows, columns and inner extent.
struct ProductExtents {
  std::int64_t rows;
  std::int64_t columns;
  std::int64_t inner;
};

class AddProduct : public testing::TestWithParam<ProductExtents> {};

TEST_P(AddProduct, is_the_plain_sum_in_any_layout) {
  const auto [rows, columns, inner] = GetParam();
  const auto a = small_integers(static_cast<std::size_t>(rows * inner), 1);
  const auto b = small_integers(static_cast<std::size_t>(inner * columns), 2);
  for (const bool a_transposed : {false, true}) {
    for (const bool b_transposed : {false, true}) {
      const MatrixView left{a.data(), a_transposed ? 1 : inner, a_transposed ? rows : 1};
      const MatrixView right{b.data(), b_transposed ? 1 : columns, b_transposed ? inner : 1};
      std::vector<float> result(static_cast<std::size_t>(rows * columns), 0.5F);
      add_product(rows, columns, inner, left, right, result.data(), columns);
      for (std::int64_t i = 0; i < rows; ++i) {
        for (std::int64_t j = 0; j < columns; ++j) {
          float sum = 0.5F;
          for (std::int64_t k = 0; k < inner; ++k) {
            sum += left.data[i * left.row_step + k * left.column_step] *
                   right.data[k * right.row_step + j * right.column_step];
          }
          ASSERT_EQ(result[static_cast<std::size_t>(i * columns + j)], sum) << i << ", " << j;
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Blocks, AddProduct,
                         testing::Values(ProductExtents{1, 1, 1}, ProductExtents{1, 9, 19},
                                         ProductExtents{4, 8, 256}, ProductExtents{5, 7, 257},
                                         ProductExtents{6, 513, 3}, ProductExtents{3, 520, 260},
                                         ProductExtents{7, 521, 300}));

/// 360 rows of columns: blocks of 2912 of the 4096 outputs.
TEST(ExecuteProducts, convolution_in_blocks_of_columns_is_the_plain_sum) {
  constexpr std::int64_t kSize = 64;
  constexpr std::int64_t kChannels = 40;
  constexpr std::int64_t kFilters = 5;
  const auto weights = small_integers(kFilters * kChannels * 9, 3);
  const auto x = small_integers(kChannels * kSize * kSize, 4);
  ModelBuilder model;
  model.input("x", {1, kChannels, kSize, kSize})
      .floats("w", {kFilters, kChannels, 3, 3}, weights)
      .output("y");
  model.node("Conv", {"x", "w"}, {"y"}).integers("pads", {1, 1, 1, 1});
  const auto y = executed(model, floats_of({1, kChannels, kSize, kSize}, x));
  const auto at = [&](std::int64_t channel, std::int64_t row, std::int64_t column) {
    const bool inside = row >= 0 && row < kSize && column >= 0 && column < kSize;
    return inside ? x[static_cast<std::size_t>((channel * kSize + row) * kSize + column)] : 0.0F;
  };
  std::size_t next = 0;
  for (std::int64_t filter = 0; filter < kFilters; ++filter) {
    for (std::int64_t row = 0; row < kSize; ++row) {
      for (std::int64_t column = 0; column < kSize; ++column) {
        float sum = 0;
        const float* weight = weights.data() + filter * kChannels * 9;
        for (std::int64_t channel = 0; channel < kChannels; ++channel) {
          for (std::int64_t k = 0; k < 9; ++k) {
            sum += *weight++ * at(channel, row + k / 3 - 1, column + k % 3 - 1);
          }
        }
        ASSERT_EQ(y[next++], sum) << filter << ", " << row << ", " << column;
      }
    }
  }
}

TEST(ExecuteProducts, gemm_scales_and_broadcasts_its_bias) {
  ModelBuilder model;
  model.input("x", {2, 3}).floats("w", {2, 3}, {1, 0, 0, 0, 1, 1}).floats("c", {2}, {1, 2});
  model.node("Gemm", {"x", "w", "c"}, {"y"}).integer("transB", 1).real("alpha", 2).real("beta", 10);
  model.output("y");
  EXPECT_THAT(executed(model, counting({2, 3})), ElementsAre(12, 30, 18, 42));
}

TEST(ExecuteProducts, matmul_broadcasts_batches) {
  ModelBuilder model;
  model.input("x", {2, 1, 1, 2}).floats("w", {2, 2, 1}, {1, 10, 100, 1000}).output("y");
  model.node("MatMul", {"x", "w"}, {"y"});
  EXPECT_THAT(executed(model, counting({2, 1, 1, 2})), ElementsAre(21, 2100, 43, 4300));
}

/// One step from c = 0.5, h = 1 with weights of x and h that make each gate 0 but the cell's 1:
/// i = o = f = 1/2, c = 0.25 + tanh(1) / 2, h = tanh(c) / 2.
TEST(ExecuteProducts, lstm_takes_a_step) {
  ModelBuilder model;
  model.input("x", {1, 1, 1})
      .floats("w", {1, 4, 1}, {0, 0, 0, 2})
      .floats("r", {1, 4, 1}, {0, 0, 0, -1})
      .floats("h", {1, 1, 1}, {1})
      .floats("c", {1, 1, 1}, {0.5F})
      .output("y");
  model.node("LSTM", {"x", "w", "r", "", "", "h", "c"}, {"", "hidden", "cell"})
      .integer("hidden_size", 1);
  model.node("Concat", {"hidden", "cell"}, {"y"}).integer("axis", 0);
  // tanh(1) = 0.761594, tanh(0.630797) = 0.558601.
  EXPECT_THAT(
      executed(model, floats_of({1, 1, 1}, {1})),
      ElementsAre(testing::FloatNear(0.279300F, 1e-5F), testing::FloatNear(0.630797F, 1e-5F)));
}

}  // namespace
}  // namespace mensa::onnx_import
