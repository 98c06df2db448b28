#include "onnx_import/annotate/structure.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <random>
#include <string_view>
#include <vector>

namespace mensa::onnx_import {
namespace {

using models::GroupPattern;
using models::SparsityStructure;
using models::ZeroBlocks;
using testing::ElementsAre;

/// Elements by row-major index: true where not zero.
using NonzeroPattern = std::vector<bool>;

/// Of a text with a 0 or 1 for each element; spaces are for the reader.
NonzeroPattern pattern_of(std::string_view text) {
  NonzeroPattern pattern;
  for (const char digit : text) {
    if (digit != ' ') pattern.push_back(digit == '1');
  }
  return pattern;
}

NonzeroBits bits_of(const NonzeroPattern& pattern) {
  NonzeroBits bits(pattern.size());
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i]) bits.set(i);
  }
  return bits;
}

std::vector<std::int64_t> places_of(const NonzeroPattern& pattern) {
  std::vector<std::int64_t> places;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i]) places.push_back(static_cast<std::int64_t>(i));
  }
  return places;
}

SparsityStructure structure_of(const NonzeroPattern& pattern, const Shape& shape,
                               WeightLayout layout) {
  return dense_structure(bits_of(pattern), shape, layout);
}

/// What the structure is by definition: element by element, with maps.
SparsityStructure by_definition(const NonzeroPattern& pattern, const Shape& shape,
                                WeightLayout layout) {
  using Key = std::vector<std::int64_t>;
  std::map<Key, std::int64_t> channels;
  std::map<Key, std::int64_t> fours;
  std::map<Key, std::int64_t> eights;
  std::map<Key, std::int64_t> blocks;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    Key at(shape.size());
    std::size_t rest = i;
    for (std::size_t axis = shape.size(); axis-- > 0;) {
      const auto extent = static_cast<std::size_t>(shape[axis]);
      at[axis] = static_cast<std::int64_t>(rest % extent);
      rest /= extent;
    }
    Key channel(at.begin(), at.begin() + static_cast<std::ptrdiff_t>(
                                             std::min(layout.output_axis, layout.reduction_axis)));
    channel.push_back(at[layout.output_axis]);
    const std::int64_t value = pattern[i] ? 1 : 0;
    channels[channel] += value;
    Key group = at;
    group[layout.reduction_axis] /= 4;
    fours[group] += value;
    group[layout.output_axis] /= 4;
    blocks[group] += value;
    group = at;
    group[layout.reduction_axis] /= 8;
    eights[group] += value;
  }
  SparsityStructure structure;
  structure.output_axis = layout.output_axis;
  structure.reduction_axis = layout.reduction_axis;
  structure.channels.emplace();
  for (const auto& [key, count] : channels) structure.channels->nonzeros.push_back(count);
  std::int64_t most_in_4 = 0;
  for (const auto& [key, count] : fours) {
    ++structure.groups_of_4[static_cast<std::size_t>(count)];
    most_in_4 = std::max(most_in_4, count);
  }
  std::int64_t most_in_8 = 0;
  for (const auto& [key, count] : eights) most_in_8 = std::max(most_in_8, count);
  for (const auto& [key, count] : blocks) {
    ++structure.blocks_4x4.blocks;
    structure.blocks_4x4.zero += count == 0 ? 1 : 0;
  }
  const std::int64_t reduction = shape[layout.reduction_axis];
  if (reduction >= 8 && most_in_8 <= 4) structure.pattern = GroupPattern{4, 8};
  if (reduction >= 4 && most_in_4 <= 2) structure.pattern = GroupPattern{2, 4};
  if (reduction >= 4 && most_in_4 <= 1) structure.pattern = GroupPattern{1, 4};
  return structure;
}

void expect_equal(const SparsityStructure& structure, const SparsityStructure& expected) {
  ASSERT_TRUE(structure.channels.has_value());
  EXPECT_EQ(structure.channels->nonzeros, expected.channels->nonzeros);
  EXPECT_EQ(structure.groups_of_4, expected.groups_of_4);
  EXPECT_EQ(structure.blocks_4x4, expected.blocks_4x4);
  EXPECT_EQ(structure.pattern, expected.pattern);
}

