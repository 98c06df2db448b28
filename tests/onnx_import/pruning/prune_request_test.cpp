#include "onnx_import/pruning/prune_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "models/base/error.h"
#include "onnx_import/pruning/name_pattern.h"

namespace mensa::onnx_import {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string spec_error_of(const std::string& text) {
  try {
    return to_text(prune_spec_from_text(text));
  } catch (const base::Error& error) {
    return error.what();
  }
}

std::string pattern_error_of(const std::string& text) {
  try {
    check_layer_pattern(text);
  } catch (const base::Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(PruneSpec, IsReadAndWrittenBack) {
  EXPECT_EQ(prune_spec_from_text("0.7"), PruneSpec(PruneShare{0.7}));
  EXPECT_EQ(prune_spec_from_text("0"), PruneSpec(PruneShare{0}));
  EXPECT_EQ(prune_spec_from_text("2:4"), PruneSpec((PruneGroups{2, 4})));
  EXPECT_EQ(prune_spec_from_text("4:4"), PruneSpec((PruneGroups{4, 4})));
  EXPECT_EQ(prune_spec_from_text("channel:0.3"), PruneSpec(PruneChannels{0.3}));
  for (const char* text : {"0.7", "0.1234567890123", "2:4", "channel:0.3"}) {
    EXPECT_EQ(to_text(prune_spec_from_text(text)), text);
  }
}

TEST(PruneSpec, RefusesOtherTexts) {
  for (const char* text : {"", "x", "70%", "0.7 ", "0,7", "channel", "channels:0.3", "channel:x"}) {
    EXPECT_THAT(spec_error_of(text), testing::ContainsRegex("is no way to prune|is not N:M"))
        << text;
  }
  for (const char* text : {"1", "-0.1", "1.5", "nan", "inf", "channel:1", "channel:-1"}) {
    EXPECT_THAT(spec_error_of(text), HasSubstr("must be at least 0 and below 1")) << text;
  }
  for (const char* text : {"0:4", "2:0", "-2:4", "2:", ":4", "2:4:8", "1.5:4", "2:4x"}) {
    EXPECT_THAT(spec_error_of(text), HasSubstr("is not N:M")) << text;
  }
  EXPECT_THAT(spec_error_of("5:4"), HasSubstr("of 4 neighbours no 5 can stay"));
  EXPECT_EQ(spec_error_of("1:1048576"), "1:1048576");
  EXPECT_THAT(spec_error_of("1:1048577"), HasSubstr("at most 1048576 neighbours"));
}

TEST(NamePattern, IsFoundAnywhere) {
  EXPECT_TRUE(NamePattern("conv").found_in("layer1/conv2"));
  EXPECT_FALSE(NamePattern("^conv").found_in("layer1/conv2"));
  EXPECT_TRUE(NamePattern("layer[1-3]/.*2$").found_in("layer1/conv2"));
  EXPECT_TRUE(NamePattern("").found_in("anything"));
  EXPECT_TRUE(NamePattern("").found_in(""));
}

TEST(NamePattern, TellsWhatIsWrong) {
  EXPECT_EQ(pattern_error_of("a+"), "no error");
  EXPECT_THAT(pattern_error_of("conv("), AllOf(HasSubstr("'conv(' is no regular expression: "),
                                               HasSubstr("Mismatched '(' and ')'")));
  EXPECT_THAT(pattern_error_of("[a"), HasSubstr("is no regular expression: "));
  EXPECT_THAT(pattern_error_of("*"), HasSubstr("is no regular expression: "));
  EXPECT_THAT(pattern_error_of("(a)\\1"), HasSubstr("is no regular expression: "));
  EXPECT_THAT(pattern_error_of(std::string(1001, 'a')), HasSubstr("at most 1000"));
}

TEST(NamePattern, TakesNamesAndExpressionsThatGrowElsewhere) {
  const std::string name(20'000, 'a');
  EXPECT_FALSE(NamePattern("(a*)*b").found_in(name));
  EXPECT_TRUE(NamePattern("^(a|b)*$").found_in(name));
}

}  // namespace
}  // namespace mensa::onnx_import
