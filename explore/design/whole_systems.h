#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "explore/design/budget.h"
#include "explore/design/candidate_costs.h"

namespace mensa::explore {

/// One inference of a model on a system.
struct ModelFigures {
  double latency = 0;   ///< s
  double energy = 0;    ///< J
  double interval = 0;  ///< s, from one inference to the next
  double dram = 0;      ///< B, read and written

  [[nodiscard]] TimeEnergy cost() const { return {latency, energy}; }
};

/// A system of accelerators with what the models take on it.
struct EvaluatedDesign {
  Blueprints blueprints;  ///< as canonical() has them
  Footprint footprint{0};
  std::string failure;               ///< why some model does not run; empty: all do
  std::vector<ModelFigures> models;  ///< empty where one does not run
  double merit = 0;                  ///< infinite where one does not run

  [[nodiscard]] bool runs() const { return failure.empty(); }
};

/// The order that stands for all: most PEs first. What a design comes to does not depend on the
/// order that it was found in.
[[nodiscard]] Blueprints canonical(Blueprints blueprints);

/// What the models take on a system.
struct SystemFigures {
  std::string failure;               ///< why some model does not run; empty: all do
  bool is_our_fault = false;         ///< nothing is wrong with the system, but with mensa
  std::vector<ModelFigures> models;  ///< empty where one does not run
};

/// Schedules and evaluates all models on each system. `before`: called before each model, by any
/// thread.
[[nodiscard]] std::vector<SystemFigures> system_figures(
    const std::vector<const accelerators::System*>& systems, const std::vector<DesignModel>& models,
    const SchedulingRules& rules, const std::shared_ptr<accelerators::SharedMappings>& mappings,
    const Parallel& parallel, const std::function<void()>& before);

/// Evaluates whole systems, each once. Not for use by two threads at once.
class WholeSystems {
 public:
  /// All of them must outlive it.
  WholeSystems(const Platform& platform, const std::vector<DesignModel>& models,
               const SchedulingRules& rules, const Merit& merit,
               std::shared_ptr<accelerators::SharedMappings> mappings, const Parallel& parallel,
               std::function<void()> before);

  /// In the order asked for; the references stay valid.
  [[nodiscard]] std::vector<const EvaluatedDesign*> of(const std::vector<Blueprints>& designs);
  [[nodiscard]] const EvaluatedDesign& of(const Blueprints& design);
  [[nodiscard]] const std::shared_ptr<accelerators::SharedMappings>& mappings() const {
    return mappings_;
  }
  /// What went wrong by faults of mensa's own, by system.
  [[nodiscard]] const std::vector<std::string>& faults() const { return faults_; }
  /// Different ones so far.
  [[nodiscard]] std::size_t evaluated() const { return known_.size(); }

 private:
  const Platform& platform_;
  const std::vector<DesignModel>& models_;
  const SchedulingRules& rules_;
  const Merit& merit_;
  std::shared_ptr<accelerators::SharedMappings> mappings_;
  const Parallel& parallel_;
  std::function<void()> before_;
  std::map<Blueprints, std::unique_ptr<const EvaluatedDesign>> known_;
  std::vector<std::string> faults_;
};

}  // namespace mensa::explore
