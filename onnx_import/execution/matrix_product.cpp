#include "onnx_import/execution/matrix_product.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

namespace mensa::onnx_import {
namespace {

// A tile of the result is held in registers: 4 x 8 floats are 8 of the 16 vector registers of SSE,
// which every x86-64 has. Blocks of b, packed in tiles' order, stay in a second-level cache.
constexpr std::int64_t kTileRows = 4;
constexpr std::int64_t kTileColumns = 8;
constexpr std::int64_t kBlockInner = 256;
constexpr std::int64_t kBlockColumns = 512;

using Tile = std::array<std::array<float, kTileColumns>, kTileRows>;

/// The block of b at (first, left) as tiles side by side, each `inner` rows of kTileColumns; zeros
/// behind the last column.
void pack_tiles(const MatrixView& b, std::int64_t first, std::int64_t inner, std::int64_t left,
                std::int64_t columns, std::vector<float>& packed) {
  const std::int64_t tiles = (columns + kTileColumns - 1) / kTileColumns;
  packed.assign(static_cast<std::size_t>(tiles * inner * kTileColumns), 0.0F);
  float* to = packed.data();
  for (std::int64_t tile = 0; tile < tiles; ++tile) {
    const std::int64_t begin = tile * kTileColumns;
    const std::int64_t width = std::min(kTileColumns, columns - begin);
    for (std::int64_t k = 0; k < inner; ++k, to += kTileColumns) {
      const float* from = b.data + (first + k) * b.row_step + (left + begin) * b.column_step;
      for (std::int64_t j = 0; j < width; ++j) to[j] = from[j * b.column_step];
    }
  }
}

/// The product of kTileRows rows of a with one packed tile.
Tile tile_product(const std::array<const float*, kTileRows>& rows, std::int64_t step,
                  std::int64_t inner, const float* packed) {
  Tile sums{};
  for (std::int64_t k = 0; k < inner; ++k, packed += kTileColumns) {
    for (std::size_t i = 0; i < kTileRows; ++i) {
      const float factor = rows[i][k * step];
      for (std::size_t j = 0; j < kTileColumns; ++j) sums[i][j] += factor * packed[j];
    }
  }
  return sums;
}

/// Rows of a with columns of b, both with their elements side by side.
float dot_product(const float* a, const float* b, std::int64_t count) {
  std::array<float, kTileColumns> sums{};
  std::int64_t k = 0;
  for (; k + kTileColumns <= count; k += kTileColumns) {
    for (std::int64_t j = 0; j < kTileColumns; ++j) {
      sums[static_cast<std::size_t>(j)] += a[k + j] * b[k + j];
    }
  }
  float sum = 0;
  for (; k < count; ++k) sum += a[k] * b[k];
  for (const float part : sums) sum += part;
  return sum;
}

}  // namespace

void add_product(std::int64_t rows, std::int64_t columns, std::int64_t inner, const MatrixView& a,
                 const MatrixView& b, float* result, std::int64_t result_step) {
  // With few rows packing b would cost more than the product.
  if (rows < kTileRows && a.column_step == 1 && b.row_step == 1) {
    for (std::int64_t i = 0; i < rows; ++i) {
      for (std::int64_t j = 0; j < columns; ++j) {
        result[i * result_step + j] +=
            dot_product(a.data + i * a.row_step, b.data + j * b.column_step, inner);
      }
    }
    return;
  }
  std::vector<float> packed;
  for (std::int64_t first = 0; first < inner; first += kBlockInner) {
    const std::int64_t depth = std::min(kBlockInner, inner - first);
    for (std::int64_t left = 0; left < columns; left += kBlockColumns) {
      const std::int64_t width = std::min(kBlockColumns, columns - left);
      pack_tiles(b, first, depth, left, width, packed);
      for (std::int64_t top = 0; top < rows; top += kTileRows) {
        const std::int64_t height = std::min(kTileRows, rows - top);
        std::array<const float*, kTileRows> row_starts{};
        for (std::int64_t i = 0; i < kTileRows; ++i) {
          // Behind the last row it is taken again, and the sums left out.
          const std::int64_t row = top + std::min(i, height - 1);
          row_starts[static_cast<std::size_t>(i)] =
              a.data + row * a.row_step + first * a.column_step;
        }
        for (std::int64_t begin = 0; begin < width; begin += kTileColumns) {
          const Tile sums =
              tile_product(row_starts, a.column_step, depth, packed.data() + begin * depth);
          const std::int64_t used = std::min(kTileColumns, width - begin);
          for (std::int64_t i = 0; i < height; ++i) {
            float* to = result + (top + i) * result_step + left + begin;
            for (std::int64_t j = 0; j < used; ++j) {
              to[j] += sums[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)];
            }
          }
        }
      }
    }
  }
}

}  // namespace mensa::onnx_import
