#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "accelerators/cost/cost_table.h"
#include "scheduler/problem/concurrency.h"

namespace mensa::scheduler {

using accelerators::AcceleratorId;
using accelerators::CostTable;
using accelerators::LayerResidency;

/// An accelerator (or the host) for every layer, by LayerId.
using Assignment = std::vector<AcceleratorId>;

/// What a policy decides about: one inference of one model on one system. The cost table answers
/// for layers alone; what passes between layers follows from the assignment (see build_schedule).
class SchedulingProblem {
 public:
  /// Layers that must share an accelerator because they recur together.
  using Unit = std::vector<models::LayerId>;

  /// `concurrency`: of the schedules that are asked for; `inferences`: that are asked for at once,
  /// at least 1.
  explicit SchedulingProblem(CostTable& costs, Concurrency concurrency = Concurrency::kSequence,
                             std::int64_t inferences = 1);

  [[nodiscard]] CostTable& costs() const { return *costs_; }
  [[nodiscard]] const models::Graph& graph() const { return costs_->graph(); }
  [[nodiscard]] const accelerators::System& system() const { return costs_->system(); }

  [[nodiscard]] Concurrency concurrency() const { return concurrency_; }
  [[nodiscard]] std::int64_t inferences() const { return inferences_; }

  /// Units in topological order; every layer is in one.
  [[nodiscard]] const std::vector<Unit>& units() const { return units_; }
  /// Position in units() of the unit that has the layer.
  [[nodiscard]] std::size_t unit_of(models::LayerId layer) const { return unit_of_[layer.index()]; }
  /// Positions of the units whose results the unit at that position reads, ascending.
  [[nodiscard]] const std::vector<std::size_t>& waits_for(std::size_t unit) const {
    return waits_for_[unit];
  }
  /// Accelerators on which every layer of the unit runs; only the host where there is none and the
  /// unit has no MAC work. Ascending ids; empty only in a problem that check() rejects.
  [[nodiscard]] std::vector<AcceleratorId> candidates(const Unit& unit) const;
  [[nodiscard]] bool has_mac_work(const Unit& unit) const;
  /// Sum over the unit of score's parts, everything through DRAM.
  [[nodiscard]] double unit_score(const Unit& unit, AcceleratorId accelerator) const;

  /// One of several models that are planned together: its units are those from the first to the
  /// next part's.
  struct Part {
    std::size_t first_unit = 0;
    std::optional<base::Seconds> deadline = std::nullopt;  ///< after the start
  };
  /// By first unit; one without a deadline unless with_parts() said otherwise.
  [[nodiscard]] const std::vector<Part>& parts() const { return parts_; }
  /// One past the last unit of a part.
  [[nodiscard]] std::size_t end_of_part(std::size_t part) const {
    return part + 1 < parts_.size() ? parts_[part + 1].first_unit : units_.size();
  }
  /// The same problem as that of several models. `parts`: the first from unit 0, ascending.
  [[nodiscard]] SchedulingProblem with_parts(std::vector<Part> parts) const;

  /// The same problem under other execution.
  [[nodiscard]] SchedulingProblem with(Concurrency concurrency) const;
  /// The same problem, in which the unit in that position of units() runs on one accelerator only:
  /// on none where it is no candidate.
  [[nodiscard]] SchedulingProblem with_unit_on(std::size_t unit, AcceleratorId accelerator) const;

  /// Throws base::Error listing every layer that runs nowhere, and why on each accelerator.
  void check() const;

 private:
  CostTable* costs_;
  Concurrency concurrency_;
  std::int64_t inferences_;
  std::vector<Unit> units_;
  std::vector<std::size_t> unit_of_;                 ///< by layer
  std::vector<std::vector<std::size_t>> waits_for_;  ///< by unit
  std::vector<Part> parts_ = {Part{}};
  std::map<models::LayerId, AcceleratorId> only_;  ///< by the first layer of a unit
};

}  // namespace mensa::scheduler
