#include "explore/insight/plot_axis.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "traces/xml_text.h"

namespace mensa::explore {
namespace {

/// Free room at either end, in shares of the axis.
constexpr double kMargin = 0.04;
constexpr double kMostTicks = 7;
/// From there on decades alone are labelled; below them 1, 2 and 5 of each.
constexpr double kManyDecades = 3;

std::string line(double x1, double y1, double x2, double y2, std::string_view kind) {
  return fmt::format(
      "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" class=\"{}\"/>\n", x1, y1, x2,
      y2, kind);
}

/// 1, 2 or 5 times a power of ten: the least that makes no more than kMostTicks of the range.
double even_step(double range) {
  const double decade = std::pow(10.0, std::floor(std::log10(range / kMostTicks)));
  for (const double times : {1.0, 2.0, 5.0}) {
    if (range / (times * decade) <= kMostTicks) return times * decade;
  }
  return 10 * decade;
}

}  // namespace

PlotAxis::PlotAxis(double least, double most, double first_pixel, double last_pixel, AxisText text)
    : logarithmic_(least > 0),
      low_(logarithmic_ ? std::log10(least) : least),
      high_(logarithmic_ ? std::log10(most) : most),
      first_pixel_(first_pixel),
      last_pixel_(last_pixel),
      text_(std::move(text)) {
  // A single value stands in the middle.
  const double range = high_ > low_ ? high_ - low_ : 1;
  const double margin = high_ > low_ ? range * kMargin : range / 2;
  low_ -= margin;
  high_ += margin;
}

double PlotAxis::at(double value) const {
  const double position = logarithmic_ ? std::log10(value) : value;
  return first_pixel_ + (position - low_) / (high_ - low_) * (last_pixel_ - first_pixel_);
}

double PlotAxis::lowest() const { return logarithmic_ ? std::pow(10.0, low_) : low_; }

double PlotAxis::highest() const { return logarithmic_ ? std::pow(10.0, high_) : high_; }

std::vector<PlotAxis::Tick> PlotAxis::ticks() const {
  if (!logarithmic_ || high_ - low_ < 1) return even_ticks();
  return text_.binary ? power_of_two_ticks() : decade_ticks();
}

std::vector<PlotAxis::Tick> PlotAxis::even_ticks() const {
  const double range = highest() - lowest();
  const double step =
      text_.binary ? std::exp2(std::ceil(std::log2(range / kMostTicks))) : even_step(range);
  std::vector<Tick> ticks;
  // By number, so that no error sums up.
  const auto last = static_cast<std::int64_t>(std::floor(highest() / step));
  for (auto i = static_cast<std::int64_t>(std::ceil(lowest() / step)); i <= last; ++i) {
    ticks.push_back({static_cast<double>(i) * step, true});
  }
  return ticks;
}

std::vector<PlotAxis::Tick> PlotAxis::decade_ticks() const {
  const double decades = high_ - low_;
  const int every = static_cast<int>(std::ceil(decades / kMostTicks));
  const int last = static_cast<int>(std::floor(high_));
  constexpr int kSteps = 10;
  std::vector<Tick> ticks;
  for (int exponent = static_cast<int>(std::floor(low_)); exponent <= last; ++exponent) {
    for (int step = 1; step < kSteps; ++step) {
      const double value = step * std::pow(10.0, exponent);
      if (value < lowest() || value > highest()) continue;
      const bool one = step == 1 && exponent % every == 0;
      ticks.push_back({value, one || (decades < kManyDecades && (step == 2 || step == 5))});
    }
  }
  return ticks;
}

std::vector<PlotAxis::Tick> PlotAxis::power_of_two_ticks() const {
  const double first = std::log2(lowest());
  const double last = std::log2(highest());
  const int every = static_cast<int>(std::ceil((last - first) / kMostTicks));
  std::vector<Tick> ticks;
  for (int exponent = static_cast<int>(std::ceil(first)); exponent <= last; ++exponent) {
    ticks.push_back({std::exp2(exponent), exponent % every == 0});
  }
  return ticks;
}

std::string axes_svg(const PlotAxis& x, const PlotAxis& y) {
  constexpr double kTick = 6;
  constexpr double kSmallTick = 3;
  const double left = x.first_pixel();
  const double right = x.last_pixel();
  const double bottom = y.first_pixel();
  const double top = y.last_pixel();
  std::string svg;
  for (const PlotAxis::Tick& tick : x.ticks()) {
    const double at = x.at(tick.value);
    if (tick.labelled) svg += line(at, top, at, bottom, "grid");
    svg += line(at, bottom, at, bottom + (tick.labelled ? kTick : kSmallTick), "axis");
    if (!tick.labelled) continue;
    svg += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>\n", at,
                       bottom + kTick + 15, traces::xml_text(x.text().label(tick.value)));
  }
  for (const PlotAxis::Tick& tick : y.ticks()) {
    const double at = y.at(tick.value);
    if (tick.labelled) svg += line(left, at, right, at, "grid");
    svg += line(left - (tick.labelled ? kTick : kSmallTick), at, left, at, "axis");
    if (!tick.labelled) continue;
    svg += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>\n",
                       left - kTick - 4, at + 4, traces::xml_text(y.text().label(tick.value)));
  }
  svg += fmt::format(
      "<rect x=\"{0}\" y=\"{1}\" width=\"{2}\" height=\"{3}\" fill=\"none\" stroke=\"#333\"/>\n",
      left, top, right - left, bottom - top);
  svg += fmt::format(
      "<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\" class=\"label\">{}</text>\n",
      (left + right) / 2, bottom + 50, traces::xml_text(x.text().title));
  constexpr double kTitleRoom = 100;
  svg += fmt::format(
      "<text transform=\"translate({:.1f},{:.1f}) rotate(-90)\" text-anchor=\"middle\" "
      "class=\"label\">{}</text>\n",
      left - kTitleRoom, (top + bottom) / 2, traces::xml_text(y.text().title));
  return svg;
}

}  // namespace mensa::explore
