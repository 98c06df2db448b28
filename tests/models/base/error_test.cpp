#include "models/base/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mensa::base {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(SourceLocation, LeavesOutWhatIsUnknown) {
  EXPECT_EQ((SourceLocation{"a.yaml", 3, 5}).to_string(), "a.yaml:3:5");
  EXPECT_EQ((SourceLocation{"a.yaml", 3, 0}).to_string(), "a.yaml:3");
  EXPECT_EQ((SourceLocation{"a.yaml", 0, 5}).to_string(), "a.yaml");
  EXPECT_EQ(SourceLocation{}.to_string(), "");
}

TEST(Error, NamesPlaceKeyAndWhatIsWrong) {
  EXPECT_STREQ(Error(SourceLocation{"a.yaml", 3, 5}, "clock", "is bad").what(),
               "a.yaml:3:5: clock: is bad");
  EXPECT_STREQ(Error(SourceLocation{"a.yaml", 3, 5}, "", "is bad").what(), "a.yaml:3:5: is bad");
  EXPECT_STREQ(Error(SourceLocation{}, "clock", "is bad").what(), "clock: is bad");
}

TEST(NearNames, NearestFirst) {
  EXPECT_THAT(near_names("clok", {"cook", "clock", "block"}),
              ElementsAre("clock", "cook", "block"));
  EXPECT_THAT(near_names("clok", {"cook", "clock", "block"}, 1), ElementsAre("clock"));
}

TEST(NearNames, LimitIsTwoEditsOrAThirdOfTheName) {
  EXPECT_THAT(near_names("axy", {"abc"}), ElementsAre("abc"));                    // two edits
  EXPECT_THAT(near_names("xyz", {"abc"}), IsEmpty());                             // three
  EXPECT_THAT(near_names("xyzdefghi", {"abcdefghi"}), ElementsAre("abcdefghi"));  // a third of nine
  EXPECT_THAT(near_names("wxyzefghi", {"abcdefghi"}), IsEmpty());
}

TEST(NearNames, PartOfANameIsNear) {
  EXPECT_THAT(near_names("stationary", {"output_stationary", "pavlov"}),
              ElementsAre("output_stationary"));
  EXPECT_THAT(near_names("st", {"output_stationary"}), IsEmpty());  // too short to mean anything
}

TEST(NearNames, OverlongNamesAreNotCompared) {
  const std::string longest(256, 'a');
  EXPECT_THAT(near_names(longest, {longest}), ElementsAre(longest));
  EXPECT_THAT(near_names(longest + "a", {longest}), IsEmpty());
}

TEST(UnknownName, SuggestsAndLists) {
  EXPECT_EQ(unknown_name_message("policy", "gredy", {"greedy", "mensa"}),
            "unknown policy 'gredy'; did you mean 'greedy'? (known: greedy, mensa)");
  EXPECT_EQ(unknown_name_message("policy", "x", {"greedy"}), "unknown policy 'x' (known: greedy)");
  EXPECT_EQ(unknown_name_message("policy", "x", {}), "unknown policy 'x'");
}

}  // namespace
}  // namespace mensa::base
