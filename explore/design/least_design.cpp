#include "explore/design/least_design.h"

#include <fmt/format.h>

#include <cmath>
#include <optional>

#include "explore/design/moves.h"
#include "explore/space/dimension.h"
#include "models/base/error.h"

namespace mensa::explore {
namespace {

constexpr std::int64_t kLeastSide = 2;  ///< of the arrays that are tried
constexpr std::int64_t kLargestActivations = std::int64_t{1} << 24;

/// The smallest arrays with every dataflow, with activation buffers of all sizes.
std::vector<Blueprint> small_candidates(const Platform& platform, std::size_t place) {
  std::vector<Blueprint> candidates;
  const base::Bytes least = SizeLimits().least_buffer;
  for (std::size_t d = 0; d < platform.dataflows().size(); ++d) {
    for (std::int64_t size = least.value(); size <= kLargestActivations; size *= 2) {
      Blueprint blueprint;
      blueprint.rows = blueprint.columns = kLeastSide;
      blueprint.dataflow = d;
      blueprint.weights = least;
      blueprint.activations = base::Bytes(size);
      blueprint.place = place;
      candidates.push_back(blueprint);
    }
  }
  return candidates;
}

std::optional<std::size_t> first_homeless(const ItemCosts& costs) {
  for (std::size_t i = 0; i < costs.size(); ++i) {
    if (!std::isfinite(costs[i].time)) return i;
  }
  return std::nullopt;
}

}  // namespace

void throw_nothing_fits(const Platform& platform, const Budget& budget,
                        const std::vector<DesignModel>& models, const std::vector<WorkItem>& items,
                        const CandidateCosts& costs, const Parallel& parallel,
                        const std::vector<std::size_t>& places) {
  const std::vector<Blueprint> candidates = small_candidates(platform, places.front());
  const std::vector<ItemCosts> found = costs.of(platform, candidates, parallel, [] {});
  std::optional<std::size_t> smallest;
  std::optional<std::size_t> homeless;
  for (std::size_t c = 0; c < candidates.size(); ++c) {
    if (const auto item = first_homeless(found[c])) {
      homeless = item;
      continue;
    }
    const auto area = [&](std::size_t one) { return platform.figures(candidates[one]).area; };
    if (!smallest || area(c) < area(*smallest)) smallest = c;
  }
  if (!smallest) {
    const WorkItem& item = items[*homeless];
    const models::Graph& graph = models[item.model].graph;
    throw base::Error(
        fmt::format("layer '{}' of {} runs on none of the accelerators that were "
                    "tried, of whatever size",
                    graph.layer(item.main).name, models[item.model].name));
  }
  const BlueprintFigures least = platform.figures(candidates[*smallest]);
  std::string limits = with_unit(budget.area, dimensions::kArea);
  if (budget.power) limits += fmt::format(" and {}", with_unit(*budget.power, dimensions::kPower));
  for (const Platform::Place& place : platform.places()) {
    if (place.most_area) {
      limits +=
          fmt::format(", {} at {}", with_unit(*place.most_area, dimensions::kArea), place.port);
    }
    if (place.most_power) {
      limits +=
          fmt::format(", {} at {}", with_unit(*place.most_power, dimensions::kPower), place.port);
    }
  }
  throw base::Error(fmt::format(
      "no accelerator that runs all layers keeps the budget of {}; the smallest one found takes {} "
      "and {} at its peak ({}x{} PEs, dataflow {})",
      limits, with_unit(least.area, dimensions::kArea),
      with_unit(least.peak_power, dimensions::kPower), candidates[*smallest].rows,
      candidates[*smallest].columns, platform.dataflows()[candidates[*smallest].dataflow].name));
}

}  // namespace mensa::explore
