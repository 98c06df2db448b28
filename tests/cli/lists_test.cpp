#include "cli/lists.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/base/error.h"

namespace mensa::cli {
namespace {

using testing::ElementsAre;

TEST(Lists, NamesStandBetweenCommas) {
  EXPECT_THAT(names_from_text("mensa_g"), ElementsAre("mensa_g"));
  EXPECT_THAT(names_from_text("mensa_g,../my system.yaml"),
              ElementsAre("mensa_g", "../my system.yaml"));
}

TEST(Lists, OptionsBelongToThePolicyBefore) {
  EXPECT_THAT(policies_from_text("mensa,greedy"), ElementsAre("mensa", "greedy"));
  EXPECT_THAT(policies_from_text("mensa:compute_ratio=3,reuse=32,greedy"),
              ElementsAre("mensa:compute_ratio=3,reuse=32", "greedy"));
  EXPECT_THAT(policies_from_text("single:pascal,mensa:reuse=1,driver=a:b.yaml,mensa"),
              ElementsAre("single:pascal", "mensa:reuse=1,driver=a:b.yaml", "mensa"));
  // No policy is before it: whoever reads policies says that there is none of that name.
  EXPECT_THAT(policies_from_text("reuse=32,greedy"), ElementsAre("reuse=32", "greedy"));
}

TEST(Lists, NothingIsNoName) {
  for (const char* text : {"", ",", "a,", ",a", "a,,b"}) {
    EXPECT_THROW(static_cast<void>(names_from_text(text)), base::Error) << text;
    EXPECT_THROW(static_cast<void>(policies_from_text(text)), base::Error) << text;
  }
}

}  // namespace
}  // namespace mensa::cli
