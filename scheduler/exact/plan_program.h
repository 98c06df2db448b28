#pragma once

#include <map>
#include <optional>
#include <vector>

#include "scheduler/exact/product_bound.h"
#include "scheduler/exact/unit_options.h"
#include "scheduler/exact/zero_one_solver.h"

namespace mensa::scheduler {

/// All plans in sequence in the order of SchedulingProblem::units() as zero-one columns, which are
/// - for every option of units that decide together,
/// - for every layer that is a block by itself: what it finds on chip and whether its output stays,
/// - for every output that may stay and accelerator: whether it does.
/// Rows say that one of the first two kinds holds for each unit, that an output that stays is found
/// by all its readers, and that nothing else runs where it waits for them.
class PlanProgram {
 public:
  /// Bounds on the program, above which there is none: sets of outputs that one layer may find on
  /// one accelerator, and columns in all rows together, which is what linear programs take.
  static constexpr std::size_t kMostSets = 256;
  static constexpr std::size_t kMostEntries = 1'000'000;

  /// None where the program would be too large. Keeps a reference to the problem. Asks the cost
  /// table for every layer on every accelerator with everything that may stay. Throws
  /// std::logic_error where a unit runs nowhere.
  [[nodiscard]] static std::optional<PlanProgram> of(const SchedulingProblem& problem);

  [[nodiscard]] const ZeroOneProgram& rows() const { return program_; }
  /// By column; the sum over a plan's columns is its weighted time and energy.
  [[nodiscard]] std::vector<double> costs(double time, double energy) const;
  /// Each group of units at its cheapest, whatever the others do: what no plan's weighted sum is
  /// below, and a plan that has them run so, without a word on what stays.
  struct Cheapest {
    WeightedBound bound;
    Plan plan;
  };
  [[nodiscard]] Cheapest cheapest(double time, double energy) const;
  [[nodiscard]] Plan plan(const ZeroOnes& columns) const;
  /// Of a schedule in the order of the units. Throws std::logic_error where it is not one.
  [[nodiscard]] ZeroOnes columns(const Schedule& schedule) const;

 private:
  friend class PlanProgramBuilder;

  struct Cost {
    double seconds = 0;
    double picojoules = 0;
  };
  /// A layer that is a block by itself.
  struct Single {
    int column = 0;
    LayerResidency residency;
  };
  /// A way to run a group.
  struct Way {
    std::vector<AcceleratorId> accelerators;   ///< by unit of the group
    std::optional<int> column;                 ///< none of a layer by itself
    std::vector<std::vector<Single>> singles;  ///< by unit of the group; empty of other units
  };
  struct Group {
    std::vector<std::size_t> units;
    std::vector<Way> ways;
  };

  explicit PlanProgram(const SchedulingProblem& problem) : problem_(&problem) {}

  void assign(const Group& group, const Way& way, Assignment& assignment) const;

  const SchedulingProblem* problem_;
  std::vector<Group> groups_;
  /// Whether an output stays on an accelerator.
  std::map<std::pair<models::TensorId, AcceleratorId>, int> stays_;
  std::vector<Cost> costs_;  ///< by column
  ZeroOneProgram program_;
};

}  // namespace mensa::scheduler
