// What a space says of its links and constraints.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/explore/space/refused_space.h"

namespace mensa::explore {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

TEST(SpaceExpressions, KnowsTheNamesOfLinks) {
  const auto link = [](const std::string& value) {
    return refused("links", std::string("{") + kClock + ": " + value + "}");
  };
  EXPECT_EQ(link("array.rows * 50 MHz"), "no error");
  EXPECT_THAT(link("aray.rows * 50 MHz"),
              StartsWith("space.yaml:6:36: links.accelerators.pascal.clock: unknown name "
                         "'aray.rows'; did you mean 'array.rows'? (known: array, array.rows, "
                         "array.columns, array.pes)"));
  EXPECT_THAT(link("area / 1 mm2 * 50 MHz"),
              HasSubstr("'area' is known of points only; links see parameters alone"));
  EXPECT_THAT(link("array.depth * 1 MHz"), HasSubstr("unknown name 'array.depth'"));
  EXPECT_THAT(
      link("'array.rows *'"),
      HasSubstr("links.accelerators.pascal.clock: 'array.rows *', at column 13: something is "
                "missing at the end"));
}

TEST(SpaceExpressions, WantsOfLinksWhatTheirPlacesTake) {
  const auto link = [](const std::string& path, const std::string& value) {
    return refused("links", "{" + path + ": " + value + "}");
  };
  EXPECT_THAT(link(kClock, "64 KiB"),
              StartsWith("space.yaml:6:36: links.accelerators.pascal.clock: 'KiB' is no unit of "
                         "frequency in '64 KiB'"));
  EXPECT_THAT(link(kClock, "array.rows"), HasSubstr("has no unit"));
  EXPECT_THAT(link(kClock, "array.rows * 1 mm2 * 1 s"), HasSubstr("system files have no unit of"));
  EXPECT_THAT(link(kClock, "array.rows < 3"), HasSubstr("a comparison is no value of a system"));
  EXPECT_THAT(link(kClock, "1 GHz / (array.rows - 16)"), HasSubstr("no finite number"));
  EXPECT_THAT(link(kClock, "array.rows * 1 MHz - 1 GHz"), HasSubstr("must not be negative"));
  EXPECT_THAT(link("accelerators.pascal.clok", "1 GHz"),
              HasSubstr("unknown key 'clok'; did you mean 'clock'?"));
  EXPECT_THAT(
      link("accelerators.pascl.clock", "1 GHz"),
      StartsWith("space.yaml:6:35: links.accelerators.pascl.clock: unknown key 'pascl'; did "
                 "you mean 'pascal'?"));
  const std::string capacity = "accelerators.pascal.buffers.parameters.capacity";
  EXPECT_THAT(link(capacity, "array.rows * 0.3 KiB"),
              AllOf(HasSubstr("links." + capacity + ": 4915.2 B is no whole number of bytes"),
                    HasSubstr("1 B * ceil(x / 1 B)")));
  EXPECT_EQ(link(capacity, "2 B * ceil(array.rows * 0.3 KiB / 2 B)"), "no error");
}

TEST(SpaceExpressions, WantsConstraintsThatCompare) {
  const auto constraint = [](const std::string& text) {
    return refused("constraints", "[\"" + text + "\"]");
  };
  EXPECT_EQ(constraint("area <= 40 mm2 and (array.rows >= 8 or latency.ds_cnn < 1 ms)"),
            "no error");
  EXPECT_EQ(constraint("area"),
            "space.yaml:6:15: constraints: 'area' compares nothing; write as 'area <= 40 mm2'");
  EXPECT_THAT(constraint("1 < 2 and area"),
              HasSubstr("expected a comparison, got a quantity in mm2"));
  EXPECT_THAT(constraint("area <= 40"),
              HasSubstr("a quantity in mm2 and a plain number do not go together"));
  EXPECT_THAT(constraint("area <= 3 W"), HasSubstr("do not go together"));
  EXPECT_THAT(constraint("array <= 16"), HasSubstr("an extent and a plain number"));
  EXPECT_THAT(constraint("area <= 40 mm3"),
              StartsWith("space.yaml:6:15: constraints.0: 'area <= 40 mm3', at column 12: 'mm3' is "
                         "no unit"));
  EXPECT_THAT(constraint("are <= 40 mm2"),
              HasSubstr("constraints: unknown name 'are'; did you mean 'area'?"));
  EXPECT_THAT(constraint("area.pasca <= 40 mm2"), HasSubstr("did you mean 'area.pascal'?"));
  EXPECT_THAT(constraint("latency.ds_cn <= 1 s"), HasSubstr("did you mean 'latency.ds_cnn'?"));
  EXPECT_THAT(constraint("latency.pascal <= 1 s"), HasSubstr("unknown name 'latency.pascal'"));
  EXPECT_THAT(constraint("peak_power.pascal <= 1 W"), HasSubstr("unknown name"));
}

/// Metrics are not known yet: any number that goes is as good as another.
TEST(SpaceExpressions, TakesConstraintsThatAreNoNumberForSomeMetrics) {
  EXPECT_EQ(refused("constraints", "[\"1 > log2(area / 1 mm2 - 1)\"]"), "no error");
  EXPECT_EQ(refused("constraints", "[\"sqrt(area / 1 mm2 - 2) <= 3\"]"), "no error");
  EXPECT_THAT(refused("constraints", "[\"area / 0 <= 3 mm2\"]"), HasSubstr("no finite number"));
}

TEST(SpaceExpressions, RefusesEndlessExpressions) {
  std::string sum = "1";
  for (int i = 0; i < 999; ++i) sum += "+1";
  EXPECT_EQ(refused("constraints", "[\"" + sum + " > 1\"]"), "no error");
  const std::string message = refused("constraints", "[\"" + sum + "+1 > 1\"]");
  EXPECT_THAT(message, HasSubstr("...', at column 2006: more than 1000 operators"));
  EXPECT_LT(message.size(), 400U);
  EXPECT_THAT(refused("constraints", "[\"" + std::string(200000, '-') + "1 > 1\"]"), "no error");
}

}  // namespace
}  // namespace mensa::explore
