#include "onnx_import/options/option_texts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/base/error.h"

namespace mensa::onnx_import {
namespace {

using testing::ElementsAre;

template <class Read>
std::string reading_error(Read read, const std::string& text) {
  try {
    static_cast<void>(read(text));
  } catch (const base::Error& error) {
    return error.what();
  }
  return "";
}

TEST(ShapeFromText, TakesExtents) {
  EXPECT_THAT(shape_from_text("1x3x640x480"), ElementsAre(1, 3, 640, 480));
  EXPECT_THAT(shape_from_text("7"), ElementsAre(7));
}

TEST(ShapeFromText, RefusesOtherTexts) {
  for (const char* text :
       {"", "x", "1x", "1xx2", "-1x3", "1.5", "1x 3", "1X3", "99999999999999999999"}) {
    EXPECT_EQ(reading_error(shape_from_text, text),
              "'" + std::string(text) + "' is no shape, as 1x3x640x640");
  }
}

TEST(ConstantFromText, TakesIntegersOrElseFloats) {
  EXPECT_THAT(std::get<std::vector<std::int64_t>>(constant_from_text("1,-3,640").values),
              ElementsAre(1, -3, 640));
  EXPECT_THAT(std::get<std::vector<double>>(constant_from_text("1,0.5").values),
              ElementsAre(1, 0.5));
  EXPECT_EQ(constant_from_text("1").shape, std::nullopt);
}

TEST(ConstantFromText, RefusesOtherTexts) {
  for (const char* text : {"", ",", "1,", "one", "1;2", "1 2"}) {
    EXPECT_EQ(reading_error(constant_from_text, text),
              "'" + std::string(text) + "' is no list of numbers, as 1,3,640,640");
  }
}

TEST(ConstantFromText, IsWrittenBack) {
  EXPECT_EQ(to_text(constant_from_text("1,-3,640")), "1,-3,640");
  EXPECT_EQ(to_text(constant_from_text("0.5,2.25")), "0.5,2.25");
}

TEST(ModelOptions, TakeTheirWords) {
  EXPECT_EQ(branch_from_text("else"), Branch::kElse);
  EXPECT_EQ(to_text(branch_from_text("then")), "then");
  EXPECT_TRUE(on_host_from_text("host"));
  EXPECT_FALSE(on_host_from_text(on_host_to_text(false)));
  EXPECT_THAT(reading_error(branch_from_text, "els"), testing::HasSubstr("did you mean 'else'"));
  EXPECT_THAT(reading_error(on_host_from_text, "hots"), testing::HasSubstr("did you mean 'host'"));
}

}  // namespace
}  // namespace mensa::onnx_import
