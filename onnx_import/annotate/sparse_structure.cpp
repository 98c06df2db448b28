#include <algorithm>
#include <utility>
#include <vector>

#include "onnx_import/annotate/structure.h"
#include "onnx_import/annotate/weight_axes.h"

namespace mensa::onnx_import {
namespace {

/// Where one element lies.
struct Place {
  std::int64_t before;
  std::int64_t between;
  std::int64_t behind;
  std::int64_t output;
  std::int64_t reduction;
};

Place place_of(std::int64_t index, const WeightAxes& axes) {
  Place place{};
  const auto take = [&](std::int64_t extent) {
    const std::int64_t at = index % extent;
    index /= extent;
    return at;
  };
  place.behind = take(axes.behind);
  (axes.output_first ? place.reduction : place.output) =
      take(axes.output_first ? axes.reduction : axes.outputs);
  place.between = take(axes.between);
  (axes.output_first ? place.output : place.reduction) =
      take(axes.output_first ? axes.outputs : axes.reduction);
  place.before = index;
  return place;
}

/// The number of the block that a place is in, where blocks are so many outputs by so many
/// neighbours along the reduction axis. Different for different blocks, below the tensor's size.
std::int64_t block_of(const Place& place, const WeightAxes& axes, std::int64_t outputs,
                      std::int64_t neighbours) {
  std::int64_t block = place.before;
  block = block * axes.outputs + place.output / outputs;
  block = block * axes.between + place.between;
  block = block * axes.reduction + place.reduction / neighbours;
  return block * axes.behind + place.behind;
}

/// How many places are in each block that has any.
std::vector<std::int64_t> fill_of_blocks(std::span<const std::int64_t> places,
                                         const WeightAxes& axes, std::int64_t outputs,
                                         std::int64_t neighbours) {
  std::vector<std::int64_t> blocks(places.size());
  std::transform(places.begin(), places.end(), blocks.begin(), [&](std::int64_t index) {
    return block_of(place_of(index, axes), axes, outputs, neighbours);
  });
  std::sort(blocks.begin(), blocks.end());
  // The counts overwrite the blocks that have been counted.
  std::size_t counts = 0;
  for (std::size_t i = 0; i < blocks.size();) {
    std::size_t next = i;
    while (next < blocks.size() && blocks[next] == blocks[i]) ++next;
    blocks[counts++] = static_cast<std::int64_t>(next - i);
    i = next;
  }
  blocks.resize(counts);
  return blocks;
}

}  // namespace

models::SparsityStructure sparse_structure(std::span<const std::int64_t> places, const Shape& shape,
                                           WeightLayout layout) {
  const WeightAxes axes(shape, layout);
  models::SparsityStructure structure;
  structure.output_axis = layout.output_axis;
  structure.reduction_axis = layout.reduction_axis;
  // A few bytes of a file may name any number of channels: memory follows what they hold.
  if (axes.channels() <=
      std::min(models::SparsityStructure::kMostChannels, 1024 + 16 * std::ssize(places))) {
    std::vector<std::int64_t> nonzeros(static_cast<std::size_t>(axes.channels()));
    for (const std::int64_t index : places) {
      const Place place = place_of(index, axes);
      ++nonzeros[static_cast<std::size_t>(place.before * axes.outputs + place.output)];
    }
    structure.channels = channel_sparsity(std::move(nonzeros), axes.values_per_channel());
  }
  structure.groups_of_4[0] = axes.groups();
  for (const std::int64_t fill : fill_of_blocks(places, axes, 1, 4)) {
    ++structure.groups_of_4[static_cast<std::size_t>(fill)];
    --structure.groups_of_4[0];
  }
  const auto eights = fill_of_blocks(places, axes, 1, 8);
  const bool beyond_4_of_8 =
      std::any_of(eights.begin(), eights.end(), [](std::int64_t fill) { return fill > 4; });
  structure.pattern = strictest_pattern(axes.reduction, structure.groups_of_4, beyond_4_of_8);
  const auto filled = static_cast<std::int64_t>(fill_of_blocks(places, axes, 4, 4).size());
  structure.blocks_4x4 = {axes.blocks(), axes.blocks() - filled};
  return structure;
}

}  // namespace mensa::onnx_import
