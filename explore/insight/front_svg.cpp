#include "explore/insight/front_svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string_view>
#include <utility>

#include "explore/insight/pareto.h"
#include "explore/insight/plot_axis.h"
#include "traces/svg_page.h"
#include "traces/xml_text.h"

namespace mensa::explore {
namespace {

// Pixels.
constexpr double kWidth = 1120;
constexpr double kHeight = 720;
constexpr double kLeft = 120;
constexpr double kRight = 850;
constexpr double kTop = 80;
constexpr double kBottom = 640;
constexpr double kLegendLeft = 880;
constexpr double kLegendLine = 24;
constexpr double kRadius = 2.5;
constexpr double kFrontRadius = 4.5;
constexpr double kKneeRadius = 9;

// Those of Tableau 10 that are told apart best.
constexpr std::string_view kColour = "#a0a7b0";
constexpr std::string_view kFrontColour = "#4e79a7";
constexpr std::string_view kKneeColour = "#e15759";

std::string page(const std::string& title, const std::string& subtitle, const std::string& plot) {
  return traces::svg_text(
      {kWidth, kHeight, kLeft, title, subtitle,
       fmt::format(".steps{{fill:none;stroke:{};stroke-width:1.5}}", kFrontColour)},
      plot);
}

AxisText text_of(Metric metric) {
  std::string title(info(metric).name);
  std::replace(title.begin(), title.end(), '_', ' ');
  if (info(metric).more_is_better) title += " (more is better)";
  return {title, [metric](double value) { return with_unit(metric, value); },
          info(metric).dimension == dimensions::kBytes};
}

std::string circle(double x, double y, double radius, std::string_view style,
                   const std::string& title = "") {
  const std::string start =
      fmt::format("<circle cx=\"{:.2f}\" cy=\"{:.2f}\" r=\"{}\" {}", x, y, radius, style);
  if (title.empty()) return start + "/>\n";
  return start + "><title>" + traces::xml_text(title) + "</title></circle>\n";
}

std::string filled(std::string_view colour) { return fmt::format("fill=\"{}\"", colour); }

std::string ring() {
  return fmt::format("fill=\"none\" stroke=\"{}\" stroke-width=\"2\"", kKneeColour);
}

/// Where circles of points have been drawn, to half a pixel.
class Drawn {
 public:
  /// False where there is one.
  bool add(double x, double y) {
    constexpr double kPerPixel = 2;
    return cells_.emplace(std::lround(x * kPerPixel), std::lround(y * kPerPixel)).second;
  }

 private:
  std::set<std::pair<long, long>> cells_;
};

/// A line over corners.
std::string polyline(const std::vector<std::pair<double, double>>& corners) {
  std::string points;
  for (const auto& [x, y] : corners) points += fmt::format("{:.2f},{:.2f} ", x, y);
  if (!points.empty()) points.pop_back();
  return fmt::format("<polyline points=\"{}\" class=\"steps\"/>\n", points);
}

class Legend {
 public:
  void add(const std::string& mark, const std::string& text) {
    svg_ += mark;
    svg_ += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" class=\"legend\">{}</text>\n",
                        kLegendLeft + kTextAfter, y_ + 4, traces::xml_text(text));
    y_ += kLegendLine;
  }
  [[nodiscard]] double x() const { return kLegendLeft + kTextAfter / 3; }
  [[nodiscard]] double y() const { return y_; }
  [[nodiscard]] std::string line() const {
    return fmt::format(
        "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" "
        "class=\"steps\"/>\n",
        kLegendLeft, y_, kLegendLeft + kTextAfter - 8, y_);
  }
  [[nodiscard]] const std::string& svg() const { return svg_; }

