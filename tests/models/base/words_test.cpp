#include "models/base/words.h"

#include <gtest/gtest.h>

#include "tests/models/base/error_of.h"

namespace mensa::base {
namespace {

enum class Colour { kRed, kGreen };
constexpr Words<Colour, 2> kColours("colour", {"red", "green"});

TEST(Words, GoBothWays) {
  EXPECT_EQ(kColours.of(Colour::kGreen), "green");
  EXPECT_EQ(kColours.value_of("green"), Colour::kGreen);
  EXPECT_EQ(kColours.value_of("red"), Colour::kRed);
}

TEST(Words, AnUnknownOneNamesTheKnown) {
  EXPECT_EQ(error_of([] { return kColours.value_of("gren"); }),
            "unknown colour 'gren'; did you mean 'green'? (known: red, green)");
}

}  // namespace
}  // namespace mensa::base
