// Rounded figures and text for people.

#include "traces/human.h"

#include <gtest/gtest.h>

namespace mensa::traces {
namespace {

TEST(Si, TakesThePrefixThatLeavesOneToThreeDigits) {
  EXPECT_EQ(si(487.1234e9, "FLOP/s"), "487.1 GFLOP/s");
  EXPECT_EQ(si(1.234567e-3, "s"), "1.235 ms");
  EXPECT_EQ(si(12.345e-6, "s"), "12.35 us");
  EXPECT_EQ(si(1, "J"), "1 J");
  EXPECT_EQ(si(0, "J"), "0 J");
  EXPECT_EQ(si(-2500, "J"), "-2.5 kJ");
  EXPECT_EQ(si(3e-12, "J"), "3 pJ");
}

TEST(Si, RoundsUpIntoTheNextPrefix) {
  EXPECT_EQ(si(999.9, "B"), "999.9 B");
  EXPECT_EQ(si(999.96, "B"), "1 kB");
  EXPECT_EQ(si(0.99996e-3, "s"), "1 ms");
}

TEST(SiCount, IsWholeBelowAThousand) {
  EXPECT_EQ(si_count(0), "0");
  EXPECT_EQ(si_count(999), "999");
  EXPECT_EQ(si_count(1000), "1 k");
  EXPECT_EQ(si_count(300'774'272), "300.8 M");
}

TEST(PlainNumber, HasNoPrefixAndNoExponent) {
  EXPECT_EQ(plain_number(347.52), "347.5");
  EXPECT_EQ(plain_number(0.98461), "0.9846");
  EXPECT_EQ(plain_number(12544.4), "12544");
}

TEST(OperatorLabel, JoinsAndShortens) {
  EXPECT_EQ(operator_label("Conv", {}), "Conv");
  EXPECT_EQ(operator_label("Conv", {"BatchNormalization", "Add", "Relu"}),
            "Conv+BatchNorm+Add+Relu");
  EXPECT_EQ(operator_label("LayerNormalization", {"LayerNormalization"}), "LayerNorm+LayerNorm");
}

TEST(BinaryBytes, StepsAt1024) {
  EXPECT_EQ(binary_bytes(base::Bytes(1023)), "1023 B");
  EXPECT_EQ(binary_bytes(base::Bytes(1024)), "1 KiB");
  EXPECT_EQ(binary_bytes(base::Bytes(3'544'000)), "3.38 MiB");
  EXPECT_EQ(binary_bytes(base::Bytes(std::int64_t{1} << 42)), "4096 GiB");
}

TEST(Percent, HasOneDecimal) {
  EXPECT_EQ(percent(0.4532), "45.3");
  EXPECT_EQ(percent(1), "100.0");
}

TEST(Shortened, KeepsBothEnds) {
  EXPECT_EQ(shortened("block1/depthwise/conv", 21), "block1/depthwise/conv");
  EXPECT_EQ(shortened("block1/depthwise/conv", 20), "block1/de..wise/conv");
  EXPECT_EQ(shortened("abcdef", 3), "..f");
  EXPECT_EQ(shortened("abcdef", 2), "..");
  EXPECT_EQ(shortened("abcdef", 0), "");
}

TEST(Shortened, CountsCharactersNotBytes) {
  EXPECT_EQ(display_width("größe"), 5U);
  EXPECT_EQ(shortened("größe", 5), "größe");
  EXPECT_EQ(shortened("äöüäöü", 4), "ä..ü");
}

TEST(Printable, ReplacesControlCharacters) {
  EXPECT_EQ(printable("a\x1b[31mb\nc\x7f"), "a?[31mb?c?");
  EXPECT_EQ(printable("größe"), "größe");
}

TEST(Wrapped, BreaksAtBlanks) {
  EXPECT_EQ(wrapped("one two three", 9, 2), "one two\n  three");
  EXPECT_EQ(wrapped("one two", 9, 2), "one two");
  EXPECT_EQ(wrapped("one two", 8, 2), "one\n  two");
  EXPECT_EQ(wrapped("unbreakable", 4, 2), "unbreakable");
  EXPECT_EQ(wrapped("", 4, 2), "");
}

}  // namespace
}  // namespace mensa::traces
