#include "accelerators/cost/exact_weights.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "accelerators/cost/weight_patterns.h"
#include "accelerators/mapping/access_counts.h"
#include "tests/accelerators/random_sparsity.h"
#include "tests/accelerators/test_system.h"

namespace mensa::accelerators {
namespace {

using models::Dim;
using models::DimArray;
using models::index;
using models::MacOperand;
using models::WeightPattern;

constexpr std::array kWeightDims = {Dim::G, Dim::K, Dim::C, Dim::T, Dim::R, Dim::S};

bool is_kept(const WeightPattern& pattern, const DimArray& at) {
  DimArray one = models::kUnitDims;
  return count_box(pattern, at, one) == 1;
}

/// Calls `visit` for every point of a box, the last dimension fastest.
template <class Visit>
void each_point(const DimArray& bounds, std::size_t dim, DimArray& at, Visit&& visit) {
  if (dim == models::kDimCount) return visit(at);
  for (at[dim] = 0; at[dim] < bounds[dim]; ++at[dim]) each_point(bounds, dim + 1, at, visit);
}

/// The loops over weights run one by one, as docs/sparsity.md tells it: nothing shared with the
/// code under test but the counting of single weights.
struct Replay {
  std::int64_t slowest = 0;
  std::map<DimArray, std::int64_t> kept_by_tile;
  std::int64_t most_of_a_pe = 0;

