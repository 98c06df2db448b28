#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <vector>

#include "onnx_import/annotate/group_counter.h"
#include "onnx_import/annotate/structure.h"
#include "onnx_import/annotate/weight_axes.h"

namespace mensa::onnx_import {
namespace {

std::size_t size(std::int64_t extent) { return static_cast<std::size_t>(extent); }

/// Counts the bits of each of `columns` columns over `rows` rows that follow each other. The counts
/// are kept as words of one binary digit each, so that 64 columns are added to at a time.
class ColumnCounter {
 public:
  ColumnCounter(std::size_t rows, std::size_t columns)
      : rows_(rows),
        columns_(columns),
        // A sum of four is added with three digits, whatever the count can become.
        depth_(std::max<std::size_t>(3, static_cast<std::size_t>(std::bit_width(rows)))),
        digits_((columns + 63) / 64 * depth_) {}

  void add_rows(const NonzeroBits& bits, std::size_t start) {
    for (std::size_t row = 0; row < rows_; row += 4, start += 4 * columns_) {
      const std::size_t present = std::min<std::size_t>(4, rows_ - row);
      for (std::size_t i = 0; i < columns_; i += 64) {
        const std::size_t length = std::min<std::size_t>(64, columns_ - i);
        std::array<std::uint64_t, 4> words{};
        for (std::size_t k = 0; k < present; ++k) {
          words[k] = bits.load(start + k * columns_ + i, length);
        }
        add(digits_.data() + i / 64 * depth_, sum_of_four(words.data()));
      }
    }
  }

  [[nodiscard]] std::int64_t count(std::size_t column) const {
    const std::uint64_t* digits = digits_.data() + column / 64 * depth_;
    std::int64_t count = 0;
    for (std::size_t d = depth_; d-- > 0;) {
      count = 2 * count + static_cast<std::int64_t>(digits[d] >> column % 64 & 1);
    }
    return count;
  }

 private:
  /// Adds to 64 binary digits; returns what they carry.
  static std::uint64_t add_digit(std::uint64_t& digit, std::uint64_t more, std::uint64_t carry) {
    const std::uint64_t half = digit ^ more;
    const std::uint64_t next = (digit & more) | (half & carry);
    digit = half ^ carry;
    return next;
  }

  static void add(std::uint64_t* digits, const SlicedSum& sum) {
    std::uint64_t carry = add_digit(digits[0], sum.ones, 0);
    carry = add_digit(digits[1], sum.twos, carry);
    carry = add_digit(digits[2], sum.fours, carry);
    // No column has more than `rows` bits, so that the last digit carries nothing.
    for (std::size_t d = 3; carry != 0; ++d) carry = add_digit(digits[d], 0, carry);
  }

  std::size_t rows_;
  std::size_t columns_;
  std::size_t depth_;
  std::vector<std::uint64_t> digits_;
};

std::vector<std::int64_t> nonzeros_by_channel(const NonzeroBits& bits, const WeightAxes& axes) {
  std::vector<std::int64_t> nonzeros(size(axes.channels()));
  if (axes.output_first) {
    const std::size_t length = size(axes.values_per_channel());
    for (std::size_t i = 0; i < nonzeros.size(); ++i) nonzeros[i] = bits.count(i * length, length);
    return nonzeros;
  }
  const std::size_t outputs = size(axes.outputs);
  const std::size_t behind = size(axes.behind);
  const std::size_t columns = size(axes.between) * outputs * behind;
  for (std::size_t i = 0; i < size(axes.before); ++i) {
    ColumnCounter counter(size(axes.reduction), columns);
    counter.add_rows(bits, i * size(axes.reduction) * columns);
    for (std::size_t column = 0; column < columns; ++column) {
      nonzeros[i * outputs + column / behind % outputs] += counter.count(column);
    }
  }
  return nonzeros;
}

/// Lays up to four rows, each as long as `any`, on each other.
void unite_rows(const NonzeroBits& bits, std::size_t start, std::size_t rows, NonzeroBits& any) {
  for (std::size_t i = 0; i < any.size(); i += 64) {
    const std::size_t part = std::min<std::size_t>(64, any.size() - i);
    std::uint64_t word = 0;
    for (std::size_t k = 0; k < rows; ++k) word |= bits.load(start + k * any.size() + i, part);
    any.store(i, word);
  }
}

/// Blocks are groups of four along the second axis, of the union of four rows of the first.
models::ZeroBlocks count_blocks(const NonzeroBits& bits, const WeightAxes& axes) {
  const std::size_t rows = size(axes.output_first ? axes.outputs : axes.reduction);
  const std::size_t extent = size(axes.output_first ? axes.reduction : axes.outputs);
  const std::size_t length = size(axes.between) * extent * size(axes.behind);
  GroupCounter counter;
  NonzeroBits any(length);
  for (std::size_t i = 0; i < size(axes.before); ++i) {
    for (std::size_t row = 0; row < rows; row += 4) {
      unite_rows(bits, (i * rows + row) * length, std::min<std::size_t>(4, rows - row), any);
      count_groups(any, 0, size(axes.between), extent, size(axes.behind), counter);
    }
  }
  counter.flush();
  return {axes.blocks(), counter.groups_of_4(axes.blocks())[0]};
}

}  // namespace

models::SparsityStructure dense_structure(const NonzeroBits& bits, const Shape& shape,
                                          WeightLayout layout) {
  const WeightAxes axes(shape, layout);
  assert(size(axes.elements()) == bits.size() && axes.elements() > 0);
  models::SparsityStructure structure;
  structure.output_axis = layout.output_axis;
  structure.reduction_axis = layout.reduction_axis;
  if (axes.channels() <= models::SparsityStructure::kMostChannels) {
    structure.channels =
        channel_sparsity(nonzeros_by_channel(bits, axes), axes.values_per_channel());
  }
  GroupCounter groups;
  if (axes.output_first) {
    count_groups(bits, 0, size(axes.before * axes.outputs * axes.between), size(axes.reduction),
                 size(axes.behind), groups);
  } else {
    count_groups(bits, 0, size(axes.before), size(axes.reduction),
                 size(axes.between * axes.outputs * axes.behind), groups);
  }
  groups.flush();
  structure.groups_of_4 = groups.groups_of_4(axes.groups());
  structure.pattern =
      strictest_pattern(axes.reduction, structure.groups_of_4, groups.beyond_4_of_8());
  structure.blocks_4x4 = count_blocks(bits, axes);
  return structure;
}

}  // namespace mensa::onnx_import
