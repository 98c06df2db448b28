#pragma once

#include <cstdint>
#include <functional>
#include <unordered_map>
#include <vector>

#include "accelerators/mapping/mapping.h"
#include "models/graph/problem_shape.h"

namespace mensa::accelerators {

/// How a mapping uses the array: all of it below the buffered tile but the loop orders.
struct ArrayMapping {
  models::DimArray row_unroll = models::kUnitDims;
  models::DimArray column_unroll = models::kUnitDims;
  std::array<GroupUnroll, 2> groups;  ///< over the rows, over the columns
  models::DimArray register_tile = models::kUnitDims;

  [[nodiscard]] std::int64_t pass_extent(models::Dim dim) const {
    const std::size_t d = models::index(dim);
    return row_unroll[d] * column_unroll[d] * register_tile[d];
  }
  [[nodiscard]] bool grouped() const { return !groups[0].dims.empty() || !groups[1].dims.empty(); }
  void apply_to(Mapping& mapping) const;
};

/// The tile sizes of the map space: every value of ceil(bound / k), largest first. For each number
/// of tiles this is the smallest size that makes no more of them. Of bounds above kMostBoundInFull
/// only those of k = 1, 2, 4, 8 and so on, and 1.
inline constexpr std::int64_t kMostBoundInFull = std::int64_t{1} << 11;
[[nodiscard]] std::vector<std::int64_t> tile_sizes(std::int64_t bound);

/// tile_sizes(), each remembered. Answers stay where they are as long as this does.
class TileSizes {
 public:
  [[nodiscard]] const std::vector<std::int64_t>& of(std::int64_t bound) {
    auto& known = known_[bound];
    if (known.empty()) known = tile_sizes(bound);
    return known;
  }

 private:
  std::unordered_map<std::int64_t, std::vector<std::int64_t>> known_;
};

/// What bounds register tiles: elements of each operand that the registers of a PE hold, 0 where it
/// has none.
using RegisterRoom = std::array<std::int64_t, models::kMacOperandCount>;

/// Which ways to unroll are of interest; the register tile says nothing yet.
using KeepUnrolling = std::function<bool(const ArrayMapping&)>;

/// Calls `visit` for every way to use the array with an unrolling to `keep` that the dataflow
/// allows and the registers might hold (tiles that are held twice are not checked). Per axis any of
/// its dimensions unroll by themselves, at factors among tile_sizes() whose product fits, or one of
/// its groups unrolls as far as it can; then register tiles among tile_sizes() of what is left of
/// `register_dims`.
void visit_array_mappings(const models::ProblemShape& shape, const Accelerator& accelerator,
                          const RegisterRoom& room, const KeepUnrolling& keep,
                          const std::function<void(const ArrayMapping&)>& visit);

}  // namespace mensa::accelerators
