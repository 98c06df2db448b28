#include "explore/space/expression.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace mensa::explore {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Value evaluate(const std::string& text, const std::map<std::string, Value>& values = {}) {
  return Expression(text).evaluate([&](const std::string& name) { return values.at(name); });
}

double number(const std::string& text) { return evaluate(text).number; }

std::string expression_error(const std::string& text) {
  try {
    static_cast<void>(evaluate(text, {{"buffer", Value::of_number(1024, dimensions::kBytes)},
                                      {"array", Value::of_extent(8, 4)},
                                      {"word", Value::of_text("pascal")}}));
  } catch (const base::Error& error) {
    return error.what();
  }
  return "";
}

TEST(Expression, BindsAsInArithmetic) {
  EXPECT_EQ(number("2 + 3 * 4"), 14);
  EXPECT_EQ(number("(2 + 3) * 4"), 20);
  EXPECT_EQ(number("8 / 4 / 2"), 1);
  EXPECT_EQ(number("7 - 2 - 1"), 4);
  EXPECT_EQ(number("-2 * -3"), 6);
  EXPECT_EQ(number("2 - -3"), 5);
}

TEST(Expression, CarriesUnitsAlong) {
  const Value size = evaluate("2 * 64 KiB + 128 B");
  EXPECT_EQ(size.number, 131200);
  EXPECT_EQ(size.dimension, dimensions::kBytes);
  EXPECT_EQ(evaluate("32 GB/s / 8").dimension, dimensions::kBandwidth);
  EXPECT_EQ(evaluate("64 B / 2 ns").dimension, dimensions::kBandwidth);
  EXPECT_DOUBLE_EQ(number("64 B / 2 ns"), 32e9);
  EXPECT_TRUE(evaluate("64 KiB / 1 KiB").dimension.is_plain());
  EXPECT_EQ(evaluate("2 mW * 3 s").dimension, dimensions::kEnergy);
}

TEST(Expression, ComparesAndSaysByHowMuchItFails) {
  EXPECT_TRUE(evaluate("1 KiB <= 1024 B").holds());
  EXPECT_FALSE(evaluate("1 KiB < 1024 B").holds());
  EXPECT_DOUBLE_EQ(number("60 mm2 <= 40 mm2"), 0.5);
  EXPECT_DOUBLE_EQ(number("30 mm2 >= 40 mm2"), 0.25);
  EXPECT_DOUBLE_EQ(number("60 mm2 <= 40 mm2 and 2 > 4"), 1.0);
  EXPECT_DOUBLE_EQ(number("60 mm2 <= 40 mm2 or 3 > 4"), 0.25);
  EXPECT_TRUE(evaluate("not 1 == 2 and 'a' != 'b'").holds());
}

TEST(Expression, KnowsNamesAndParts) {
  const Expression expression("array.rows * array.columns <= 2 * pes and pes > array.rows");
  EXPECT_THAT(expression.names(), ElementsAre("array.rows", "array.columns", "pes"));
}

TEST(Expression, HasFunctions) {
  EXPECT_EQ(number("min(3, 1, 2) + max(4 B, 2 B) / 1 B"), 5);
  EXPECT_EQ(number("ceil(2.1) + floor(2.9) + round(2.5) + log2(8) + sqrt(9) + abs(-1)"), 15);
  EXPECT_EQ(evaluate("extent(8, 2 * 8)").to_yaml(), "8x16");
}

TEST(Expression, SaysWhatIsWrongWithATextAndWhere) {
  EXPECT_THAT(expression_error("2 +"), HasSubstr("at column 4: something is missing at the end"));
  EXPECT_THAT(expression_error("(2"), HasSubstr("')' is missing"));
  EXPECT_THAT(expression_error("2 3"), HasSubstr("at column 3: '3' is no unit"));
  EXPECT_THAT(expression_error("4 kib"), HasSubstr("'kib' is no unit"));
  EXPECT_THAT(expression_error("cell(2)"),
              HasSubstr("unknown function 'cell'; did you mean 'ceil'?"));
  EXPECT_THAT(expression_error("min()"), HasSubstr("min takes 1 to 16 arguments, got 0"));
  EXPECT_THAT(expression_error("1 < 2 < 3"), HasSubstr("join two by 'and'"));
  EXPECT_THAT(expression_error("2 = 2"), HasSubstr("write '==' to compare"));
  EXPECT_THAT(expression_error("'pascal"), HasSubstr("quotation mark"));
  EXPECT_THAT(expression_error(std::string(100, '(') + "1"), HasSubstr("too many parentheses"));
}

TEST(Expression, SaysWhatDoesNotGoTogether) {
  EXPECT_THAT(expression_error("buffer <= 40 mm2"),
              HasSubstr("a quantity in B and a quantity in mm2 do not go together"));
  EXPECT_THAT(expression_error("buffer + 1"), HasSubstr("do not go together"));
  EXPECT_THAT(expression_error("array * 2"), HasSubstr("expected a number, got an extent"));
  EXPECT_THAT(expression_error("word < 2"), HasSubstr("the text 'pascal' and a plain number"));
  EXPECT_THAT(expression_error("buffer and 1 < 2"),
              HasSubstr("expected a comparison, got a quantity in B"));
  EXPECT_THAT(expression_error("ceil(buffer)"), HasSubstr("divide it by one of its units"));
  EXPECT_THAT(expression_error("1 / 0"), HasSubstr("no finite number"));
}

TEST(Value, IsReadAsSystemFilesHaveIt) {
  EXPECT_EQ(Value::from_yaml("64 KiB"), Value::of_number(65536, dimensions::kBytes));
  EXPECT_EQ(Value::from_yaml("1.2 GHz"), Value::of_number(1.2e9, dimensions::kHertz));
  EXPECT_EQ(Value::from_yaml("32x16"), Value::of_extent(32, 16));
  EXPECT_EQ(Value::from_yaml("16"), Value::of_number(16));
  EXPECT_EQ(Value::from_yaml("output_stationary"), Value::of_text("output_stationary"));
}

TEST(Value, IsWrittenAsSystemFilesTakeIt) {
  EXPECT_EQ(Value::of_number(65536, dimensions::kBytes).to_yaml(), "64 KiB");
  EXPECT_EQ(Value::of_number(100, dimensions::kBytes).to_yaml(), "100 B");
  EXPECT_EQ(Value::of_number(2e-13, dimensions::kEnergy).to_yaml(), "0.2 pJ");
  EXPECT_EQ(Value::of_number(8e8, dimensions::kHertz).to_yaml(), "800 MHz");
  EXPECT_EQ(Value::of_number(0.25).to_yaml(), "0.25");
  EXPECT_EQ(Value::of_extent(8, 4).to_yaml(), "8x4");
  EXPECT_THROW(static_cast<void>(Value::of_number(0.5, dimensions::kBytes).to_yaml()), base::Error);
  EXPECT_THROW(static_cast<void>(Value::of_extent(0, 4).to_yaml()), base::Error);
  EXPECT_THROW(static_cast<void>(Value::of_truth(0).to_yaml()), base::Error);
  EXPECT_THROW(static_cast<void>(
                   Value::of_number(1, dimensions::kEnergy.times(dimensions::kSeconds)).to_yaml()),
               base::Error);
}

}  // namespace
}  // namespace mensa::explore
