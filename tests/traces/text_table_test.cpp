// Columns line up, and long lines give way where names stand.

#include "traces/text_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "traces/human.h"

namespace mensa::traces {
namespace {

using testing::HasSubstr;

std::size_t longest_line(const std::string& text) {
  std::size_t longest = 0;
  std::size_t start = 0;
  for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', start)) {
    longest = std::max(longest, display_width(text.substr(start, end - start)));
    start = end + 1;
  }
  return longest;
}

TEST(TextTable, AlignsUnderUnderlinedHeadings) {
  TextTable table({{"name", Align::kLeft}, {"us"}});
  table.add_row({"a", "1.00"});
  table.add_row({"größer", "10.00"});
  EXPECT_EQ(table.to_string(),
            "name       us\n"
            "------  -----\n"
            "a        1.00\n"
            "größer  10.00\n");
}

TEST(TextTable, BodyHasNoHeadingsAndNoTrailingBlanks) {
  TextTable table({{"a long heading", Align::kLeft}, {"", Align::kLeft}});
  table.add_row({"x", ""});
  table.add_row({"xyz", "help"});
  EXPECT_EQ(table.body(), "x\nxyz  help\n");
}

TEST(TextTable, NamesGiveWayWhereALineIsTooLong) {
  for (const std::size_t length : {kLineWidth - 4, kLineWidth - 3, kLineWidth}) {
    TextTable table({{"name", Align::kLeft}, {"n"}});
    const std::string name = "start" + std::string(length - 8, '.') + "end";
    table.add_row({name, "12"});
    const std::string text = table.to_string();
    EXPECT_LE(longest_line(text), kLineWidth);
    EXPECT_THAT(text, HasSubstr("start"));
    EXPECT_THAT(text, HasSubstr("end"));
    EXPECT_EQ(text.find(name) != std::string::npos, length <= kLineWidth - 4);
  }
}

TEST(TextTable, FiguresNeverGiveWay) {
  TextTable table({{"n"}});
  table.add_row({std::string(kLineWidth + 1, '1')});
  EXPECT_THAT(table.to_string(), HasSubstr(std::string(kLineWidth + 1, '1')));
}

TEST(TextTable, ControlCharactersOfANameDoNotBreakLines) {
  TextTable table({{"name", Align::kLeft}});
  table.add_row({"a\nb"});
  EXPECT_EQ(table.body(), "a?b\n");
}

}  // namespace
}  // namespace mensa::traces