TEST(Structure, two_of_four_along_the_rows) {
  // 2 channels x 8
  const NonzeroPattern pattern = pattern_of("1100 0101 0000 1000");
  const SparsityStructure structure = structure_of(pattern, {2, 8}, {0, 1});
  EXPECT_EQ(structure.pattern, (GroupPattern{2, 4}));
  EXPECT_THAT(structure.groups_of_4, ElementsAre(1, 1, 2, 0, 0));
  EXPECT_EQ(structure.blocks_1x4(), (ZeroBlocks{4, 1}));
  EXPECT_EQ(structure.blocks_4x4, (ZeroBlocks{2, 0}));
  EXPECT_THAT(structure.channels->nonzeros, ElementsAre(4, 1));
  EXPECT_EQ(structure.channels->all_zero, 0);
  EXPECT_DOUBLE_EQ(structure.channels->least_zero_share, 4.0 / 8);
  EXPECT_DOUBLE_EQ(structure.channels->mean_zero_share, 11.0 / 16);
  EXPECT_DOUBLE_EQ(structure.channels->most_zero_share, 7.0 / 8);
}

TEST(Structure, the_strictest_pattern_is_told) {
  NonzeroPattern pattern(16 * 4);
  for (std::size_t row = 0; row < 4; ++row) pattern[row * 16 + row * 4] = true;
  EXPECT_EQ(structure_of(pattern, {4, 16}, {0, 1}).pattern, (GroupPattern{1, 4}));
  pattern[1] = true;
  EXPECT_EQ(structure_of(pattern, {4, 16}, {0, 1}).pattern, (GroupPattern{2, 4}));
  pattern[2] = true;  // three of the first four, still at most four of the first eight
  EXPECT_EQ(structure_of(pattern, {4, 16}, {0, 1}).pattern, (GroupPattern{4, 8}));
  pattern[3] = true;
  EXPECT_EQ(structure_of(pattern, {4, 16}, {0, 1}).pattern, (GroupPattern{4, 8}));
  pattern[7] = true;  // five of eight
  EXPECT_EQ(structure_of(pattern, {4, 16}, {0, 1}).pattern, std::nullopt);
}

TEST(Structure, an_axis_shorter_than_a_group_has_no_pattern) {
  // A depthwise convolution sums over one channel.
  EXPECT_EQ(structure_of(NonzeroPattern(8 * 9, true), {8, 1, 3, 3}, {0, 1}).pattern, std::nullopt);
  EXPECT_EQ(structure_of(pattern_of("100 100"), {2, 3}, {0, 1}).pattern, std::nullopt);
  EXPECT_EQ(structure_of(pattern_of("1000 1000"), {2, 4}, {0, 1}).pattern, (GroupPattern{1, 4}));
}

TEST(Structure, groups_of_a_convolution_run_over_its_channels) {
  // 1 x 4 x 1 x 2: channels 0 and 3 hold the first pixel, channel 1 the second.
  const NonzeroPattern pattern = pattern_of("10 01 00 10");
  const SparsityStructure structure = structure_of(pattern, {1, 4, 1, 2}, {0, 1});
  EXPECT_THAT(structure.groups_of_4, ElementsAre(0, 1, 1, 0, 0));
}

TEST(Structure, channels_and_blocks_that_are_empty_are_counted) {
  NonzeroPattern pattern(8 * 8);
  pattern[0 * 8 + 0] = true;
  pattern[5 * 8 + 7] = true;
  const SparsityStructure structure = structure_of(pattern, {8, 8}, {0, 1});
  EXPECT_EQ(structure.channels->all_zero, 6);
  EXPECT_EQ(structure.blocks_4x4, (ZeroBlocks{4, 2}));
  EXPECT_DOUBLE_EQ(structure.blocks_4x4.share(), 0.5);
}

struct LayoutCase {
  Shape shape;
  WeightLayout layout;
};

