#include "accelerators/mapping/mapper.h"

#include <algorithm>

#include "accelerators/mapping/searches.h"
#include "models/base/words.h"

namespace mensa::accelerators {

using models::Dim;
using models::DimSet;

namespace {

constexpr base::Words<Effort, 3> kEfforts("mapper", {"exhaustive", "pruned", "fast"});

/// What the smallest tiles on a single PE lack.
Infeasible what_is_missing(MacCostModel& model) {
  Mapping smallest;
  smallest.at(Level::kDram).tile = model.question().shape.bounds;
  if (auto missing = model.lacks(smallest, false, false)) return *std::move(missing);
  return std::get<Infeasible>(model.evaluate(smallest));  // it lacks room for partial sums
}

}  // namespace

std::string_view to_string(Effort effort) { return kEfforts.of(effort); }

Effort effort_from_string(std::string_view name) { return kEfforts.value_of(name); }

SearchState::SearchState(const System& system, const Accelerator& on, const MacQuestion& question,
                         std::optional<base::Watts> drawn)
    : accelerator(on),
      model(system, on, question, drawn),
      blocks(array_blocks(on.dataflow)),
      sliding(sliding_dims(question.shape)),
      array_orders_(std::size_t{1} << models::kDimCount),
      tile_orders_(std::size_t{1} << models::kDimCount) {}

bool SearchState::try_mapping(const Mapping& mapping) {
  ++statistics.evaluations;
  const auto cost = model.quick(mapping);
  if (!cost.has_value()) return false;
  found.add(mapping, *cost);
  return true;
}

bool SearchState::try_array_orders(Mapping& mapping) {
  bool fits = false;
  for (const LoopOrder& order : array_orders(mapping.walked_in_buffers())) {
    mapping.at(Level::kBuffers).order = order;
    fits = try_mapping(mapping) || fits;
  }
  return fits;
}

const std::vector<LoopOrder>& SearchState::array_orders(DimSet walked) {
  auto& known = array_orders_[walked.bits()];
  if (known.empty()) known = best_orders(blocks, walked, sliding);
  return known;
}

const std::vector<LoopOrder>& SearchState::tile_orders(DimSet walked) {
  auto& known = tile_orders_[walked.bits()];
  if (known.empty()) known = best_orders(free_blocks(), walked, sliding);
  return known;
}

Mapping untiled_mapping(const models::ProblemShape& shape) {
  Mapping mapping;
  mapping.at(Level::kDram).tile = shape.bounds;
  mapping.at(Level::kBuffers).tile = shape.bounds;
  return mapping;
}

std::int64_t least_tile(const ArrayMapping& array, const models::ProblemShape& shape, Dim dim) {
  return std::min(shape.bound(dim), array.pass_extent(dim));
}

std::variant<ParetoMappings, Infeasible> map_layer(const System& system,
                                                   const Accelerator& accelerator,
                                                   const MacQuestion& question,
                                                   const MapperOptions& options,
                                                   SearchStatistics* statistics) {
  question.shape.check(accelerator.name);
  SearchState state(system, accelerator, question, options.static_power);
  if (const auto& wrong = state.model.sparse().unrepresentable()) return *wrong;
  // Where not even the smallest tiles leave room for what stays, there is nothing to search.
  if (!state.model.may_fit_buffers(models::kUnitDims)) return what_is_missing(state.model);
  switch (options.effort) {
    case Effort::kExhaustive:
      search_exhaustively(state);
      break;
    case Effort::kPruned:
      search_fast(state);
      search_pruned(state);
      break;
    case Effort::kFast:
      search_fast(state);
      // Where hardly anything fits, it may miss what there is.
      if (state.found.empty()) search_pruned(state);
      break;
  }
  if (statistics != nullptr) *statistics = state.statistics;
  if (state.found.empty()) return what_is_missing(state.model);
  ParetoMappings mappings;
  for (const Mapping& mapping : state.found.take()) {
    LayerCost cost = std::get<LayerCost>(state.model.evaluate(mapping));
    mappings.push_back({mapping, cost});
  }
  return mappings;
}

Infeasible why_infeasible(const System& system, const Accelerator& accelerator,
                          const MacQuestion& question) {
  MacCostModel model(system, accelerator, question);
  // What the smallest tiles lack says so, too, where an operand cannot be stored.
  return what_is_missing(model);
}

}  // namespace mensa::accelerators
