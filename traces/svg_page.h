#pragma once

#include <string>

namespace mensa::traces {

/// A picture with words on it: two lines at the top, a plot below, and a legend beside that.
struct SvgPage {
  double width = 0;   ///< pixels
  double height = 0;  ///< pixels
  double left = 0;    ///< pixels, where the lines at the top begin
  std::string title;
  std::string subtitle;
  /// CSS rules beside those that all pages have, of the classes grid, axis, label, legend, title.
  std::string styles;
};

/// The page as SVG with `plot`, the elements that it shows.
[[nodiscard]] std::string svg_text(const SvgPage& page, const std::string& plot);

}  // namespace mensa::traces
