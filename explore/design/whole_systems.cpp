#include "explore/design/whole_systems.h"

#include <algorithm>
#include <limits>
#include <new>
#include <set>

#include "models/base/conversions.h"
#include "models/base/error.h"

namespace mensa::explore {
namespace {

using accelerators::MappingCache;
using accelerators::System;

ModelFigures figures_of(const NetworkCosts& costs) {
  return {costs.latency.value(), costs.energy.value() * base::kJoulesPerPicojoule,
          costs.interval.value(), static_cast<double>(costs.dram.value())};
}

}  // namespace

Blueprints canonical(Blueprints blueprints) {
  std::sort(blueprints.begin(), blueprints.end(), [](const Blueprint& a, const Blueprint& b) {
    return a.pes() != b.pes() ? a.pes() > b.pes() : a < b;
  });
  return blueprints;
}

std::vector<SystemFigures> system_figures(
    const std::vector<const System*>& systems, const std::vector<DesignModel>& models,
    const SchedulingRules& rules, const std::shared_ptr<accelerators::SharedMappings>& mappings,
    const Parallel& parallel, const std::function<void()>& before) {
  std::vector<std::shared_ptr<MappingCache>> caches;
  caches.reserve(systems.size());
  for (const System* system : systems) {
    caches.push_back(std::make_shared<MappingCache>(*system, rules.mapper, mappings));
  }
  std::vector<SystemFigures> figures(systems.size());
  for (SystemFigures& one : figures) one.models.resize(models.size());
  std::vector<std::string> failures(systems.size() * models.size());
  std::vector<char> faults(failures.size(), 0);
  parallel.each(failures.size(), [&](std::size_t i) {
    before();
    const DesignModel& model = models[i % models.size()];
    const std::size_t s = i / models.size();
    try {
      figures[s].models[i % models.size()] =
          figures_of(network_costs(model.graph, model.precisions, caches[s], rules));
    } catch (const base::Error& error) {
      failures[i] = error.what();
    } catch (const std::bad_alloc&) {
      throw;
    } catch (const std::exception& fault) {
      failures[i] = fault.what();
      faults[i] = 1;
    }
  });
  for (std::size_t i = 0; i < failures.size(); ++i) {
    SystemFigures& one = figures[i / models.size()];
    if (failures[i].empty() || !one.failure.empty()) continue;
    one.failure = failures[i];
    one.is_our_fault = faults[i] != 0;
  }
  for (SystemFigures& one : figures) {
    if (!one.failure.empty()) one.models.clear();
  }
  return figures;
}

WholeSystems::WholeSystems(const Platform& platform, const std::vector<DesignModel>& models,
                           const SchedulingRules& rules, const Merit& merit,
                           std::shared_ptr<accelerators::SharedMappings> mappings,
                           const Parallel& parallel, std::function<void()> before)
    : platform_(platform),
      models_(models),
      rules_(rules),
      merit_(merit),
      mappings_(std::move(mappings)),
      parallel_(parallel),
      before_(std::move(before)) {}

std::vector<const EvaluatedDesign*> WholeSystems::of(const std::vector<Blueprints>& designs) {
  std::set<Blueprints> unknown;
  for (const Blueprints& design : designs) {
    Blueprints one = canonical(design);
    if (!known_.contains(one)) unknown.insert(std::move(one));
  }
  std::vector<std::unique_ptr<const System>> systems;
  std::vector<const System*> pointers;
  systems.reserve(unknown.size());
  pointers.reserve(unknown.size());
  for (const Blueprints& design : unknown) {
    systems.push_back(std::make_unique<const System>(platform_.system(design)));
    pointers.push_back(systems.back().get());
  }
  std::vector<SystemFigures> figures =
      system_figures(pointers, models_, rules_, mappings_, parallel_, before_);
  std::size_t next = 0;
  for (const Blueprints& design : unknown) {
    SystemFigures& one = figures[next++];
    if (one.is_our_fault) faults_.push_back(one.failure);
    EvaluatedDesign evaluated{design, footprint(platform_, design), std::move(one.failure),
                              std::move(one.models), std::numeric_limits<double>::infinity()};
    if (evaluated.runs()) {
      std::vector<TimeEnergy> costs;
      costs.reserve(evaluated.models.size());
      for (const ModelFigures& model : evaluated.models) costs.push_back(model.cost());
      evaluated.merit = merit_.of(costs);
    }
    known_.emplace(design, std::make_unique<const EvaluatedDesign>(std::move(evaluated)));
  }
  std::vector<const EvaluatedDesign*> found;
  found.reserve(designs.size());
  for (const Blueprints& design : designs) found.push_back(known_.at(canonical(design)).get());
  return found;
}

const EvaluatedDesign& WholeSystems::of(const Blueprints& design) {
  return *of(std::vector<Blueprints>{design}).front();
}

}  // namespace mensa::explore
