#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "accelerators/cost/shared_mappings.h"
#include "explore/design/merit.h"
#include "explore/design/parallel.h"
#include "explore/design/platform.h"
#include "explore/design/work_items.h"
#include "explore/evaluation/network_costs.h"

namespace mensa::explore {

/// Where a layer of a scheduled model runs and what it takes.
struct PlacedLayer {
  accelerators::AcceleratorId accelerator;  ///< the host: one past the last
  double time = 0;                          ///< s, over all steps
  double dynamic_energy = 0;                ///< J, all but static energy
  double static_energy = 0;                 ///< J, of the whole system meanwhile
};

/// Schedules a model by the rules and says where its layers run, by LayerId. Throws base::Error
/// where some layer runs nowhere.
[[nodiscard]] std::vector<PlacedLayer> placed_layers(
    const DesignModel& model, const std::shared_ptr<accelerators::MappingCache>& mappings,
    const SchedulingRules& rules);

/// What items take on a candidate: time, and energy without static energy, which depends on the
/// rest of the system. Infinite where an item does not run there.
using ItemCosts = std::vector<TimeEnergy>;

/// Finds out what work items take on candidates. Each model is scheduled as if the candidate were
/// alone, so that what its layers hand one another stays on chip as far as it fits; where some
/// layer does not run there, layer by layer with everything through DRAM.
class CandidateCosts {
 public:
  /// All of them must outlive it. `static_power`: for which mappings are chosen, W.
  CandidateCosts(const std::vector<DesignModel>& models, const std::vector<WorkItem>& items,
                 const SchedulingRules& rules,
                 std::shared_ptr<accelerators::SharedMappings> mappings, double static_power);

  /// Of each candidate, by item. `before`: called before each part of the work, by any thread.
  [[nodiscard]] std::vector<ItemCosts> of(const Platform& platform,
                                          const std::vector<Blueprint>& candidates,
                                          const Parallel& parallel,
                                          const std::function<void()>& before) const;

 private:
  void add_model(std::size_t model, const std::shared_ptr<accelerators::MappingCache>& mappings,
                 ItemCosts& costs) const;
  [[nodiscard]] std::vector<TimeEnergy> layer_by_layer(
      std::size_t model, const std::shared_ptr<accelerators::MappingCache>& mappings) const;

  const std::vector<DesignModel>& models_;
  const std::vector<WorkItem>& items_;
  SchedulingRules rules_;
  std::shared_ptr<accelerators::SharedMappings> mappings_;
};

}  // namespace mensa::explore
