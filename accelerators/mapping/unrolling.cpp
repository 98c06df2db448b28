#include "accelerators/mapping/unrolling.h"

#include <algorithm>
#include <set>

namespace mensa::accelerators {

using models::Dim;
using models::DimArray;
using models::index;

namespace {

constexpr int kMostDimsPerAxis = 3;

/// All ways to spend `room` PEs of an axis on `dims`, given what is left of each bound.
void spread(const DimArray& left, const std::vector<Dim>& dims, std::int64_t room, int depth,
            DimArray& chosen, std::set<DimArray>& found) {
  found.insert(chosen);
  if (depth == kMostDimsPerAxis || room < 2) return;
  for (const Dim dim : dims) {
    const std::size_t d = index(dim);
    if (chosen[d] > 1 || left[d] < 2) continue;
    const std::int64_t largest = std::min(left[d], room);
    const std::int64_t balanced = base::ceil_div(left[d], base::ceil_div(left[d], largest));
    for (const std::int64_t factor : {largest, balanced}) {
      chosen[d] = factor;
      spread(left, dims, room / factor, depth + 1, chosen, found);
      if (balanced == largest) break;
    }
    chosen[d] = 1;
  }
}

}  // namespace

std::vector<Unrolling> unrollings(const models::ProblemShape& shape, const Accelerator& accelerator,
                                  std::size_t limit) {
  std::set<DimArray> row_choices;
  DimArray chosen = models::kUnitDims;
  spread(shape.bounds, accelerator.dataflow.row_dims, accelerator.rows, 0, chosen, row_choices);
  std::vector<Unrolling> all;
  for (const DimArray& rows : row_choices) {
    DimArray left = shape.bounds;
    for (std::size_t d = 0; d < models::kDimCount; ++d) left[d] = base::ceil_div(left[d], rows[d]);
    std::set<DimArray> column_choices;
    chosen = models::kUnitDims;
    spread(left, accelerator.dataflow.column_dims, accelerator.columns, 0, chosen, column_choices);
    for (const DimArray& columns : column_choices) {
      Unrolling unrolling{rows, columns, 1};
      for (std::size_t d = 0; d < models::kDimCount; ++d) {
        unrolling.passes *= base::ceil_div(left[d], columns[d]);
      }
      all.push_back(unrolling);
    }
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const Unrolling& a, const Unrolling& b) { return a.passes < b.passes; });
  if (all.size() > limit) {
    all.resize(limit);
    // One PE alone needs the least room: keep it as the last resort.
    all.push_back({models::kUnitDims, models::kUnitDims, shape.macs()});
  }
  return all;
}

}  // namespace mensa::accelerators
