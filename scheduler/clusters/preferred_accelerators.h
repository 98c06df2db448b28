#pragma once

#include <optional>
#include <span>
#include <vector>

#include "accelerators/cost/cost_table.h"
#include "scheduler/clusters/clustering.h"

namespace mensa::scheduler {

/// A layer with MACs of some model, and its cluster.
struct LayerInCluster {
  accelerators::CostTable* costs = nullptr;  ///< of its model, on the system in question
  models::LayerId layer;
  ClusterId cluster;
};

/// How an accelerator does on all layers of a cluster.
struct AcceleratorOnCluster {
  std::size_t layers_that_do_not_run = 0;
  /// Of the objective (s, pJ or s pJ), each layer alone with everything through DRAM, over all its
  /// time steps, summed over the layers. Means nothing where some layer does not run.
  double score = 0;
};

struct PreferredAccelerator {
  std::vector<AcceleratorOnCluster> accelerators;  ///< by AcceleratorId
  /// The lowest score of those that run every layer, the lowest id among equals; none where the
  /// cluster has no layer or no accelerator runs them all.
  std::optional<accelerators::AcceleratorId> best;
};

/// By ClusterId, `clusters` of them. All cost tables are of one system and objective. Maps every
/// layer on every accelerator, which is what takes its time.
[[nodiscard]] std::vector<PreferredAccelerator> preferred_accelerators(
    std::span<const LayerInCluster> layers, std::size_t clusters,
    const accelerators::System& system);

}  // namespace mensa::scheduler
