#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "explore/evaluation/metrics.h"

namespace mensa::explore {

/// A feasible point by two of its metrics.
struct PlottedPoint {
  std::uint64_t number = 0;
  double x = 0;
  double y = 0;
  bool on_front = false;  ///< of all objectives of the study
};

struct FrontPlot {
  std::string title;
  Metric x = Metric::kLatency;
  Metric y = Metric::kEnergy;
  std::vector<PlottedPoint> points;
  std::optional<std::uint64_t> knee;  ///< number of a point of the front
};

/// A scatter plot as SVG: points, those of the front in colour, a step line along what the points
/// reach of x and y alone, and the knee in a ring. Of points that cover each other one is drawn.
[[nodiscard]] std::string front_svg(const FrontPlot& plot);

/// A feasible point by one metric.
struct NumberedValue {
  std::uint64_t number = 0;
  double value = 0;
};

struct ProgressPlot {
  std::string title;
  Metric metric = Metric::kLatency;
  std::vector<NumberedValue> points;  ///< by number
};

/// The values over the points' numbers, and the best so far as a step line.
[[nodiscard]] std::string progress_svg(const ProgressPlot& plot);

}  // namespace mensa::explore
