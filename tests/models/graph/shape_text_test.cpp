#include "models/graph/shape_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/models/base/error_of.h"

namespace mensa::models {
namespace {

using ::testing::HasSubstr;

TEST(ParseShape, AConvolution) {
  const ShapeText text =
      parse_shape("K=64,C=32,P=56,Q=28,R=3,S=5,stride=2,pad=1x2,bits=16,steps=3");
  EXPECT_EQ(text.shape.bound(Dim::K), 64);
  EXPECT_EQ(text.shape.bound(Dim::G), 1);
  EXPECT_EQ(text.shape.stride, (std::array<std::int64_t, 3>{1, 2, 2}));
  EXPECT_EQ(text.shape.pad_begin, (std::array<std::int64_t, 3>{0, 1, 2}));
  // 55 x 2 + 3 - 2 rows, 27 x 2 + 5 - 4 columns.
  EXPECT_EQ(text.shape.input_size, (std::array<std::int64_t, 3>{1, 111, 55}));
  EXPECT_EQ(text.bits, 16);
  EXPECT_EQ(text.steps, 3);
}

TEST(ParseShape, LeftOutIsOne) {
  const ShapeText text = parse_shape("P=7");
  EXPECT_EQ(text.shape.macs(), 7);
  EXPECT_EQ(text.steps, 1);
  EXPECT_EQ(text.bits, 0);
  EXPECT_EQ(parse_shape("P=4,Q=4,dilation=2x3,R=3,S=3").shape.dilation,
            (std::array<std::int64_t, 3>{1, 2, 3}));
}

std::string problem(const std::string& text) {
  return error_of([&] { return parse_shape(text); });
}

TEST(ParseShape, SaysWhatIsWrong) {
  EXPECT_THAT(problem("K=0"), HasSubstr("'K=0': must be from 1 to"));
  EXPECT_THAT(problem("K=-3"), HasSubstr("must be from 1 to"));
  EXPECT_THAT(problem("K=4,K=5"), HasSubstr("'K=5': stands here twice"));
  EXPECT_THAT(problem("k=4"), HasSubstr("unknown name 'k'"));
  EXPECT_THAT(problem("K"), HasSubstr("must be NAME=VALUE"));
  EXPECT_THAT(problem(""), HasSubstr("must be NAME=VALUE"));
  EXPECT_THAT(problem("K=4x"), HasSubstr("must be a whole number"));
  EXPECT_THAT(problem("K=1e3"), HasSubstr("must be a whole number"));
  EXPECT_THAT(problem("P=3,pad=2"), HasSubstr("leaves no input"));
  EXPECT_THAT(problem("stride=1x2x3x4"), HasSubstr("one number, HxW or DxHxW"));
}

/// No product overflows on the way to the error.
TEST(ParseShape, BoundsNearTheLimit) {
  EXPECT_EQ(problem("K=9007199254740992"), "no error");
  EXPECT_THAT(problem("K=9007199254740993"), HasSubstr("must be from 1 to 9007199254740992"));
  EXPECT_THAT(problem("K=99999999999999999999"), HasSubstr("must be from 1 to"));
  EXPECT_THAT(problem("K=9007199254740992,C=2"), HasSubstr("more than 2^53 MACs"));
  EXPECT_THAT(problem("P=9007199254740992,stride=1000000"), HasSubstr("longer than 2^31"));
}

}  // namespace
}  // namespace mensa::models
