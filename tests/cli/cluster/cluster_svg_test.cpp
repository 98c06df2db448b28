#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/cluster/cluster_report.h"

namespace mensa::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

ClusteredLayer layer(const std::string& name, std::int64_t bytes, double reuse,
                     std::optional<std::size_t> cluster) {
  ClusteredLayer result;
  result.name = name;
  result.op = "Conv 1x1";
  result.traits.parameter_bytes = bytes;
  result.traits.parameter_reuse = reuse;
  result.traits.macs = static_cast<std::int64_t>(static_cast<double>(bytes) * reuse);
  if (cluster) result.cluster = scheduler::ClusterId(*cluster);
  return result;
}

/// Two clusters; one box from 1 kB to 100 kB and from 1 to 100 MAC/B.
ClusterReport report() {
  ClusterReport result;
  result.models = {{"net", "net.onnx", "", 3, 0}};
  result.system = "box & co";
  result.accelerators = {"one", "two"};
  result.clustering = scheduler::make_clustering("threshold:balance=32")({});
  result.families = {{1, "a <box>", 1e3, 1e5, 1, 100, 1, 1e9}};
  result.layers = {layer("<a>", 10'000, 1, 0), layer("b", 1'000, 100, 1),
                   layer("nothing", 0, 0, std::nullopt)};
  result.clusters.resize(2);
  result.clusters[0].layers = 1;
  result.clusters[0].choice.best = accelerators::AcceleratorId(1);
  result.layers_with_parameters = 2;
  result.layers_in_boxes = 2;
  return result;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

/// The axes have two decades each: their middle is the middle of the plot.
TEST(ClusterSvg, PutsCirclesOnLogarithmicAxes) {
  const std::string svg = cluster_svg(report());
  EXPECT_THAT(svg, HasSubstr("<circle cx=\"470.00\" cy=\"640.00\" r=\"8.22\""));  // 26 sqrt(0.1)
  EXPECT_THAT(svg, HasSubstr("<circle cx=\"90.00\" cy=\"80.00\" r=\"26.00\""));
  EXPECT_EQ(count(svg, "<title>net.onnx: "), 2U);
  for (const char* tick : {">1 kB<", ">10 kB<", ">100 kB<", ">1<", ">10<", ">100<"}) {
    EXPECT_THAT(svg, HasSubstr(tick));
  }
  EXPECT_THAT(svg, Not(HasSubstr(">1 MB<")));
  EXPECT_THAT(svg, HasSubstr("width=\"760.0\" height=\"560.0\" class=\"box\""));
}

TEST(ClusterSvg, SaysWhatItShows) {
  const std::string svg = cluster_svg(report());
  EXPECT_THAT(svg, HasSubstr("compute_centric: 1 layer, two"));
  EXPECT_THAT(svg, HasSubstr("data_centric: 0 layers<"));
  EXPECT_THAT(svg, HasSubstr("1 layer without parameters not shown"));
  EXPECT_THAT(svg, HasSubstr("box &amp; co"));
  EXPECT_THAT(svg, HasSubstr("&lt;a&gt;"));
  EXPECT_THAT(svg, HasSubstr("a &lt;box&gt;"));
}

/// Whatever a file says: finite numbers.
TEST(ClusterSvg, OfTheSmallestAndTheLargest) {
  ClusterReport odd = report();
  odd.layers = {layer("least", 1, 1, 0), layer("most", std::int64_t{1} << 52, 1, 0),
                layer("reuse", 1, 0x1p50, 1)};
  odd.families.clear();
  const std::string svg = cluster_svg(odd);
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
  EXPECT_THAT(svg, Not(HasSubstr("inf")));
  EXPECT_THAT(svg, HasSubstr(">10 PB<"));
}

TEST(ClusterSvg, WithoutAnyParametersOnlyTheBoxes) {
  ClusterReport none = report();
  none.layers = {layer("nothing", 0, 0, std::nullopt)};
  const std::string svg = cluster_svg(none);
  EXPECT_EQ(count(svg, "<title>net.onnx: "), 0U);
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
}

}  // namespace
}  // namespace mensa::cli
