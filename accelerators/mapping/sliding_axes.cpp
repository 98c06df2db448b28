#include "accelerators/mapping/sliding_axes.h"

#include <algorithm>
#include <map>

namespace mensa::accelerators {
namespace {

/// Consecutive tiles of one dimension that touch equally many positions: `times` of them, the first
/// at `begin`. Where tiles slide, the tile before is still in place and covers the last `overlap`
/// indices before `begin`.
struct Run {
  std::int64_t begin = 0;
  std::int64_t extent = 0;
  std::int64_t times = 1;
  std::int64_t overlap = 0;
};

/// Indices of a dimension between which nothing is clipped by padding, so that tiles there touch
/// equally many positions wherever they lie.
struct Unclipped {
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

/// Splits every run into tiles of `step`, those in the unclipped part gathered into one run.
/// `sliding` makes consecutive tiles of a run overlap.
std::vector<Run> split(const std::vector<Run>& runs, std::int64_t step, Unclipped unclipped,
                       bool sliding) {
  std::vector<Run> parts;
  for (const Run& run : runs) {
    const std::int64_t end = run.begin + run.extent;
    std::int64_t at = run.begin;
    while (at < end) {
      const std::int64_t before = sliding && at > run.begin ? step : 0;
      std::int64_t tiles = 1;
      if (at - before >= unclipped.begin && end - at >= step && (before > 0 || !sliding)) {
        tiles = std::max<std::int64_t>(1, (std::min(end, unclipped.end) - at) / step);
      }
      parts.push_back({at, std::min(step, end - at), run.times * tiles, before});
      at += tiles * step;
    }
  }
  return parts;
}

}  // namespace

SlidingAxes::SlidingAxes(const models::ProblemShape& shape, InputPositions positions)
    : shape_(shape), positions_(positions) {
  for (std::size_t axis = 0; axis < models::kSlidingAxes.size(); ++axis) {
    const auto [output, kernel] = models::kSlidingAxes[axis];
    const std::int64_t outputs = shape.bound(output);
    const std::int64_t kernels = shape.bound(kernel);
    whole_[axis] = touched(axis, 0, outputs, 0, kernels);
    // The products of one kernel index, or of one output, touch different positions.
    for (std::int64_t i = 0; i < std::min(kernels, outputs); ++i) {
      real_pairs_[axis] += kernels <= outputs ? shape.touched(axis, 0, outputs, i, 1)
                                              : shape.touched(axis, i, 1, 0, kernels);
    }
  }
}

std::int64_t SlidingAxes::touched(std::size_t axis, std::int64_t output_begin,
                                  std::int64_t output_count, std::int64_t kernel_begin,
                                  std::int64_t kernel_count) const {
  if (positions_ == InputPositions::kTouched) {
    return shape_.touched(axis, output_begin, output_count, kernel_begin, kernel_count);
  }
  if (output_count <= 0 || kernel_count <= 0) return 0;
  const std::int64_t first = output_begin * shape_.stride[axis] +
                             kernel_begin * shape_.dilation[axis] - shape_.pad_begin[axis];
  const std::int64_t last =
      first + (output_count - 1) * shape_.stride[axis] + (kernel_count - 1) * shape_.dilation[axis];
  return std::max<std::int64_t>(
      0, std::min(last, shape_.input_size[axis] - 1) - std::max<std::int64_t>(first, 0) + 1);
}

std::int64_t SlidingAxes::most_of_a_tile(std::size_t axis, std::int64_t outputs,
                                         std::int64_t kernels) const {
  const auto [output, kernel] = models::kSlidingAxes[axis];
  // A tile in the middle touches no padding; one of full extent knows its padding exactly.
  if (outputs == shape_.bound(output) && kernels == shape_.bound(kernel)) return whole_[axis];
  const std::int64_t span =
      (outputs - 1) * shape_.stride[axis] + (kernels - 1) * shape_.dilation[axis] + 1;
  const std::int64_t most = std::min(span, whole_[axis]);
  return positions_ == InputPositions::kTouched ? std::min(most, outputs * kernels) : most;
}

std::size_t SlidingAxes::Hash::operator()(const AxisTiling& tiling) const {
  std::uint64_t hash = 0;
  const auto add = [&](auto value) {
    hash = (hash ^ static_cast<std::uint64_t>(value)) * 0x9E3779B97F4A7C15U;
    hash ^= hash >> 29U;
  };
  add(tiling.axis * 2 + (tiling.over_passes ? 1 : 0));
  for (const AxisTiling::Tiles& tiles : {tiling.outputs, tiling.kernels}) {
    add(tiles.slides_at);
    add(tiles.buffered);
    add(tiles.pass);
    add(tiles.step);
  }
  return static_cast<std::size_t>(hash);
}

template <class Visit>
void SlidingAxes::visit_tiles(const AxisTiling& tiling, Visit&& visit) const {
  const std::size_t axis = tiling.axis;
  const std::int64_t outputs = shape_.bound(models::kSlidingAxes[axis].output);
  const std::int64_t kernels = shape_.bound(models::kSlidingAxes[axis].kernel);
  // Outputs whose windows touch no padding, whatever the kernel index.
  const std::int64_t reach = (kernels - 1) * shape_.dilation[axis];
  const std::int64_t real_end = shape_.input_size[axis] + shape_.pad_begin[axis] - reach;
  const Unclipped inside = {base::ceil_div(shape_.pad_begin[axis], shape_.stride[axis]),
                            real_end > 0 ? base::ceil_div(real_end, shape_.stride[axis]) : 0};
  const auto runs = [&](const AxisTiling::Tiles& tiles, std::int64_t bound, Unclipped unclipped) {
    const bool over_buffered = tiles.slides_at == index(Level::kDram);
    const bool over_passes = tiles.slides_at == index(Level::kBuffers);
    std::vector<Run> list = split({{0, bound, 1, 0}}, tiles.buffered, unclipped, over_buffered);
    if (over_buffered || !tiling.over_passes) return list;
    list = split(list, tiles.pass, unclipped, over_passes);
    return over_passes ? list : split(list, tiles.step, unclipped, false);
  };
  const std::vector<Run> kernel_runs = runs(tiling.kernels, kernels, {});
  for (const Run& o : runs(tiling.outputs, outputs, inside)) {
    for (const Run& k : kernel_runs) {
      std::int64_t fresh = touched(axis, o.begin - o.overlap, o.extent + o.overlap,
                                   k.begin - k.overlap, k.extent + k.overlap);
      if (o.overlap > 0) fresh -= touched(axis, o.begin - o.overlap, o.overlap, k.begin, k.extent);
      if (k.overlap > 0) fresh -= touched(axis, o.begin, o.extent, k.begin - k.overlap, k.overlap);
      visit(fresh, o.times * k.times);
    }
  }
}

const AxisTiles& SlidingAxes::tiles(const AxisTiling& tiling) {
  const auto [entry, is_new] = memo_.try_emplace(tiling);
  AxisTiles& tiles = entry->second;
  if (!is_new) return tiles;
  if (tiling.over_passes) {
    visit_tiles(tiling, [&](std::int64_t positions, std::int64_t times) {
      tiles.positions += positions * times;
    });
    return tiles;
  }
  std::map<std::int64_t, std::int64_t> times_of;
  visit_tiles(tiling,
              [&](std::int64_t positions, std::int64_t times) { times_of[positions] += times; });
  for (const auto& [positions, times] : times_of) {
    tiles.positions += positions * times;
    tiles.transfers.push_back({positions, times});
  }
  return tiles;
}

}  // namespace mensa::accelerators
