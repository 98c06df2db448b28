#pragma once

#include <memory>
#include <vector>

#include "accelerators/cost/shared_mappings.h"
#include "explore/evaluation/network_costs.h"
#include "explore/evaluation/point_result.h"
#include "explore/space/space.h"
#include "models/graph/graph.h"

namespace mensa::explore {

/// Judges points of a space by the analytic model. May be used by any number of threads at once;
/// what it says of a point depends on the point alone.
class Evaluator {
 public:
  /// Imports the models. `space` must outlive the evaluator. base::Error as import has it.
  explicit Evaluator(const Space& space);

  /// A point that is no system, breaks a constraint or cannot run a model is infeasible, with the
  /// reason; a fault of mensa's own makes it failed.
  [[nodiscard]] PointResult evaluate(const Point& point) const;
  /// The same as far as it goes without models.
  [[nodiscard]] PointResult judge_system(const Point& point) const;

  [[nodiscard]] const Space& space() const { return *space_; }
  [[nodiscard]] const accelerators::SharedMappings& mappings() const { return *mappings_; }

 private:
  [[nodiscard]] PointResult judge(const Point& point, bool with_models) const;
  void evaluate_models(const accelerators::System& system, PointResult& result) const;
  /// Checks constraints that need models, or those that do not.
  void check_constraints(const Point& point, const accelerators::System& system,
                         bool that_need_models, PointResult& result) const;

  const Space* space_;
  std::vector<models::Graph> graphs_;                      ///< by model
  std::vector<accelerators::LayerPrecisions> precisions_;  ///< by model
  SchedulingRules rules_;
  std::shared_ptr<accelerators::SharedMappings> mappings_;
};

}  // namespace mensa::explore
