#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "cli/cluster/cluster_report.h"
#include "traces/human.h"
#include "traces/svg_page.h"
#include "traces/xml_text.h"

namespace mensa::cli {
namespace {

// Pixels.
constexpr double kWidth = 1120;
constexpr double kHeight = 720;
constexpr double kLeft = 90;
constexpr double kRight = 850;
constexpr double kTop = 80;
constexpr double kBottom = 640;
constexpr double kLegendLeft = 880;
constexpr double kLegendLine = 22;
constexpr double kLargestRadius = 26;
/// So that the smallest layers are still seen: they look larger than they are.
constexpr double kSmallestRadius = 2.5;
constexpr std::size_t kLegendRows = 18;

/// Colours that are told apart: those of Tableau 10, in the order of its palette.
constexpr std::array<std::string_view, 10> kColours = {"#4e79a7", "#f28e2b", "#e15759", "#76b7b2",
                                                       "#59a14f", "#edc948", "#b07aa1", "#ff9da7",
                                                       "#9c755f", "#bab0ac"};
constexpr std::string_view kUnclusteredColour = "#555555";

std::string colour(const std::optional<scheduler::ClusterId>& cluster) {
  if (!cluster) return std::string(kUnclusteredColour);
  const std::size_t position = cluster->index();
  if (position < kColours.size()) return std::string(kColours[position]);
  // Hues a golden angle apart never come close to the one before.
  constexpr double kGoldenAngle = 137.508;
  return fmt::format("hsl({:.0f},55%,50%)",
                     std::fmod(static_cast<double>(position) * kGoldenAngle, 360.0));
}

/// A logarithmic axis over whole decades.
class Axis {
 public:
  /// The pixels may fall as values rise.
  Axis(double least, double most, double first_pixel, double last_pixel)
      : low_(std::floor(std::log10(least))),
        high_(std::max(low_ + 1, std::ceil(std::log10(most)))),
        first_pixel_(first_pixel),
        last_pixel_(last_pixel) {}

  [[nodiscard]] double at(double value) const { return at_exponent(std::log10(value)); }
  [[nodiscard]] double at_exponent(double exponent) const {
    return first_pixel_ + (exponent - low_) / (high_ - low_) * (last_pixel_ - first_pixel_);
  }
  [[nodiscard]] int low() const { return static_cast<int>(low_); }
  [[nodiscard]] int high() const { return static_cast<int>(high_); }

 private:
  double low_;
  double high_;
  double first_pixel_;
  double last_pixel_;
};

struct Plot {
  Axis x;
  Axis y;
  double pixels_per_mac;                      ///< square pixels of circle, over pi
  std::vector<const ClusteredLayer*> layers;  ///< with parameters, the most MACs first

