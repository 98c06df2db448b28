#include "accelerators/mapping/loop_orders.h"

#include <algorithm>
#include <cassert>

namespace mensa::accelerators {

using models::Dim;
using models::DimSet;

namespace {

/// Dimensions by the one operand that does not depend on them: weights on the first, inputs on the
/// second, outputs on the third. All three depend on G.
constexpr std::array<DimSet, 3> kReuseDims = {models::kPixelDims, DimSet{Dim::K},
                                              models::kWindowDims};

/// Dimensions of each block in order, the class `innermost` last in every block, the dimensions
/// `last` at the very end of it in their order.
LoopOrder arrange(const LoopBlocks& blocks, DimSet innermost, const std::vector<Dim>& last) {
  LoopOrder order{};
  std::size_t position = 0;
  for (const DimSet block : blocks) {
    const auto add_if = [&](auto&& chosen) {
      for (const Dim dim : models::kAllDims) {
        const bool is_last = std::find(last.begin(), last.end(), dim) != last.end();
        if (block.contains(dim) && !is_last && chosen(dim)) order[position++] = dim;
      }
    };
    add_if([](Dim dim) { return dim == Dim::G; });
    add_if([&](Dim dim) { return dim != Dim::G && !innermost.contains(dim); });
    add_if([&](Dim dim) { return dim != Dim::G && innermost.contains(dim); });
    for (const Dim dim : last) {
      if (block.contains(dim)) order[position++] = dim;
    }
  }
  assert(position == models::kDimCount);
  return order;
}

/// Those of `dims` along which tiles may slide; where there are none, any one of them.
std::vector<Dim> innermost_choices(DimSet dims, DimSet sliding) {
  std::vector<Dim> choices;
  for (const Dim dim : models::kAllDims) {
    if (dims.contains(dim) && sliding.contains(dim)) choices.push_back(dim);
  }
  for (const Dim dim : models::kAllDims) {
    if (choices.empty() && dims.contains(dim)) choices.push_back(dim);
  }
  return choices;
}

}  // namespace

LoopBlocks free_blocks() { return {models::kEveryDim}; }

LoopBlocks stationary_blocks(models::MacOperand stationary) {
  LoopBlocks blocks(2);
  for (const Dim dim : models::kAllDims) {
    blocks[models::is_relevant(stationary, dim) ? 0 : 1].insert(dim);
  }
  return blocks;
}

LoopBlocks array_blocks(const Dataflow& dataflow) {
  return dataflow.loop_blocks.empty() ? stationary_blocks(dataflow.stationary)
                                      : dataflow.loop_blocks;
}

LoopOrder default_array_order(const Dataflow& dataflow) {
  return all_orders(array_blocks(dataflow), {}).front();
}

bool is_allowed(const LoopOrder& order, const LoopBlocks& blocks, DimSet walked) {
  std::size_t block = 0;
  for (const Dim dim : order) {
    if (!walked.contains(dim)) continue;
    const auto its = static_cast<std::size_t>(
        std::find_if(blocks.begin(), blocks.end(), [&](DimSet set) { return set.contains(dim); }) -
        blocks.begin());
    if (its < block) return false;
    block = its;
  }
  return true;
}

std::vector<LoopOrder> best_orders(const LoopBlocks& blocks, DimSet walked, DimSet sliding) {
  // The innermost block with a loop that walks, and the one before it.
  std::vector<DimSet> inner;
  for (auto block = blocks.rbegin(); block != blocks.rend() && inner.size() < 2; ++block) {
    const DimSet walking = block->common(walked);
    if (!walking.empty()) inner.push_back(walking);
  }
  if (inner.empty()) return {arrange(blocks, {}, {})};

  std::vector<LoopOrder> orders;
  for (const DimSet reuse : kReuseDims) {
    const DimSet candidates = inner[0].common(reuse);
    if (candidates.empty()) continue;
    if (!candidates.contains(Dim::K)) {
      for (const Dim last : innermost_choices(candidates, sliding)) {
        orders.push_back(arrange(blocks, reuse, {last}));
      }
      continue;
    }
    // Inputs stay in place while filters run; the loop around those decides how inputs slide.
    DimSet around = inner[0].without(Dim::K);
    if (around.empty() && inner.size() > 1) around = inner[1];
    if (around.without(Dim::G).empty()) {
      orders.push_back(arrange(blocks, reuse, {Dim::K}));
      continue;
    }
    for (const Dim next : innermost_choices(around.without(Dim::G), sliding)) {
      orders.push_back(arrange(blocks, reuse, {next, Dim::K}));
    }
  }
  if (orders.empty()) orders.push_back(arrange(blocks, {}, {}));  // only groups walk
  return orders;
}

std::vector<LoopOrder> all_orders(const LoopBlocks& blocks, DimSet walked) {
  std::vector<LoopOrder> orders = {LoopOrder{}};
  std::size_t position = 0;
  for (const DimSet block : blocks) {
    std::vector<Dim> still;
    std::vector<Dim> moving;
    for (const Dim dim : models::kAllDims) {
      if (block.contains(dim)) (walked.contains(dim) ? moving : still).push_back(dim);
    }
    std::vector<LoopOrder> longer;
    do {
      for (LoopOrder order : orders) {
        auto next = std::copy(still.begin(), still.end(),
                              order.begin() + static_cast<std::ptrdiff_t>(position));
        std::copy(moving.begin(), moving.end(), next);
        longer.push_back(order);
      }
    } while (std::next_permutation(moving.begin(), moving.end()));
    orders = std::move(longer);
    position += still.size() + moving.size();
  }
  return orders;
}

DimSet sliding_dims(const models::ProblemShape& shape) {
  DimSet dims;
  for (const models::SlidingAxis& axis : models::kSlidingAxes) {
    if (shape.bound(axis.output) == 1 || shape.bound(axis.kernel) == 1) continue;
    dims.insert(axis.output);
    dims.insert(axis.kernel);
  }
  return dims;
}

}  // namespace mensa::accelerators
