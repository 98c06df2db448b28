#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "explore/evaluation/point_result.h"

namespace mensa::explore {

/// Where points are evaluated: threads of this process, or other processes.
class Evaluation {
 public:
  virtual ~Evaluation() = default;

  /// Told of each point, by its position, as it is done; by one thread at a time, in any order.
  /// What it throws ends the evaluation.
  using Done = std::function<void(std::size_t position, PointResult&& result)>;
  /// Asked before every point that is begun, by any thread; true: no more are begun.
  using Stop = std::function<bool()>;

  /// Evaluates points; returns when all that were begun are done. What a point comes to does not
  /// depend on the others, nor on where it is evaluated.
  virtual void run(const std::vector<Point>& points, const Done& done, const Stop& stop) = 0;
  /// How many points are evaluated at a time at the most.
  [[nodiscard]] virtual std::size_t width() const = 0;
};

}  // namespace mensa::explore
