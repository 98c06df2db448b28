#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <string>

#include "explore/space/expression.h"
#include "tests/models/base/error_of.h"

namespace mensa::explore {
namespace {

using testing::HasSubstr;

TEST(ValueText, ThatIsNothingElseIsAText) {
  for (const char* const text :
       {"",    " 8",  "8 ",  "+8",   "8x",    "x8",   "8x8x8", "8.5x2", "8 x 8",  "8 GHzz",
        "GHz", "inf", "nan", "-inf", "1e999", "true", "0x",    "8X8",   "64 kib", "--8"}) {
    EXPECT_EQ(Value::from_yaml(text), Value::of_text(text)) << "'" << text << "'";
  }
}

TEST(ValueText, MayHaveNoBlankBeforeItsUnit) {
  EXPECT_EQ(Value::from_yaml("64KiB"), Value::of_number(65536, dimensions::kBytes));
  EXPECT_EQ(Value::from_yaml("1e3   Hz"), Value::of_number(1000, dimensions::kHertz));
  EXPECT_EQ(Value::from_yaml("-2"), Value::of_number(-2));
}

TEST(ValueText, OfWhatIsNoValueOfASystem) {
  const auto refused = [](const Value& value) { return error_of([&] { return value.to_yaml(); }); };
  EXPECT_EQ(refused(Value::of_truth(0)), "a comparison is no value of a system");
  EXPECT_EQ(refused(Value::of_extent(8.5, 2)), "8.5 x 2 is no extent of whole rows and columns");
  EXPECT_EQ(refused(Value::of_extent(8, 0)), "8 x 0 is no extent of whole rows and columns");
  EXPECT_EQ(refused(Value::of_extent(8, 1)), "no error");
  EXPECT_THAT(refused(Value::of_number(4.8, dimensions::kBytes)),
              HasSubstr("4.8 B is no whole number of bytes; in an expression use ceil()"));
  EXPECT_THAT(refused(Value::of_number(0x1p53, dimensions::kBytes)), "no error");
  EXPECT_THAT(refused(Value::of_number(0x1p53 + 2, dimensions::kBytes)),
              HasSubstr("no whole number of bytes"));
  EXPECT_EQ(refused(Value::of_number(1, dimensions::kArea.times(dimensions::kArea))),
            "system files have no unit of mm2^2");
}

TEST(Values, AreAlikeInKindAndDimension) {
  EXPECT_TRUE(Value::from_yaml("1 KiB").is_like(Value::from_yaml("3 B")));
  EXPECT_FALSE(Value::from_yaml("1 KiB").is_like(Value::from_yaml("3")));
  EXPECT_FALSE(Value::from_yaml("8x8").is_like(Value::from_yaml("8")));
  EXPECT_TRUE(Value::of_truth(0).holds());
  EXPECT_FALSE(Value::of_truth(1e-12).holds());
  EXPECT_FALSE(Value::of_number(0).holds());
}

RC_GTEST_PROP(Values, OfExtentsAreReadAsTheyAreWritten, ()) {
  const auto side = [] { return static_cast<double>(*rc::gen::inRange(1, 1 << 30)); };
  const double rows = side();
  const Value extent = Value::of_extent(rows, side());
  RC_ASSERT(Value::from_yaml(extent.to_yaml()) == extent);
}

RC_GTEST_PROP(Values, OfPlainNumbersAreReadAsTheyAreWritten, (double number)) {
  RC_PRE(std::isfinite(number));
  const Value value = Value::of_number(number);
  RC_ASSERT(Value::from_yaml(value.to_yaml()) == value);
}

}  // namespace
}  // namespace mensa::explore
