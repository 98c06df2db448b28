#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace mensa::explore {

/// What stands along an axis.
struct AxisText {
  std::string title;
  std::function<std::string(double)> label;  ///< a value with its unit
  bool binary = false;                       ///< ticks at powers of two: bytes
};

/// An axis of a picture, logarithmic where all its values are above 0.
class PlotAxis {
 public:
  struct Tick {
    double value = 0;
    bool labelled = false;
  };

  /// The values between which it reaches, a little further, and the pixels where it begins and
  /// ends; these may fall as values rise.
  PlotAxis(double least, double most, double first_pixel, double last_pixel, AxisText text);

  [[nodiscard]] double at(double value) const;
  [[nodiscard]] double first_pixel() const { return first_pixel_; }
  [[nodiscard]] double last_pixel() const { return last_pixel_; }
  [[nodiscard]] const AxisText& text() const { return text_; }
  /// Rising.
  [[nodiscard]] std::vector<Tick> ticks() const;

 private:
  [[nodiscard]] double lowest() const;
  [[nodiscard]] double highest() const;
  [[nodiscard]] std::vector<Tick> even_ticks() const;
  [[nodiscard]] std::vector<Tick> decade_ticks() const;
  [[nodiscard]] std::vector<Tick> power_of_two_ticks() const;

  bool logarithmic_;
  double low_;  ///< where it begins; of logarithmic ones the logarithm of it
  double high_;
  double first_pixel_;
  double last_pixel_;
  AxisText text_;
};

/// Grid, ticks, labels, titles and a frame of a plot with these axes, as SVG.
[[nodiscard]] std::string axes_svg(const PlotAxis& x, const PlotAxis& y);

}  // namespace mensa::explore
