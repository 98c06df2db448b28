#include "models/graph/weight_pattern.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <numeric>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include "models/graph/reordered_bits.h"
#include "models/graph/weight_order.h"

namespace mensa::models {
namespace {

using Shape = std::vector<std::int64_t>;

NonzeroBits random_bits(std::size_t size, double density, unsigned seed) {
  std::mt19937 random(seed);
  NonzeroBits bits(size);
  for (std::size_t i = 0; i < size; ++i) {
    if (static_cast<double>(random() % 1000) < 1000 * density) bits.set(i);
  }
  return bits;
}

bool is_set(const NonzeroBits& bits, std::size_t at) { return bits.load(at, 1) != 0; }

/// G, K, C, T, R, S.
ProblemShape nest_of(const std::array<std::int64_t, 6>& bounds) {
  ProblemShape nest;
  constexpr std::array kDims = {Dim::G, Dim::K, Dim::C, Dim::T, Dim::R, Dim::S};
  for (std::size_t i = 0; i < kDims.size(); ++i) nest.bounds[index(kDims[i])] = bounds[i];
  return nest;
}

/// One layer whose only parameter has that shape, those nonzeros and those axes.
Graph graph_of(const Shape& shape, const ProblemShape& nest, const NonzeroBits& bits,
               std::optional<ChannelAxes> axes) {
  Graph graph("one");
  const auto activation = [&](const char* name) {
    Tensor tensor;
    tensor.name = name;
    tensor.shape = {1};
    return graph.add_tensor(tensor);
  };
  Layer layer;
  layer.name = "layer";
  layer.inputs = {activation("x")};
  layer.outputs = {activation("y")};
  layer.group = graph.add_group("layer");
  layer.work = MacWork{nest};
  const auto profile = std::make_shared<SparsityProfile>();
  profile->nonzeros = std::make_shared<const NonzeroBits>(bits);
  if (axes) {
    profile->structure.emplace();
    profile->structure->output_axis = axes->output;
    profile->structure->reduction_axis = axes->reduction;
  }
  Tensor weights;
  weights.name = "w";
  weights.shape = shape;
  weights.constant = true;
  weights.sparsity = profile;
  layer.parameters = {graph.add_tensor(weights)};
  graph.mark_input(layer.inputs[0]);
  graph.mark_output(layer.outputs[0]);
  graph.add_layer(std::move(layer));
  return graph;
}

/// A tensor of weights as some operator has it: where weight (g, k, c, t, r, s) stands.
struct Case {
  const char* name;
  Shape shape;
  std::array<std::int64_t, 6> nest;
  std::optional<ChannelAxes> axes;
  /// For each axis of the tensor the place there.
  std::vector<std::int64_t> (*place)(const std::array<std::int64_t, 6>& at,
                                     const std::array<std::int64_t, 6>& nest);
};

using At = std::array<std::int64_t, 6>;
using Place = std::vector<std::int64_t>;

Place convolution(const At& at, const At& nest) {
  return {at[0] * nest[1] + at[1], at[2], at[4], at[5]};
}

const std::vector<Case>& cases() {
  static const std::vector<Case> kCases = {
      {"convolution", {70, 67, 3, 3}, {1, 70, 67, 1, 3, 3}, {{0, 1}}, convolution},
      {"pointwise", {70, 67, 1, 1}, {1, 70, 67, 1, 1, 1}, {{0, 1}}, convolution},
      {"grouped", {12, 5, 3, 2}, {3, 4, 5, 1, 3, 2}, {{0, 1}}, convolution},
      {"depthwise", {37, 1, 3, 3}, {37, 1, 1, 1, 3, 3}, {{0, 1}}, convolution},
      {"tiny groups", {66, 2, 2, 2}, {33, 2, 2, 1, 2, 2}, {{0, 1}}, convolution},
      {"large kernel", {2, 3, 11, 13}, {1, 2, 3, 1, 11, 13}, {{0, 1}}, convolution},
      {"three dimensions",
       {6, 5, 2, 3, 4},
       {1, 6, 5, 2, 3, 4},
       {{0, 1}},
       [](const At& at, const At&) {
         return Place{at[1], at[2], at[3], at[4], at[5]};
       }},
      {"one dimension",
       {6, 5, 7},
       {1, 6, 5, 1, 1, 7},
       {{0, 1}},
       [](const At& at, const At&) {
         return Place{at[1], at[2], at[5]};
       }},
      {"transposed convolution",
       {6, 5, 3, 4},
       {1, 5, 6, 1, 3, 4},
       {{1, 0}},
       [](const At& at, const At&) {
         return Place{at[2], at[1], at[4], at[5]};
       }},
      {"grouped transposed convolution",
       {12, 5, 3, 2},
       {3, 5, 4, 1, 3, 2},
       {{1, 0}},
       [](const At& at, const At& nest) {
         return Place{at[0] * nest[2] + at[2], at[1], at[4], at[5]};
       }},
      {"right factor",
       {130, 97},
       {1, 97, 130, 1, 1, 1},
       {{1, 0}},
       [](const At& at, const At&) {
         return Place{at[2], at[1]};
       }},
      {"left factor",
       {97, 130},
       {1, 97, 130, 1, 1, 1},
       {{0, 1}},
       [](const At& at, const At&) {
         return Place{at[1], at[2]};
       }},
      {"right factor without axes",
       {130, 97},
       {1, 97, 130, 1, 1, 1},
       std::nullopt,
       [](const At& at, const At&) {
         return Place{at[2], at[1]};
       }},
      {"one output",
       {1, 130},
       {1, 1, 130, 1, 1, 1},
       std::nullopt,
       [](const At& at, const At&) {
         return Place{0, at[2]};
       }},
      {"scales of channels",
       {37, 1, 1, 1},
       {37, 1, 1, 1, 1, 1},
       std::nullopt,
       [](const At& at, const At&) {
         return Place{at[0], 0, 0, 0};
       }},
      {"batch of matrices",
       {2, 3, 65, 70},
       {6, 70, 65, 1, 1, 1},
       {{3, 2}},
       [](const At& at, const At&) {
         return Place{at[0] / 3, at[0] % 3, at[2], at[1]};
       }},
      {"LSTM",
       {1, 64, 33},
       {1, 64, 33, 1, 1, 1},
       {{1, 2}},
       [](const At& at, const At&) {
         return Place{0, at[1], at[2]};
       }},
      {"two directions",
       {2, 64, 33},
       {2, 64, 33, 1, 1, 1},
       {{1, 2}},
       [](const At& at, const At&) {
         return Place{at[0], at[1], at[2]};
       }},
      {"channels between kernel axes",
       {5, 3, 9, 4},
       {1, 9, 5, 1, 3, 4},
       {{2, 0}},
       [](const At& at, const At&) {
         return Place{at[2], at[4], at[1], at[5]};
       }},
  };
  return kCases;
}

std::size_t row_major(const Place& place, const Shape& shape) {
  std::int64_t at = 0;
  for (std::size_t i = 0; i < shape.size(); ++i) at = at * shape[i] + place[i];
  return static_cast<std::size_t>(at);
}

TEST(WeightPattern, HasEachWeightWhereTheNestLooksForIt) {
  for (const Case& of : cases()) {
    const auto size = static_cast<std::size_t>(
        std::accumulate(of.shape.begin(), of.shape.end(), std::int64_t{1}, std::multiplies<>()));
    const NonzeroBits bits = random_bits(size, 0.4, 11);
    const Graph graph = graph_of(of.shape, nest_of(of.nest), bits, of.axes);
    const auto pattern = weight_pattern(graph, graph.layer(LayerId(0)));
    ASSERT_NE(pattern, nullptr) << of.name;
    EXPECT_EQ(pattern->bounds, nest_of(of.nest).bounds) << of.name;
    EXPECT_EQ(pattern->nonzeros, bits.count()) << of.name;
    EXPECT_EQ(pattern->bits.size(), size) << of.name;
    std::size_t next = 0;
    std::size_t wrong = 0;
    At at{};
    // Row-major over G, K, T, R, S, C.
    for (at[0] = 0; at[0] < of.nest[0]; ++at[0])
      for (at[1] = 0; at[1] < of.nest[1]; ++at[1])
        for (at[3] = 0; at[3] < of.nest[3]; ++at[3])
          for (at[4] = 0; at[4] < of.nest[4]; ++at[4])
            for (at[5] = 0; at[5] < of.nest[5]; ++at[5])
              for (at[2] = 0; at[2] < of.nest[2]; ++at[2]) {
                const std::size_t from = row_major(of.place(at, of.nest), of.shape);
                if (is_set(bits, from) != is_set(pattern->bits, next++)) ++wrong;
              }
    EXPECT_EQ(wrong, 0U) << of.name;
  }
}

TEST(WeightPattern, IsNoneWhereTheOrderIsNotKnown) {
  const auto pattern_of = [](const Shape& shape, const At& nest, std::optional<ChannelAxes> axes) {
    const auto size = static_cast<std::size_t>(
        std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>()));
    const Graph graph = graph_of(shape, nest_of(nest), random_bits(size, 0.5, 3), axes);
    return weight_pattern(graph, graph.layer(LayerId(0)));
  };
  EXPECT_NE(pattern_of({8, 9}, {1, 8, 9, 1, 1, 1}, std::nullopt), nullptr);
  // A square could be either way round.
  EXPECT_EQ(pattern_of({8, 8}, {1, 8, 8, 1, 1, 1}, std::nullopt), nullptr);
  EXPECT_NE(pattern_of({8, 8}, {1, 8, 8, 1, 1, 1}, ChannelAxes{1, 0}), nullptr);
  // Other extents, axes out of range or the same.
  EXPECT_EQ(pattern_of({8, 9}, {1, 9, 8, 1, 1, 1}, ChannelAxes{0, 1}), nullptr);
  EXPECT_EQ(pattern_of({8, 9}, {1, 8, 10, 1, 1, 1}, ChannelAxes{0, 1}), nullptr);
  EXPECT_EQ(pattern_of({8, 9}, {1, 8, 9, 1, 1, 1}, ChannelAxes{0, 2}), nullptr);
  EXPECT_EQ(pattern_of({8, 9}, {1, 8, 9, 1, 1, 1}, ChannelAxes{1, 1}), nullptr);
  // A kernel that was flattened into the reduction axis, and one with its axes exchanged.
  EXPECT_EQ(pattern_of({8, 81}, {1, 8, 9, 1, 3, 3}, ChannelAxes{0, 1}), nullptr);
  EXPECT_EQ(pattern_of({8, 9, 3, 2}, {1, 8, 9, 1, 2, 3}, ChannelAxes{0, 1}), nullptr);
}

TEST(WeightPattern, NeedsTheBitsOfTheOnlyParameter) {
  Graph graph =
      graph_of({8, 9}, nest_of({1, 8, 9, 1, 1, 1}), random_bits(72, 0.5, 3), ChannelAxes{0, 1});
  Layer layer = graph.layer(LayerId(0));
  EXPECT_NE(weight_pattern(graph, layer), nullptr);
  layer.parameters.push_back(layer.parameters.front());
  EXPECT_EQ(weight_pattern(graph, layer), nullptr);
  layer.parameters.clear();
  EXPECT_EQ(weight_pattern(graph, layer), nullptr);
  layer.parameters = {layer.inputs.front()};  // "assumed dense"
  EXPECT_EQ(weight_pattern(graph, layer), nullptr);
  layer = graph.layer(LayerId(0));
  layer.work = VectorWork{72, 72, 1};
  EXPECT_EQ(weight_pattern(graph, layer), nullptr);
}

TEST(WeightOrder, TakesNoExtentsThatOverflow) {
  constexpr std::int64_t kHuge = std::int64_t{1} << 40;
  EXPECT_EQ(weight_order({kHuge, kHuge}, nest_of({1, kHuge, kHuge, 1, 1, 1}), ChannelAxes{0, 1}),
            std::nullopt);
  EXPECT_EQ(weight_order({0, 4}, nest_of({1, 0, 4, 1, 1, 1}), ChannelAxes{0, 1}), std::nullopt);
}

TEST(ReorderedBits, FollowAnyNestingOfTheAxes) {
  // 3 x 70 x 5 x 67 in all 24 orders, against a walk bit by bit.
  const std::array<std::size_t, 4> shape = {3, 70, 5, 67};
  const std::array<std::size_t, 4> strides = {70 * 5 * 67, 5 * 67, 67, 1};
  const NonzeroBits bits = random_bits(3 * strides[0], 0.3, 5);
  std::array<std::size_t, 4> axes = {0, 1, 2, 3};
  do {
    std::vector<BitLoop> loops;
    for (const std::size_t axis : axes) loops.push_back({shape[axis], strides[axis]});
    const NonzeroBits reordered = reordered_bits(bits, loops);
    ASSERT_EQ(reordered.size(), bits.size());
    std::size_t next = 0;
    std::size_t wrong = 0;
    for (std::size_t a = 0; a < loops[0].extent; ++a)
      for (std::size_t b = 0; b < loops[1].extent; ++b)
        for (std::size_t c = 0; c < loops[2].extent; ++c)
          for (std::size_t d = 0; d < loops[3].extent; ++d) {
            const std::size_t from = a * loops[0].stride + b * loops[1].stride +
                                     c * loops[2].stride + d * loops[3].stride;
            if (is_set(bits, from) != is_set(reordered, next++)) ++wrong;
          }
    EXPECT_EQ(wrong, 0U);
    EXPECT_EQ(reordered.count(), bits.count());
  } while (std::next_permutation(axes.begin(), axes.end()));
}

TEST(NonzeroBits, AreMergedAcrossWords) {
  NonzeroBits bits(200);
  bits.merge(60, 0x1FF);
  bits.merge(199, 1);
  EXPECT_EQ(bits.count(), 10);
  EXPECT_EQ(bits.count(60, 9), 9);
  EXPECT_EQ(bits.load(59, 11), 0x3FEU);
  EXPECT_EQ(bits.load(199, 1), 1U);
}

}  // namespace
}  // namespace mensa::models
