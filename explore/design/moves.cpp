#include "explore/design/moves.h"

#include <algorithm>

#include "models/base/words.h"

namespace mensa::explore {
namespace {

constexpr SizeLimits kLimits;

constexpr base::Words<Aspect, 5> kAspects("aspect", {"array", "weight buffer", "activation buffer",
                                                     "dataflow", "place"});

std::int64_t larger(std::int64_t size, Step step) {
  return step == Step::kDouble ? 2 * size : next_size_up(size);
}

std::int64_t smaller(std::int64_t size, Step step) {
  return step == Step::kDouble ? size / 2 : next_size_down(size);
}

bool is_array(const Blueprint& blueprint) {
  return std::min(blueprint.rows, blueprint.columns) >= kLimits.least_side &&
         std::max(blueprint.rows, blueprint.columns) <= kLimits.most_side;
}

bool is_buffer(base::Bytes capacity) {
  return capacity >= kLimits.least_buffer && capacity <= kLimits.most_buffer;
}

void add_array(const Blueprint& from, std::int64_t rows, std::int64_t columns,
               std::vector<Move>& moves) {
  Move move{Aspect::kArray, from};
  move.to.rows = rows;
  move.to.columns = columns;
  if (is_array(move.to)) moves.push_back(move);
}

}  // namespace

std::string_view to_string(Aspect aspect) { return kAspects.of(aspect); }

std::vector<Move> size_moves(const Platform& platform, const Blueprint& blueprint, Step step) {
  std::vector<Move> moves;
  const std::int64_t rows = blueprint.rows;
  const std::int64_t columns = blueprint.columns;
  add_array(blueprint, larger(rows, step), columns, moves);
  add_array(blueprint, smaller(rows, step), columns, moves);
  add_array(blueprint, rows, larger(columns, step), moves);
  add_array(blueprint, rows, smaller(columns, step), moves);
  if (columns % 2 == 0) add_array(blueprint, 2 * rows, columns / 2, moves);
  if (rows % 2 == 0) add_array(blueprint, rows / 2, 2 * columns, moves);

  const auto add_buffer = [&](Aspect aspect, base::Bytes Blueprint::*buffer, std::int64_t size) {
    Move move{aspect, blueprint};
    move.to.*buffer = base::Bytes(size);
    if (is_buffer(move.to.*buffer)) moves.push_back(move);
  };
  const std::int64_t weights = blueprint.weights.value();
  if (weights > 0) {
    add_buffer(Aspect::kWeights, &Blueprint::weights, larger(weights, step));
    add_buffer(Aspect::kWeights, &Blueprint::weights, smaller(weights, step));
    if (platform.dataflows()[blueprint.dataflow].streams_weights) {
      Move move{Aspect::kWeights, blueprint};
      move.to.weights = base::Bytes(0);
      moves.push_back(move);
    }
  } else {
    constexpr std::int64_t kFirst = std::int64_t{32} * 1024;
    add_buffer(Aspect::kWeights, &Blueprint::weights, kFirst);
  }
  const std::int64_t activations = blueprint.activations.value();
  add_buffer(Aspect::kActivations, &Blueprint::activations, larger(activations, step));
  add_buffer(Aspect::kActivations, &Blueprint::activations, smaller(activations, step));
  return moves;
}

std::vector<Move> jumps(const Blueprint& blueprint, const std::vector<base::Bytes>& sizes) {
  std::vector<Move> moves;
  for (const base::Bytes size : sizes) {
    if (size <= blueprint.weights) continue;
    moves.push_back({Aspect::kWeights, blueprint});
    moves.back().to.weights = size;
  }
  return moves;
}

std::vector<Move> kind_moves(const Platform& platform, const Blueprint& blueprint,
                             const std::vector<std::size_t>& places) {
  std::vector<Move> moves;
  for (std::size_t d = 0; d < platform.dataflows().size(); ++d) {
    if (d == blueprint.dataflow) continue;
    Move move{Aspect::kDataflow, blueprint};
    move.to.dataflow = d;
    // What streams weights through PEs with one register each reads them at every use.
    constexpr std::int64_t kFirst = std::int64_t{32} * 1024;
    if (move.to.weights.value() == 0 && !platform.dataflows()[d].streams_weights) {
      move.to.weights = base::Bytes(kFirst);
    }
    moves.push_back(move);
  }
  for (const std::size_t place : places) {
    if (place == blueprint.place) continue;
    Move move{Aspect::kPlace, blueprint};
    move.to.place = place;
    moves.push_back(move);
  }
  return moves;
}

}  // namespace mensa::explore
