#include "explore/study/feasibility.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/explore/space/sample_space.h"
#include "tests/models/base/error_of.h"

namespace mensa::explore {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kSquareArrays =
    "{array: {path: accelerators.pascal.pe_array, values: [8x8, 16x16, 32x32, 64x64]}}";

std::string refused_by(const std::string& constraints,
                       const std::string& parameters = kSquareArrays) {
  const Space space =
      SpaceText().with("parameters", parameters).with("constraints", constraints).read();
  const Evaluator evaluator(space);
  return error_of([&] { return look_at(evaluator); });
}

TEST(LookAt, EndsWithTheFirstPointThatIsAccepted) {
  const Space space = SpaceText()
                          .with("parameters", kSquareArrays)
                          .with("constraints", "[pes.pascal >= 1024]")
                          .read();
  const Evaluator evaluator(space);
  const Outlook outlook = look_at(evaluator);
  EXPECT_EQ(outlook.tried, 3U);
  EXPECT_EQ(outlook.rejected, 2U);
  EXPECT_EQ(outlook.accepted, Point{2});
}

TEST(LookAt, LooksAtSystemsAlone) {
  const Space space = SpaceText().with("constraints", "[latency <= 1 ps]").read();
  const Evaluator evaluator(space);
  EXPECT_EQ(look_at(evaluator).rejected, 0U);
}

TEST(LookAt, NamesTheConstraintThatRejectsMost) {
  EXPECT_EQ(
      refused_by("[pes.pascal >= 1024, array.rows < 32]"),
      "none of 4 points of the space meets the constraints: 2 are rejected first by 'array.rows "
      "< 32'; 2 by 'pes.pascal >= 1024' (one says: just breaks 'array.rows < 32'). Loosen that, "
      "or widen the parameters it speaks of");
  EXPECT_THAT(
      refused_by("[array.rows < 16, pes.pascal >= 1024]"),
      StartsWith("none of 4 points of the space meets the constraints: 3 are rejected first "
                 "by 'array.rows < 16'; 1 by 'pes.pascal >= 1024' (one says: "));
  EXPECT_THAT(
      refused_by("[area <= 0.001 mm2]"),
      StartsWith("none of 4 points of the space meets the constraints: 4 are rejected first "
                 "by 'area <= 0.001 mm2' (one says: breaks 'area <= 0.001 mm2' by "));
}

TEST(LookAt, TriesSomeOfManyPoints) {
  const std::string many =
      "{clock: {path: accelerators.pascal.clock, range: {from: 1 MHz, to: 1 GHz, count: 2001}}}";
  EXPECT_THAT(refused_by("[area <= 0.001 mm2]", many),
              StartsWith("none of 2000 points tried meets"));
}

TEST(LookAt, SaysWhyNothingIsASystem) {
  EXPECT_THAT(
      refused_by("[area > 0 mm2]",
                 "{a: {accelerator: pascal, count: [0]}, b: {accelerator: pavlov, count: [0]}, "
                 "c: {accelerator: jacquard, count: [0]}}"),
      AllOf(HasSubstr("1 are rejected first by 'system'"),
            HasSubstr("expected at least one accelerator")));
}

TEST(SecondsByPoint, AreAboveZero) {
  const Space space = SpaceText().with("parameters", kSquareArrays).read();
  const Evaluator evaluator(space);
  const double seconds = seconds_by_point(evaluator, {2});
  EXPECT_GT(seconds, 0);
  EXPECT_LT(seconds, 10);
}

}  // namespace
}  // namespace mensa::explore
