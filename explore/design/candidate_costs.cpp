#include "explore/design/candidate_costs.h"

#include <limits>
#include <new>

#include "models/base/conversions.h"
#include "models/base/error.h"
#include "scheduler/problem/schedule.h"

namespace mensa::explore {
namespace {

using accelerators::AcceleratorId;
using accelerators::CostTable;
using accelerators::LayerEvaluation;
using accelerators::MappingCache;
using accelerators::System;

constexpr TimeEnergy kNever{std::numeric_limits<double>::infinity(),
                            std::numeric_limits<double>::infinity()};

PlacedLayer placed(AcceleratorId accelerator, const accelerators::LayerCost& cost) {
  const double fixed = cost.energy.static_energy.value() * base::kJoulesPerPicojoule;
  const double all = cost.energy.total().value() * base::kJoulesPerPicojoule;
  return {accelerator, cost.time.value(), all - fixed, fixed};
}

}  // namespace

std::vector<PlacedLayer> placed_layers(const DesignModel& model,
                                       const std::shared_ptr<MappingCache>& mappings,
                                       const SchedulingRules& rules) {
  CostTable table(model.graph, rules.objective, mappings, model.precisions);
  const scheduler::SchedulingProblem problem(table, rules.concurrency);
  problem.check();
  const scheduler::Schedule schedule =
      scheduler::build_schedule(problem, rules.policy->plan(problem), rules.policy_name);
  std::vector<PlacedLayer> layers;
  layers.reserve(schedule.layers.size());
  for (const scheduler::ScheduledLayer& entry : schedule.layers) {
    const LayerEvaluation& evaluation =
        *table.find(entry.layer, entry.accelerator, entry.residency);
    layers.push_back(placed(entry.accelerator, evaluation.cost));
  }
  return layers;
}

CandidateCosts::CandidateCosts(const std::vector<DesignModel>& models,
                               const std::vector<WorkItem>& items, const SchedulingRules& rules,
                               std::shared_ptr<accelerators::SharedMappings> mappings,
                               double static_power)
    : models_(models), items_(items), rules_(rules), mappings_(std::move(mappings)) {
  rules_.policy_name = "single:a1";
  rules_.policy = scheduler::make_policy(rules_.policy_name);
  // On the grid, so that mappings need not be priced anew.
  rules_.mapper.static_power = accelerators::GridPower::nearest(base::Watts(static_power)).power;
}

std::vector<ItemCosts> CandidateCosts::of(const Platform& platform,
                                          const std::vector<Blueprint>& candidates,
                                          const Parallel& parallel,
                                          const std::function<void()>& before) const {
  struct Alone {
    System system;
    std::shared_ptr<MappingCache> mappings;
  };
  std::vector<std::unique_ptr<Alone>> alone;
  alone.reserve(candidates.size());
  for (const Blueprint& candidate : candidates) {
    alone.push_back(std::make_unique<Alone>(Alone{platform.system({candidate}), nullptr}));
    alone.back()->mappings =
        std::make_shared<MappingCache>(alone.back()->system, rules_.mapper, mappings_);
  }
  std::vector<ItemCosts> costs(candidates.size(), ItemCosts(items_.size()));
  const std::size_t models = models_.size();
  parallel.each(candidates.size() * models, [&](std::size_t i) {
    before();
    add_model(i % models, alone[i / models]->mappings, costs[i / models]);
  });
  return costs;
}

void CandidateCosts::add_model(std::size_t model, const std::shared_ptr<MappingCache>& mappings,
                               ItemCosts& costs) const {
  std::vector<TimeEnergy> layers;
  try {
    for (const PlacedLayer& layer : placed_layers(models_[model], mappings, rules_)) {
      layers.push_back({layer.time, layer.dynamic_energy});
    }
  } catch (const base::Error&) {
    layers = layer_by_layer(model, mappings);
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception&) {
    // A fault of mensa's own is no candidate. Whole systems tell of them.
    layers.assign(models_[model].graph.layers().size(), kNever);
  }
  for (std::size_t i = 0; i < items_.size(); ++i) {
    if (items_[i].model != model) continue;
    for (const models::LayerId id : items_[i].layers) costs[i] += layers[id.index()];
  }
}

std::vector<TimeEnergy> CandidateCosts::layer_by_layer(
    std::size_t model, const std::shared_ptr<MappingCache>& mappings) const {
  const DesignModel& one = models_[model];
  CostTable table(one.graph, rules_.objective, mappings, one.precisions);
  std::vector<TimeEnergy> layers;
  layers.reserve(one.graph.layers().size());
  for (const models::Layer& layer : one.graph.layers()) {
    AcceleratorId there(0);
    const LayerEvaluation* found = table.find(layer.id, there);
    if (found == nullptr) {
      there = table.host();
      found = table.find(layer.id, there);
    }
    if (found == nullptr) {
      layers.push_back(kNever);
      continue;
    }
    const PlacedLayer cost = placed(there, found->cost);
    layers.push_back({cost.time, cost.dynamic_energy});
  }
  return layers;
}

}  // namespace mensa::explore
