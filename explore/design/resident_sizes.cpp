#include "explore/design/resident_sizes.h"

#include <algorithm>
#include <map>

#include "accelerators/cost/cost_table.h"
#include "explore/design/moves.h"

namespace mensa::explore {
namespace {

using accelerators::AcceleratorId;
using accelerators::CostTable;

Blueprint smallest(base::Bytes weights) {
  Blueprint blueprint;
  blueprint.weights = weights;
  blueprint.activations = SizeLimits().least_buffer;
  return blueprint;
}

/// The first size of the grid that holds so much.
base::Bytes grid_size(base::Bytes bytes) {
  std::int64_t size = SizeLimits().least_buffer.value();
  while (size < bytes.value()) size = next_size_up(size);
  return base::Bytes(size);
}

/// By size: shares of a model's parameter traffic that need that much room to go away.
void add_shares(const DesignModel& model, const accelerators::System& system,
                std::map<base::Bytes, double>& shares) {
  const models::Graph& graph = model.graph;
  const CostTable table(graph, system, accelerators::Objective::kEdp, model.precisions);
  std::map<models::RecurrenceId, base::Bytes> joint;
  double traffic = 0;
  for (const models::Layer& layer : graph.layers()) {
    const base::Bytes bytes = table.parameter_bytes(layer, AcceleratorId(0));
    const bool takes_turns = layer.recurrence.has_value() && !layer.time_batchable;
    if (takes_turns) joint[*layer.recurrence] += bytes;
    const std::int64_t times = takes_turns ? graph.steps(layer) : 1;
    traffic += static_cast<double>(bytes.value()) * static_cast<double>(times);
  }
  for (const auto& [recurrence, bytes] : joint) {
    if (bytes == base::Bytes(0)) continue;
    const std::int64_t again = graph.recurrence(recurrence).steps - 1;
    shares[grid_size(bytes)] +=
        model.weight * static_cast<double>(bytes.value()) * static_cast<double>(again) / traffic;
  }
}

}  // namespace

std::vector<base::Bytes> resident_sizes(const std::vector<DesignModel>& models,
                                        const Platform& platform, base::Bytes most) {
  const accelerators::System system = platform.system({smallest(SizeLimits().least_buffer)});
  std::map<base::Bytes, double> shares;
  for (const DesignModel& model : models) add_shares(model, system, shares);
  std::vector<std::pair<double, base::Bytes>> ranked;
  for (const auto& [size, share] : shares) {
    if (size <= most && share > 0) ranked.emplace_back(share, size);
  }
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  if (ranked.size() > kMostResidentSizes) ranked.resize(kMostResidentSizes);
  std::vector<base::Bytes> sizes;
  sizes.reserve(ranked.size());
  for (const auto& entry : ranked) sizes.push_back(entry.second);
  std::sort(sizes.begin(), sizes.end());
  return sizes;
}

base::Bytes largest_weight_buffer(const Platform& platform, double area) {
  base::Bytes largest(0);
  for (base::Bytes size = SizeLimits().least_buffer; size <= SizeLimits().most_buffer;
       size = base::Bytes(next_size_up(size.value()))) {
    if (platform.figures(smallest(size)).area > area) break;
    largest = size;
  }
  return largest;
}

}  // namespace mensa::explore
