#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "accelerators/precision/precision_request.h"
#include "models/graph/graph.h"
#include "scheduler/traits/layer_traits.h"

namespace mensa::explore {

/// A model that a system is designed for.
struct DesignModel {
  std::string name;
  models::Graph graph;
  accelerators::LayerPrecisions precisions;
  double weight = 1;
};

/// Layers that run on one accelerator together: a layer with MACs, or those of a recurrence that
/// take turns, and the vector and move layers behind them, which follow their producers.
struct WorkItem {
  std::size_t model = 0;  ///< position among the models
  std::vector<models::LayerId> layers;
  models::LayerId main;           ///< of these, the one with the most MACs
  scheduler::LayerTraits traits;  ///< of it
  std::int64_t macs = 0;          ///< of all of them over all steps
};

/// By model, in topological order. What is before the first layer with MACs goes with it. Nothing
/// of a model without MACs.
[[nodiscard]] std::vector<WorkItem> work_items(const std::vector<DesignModel>& models);

}  // namespace mensa::explore
