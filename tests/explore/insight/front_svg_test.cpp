#include "explore/insight/front_svg.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "explore/insight/plot_axis.h"

namespace mensa::explore {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++found;
  }
  return found;
}

FrontPlot sample_plot() {
  FrontPlot plot;
  plot.title = "phone <&> tablet";
  plot.points = {{1, 1e-3, 9e-3, true}, {2, 4e-3, 2e-3, true}, {3, 5e-3, 9e-3, false}};
  plot.knee = 2;
  return plot;
}

TEST(FrontSvg, HasItsPointsFrontKneeAndUnits) {
  const std::string svg = front_svg(sample_plot());
  EXPECT_THAT(svg, AllOf(HasSubstr("phone &lt;&amp;&gt; tablet"),
                         HasSubstr("energy over latency of 3 feasible points"), HasSubstr(">1 ms<"),
                         HasSubstr(">6 mJ<"), HasSubstr(">1 other feasible point<"),
                         HasSubstr(">2 Pareto-optimal points<"), HasSubstr(">knee: point 2<"),
                         HasSubstr("<title>point 2: latency 4 ms, energy 2 mJ</title>")));
  // Each of the marks, and once more in the legend.
  EXPECT_EQ(count(svg, "<circle"), 1U + 2 + 1 + 3);
  EXPECT_EQ(count(svg, "<polyline"), 1U);
}

/// From the frame down to the first point, to the second one by a step, on to the frame.
TEST(FrontSvg, GoesAlongTheFrontInSteps) {
  FrontPlot plot = sample_plot();
  const std::string less = front_svg(plot);
  const std::string steps = less.substr(less.find("<polyline"));
  // 4 % of the 730 pixels are free on the left, of the 560 below.
  EXPECT_THAT(steps, HasSubstr("points=\"147.04,80.00 147.04,100.74 "));
  EXPECT_THAT(steps, HasSubstr(" 850.00,619.26\""));
  EXPECT_EQ(count(steps.substr(0, steps.find("/>")), ","), 5U);
  plot.x = Metric::kThroughput;  // more is better: the last one has the least energy and most of it
  const std::string more = front_svg(plot);
  EXPECT_THAT(more, HasSubstr("throughput (more is better)"));
  const std::string other = more.substr(more.find("<polyline"));
  EXPECT_THAT(other.substr(0, other.find("/>")), HasSubstr(" 120.00,"));
}

TEST(FrontSvg, DrawsPointsThatCoverEachOtherOnce) {
  FrontPlot plot = sample_plot();
  const std::size_t before = count(front_svg(plot), "<circle");
  for (std::uint64_t i = 4; i < 1000; ++i) {
    plot.points.push_back({i, 5e-3 * (1 + 1e-9 * static_cast<double>(i)), 9e-3, false});
  }
  EXPECT_EQ(count(front_svg(plot), "<circle"), before);
}

TEST(FrontSvg, TakesWhatHasNoLogarithmOrIsOnePoint) {
  FrontPlot plot = sample_plot();
  plot.y = Metric::kDeadlineMisses;
  plot.points[0].y = 0;
  EXPECT_THAT(front_svg(plot),
              AllOf(HasSubstr(">0 %<"), Not(HasSubstr("nan")), Not(HasSubstr("inf<"))));
  plot.points.resize(1);
  plot.knee = 1;
  EXPECT_THAT(front_svg(plot), AllOf(HasSubstr("of 1 feasible point<"), Not(HasSubstr("nan"))));
  plot.points.clear();
  EXPECT_THAT(front_svg(plot), AllOf(HasSubstr("No feasible point yet"), HasSubstr("</svg>")));
}

TEST(ProgressSvg, FollowsTheBest) {
  ProgressPlot plot;
  plot.title = "phone";
  plot.points = {{1, 5e-3}, {2, 7e-3}, {4, 1e-3}};
  const std::string svg = progress_svg(plot);
  EXPECT_THAT(svg, AllOf(HasSubstr("best: point 4, 1 ms"), HasSubstr("latency of 3 feasible"),
                         HasSubstr("number of the point")));
  const std::string steps = svg.substr(svg.find("<polyline"));
  EXPECT_EQ(count(steps.substr(0, steps.find("/>")), ","), 4U);
  plot.metric = Metric::kThroughput;
  EXPECT_THAT(progress_svg(plot), HasSubstr("best: point 2, "));
  plot.points.clear();
  EXPECT_THAT(progress_svg(plot), HasSubstr("No feasible point yet"));
}

std::vector<double> labelled(const PlotAxis& axis) {
  std::vector<double> values;
  for (const PlotAxis::Tick& tick : axis.ticks()) {
    if (tick.labelled) values.push_back(tick.value);
  }
  return values;
}

TEST(PlotAxis, LabelsRoundValues) {
  using testing::DoubleEq;
  EXPECT_THAT(labelled(PlotAxis(1, 300, 0, 100, {})), ElementsAre(1, 2, 5, 10, 20, 50, 100, 200));
  EXPECT_THAT(labelled(PlotAxis(1, 2e4, 0, 100, {})), ElementsAre(1, 10, 100, 1000, 10000));
  EXPECT_THAT(labelled(PlotAxis(5, 9, 0, 100, {})), ElementsAre(5, 6, 7, 8, 9));
  EXPECT_THAT(labelled(PlotAxis(0, 1, 0, 100, {})),
              ElementsAre(0, 0.2, 0.4, DoubleEq(0.6), 0.8, 1));
  EXPECT_THAT(labelled(PlotAxis(1024, 65536, 0, 100, {"", {}, true})),
              ElementsAre(1024, 2048, 4096, 8192, 16384, 32768, 65536));
}

TEST(PlotAxis, ReachesALittleFurther) {
  const PlotAxis axis(10, 1000, 0, 108, {});
  EXPECT_NEAR(axis.at(10), 4, 1e-9);
  EXPECT_NEAR(axis.at(100), 54, 1e-9);
  EXPECT_NEAR(axis.at(1000), 104, 1e-9);
  EXPECT_NEAR(PlotAxis(7, 7, 0, 100, {}).at(7), 50, 1e-9);
}

}  // namespace
}  // namespace mensa::explore
