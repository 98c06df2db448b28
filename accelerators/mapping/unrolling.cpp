#include "accelerators/mapping/unrolling.h"

#include <algorithm>
#include <set>

#include "accelerators/mapping/map_space.h"

namespace mensa::accelerators {

using models::Dim;
using models::DimArray;
using models::index;

namespace {

constexpr int kMostDimsPerAxis = 3;
constexpr std::size_t kChoicesPerAxis = 24;

/// All ways to spend `room` PEs of an axis on `dims`, given what is left of each bound.
void spread(const DimArray& left, const std::vector<Dim>& dims, std::int64_t room, int depth,
            DimArray& chosen, std::set<DimArray>& found) {
  found.insert(chosen);
  if (depth == kMostDimsPerAxis || room < 2) return;
  for (const Dim dim : dims) {
    const std::size_t d = index(dim);
    if (chosen[d] > 1 || left[d] < 2) continue;
    // The first dimension takes any share of the axis, the others fill up the rest.
    for (const std::int64_t factor : tile_sizes(left[d])) {
      if (factor > room) continue;
      if (factor == 1) break;
      chosen[d] = factor;
      spread(left, dims, room / factor, depth + 1, chosen, found);
      if (depth > 0) break;
    }
    chosen[d] = 1;
  }
}

/// One axis: dimensions by themselves, or one group.
struct AxisChoice {
  DimArray factors = models::kUnitDims;
  GroupUnroll group;
};

std::vector<AxisChoice> axis_choices(const DimArray& left, const std::vector<Dim>& dims,
                                     const std::vector<models::DimSet>& groups, std::int64_t room) {
  std::set<DimArray> factors;
  DimArray chosen = models::kUnitDims;
  spread(left, dims, room, 0, chosen, factors);
  std::vector<AxisChoice> choices;
  choices.reserve(factors.size() + groups.size());
  for (const DimArray& entry : factors) choices.push_back({entry, {}});
  const auto passes = [&](const AxisChoice& choice) {
    double product = 1;
    for (const Dim dim : dims) {
      product *= static_cast<double>(base::ceil_div(left[index(dim)], choice.factors[index(dim)]));
    }
    return product;
  };
  std::stable_sort(choices.begin(), choices.end(),
                   [&](const AxisChoice& a, const AxisChoice& b) { return passes(a) < passes(b); });
  if (choices.size() > kChoicesPerAxis) choices.resize(kChoicesPerAxis);
  for (const models::DimSet group : groups) {
    const std::int64_t factor = std::min(models::product(left, group), room);
    if (factor > 1) choices.push_back({models::kUnitDims, {group, factor}});
  }
  return choices;
}

}  // namespace

std::vector<Unrolling> unrollings(const models::ProblemShape& shape, const Accelerator& accelerator,
                                  std::size_t limit) {
  const Dataflow& dataflow = accelerator.dataflow;
  std::vector<Unrolling> all;
  for (const AxisChoice& rows :
       axis_choices(shape.bounds, dataflow.row_dims, dataflow.row_groups, accelerator.rows)) {
    DimArray left = shape.bounds;
    for (const Dim dim : models::kAllDims) {
      const std::size_t d = index(dim);
      // What a group has taken is not for the columns as well.
      left[d] = rows.group.dims.contains(dim) ? 1 : base::ceil_div(left[d], rows.factors[d]);
    }
    for (const AxisChoice& columns :
         axis_choices(left, dataflow.column_dims, dataflow.column_groups, accelerator.columns)) {
      Unrolling unrolling{rows.factors, columns.factors, {rows.group, columns.group}, 1};
      for (const GroupUnroll& group : unrolling.groups) {
        if (group.dims.empty()) continue;
        unrolling.passes *= base::ceil_div(models::product(shape.bounds, group.dims), group.factor);
      }
      bool clash = false;
      for (const Dim dim : models::kAllDims) {
        const std::size_t d = index(dim);
        if (columns.group.dims.contains(dim)) clash = clash || rows.factors[d] > 1;
        if (rows.group.dims.contains(dim) || columns.group.dims.contains(dim)) continue;
        unrolling.passes *= base::ceil_div(left[d], columns.factors[d]);
      }
      if (!clash) all.push_back(unrolling);
    }
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const Unrolling& a, const Unrolling& b) { return a.passes < b.passes; });
  if (all.size() > limit) {
    all.resize(limit);
    // One PE alone needs the least room: keep it as the last resort.
    all.push_back({models::kUnitDims, models::kUnitDims, {}, shape.macs()});
  }
  return all;
}

}  // namespace mensa::accelerators