 private:
  static constexpr double kTextAfter = 28;
  double y_ = kTop + 12;
  std::string svg_;
};

std::string points_text(std::size_t count, std::string_view kind) {
  return fmt::format("{} {} point{}", count, kind, count == 1 ? "" : "s");
}

/// The axis over values of all points.
template <class Point>
PlotAxis axis_of(const std::vector<Point>& points, double Point::*value, double first_pixel,
                 double last_pixel, AxisText text) {
  const auto [least, most] =
      std::minmax_element(points.begin(), points.end(),
                          [&](const Point& a, const Point& b) { return a.*value < b.*value; });
  return {(*least).*value, (*most).*value, first_pixel, last_pixel, std::move(text)};
}

/// Along the front of x and y, from the best x to the best y and to the frame behind either.
std::string steps(const FrontPlot& plot, const PlotAxis& x, const PlotAxis& y) {
  std::vector<ObjectiveVector> values;
  values.reserve(plot.points.size());
  for (const PlottedPoint& point : plot.points) {
    values.push_back({to_minimise(plot.x, point.x), to_minimise(plot.y, point.y)});
  }
  std::vector<std::size_t> front = pareto_front(values);
  std::sort(front.begin(), front.end(),
            [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<std::pair<double, double>> corners;
  corners.reserve(2 * front.size() + 2);
  for (const std::size_t position : front) {
    const double at_x = x.at(plot.points[position].x);
    const double at_y = y.at(plot.points[position].y);
    corners.emplace_back(at_x, corners.empty() ? (info(plot.y).more_is_better ? kBottom : kTop)
                                               : corners.back().second);
    corners.emplace_back(at_x, at_y);
  }
  corners.emplace_back(info(plot.x).more_is_better ? kLeft : kRight, corners.back().second);
  return polyline(corners);
}

std::string label_of(const FrontPlot& plot, const PlottedPoint& point) {
  return fmt::format("point {}: {} {}, {} {}", point.number, info(plot.x).name,
                     with_unit(plot.x, point.x), info(plot.y).name, with_unit(plot.y, point.y));
}

std::string scatter(const FrontPlot& plot, const PlotAxis& x, const PlotAxis& y) {
  std::string svg = "<g fill-opacity=\"0.6\">\n";
  Drawn drawn;
  for (const PlottedPoint& point : plot.points) {
    if (point.on_front || !drawn.add(x.at(point.x), y.at(point.y))) continue;
    svg += circle(x.at(point.x), y.at(point.y), kRadius, filled(kColour));
  }
  svg += "</g>\n" + steps(plot, x, y);
  for (const PlottedPoint& point : plot.points) {
    if (!point.on_front) continue;
    svg += circle(x.at(point.x), y.at(point.y), kFrontRadius, filled(kFrontColour),
                  label_of(plot, point));
  }
  for (const PlottedPoint& point : plot.points) {
    if (point.number == plot.knee) svg += circle(x.at(point.x), y.at(point.y), kKneeRadius, ring());
  }
  return svg;
}

std::string front_legend(const FrontPlot& plot) {
  const auto on_front = static_cast<std::size_t>(
      std::count_if(plot.points.begin(), plot.points.end(),
                    [](const PlottedPoint& point) { return point.on_front; }));
  Legend legend;
  legend.add(circle(legend.x(), legend.y(), kRadius, filled(kColour)),
             points_text(plot.points.size() - on_front, "other feasible"));
  legend.add(circle(legend.x(), legend.y(), kFrontRadius, filled(kFrontColour)),
             points_text(on_front, "Pareto-optimal"));
  legend.add(legend.line(), fmt::format("best {} by {}", info(plot.y).name, info(plot.x).name));
  if (plot.knee) {
    legend.add(circle(legend.x(), legend.y(), kKneeRadius, ring()),
               fmt::format("knee: point {}", *plot.knee));
  }
  return legend.svg();
}

constexpr std::string_view kNothing = "No feasible point yet";

}  // namespace

std::string front_svg(const FrontPlot& plot) {
  if (plot.points.empty()) return page(plot.title, std::string(kNothing), "");
  const PlotAxis x = axis_of(plot.points, &PlottedPoint::x, kLeft, kRight, text_of(plot.x));
  const PlotAxis y = axis_of(plot.points, &PlottedPoint::y, kBottom, kTop, text_of(plot.y));
  return page(plot.title,
              fmt::format("{} over {} of {}", info(plot.y).name, info(plot.x).name,
                          points_text(plot.points.size(), "feasible")),
              axes_svg(x, y) + scatter(plot, x, y) + front_legend(plot));
}

std::string progress_svg(const ProgressPlot& plot) {
  if (plot.points.empty()) return page(plot.title, std::string(kNothing), "");
  const AxisText numbers = {"number of the point",
                            [](double number) { return fmt::format("{:.9g}", number); }};
  // From 0, where nothing was known: the axis is even.
  const PlotAxis x(0, static_cast<double>(plot.points.back().number), kLeft, kRight, numbers);
  const PlotAxis y =
      axis_of(plot.points, &NumberedValue::value, kBottom, kTop, text_of(plot.metric));
  std::string svg = "<g fill-opacity=\"0.6\">\n";
  std::vector<std::pair<double, double>> corners;
  Drawn drawn;
  const NumberedValue* best = nullptr;
  for (const NumberedValue& point : plot.points) {
    const double at_x = x.at(static_cast<double>(point.number));
    const double at_y = y.at(point.value);
    if (drawn.add(at_x, at_y)) svg += circle(at_x, at_y, kRadius, filled(kColour));
    if (best != nullptr &&
        to_minimise(plot.metric, point.value) >= to_minimise(plot.metric, best->value)) {
      continue;
    }
    best = &point;
    if (!corners.empty()) corners.emplace_back(at_x, corners.back().second);
    corners.emplace_back(at_x, at_y);
  }
  corners.emplace_back(kRight, corners.back().second);
  svg += "</g>\n" + polyline(corners);
  svg += circle(x.at(static_cast<double>(best->number)), y.at(best->value), kFrontRadius,
                filled(kFrontColour));
  Legend legend;
  legend.add(circle(legend.x(), legend.y(), kRadius, filled(kColour)),
             points_text(plot.points.size(), "feasible"));
  legend.add(legend.line(), "best so far");
  legend.add(circle(legend.x(), legend.y(), kFrontRadius, filled(kFrontColour)),
             fmt::format("best: point {}, {}", best->number, with_unit(plot.metric, best->value)));
  return page(
      plot.title,
      fmt::format("{} of {}", info(plot.metric).name, points_text(plot.points.size(), "feasible")),
      axes_svg(x, y) + svg + legend.svg());
}

}  // namespace mensa::explore
