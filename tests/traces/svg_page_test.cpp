#include "traces/svg_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mensa::traces {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

TEST(SvgPage, HasItsSizeItsWordsAndThePlot) {
  const std::string svg =
      svg_text({300, 200, 20, "a <b>", "c & d", ".mine{fill:red}"}, "<circle r=\"3\"/>\n");
  EXPECT_THAT(svg, StartsWith("<?xml version=\"1.0\""));
  EXPECT_THAT(svg, HasSubstr("width=\"300\" height=\"200\" viewBox=\"0 0 300 200\""));
  EXPECT_THAT(svg, HasSubstr("<text x=\"20.0\" y=\"34\" class=\"title\">a &lt;b&gt;</text>"));
  EXPECT_THAT(svg, HasSubstr("class=\"legend\">c &amp; d</text>"));
  EXPECT_THAT(svg, HasSubstr(".mine{fill:red}.legend{"));
  EXPECT_THAT(svg, EndsWith("</text>\n<circle r=\"3\"/>\n</svg>\n"));
}

}  // namespace
}  // namespace mensa::traces