  [[nodiscard]] double radius(double macs) const {
    return std::max(kSmallestRadius, std::sqrt(macs * pixels_per_mac));
  }
};

Plot make_plot(const ClusterReport& report) {
  std::vector<const ClusteredLayer*> layers;
  double least_bytes = std::numeric_limits<double>::infinity();
  double most_bytes = 0;
  double least_reuse = std::numeric_limits<double>::infinity();
  double most_reuse = 0;
  double most_macs = 1;
  for (const ClusteredLayer& layer : report.layers) {
    if (layer.traits.parameter_bytes == 0) continue;
    layers.push_back(&layer);
    const auto bytes = static_cast<double>(layer.traits.parameter_bytes);
    least_bytes = std::min(least_bytes, bytes);
    most_bytes = std::max(most_bytes, bytes);
    least_reuse = std::min(least_reuse, layer.traits.parameter_reuse);
    most_reuse = std::max(most_reuse, layer.traits.parameter_reuse);
    most_macs = std::max(most_macs, static_cast<double>(layer.traits.macs));
  }
  for (const scheduler::Family& family : report.families) {
    least_bytes = std::min(least_bytes, family.parameter_bytes_low);
    most_bytes = std::max(most_bytes, family.parameter_bytes_high);
    least_reuse = std::min(least_reuse, family.parameter_reuse_low);
    most_reuse = std::max(most_reuse, family.parameter_reuse_high);
  }
  std::stable_sort(layers.begin(), layers.end(),
                   [](const ClusteredLayer* a, const ClusteredLayer* b) {
                     return a->traits.macs > b->traits.macs;
                   });
  return {Axis(least_bytes, most_bytes, kLeft, kRight),
          Axis(least_reuse, most_reuse, kBottom, kTop), kLargestRadius * kLargestRadius / most_macs,
          std::move(layers)};
}

/// 10^exponent as "100 kB", with as few digits as that takes.
std::string decade(int exponent, std::string_view unit) {
  constexpr int kLeastPlain = -3;
  if (exponent < 0 && exponent >= kLeastPlain) {
    return fmt::format("{:.{}f}{}{}", std::pow(10.0, exponent), -exponent, unit.empty() ? "" : " ",
                       unit);
  }
  std::string text = traces::si(std::pow(10.0, exponent), unit);
  while (text.back() == ' ') text.pop_back();
  return text;
}

/// Grid, ticks and labels.
std::string axes(const Plot& plot) {
  std::string svg;
  const auto line = [&](double x1, double y1, double x2, double y2, std::string_view kind) {
    svg += fmt::format(
        "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" class=\"{}\"/>\n", x1, y1,
        x2, y2, kind);
  };
  constexpr double kTick = 6;
  constexpr double kSmallTick = 3;
  constexpr int kSteps = 10;
  for (int exponent = plot.x.low(); exponent <= plot.x.high(); ++exponent) {
    const double x = plot.x.at_exponent(exponent);
    line(x, kTop, x, kBottom, "grid");
    line(x, kBottom, x, kBottom + kTick, "axis");
    svg += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>\n", x,
                       kBottom + kTick + 15, decade(exponent, "B"));
    for (int step = 2; step < kSteps && exponent < plot.x.high(); ++step) {
      const double between = plot.x.at_exponent(exponent + std::log10(step));
      line(between, kBottom, between, kBottom + kSmallTick, "axis");
    }
  }
  for (int exponent = plot.y.low(); exponent <= plot.y.high(); ++exponent) {
    const double y = plot.y.at_exponent(exponent);
    line(kLeft, y, kRight, y, "grid");
    line(kLeft - kTick, y, kLeft, y, "axis");
    svg += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>\n",
                       kLeft - kTick - 4, y + 4, decade(exponent, ""));
    for (int step = 2; step < kSteps && exponent < plot.y.high(); ++step) {
      const double between = plot.y.at_exponent(exponent + std::log10(step));
      line(kLeft - kSmallTick, between, kLeft, between, "axis");
    }
  }
  svg += fmt::format(
      "<rect x=\"{0}\" y=\"{1}\" width=\"{2}\" height=\"{3}\" fill=\"none\" stroke=\"#333\"/>\n",
      kLeft, kTop, kRight - kLeft, kBottom - kTop);
  svg += fmt::format(
      "<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\" class=\"label\">"
      "parameters, at a byte each</text>\n",
      (kLeft + kRight) / 2, kBottom + 50);
  svg += fmt::format(
      "<text transform=\"translate({:.1f},{:.1f}) rotate(-90)\" "
      "text-anchor=\"middle\" class=\"label\">parameter reuse, MAC/B</text>\n",
      kLeft - 58, (kTop + kBottom) / 2);
  return svg;
}

std::string circles(const ClusterReport& report, const Plot& plot) {
  std::string svg = "<g fill-opacity=\"0.5\" stroke-width=\"0.8\">\n";
  for (const ClusteredLayer* layer : plot.layers) {
    const std::string fill = colour(layer->cluster);
    const auto& traits = layer->traits;
    svg += fmt::format(
        "<circle cx=\"{:.2f}\" cy=\"{:.2f}\" r=\"{:.2f}\" fill=\"{}\" stroke=\"{}\"><title>{}: {} "
        "({}), {}, {} MAC/B, {} MACs</title></circle>\n",
        plot.x.at(static_cast<double>(traits.parameter_bytes)), plot.y.at(traits.parameter_reuse),
        plot.radius(static_cast<double>(traits.macs)), fill, fill,
        traces::xml_text(report.models[layer->model].file), traces::xml_text(layer->name),
        traces::xml_text(layer->op), traces::si(static_cast<double>(traits.parameter_bytes), "B"),
        traces::plain_number(traits.parameter_reuse), traces::si_count(traits.macs));
  }
  return svg + "</g>\n";
}

