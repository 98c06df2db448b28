#include "accelerators/mapping/unrolling.h"

#include <algorithm>
#include <map>
#include <optional>

#include "accelerators/mapping/map_space.h"

namespace mensa::accelerators {

using models::Dim;
using models::DimArray;
using models::index;

namespace {

constexpr int kMostDimsPerAxis = 3;
constexpr std::size_t kChoicesPerAxis = 24;

/// One axis: dimensions by themselves, or one group.
struct AxisChoice {
  DimArray factors = models::kUnitDims;
  GroupUnroll group;
};

/// Ways to use one axis of the array.
class Axis {
 public:
  Axis(const std::vector<Dim>& dims, const std::vector<models::DimSet>& groups, std::int64_t room)
      : dims_(dims), groups_(groups), room_(room) {
    for (const Dim dim : dims) matters_.insert(dim);
    for (const models::DimSet group : groups) matters_ = matters_.with(group);
  }

  /// Those with the fewest passes, given what is left of each bound; then the groups. The answer
  /// stays where it is as long as this does.
  const std::vector<AxisChoice>& choices(const DimArray& left) {
    left_ = models::kUnitDims;
    for (const Dim dim : models::kAllDims) {
      if (matters_.contains(dim)) left_[index(dim)] = left[index(dim)];
    }
    const auto [known, is_new] = known_.try_emplace(left_);
    if (is_new) known->second = find_choices();
    return known->second;
  }

 private:
  struct Spread {
    double passes = 0;
    DimArray factors;

    [[nodiscard]] bool operator<(const Spread& other) const {
      return passes != other.passes ? passes < other.passes : factors < other.factors;
    }
  };

  std::vector<AxisChoice> find_choices() {
    spreads_.clear();
    chosen_ = models::kUnitDims;
    passes_ = left_;
    spread(room_, 0);
    // The best ones, each once: a heap, since most of them are not asked for.
    const auto is_worse = [](const Spread& a, const Spread& b) { return b < a; };
    std::make_heap(spreads_.begin(), spreads_.end(), is_worse);
    std::vector<AxisChoice> choices;
    choices.reserve(kChoicesPerAxis + groups_.size());
    for (auto end = spreads_.end(); end != spreads_.begin() && choices.size() < kChoicesPerAxis;
         --end) {
      std::pop_heap(spreads_.begin(), end, is_worse);
      const DimArray& factors = (end - 1)->factors;
      if (choices.empty() || choices.back().factors != factors) choices.push_back({factors, {}});
    }
    for (const models::DimSet group : groups_) {
      const std::int64_t factor = std::min(models::product(left_, group), room_);
      if (factor > 1) choices.push_back({models::kUnitDims, {group, factor}});
    }
    return choices;
  }

  /// All ways to spend `room` PEs of the axis on dimensions that have none yet.
  void spread(std::int64_t room, int depth) {
    double passes = 1;
    for (const Dim dim : dims_) passes *= static_cast<double>(passes_[index(dim)]);
    spreads_.push_back({passes, chosen_});
    if (depth == kMostDimsPerAxis || room < 2) return;
    for (const Dim dim : dims_) {
      const std::size_t d = index(dim);
      if (chosen_[d] > 1 || left_[d] < 2) continue;
      // The first dimension takes any share of the axis, the others fill up the rest.
      for (const std::int64_t factor : sizes_.of(left_[d])) {
        if (factor > room) continue;
        if (factor == 1) break;
        chosen_[d] = factor;
        passes_[d] = base::ceil_div(left_[d], factor);
        spread(room / factor, depth + 1);
        if (depth > 0) break;
      }
      chosen_[d] = 1;
      passes_[d] = left_[d];
    }
  }

  const std::vector<Dim>& dims_;
  const std::vector<models::DimSet>& groups_;
  std::int64_t room_;
  models::DimSet matters_;  ///< dimensions that the axis may take
  TileSizes sizes_;
  std::map<DimArray, std::vector<AxisChoice>> known_;
  // Of the question that is being answered.
  DimArray left_ = models::kUnitDims;
  DimArray chosen_ = models::kUnitDims;
  DimArray passes_ = models::kUnitDims;  ///< over each dimension
  std::vector<Spread> spreads_;
};

/// A choice for either axis.
struct Combination {
  std::int64_t passes = 1;
  const AxisChoice* rows = nullptr;
  const AxisChoice* columns = nullptr;
};

/// None where one of the two takes what the other has taken. `left`: of the bounds, by the rows.
std::optional<Combination> combined(const models::ProblemShape& shape, const DimArray& left,
                                    const AxisChoice& rows, const AxisChoice& columns) {
  Combination combination{1, &rows, &columns};
  for (const GroupUnroll& group : {rows.group, columns.group}) {
    if (group.dims.empty()) continue;
    combination.passes *= base::ceil_div(models::product(shape.bounds, group.dims), group.factor);
  }
  for (const Dim dim : models::kAllDims) {
    const std::size_t d = index(dim);
    if (columns.group.dims.contains(dim) && rows.factors[d] > 1) return std::nullopt;
    if (left[d] == 1 || rows.group.dims.contains(dim) || columns.group.dims.contains(dim)) continue;
    combination.passes *=
        columns.factors[d] == 1 ? left[d] : base::ceil_div(left[d], columns.factors[d]);
  }
  return combination;
}

}  // namespace

std::vector<Unrolling> unrollings(const models::ProblemShape& shape, const Accelerator& accelerator,
                                  std::size_t limit) {
  const Dataflow& dataflow = accelerator.dataflow;
  Axis over_rows(dataflow.row_dims, dataflow.row_groups, accelerator.rows);
  Axis over_columns(dataflow.column_dims, dataflow.column_groups, accelerator.columns);
  std::vector<Combination> all;
  for (const AxisChoice& rows : over_rows.choices(shape.bounds)) {
    DimArray left = shape.bounds;
    for (const Dim dim : models::kAllDims) {
      const std::size_t d = index(dim);
      // What a group has taken is not for the columns as well.
      left[d] = rows.group.dims.contains(dim) ? 1 : base::ceil_div(left[d], rows.factors[d]);
    }
    for (const AxisChoice& columns : over_columns.choices(left)) {
      if (const auto combination = combined(shape, left, rows, columns)) {
        all.push_back(*combination);
      }
    }
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const Combination& a, const Combination& b) { return a.passes < b.passes; });
  std::vector<Unrolling> best;
  best.reserve(std::min(all.size(), limit) + 1);
  for (const auto& [passes, rows, columns] : all) {
    if (best.size() == limit) break;
    best.push_back({rows->factors, columns->factors, {rows->group, columns->group}, passes});
  }
  // One PE alone needs the least room: keep it as the last resort.
  if (all.size() > limit) {
    best.push_back({models::kUnitDims, models::kUnitDims, {}, shape.macs()});
  }
  return best;
}

}  // namespace mensa::accelerators