  Replay(const WeightPattern& pattern, const Mapping& mapping, const Sparsity& sparsity) {
    // Every weight is assigned to a tile, a pass and a PE.
    std::map<std::vector<std::int64_t>, std::map<std::vector<std::int64_t>, std::int64_t>> passes;
    DimArray at{};
    each_point(pattern.bounds, 0, at, [&](const DimArray& weight) {
      DimArray tile{};
      std::vector<std::int64_t> pe;
      std::vector<std::int64_t> pass;
      DimArray pass_of{};
      for (const Dim dim : kWeightDims) {
        const std::size_t d = index(dim);
        const std::int64_t extent = mapping.at(Level::kBuffers).tile[d];
        tile[d] = weight[d] / extent;
        const std::int64_t rest = weight[d] % extent;
        pass_of[d] = rest / mapping.pass_extent(dim);
      }
      for (const Dim dim : mapping.at(Level::kDram).order) pass.push_back(tile[index(dim)]);
      for (const Dim dim : mapping.at(Level::kBuffers).order) pass.push_back(pass_of[index(dim)]);
      // Neighbours among the PEs in the order G, K, T, R, S, C, the first fastest.
      for (const Dim dim : {Dim::C, Dim::S, Dim::R, Dim::T, Dim::K, Dim::G}) {
        const std::size_t d = index(dim);
        const std::int64_t rest = weight[d] % mapping.at(Level::kBuffers).tile[d];
        pe.push_back(rest % mapping.pass_extent(dim) / mapping.at(Level::kRegisters).tile[d]);
      }
      const std::int64_t kept = is_kept(pattern, weight) ? 1 : 0;
      passes[pass][pe] += kept;
      kept_by_tile[tile] += kept;
    });
    const auto pes_of = [&](const std::map<std::vector<std::int64_t>, std::int64_t>& work) {
      std::int64_t all = 1;
      std::vector<std::int64_t> sides;
      for (const Dim dim : {Dim::C, Dim::S, Dim::R, Dim::T, Dim::K, Dim::G}) {
        sides.push_back(mapping.unroll(dim));
        all *= sides.back();
      }
      std::vector<std::int64_t> flat(static_cast<std::size_t>(all));
      for (const auto& [pe, kept] : work) {
        std::int64_t number = 0;
        for (std::size_t i = 0; i < pe.size(); ++i) number = number * sides[i] + pe[i];
        flat[static_cast<std::size_t>(number)] += kept;
      }
      return flat;
    };
    const auto meet = [&](const std::vector<std::int64_t>& work) {
      std::int64_t most = 0;
      for (std::size_t begin = 0; begin < work.size();
           begin += static_cast<std::size_t>(sparsity.stealing_group)) {
        const std::size_t end =
            std::min(work.size(), begin + static_cast<std::size_t>(sparsity.stealing_group));
        std::int64_t sum = 0;
        for (std::size_t pe = begin; pe < end; ++pe) sum += work[pe];
        most = std::max(most, base::ceil_div(sum, static_cast<std::int64_t>(end - begin)));
      }
      return most;
    };
    std::vector<std::int64_t> ahead;
    std::int64_t in_window = 0;
    for (const auto& [pass, work] : passes) {
      const std::vector<std::int64_t> flat = pes_of(work);
      most_of_a_pe = std::max(most_of_a_pe, meet(flat));
      if (ahead.empty()) ahead.assign(flat.size(), 0);
      for (std::size_t pe = 0; pe < flat.size(); ++pe) ahead[pe] += flat[pe];
      if (++in_window == sparsity.fifo_depth) {
        slowest += meet(ahead);
        ahead.clear();
        in_window = 0;
      }
    }
    if (in_window > 0) slowest += meet(ahead);
  }
};

models::ProblemShape random_weights() {
  models::ProblemShape shape;
  for (const Dim dim : kWeightDims) {
    const bool small = dim == Dim::G || dim == Dim::T;
    shape.bounds[index(dim)] = *rc::gen::inRange<std::int64_t>(1, small ? 3 : 7);
  }
  shape.input_size = {8, 8, 8};
  return shape;
}

Mapping random_mapping(const models::ProblemShape& shape) {
  Mapping mapping;
  mapping.at(Level::kDram).tile = shape.bounds;
  for (const Dim dim : models::kAllDims) {
    const std::size_t d = index(dim);
    const std::int64_t buffered = *rc::gen::inRange<std::int64_t>(1, shape.bounds[d] + 1);
    mapping.at(Level::kBuffers).tile[d] = buffered;
    mapping.at(Level::kRegisters).tile[d] = *rc::gen::inRange<std::int64_t>(1, buffered + 1);
    mapping.row_unroll[d] = *rc::gen::inRange<std::int64_t>(1, 3);
    mapping.column_unroll[d] = *rc::gen::inRange<std::int64_t>(1, 3);
  }
  for (LevelLoops& level : mapping.levels) {
    for (std::size_t i = models::kDimCount; i > 1; --i) {
      std::swap(level.order[i - 1], level.order[*rc::gen::inRange<std::size_t>(0, i)]);
    }
  }
  return mapping;
}

WeightStorage bitmask_storage() {
  StoredSize size;
  size.compressed = true;
  size.bits_per_kept = 8;
  size.bits_per_place = 1;
  return {size, size, size, base::Bytes(1)};
}

RC_GTEST_PROP(ExactWeights, EqualAReplayWeightByWeight, ()) {
  const models::ProblemShape shape = random_weights();
  const Mapping mapping = random_mapping(shape);
  const WeightPattern pattern =
      test::random_pattern(shape, *rc::gen::element(0.0, 0.1, 0.3, 0.7, 1.0));
  Sparsity sparsity;
  sparsity.stealing_group = *rc::gen::element(1, 2, 4, 1000);
  sparsity.fifo_depth = *rc::gen::element(1, 2, 5);
  const ExactWeights exact = exact_weights(pattern, mapping, sparsity, bitmask_storage());
  const Replay replay(pattern, mapping, sparsity);
  RC_ASSERT(exact.slowest == replay.slowest);
  base::Bytes bytes;
  base::Bytes largest;
  for (const auto& [tile, kept] : replay.kept_by_tile) {
    DimArray extent = models::kUnitDims;
    for (const Dim dim : kWeightDims) {
      const std::int64_t size = mapping.at(Level::kBuffers).tile[index(dim)];
      extent[index(dim)] = std::min(size, shape.bound(dim) - tile[index(dim)] * size);
    }
    const std::int64_t values = models::product(extent, models::kEveryDim);
    const base::Bytes of_tile = base::Bytes(std::max<std::int64_t>(1, (kept * 8 + values + 7) / 8));
    bytes += of_tile;
    largest = std::max(largest, of_tile);
  }
  RC_ASSERT(exact.dram == bytes);
  RC_ASSERT(exact.largest_tile == largest);
  RC_ASSERT(exact.fullest <= 1);
}

/// All weights kept: what the counter says of the dense nest.
RC_GTEST_PROP(ExactWeights, OfDenseOnesIsTheDenseNest, ()) {
  const models::ProblemShape shape = random_weights();
  const Mapping mapping = random_mapping(shape);
  const ExactWeights exact =
      exact_weights(test::random_pattern(shape, 1), mapping, Sparsity{}, bitmask_storage());
  RC_ASSERT(exact.slowest == exact.dense);
  AccessCounter counter(shape, StorageView{});
  RC_ASSERT(exact.dense == counter.count(mapping).array_cycles);
}

/// Fewer weights, in the same places, never take longer.
RC_GTEST_PROP(ExactWeights, GrowWithThePattern, ()) {
  const models::ProblemShape shape = random_weights();
  const Mapping mapping = random_mapping(shape);
  WeightPattern more = test::random_pattern(shape, 0.6);
  WeightPattern fewer = more;
  fewer.bits = models::NonzeroBits(more.bits.size());
  for (std::size_t i = 0; i < more.bits.size(); ++i) {
    if (more.bits.load(i, 1) != 0 && *rc::gen::arbitrary<bool>()) fewer.bits.set(i);
  }
  fewer.nonzeros = fewer.bits.count();
  Sparsity sparsity;
  sparsity.fifo_depth = *rc::gen::element(1, 3);
  const ExactWeights a = exact_weights(fewer, mapping, sparsity, bitmask_storage());
  const ExactWeights b = exact_weights(more, mapping, sparsity, bitmask_storage());
  RC_ASSERT(a.slowest <= b.slowest);
  RC_ASSERT(a.dram <= b.dram);
  RC_ASSERT(a.largest_tile <= b.largest_tile);
}

/// A group of C, R and S over three PEs: place n of the reduction goes to PE n mod 3 of pass n / 3.
TEST(ExactWeights, DealOutDimensionsThatAreUnrolledAsOne) {
  models::ProblemShape shape;
  shape.bounds[index(Dim::C)] = 2;
  shape.bounds[index(Dim::R)] = 2;
  shape.bounds[index(Dim::S)] = 2;
  Mapping mapping;
  mapping.at(Level::kDram).tile = mapping.at(Level::kBuffers).tile = shape.bounds;
  mapping.groups[0] = {models::kWindowDims, 3};
  WeightPattern pattern;
  pattern.bounds = shape.bounds;
  pattern.bits = models::NonzeroBits(8);
  // In the order (R, S, C): c = 0 of (0, 0), (0, 1), (1, 0): the places 0, 1, 2 of one pass.
  for (const std::size_t at : {std::size_t{0}, std::size_t{2}, std::size_t{4}}) {
    pattern.bits.set(at);
  }
  pattern.nonzeros = 3;
  ASSERT_TRUE(can_replay(mapping));
  const ExactWeights exact = exact_weights(pattern, mapping, Sparsity{}, bitmask_storage());
  EXPECT_EQ(exact.dense, 3);    // passes of 3, 3 and 2 places
  EXPECT_EQ(exact.slowest, 1);  // all three kept weights in the first of them
}

TEST(FullBlocks, AreFilledWithWhatTheyTouch) {
  models::ProblemShape shape;
  shape.bounds[index(Dim::K)] = 4;
  shape.bounds[index(Dim::C)] = 5;
  WeightPattern pattern;
  pattern.bounds = shape.bounds;
  pattern.bits = models::NonzeroBits(20);
  pattern.bits.set(0);          // k 0, c 0
  pattern.bits.set(3 * 5 + 4);  // k 3, c 4: in a block cut short
  pattern.nonzeros = 2;
  const WeightPattern full = with_full_blocks(pattern, 2, 2);
  EXPECT_EQ(full.nonzeros, 4 + 2);
  EXPECT_EQ(full.bits.count(), 6);
  EXPECT_EQ(full.bits.load(5, 2), 3U);  // k 1, c 0 and 1
  EXPECT_EQ(full.bits.load(2 * 5 + 4, 1), 1U);
}

TEST(Groups, AreCountedAlongTheInputChannels) {
  WeightPattern pattern;
  pattern.bounds[index(Dim::K)] = 2;
  pattern.bounds[index(Dim::C)] = 6;
  pattern.bits = models::NonzeroBits(12);
  for (const std::size_t at : {0, 3, 4, 5, 6, 7}) pattern.bits.set(at);
  EXPECT_TRUE(keeps_groups(pattern, {2, 4}));  // 0 and 3; 4 and 5 in a short group; 6 and 7
  EXPECT_FALSE(keeps_groups(pattern, {1, 4}));
  pattern.bits.set(1);
  EXPECT_FALSE(keeps_groups(pattern, {2, 4}));
}

}  // namespace
}  // namespace mensa::accelerators