/// Drawn over the circles: what lies inside is to be seen.
std::string boxes(const ClusterReport& report, const Plot& plot) {
  std::string svg;
  for (const scheduler::Family& family : report.families) {
    const double left = plot.x.at(family.parameter_bytes_low);
    const double right = plot.x.at(family.parameter_bytes_high);
    const double top = plot.y.at(family.parameter_reuse_high);
    const double bottom = plot.y.at(family.parameter_reuse_low);
    svg += fmt::format(
        "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" "
        "class=\"box\"><title>family {}: {}</title></rect>\n",
        left, top, right - left, bottom - top, family.number, traces::xml_text(family.description));
    svg += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" class=\"family\">family {}</text>\n",
                       left + 4, top + 13, family.number);
  }
  return svg;
}

std::string legend_text(double y, std::string_view text, std::string_view kind = "legend") {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" class=\"{}\">{}</text>\n", kLegendLeft + 24,
                     y + 4, kind, text);
}

/// Clusters, then the sizes of circles; returns what stands below it, too.
std::string legend(const ClusterReport& report, const Plot& plot) {
  std::string svg;
  double y = kTop + 8;
  const auto entry = [&](const std::string& fill, const std::string& text) {
    svg += fmt::format(
        "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"7\" fill=\"{}\" "
        "fill-opacity=\"0.6\" stroke=\"{}\"/>\n",
        kLegendLeft + 8, y, fill, fill);
    svg += legend_text(y, text);
    y += kLegendLine;
  };
  for (std::size_t i = 0; i < report.clusters.size(); ++i) {
    if (i == kLegendRows) {
      svg += legend_text(y, fmt::format("and {} more", report.clusters.size() - i));
      y += kLegendLine;
      break;
    }
    const scheduler::ClusterId id(i);
    const auto& best = report.clusters[i].choice.best;
    entry(colour(id),
          fmt::format("{}: {} layer{}{}", traces::xml_text(report.clustering->clusters()[i].name),
                      report.clusters[i].layers, report.clusters[i].layers == 1 ? "" : "s",
                      best ? ", " + traces::xml_text(report.accelerators[best->index()]) : ""));
  }
  svg += fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"16\" height=\"12\" class=\"box\"/>\n",
                     kLegendLeft, y - 6);
  svg += legend_text(y, "boxes of the papers' families");
  y += 1.6 * kLegendLine;
  svg += legend_text(y, "MACs of one step, by area:");
  y += kLegendLine;
  const double largest =
      plot.layers.empty() ? 1 : static_cast<double>(plot.layers.front()->traits.macs);
  // Down from the largest whole decade, in steps that still look different.
  constexpr std::array<double, 3> kBelow = {1, 0.1, 0.01};
  const double top = std::pow(10.0, std::floor(std::log10(std::max(largest, 1.0))));
  for (const double below : kBelow) {
    const double macs = top * below;
    if (macs < 1) continue;
    const double radius = plot.radius(macs);
    y += radius;
    svg += fmt::format(
        "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:.2f}\" fill=\"#bbb\" "
        "fill-opacity=\"0.5\" stroke=\"#777\"/>\n",
        kLegendLeft + kLargestRadius, y, radius);
    svg += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" class=\"legend\">{}</text>\n",
                       kLegendLeft + 2 * kLargestRadius + 10, y + 4,
                       decade(static_cast<int>(std::lround(std::log10(macs))), ""));
    y += radius + 8;
  }
  const std::size_t hidden = report.layers.size() - plot.layers.size();
  if (hidden > 0) {
    y += kLegendLine / 2;
    svg += legend_text(
        y, fmt::format("{} layer{} without parameters not shown", hidden, hidden == 1 ? "" : "s"),
        "small");
  }
  return svg;
}

}  // namespace

std::string cluster_svg(const ClusterReport& report) {
  const Plot plot = make_plot(report);
  traces::SvgPage page;
  page.width = kWidth;
  page.height = kHeight;
  page.left = kLeft;
  page.title =
      fmt::format("Layers of {} model{}, {}", report.models.size(),
                  report.models.size() == 1 ? "" : "s", report.clustering->specification());
  page.subtitle = fmt::format(
      "Best accelerators of {} by {}; {} of {} layers with parameters lie in the families' boxes",
      report.system, to_string(report.objective), report.layers_in_boxes,
      report.layers_with_parameters);
  page.styles =
      ".box{fill:none;stroke:#222;stroke-width:1.4;stroke-dasharray:6 3}"
      ".family{font-weight:bold;fill:#222;paint-order:stroke;stroke:white;stroke-width:3px}"
      ".small{font-size:11px;fill:#555}";
  return traces::svg_text(
      page, axes(plot) + circles(report, plot) + boxes(report, plot) + legend(report, plot));
}

}  // namespace mensa::cli