const std::vector<LayoutCase>& layout_cases() {
  static const std::vector<LayoutCase> kCases = {
      {{16, 64}, {0, 1}},        {{64, 16}, {1, 0}},     {{5, 7}, {0, 1}},
      {{7, 5}, {1, 0}},          {{3, 130}, {0, 1}},     {{130, 3}, {1, 0}},
      {{300, 67}, {1, 0}},       {{9, 600}, {0, 1}},     {{8, 6, 3, 3}, {0, 1}},
      {{10, 17, 5, 1}, {0, 1}},  {{6, 9, 7, 7}, {0, 1}}, {{4, 10, 9, 9}, {0, 1}},
      {{6, 8, 3, 3}, {1, 0}},    {{5, 9, 2, 2}, {1, 0}}, {{2, 20, 13}, {1, 2}},
      {{3, 13, 20}, {2, 1}},     {{4, 3, 9}, {0, 2}},    {{9, 3, 4}, {2, 0}},
      {{12, 1, 3, 3}, {0, 1}},   {{1, 1}, {0, 1}},       {{2, 3, 2, 9, 2}, {1, 3}},
      {{2, 9, 2, 3, 2}, {3, 1}}, {{1, 1029}, {0, 1}},    {{1029, 1}, {1, 0}}};
  return kCases;
}

std::string name_of(const LayoutCase& of) {
  return fmt::format("{} output {} reduction {}", fmt::join(of.shape, "x"), of.layout.output_axis,
                     of.layout.reduction_axis);
}

TEST(Structure, is_what_it_is_by_definition) {
  std::mt19937 random(1);
  for (const LayoutCase& of : layout_cases()) {
    const auto elements =
        std::accumulate(of.shape.begin(), of.shape.end(), std::int64_t{1}, std::multiplies<>());
    for (const double density : {0.0, 0.05, 0.3, 0.9, 1.0}) {
      SCOPED_TRACE(fmt::format("{} density {}", name_of(of), density));
      std::bernoulli_distribution draw(density);
      NonzeroPattern pattern(static_cast<std::size_t>(elements));
      for (auto&& value : pattern) value = draw(random);
      const SparsityStructure expected = by_definition(pattern, of.shape, of.layout);
      expect_equal(structure_of(pattern, of.shape, of.layout), expected);
      expect_equal(sparse_structure(places_of(pattern), of.shape, of.layout), expected);
    }
  }
}

TEST(Structure, patterns_are_found_wherever_the_axis_lies) {
  std::mt19937 random(2);
  for (const LayoutCase& of : layout_cases()) {
    const std::int64_t extent = of.shape[of.layout.reduction_axis];
    if (extent < 8) continue;
    for (const GroupPattern wanted : {GroupPattern{1, 4}, GroupPattern{2, 4}, GroupPattern{4, 8}}) {
      SCOPED_TRACE(fmt::format("{} {}:{}", name_of(of), wanted.nonzeros, wanted.of));
      std::int64_t behind = 1;
      for (std::size_t axis = of.layout.reduction_axis + 1; axis < of.shape.size(); ++axis) {
        behind *= of.shape[axis];
      }
      const auto elements =
          std::accumulate(of.shape.begin(), of.shape.end(), std::int64_t{1}, std::multiplies<>());
      NonzeroPattern pattern(static_cast<std::size_t>(elements));
      // The first of every group are set: full groups are as full as the pattern lets them be.
      for (std::int64_t i = 0; i < elements; ++i) {
        pattern[static_cast<std::size_t>(i)] = i / behind % extent % wanted.of < wanted.nonzeros;
      }
      EXPECT_EQ(structure_of(pattern, of.shape, of.layout).pattern, wanted);
      EXPECT_EQ(sparse_structure(places_of(pattern), of.shape, of.layout).pattern, wanted);
    }
  }
}

TEST(Structure, a_few_places_of_a_huge_tensor_need_little_memory) {
  const Shape shape = {std::int64_t{1} << 20, std::int64_t{1} << 20};
  const std::vector<std::int64_t> places = {0, 5, std::int64_t{1} << 39};
  const SparsityStructure structure = sparse_structure(places, shape, {0, 1});
  EXPECT_FALSE(structure.channels.has_value());
  EXPECT_EQ(structure.blocks_1x4(),
            (ZeroBlocks{std::int64_t{1} << 38, (std::int64_t{1} << 38) - 3}));
  EXPECT_EQ(structure.blocks_4x4, (ZeroBlocks{std::int64_t{1} << 36, (std::int64_t{1} << 36) - 3}));
  EXPECT_EQ(structure.pattern, (GroupPattern{1, 4}));
}

}  // namespace
}  // namespace mensa::onnx_import
