#pragma once

#include <chrono>
#include <cmath>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "explore/evaluation/evaluation.h"
#include "tests/explore/sample_points.h"

namespace mensa::explore {

/// Results of a formula, at once or after a while, counted. Points whose choices sum to a multiple
/// of 7 are infeasible.
class MadeEvaluation final : public Evaluation {
 public:
  explicit MadeEvaluation(std::chrono::microseconds by_point = {}, std::size_t width = 2)
      : by_point_(by_point), width_(width) {}

  void run(const std::vector<Point>& points, const Done& done, const Stop& stop) override {
    for (std::size_t i = 0; i < points.size(); ++i) {
      if (stop()) return;
      if (by_point_.count() > 0) std::this_thread::sleep_for(by_point_);
      if (before) before(points[i]);
      ++times_[key_of(points[i])];
      done(i, result_of(points[i]));
    }
  }
  [[nodiscard]] std::size_t width() const override { return width_; }

  /// How often each point was evaluated.
  [[nodiscard]] const std::map<std::string, int>& times() const { return times_; }

  [[nodiscard]] static PointResult result_of(const Point& point) {
    PointResult result;
    double sum = 0;
    double other = 1;
    for (const std::uint32_t choice : point) {
      sum += choice;
      other += 1 / (1.0 + choice);
    }
    result.seconds = 1e-3;
    if (std::fmod(sum, 7) == 0) {
      result.status = PointStatus::kInfeasible;
      result.cause = "sum";
      result.reason = "a multiple of 7";
      result.violation = 0.5;
      return result;
    }
    for (auto& metric : result.metrics) metric = 1;
    result.metrics[static_cast<std::size_t>(Metric::kLatency)] = 1 + sum;
    result.metrics[static_cast<std::size_t>(Metric::kEnergy)] = other;
    return result;
  }

  std::function<void(const Point&)> before;  ///< each evaluation; may throw

 private:
  std::chrono::microseconds by_point_;
  std::size_t width_;
  std::map<std::string, int> times_;
};

}  // namespace mensa::explore
