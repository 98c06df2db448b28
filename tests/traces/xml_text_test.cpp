#include "traces/xml_text.h"

#include <gtest/gtest.h>

namespace mensa::traces {
namespace {

TEST(XmlText, EscapesMarkup) {
  EXPECT_EQ(xml_text("a<b>&\"c\""), "a&lt;b&gt;&amp;&quot;c&quot;");
  EXPECT_EQ(xml_text("plain/name_1"), "plain/name_1");
  EXPECT_EQ(xml_text(""), "");
}

TEST(XmlText, KeepsLettersOfAllLengths) {
  EXPECT_EQ(xml_text("\u00e9 \u20ac \U0001F600"), "\u00e9 \u20ac \U0001F600");
}

TEST(XmlText, ReplacesWhatXmlMayNotHave) {
  EXPECT_EQ(xml_text(std::string_view("a\0b\n\x1b\x7f", 6)), "a?b???");
  EXPECT_EQ(xml_text("\xff\xfe"), "??");
  EXPECT_EQ(xml_text("\xc3"), "?");                 // cut off
  EXPECT_EQ(xml_text("\xc0\xaf"), "??");            // longer than need be
  EXPECT_EQ(xml_text("\xed\xa0\x80"), "???");       // half a surrogate pair
  EXPECT_EQ(xml_text("\xef\xbf\xbf"), "???");       // U+FFFF
  EXPECT_EQ(xml_text("\xf4\x90\x80\x80"), "????");  // beyond U+10FFFF
}

}  // namespace
}  // namespace mensa::traces
