#include "explore/space/choices_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "tests/models/base/error_of.h"

namespace mensa::explore {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

/// What a map, of which all keys are those of choices, comes to.
std::vector<Choice> choices(const std::string& yaml) {
  const base::YamlNode tree = base::read_yaml_text(yaml, "space.yaml");
  base::YamlMap map(base::YamlValue(tree, "p"));
  const ChoiceKeys keys(map);
  map.finish();
  return keys.read(map);
}

std::vector<std::string> texts(const std::string& yaml) {
  std::vector<std::string> found;
  for (const Choice& choice : choices(yaml)) found.push_back(choice.text);
  return found;
}

std::string refused_choices(const std::string& yaml) {
  return error_of([&] { return choices(yaml); });
}

TEST(Choices, AreTheValuesAsTheFileHasThem) {
  EXPECT_THAT(texts("values: [16x32, 8x8]"), ElementsAre("16x32", "8x8"));
  EXPECT_THAT(texts("values: [65536 B, 128 KiB]"), ElementsAre("65536 B", "128 KiB"));
  EXPECT_THAT(texts("values: [true, 'false']"), ElementsAre("true", "false"));
  EXPECT_THAT(texts("values: [3]"), ElementsAre("3"));
  const std::vector<Choice> sizes = choices("values: [65536 B, 128 KiB]");
  EXPECT_EQ(sizes[0].value, Value::of_number(65536, dimensions::kBytes));
  EXPECT_EQ(sizes[1].value, Value::of_number(131072, dimensions::kBytes));
}

TEST(Choices, OfARangeIncludeBothEnds) {
  EXPECT_THAT(texts("range: {from: 400 MHz, to: 1 GHz, step: 200 MHz}"),
              ElementsAre("400 MHz", "600 MHz", "800 MHz", "1 GHz"));
  EXPECT_THAT(texts("range: {from: 1 GB/s, to: 4 GB/s, count: 3}"),
              ElementsAre("1 GB/s", "2.5 GB/s", "4 GB/s"));
  EXPECT_THAT(texts("range: {from: -1, to: 1, step: 1}"), ElementsAre("-1", "0", "1"));
}

TEST(Choices, OfAStepThatDoesNotMeetTheEndStopBeforeIt) {
  EXPECT_THAT(texts("range: {from: 1, to: 9, step: 3}"), ElementsAre("1", "4", "7"));
  EXPECT_THAT(texts("range: {from: 1, to: 10, step: 3}"), ElementsAre("1", "4", "7", "10"));
  EXPECT_THAT(texts("range: {from: 1, to: 2, step: 5}"), ElementsAre("1"));
}

/// 0.1 + 2 * 0.1 is more than 0.3 in binary, and 0.1 + 6 * 0.1 is less than 0.7.
TEST(Choices, OfAStepOfDecimalFractionsEndAtTheEnd) {
  EXPECT_THAT(texts("range: {from: 0.1, to: 0.3, step: 0.1}"), ElementsAre("0.1", "0.2", "0.3"));
  EXPECT_EQ(texts("range: {from: 0.1, to: 0.7, step: 0.1}").size(), 7U);
  EXPECT_THAT(texts("range: {from: 0.1 ns, to: 0.7 ns, count: 2}"),
              ElementsAre("0.1 ns", "0.7 ns"));
  const std::vector<Choice> numbers = choices("range: {from: 0.1, to: 7.7, step: 0.1}");
  EXPECT_EQ(numbers.size(), 77U);
  EXPECT_EQ(numbers.back().value.number, 7.7);
}

TEST(Choices, OfALogRangeHaveEqualRatios) {
  EXPECT_THAT(texts("log_range: {from: 1 GB/s, to: 16 GB/s, count: 5}"),
              ElementsAre("1 GB/s", "2 GB/s", "4 GB/s", "8 GB/s", "16 GB/s"));
  EXPECT_THAT(texts("log_range: {from: 10 ns, to: 1 us, count: 3}"),
              ElementsAre("10 ns", "100 ns", "1 us"));
  EXPECT_THAT(texts("log_range: {from: 3 KiB, to: 3 KiB, count: 4}"), ElementsAre("3 KiB"));
}

/// What multiplying leaves in the last digits is not what anybody asked for.
TEST(Choices, HaveNoDigitsOfRounding) {
  EXPECT_THAT(texts("log_range: {from: 1 Hz, to: 1000 GHz, count: 7}"),
              ElementsAre("1 Hz", "100 Hz", "10 kHz", "1 MHz", "100 MHz", "10 GHz", "1000 GHz"));
  EXPECT_THAT(texts("range: {from: 0.1, to: 0.8, step: 0.1}"),
              ElementsAre("0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8"));
  EXPECT_THAT(texts("range: {from: 0.5, to: 1.5, count: 4}"),
              ElementsAre("0.5", "0.833333333333", "1.16666666667", "1.5"));
  EXPECT_THAT(texts("range: {from: 0.1234567890123456, to: 0.9876543210987654, count: 2}"),
              ElementsAre("0.1234567890123456", "0.9876543210987654"));
}

TEST(Choices, OfPowersOfTwoAreTwiceTheOneBefore) {
  EXPECT_THAT(texts("powers_of_two: {from: 16 KiB, to: 64 KiB}"),
              ElementsAre("16 KiB", "32 KiB", "64 KiB"));
  EXPECT_THAT(texts("powers_of_two: {from: 3, to: 23}"), ElementsAre("3", "6", "12"));
  EXPECT_THAT(texts("powers_of_two: {from: 3, to: 24}"), ElementsAre("3", "6", "12", "24"));
  EXPECT_THAT(texts("powers_of_two: {from: 0.5, to: 2}"), ElementsAre("0.5", "1", "2"));
}

TEST(Choices, OfOneCountAreTheFirstEnd) {
  EXPECT_THAT(texts("range: {from: 2, to: 8, count: 1}"), ElementsAre("2"));
  EXPECT_THAT(texts("log_range: {from: 2, to: 8, count: 1}"), ElementsAre("2"));
  EXPECT_THAT(texts("range: {from: 2 KiB, to: 2 KiB, step: 1 B}"), ElementsAre("2 KiB"));
}

TEST(Choices, OfBytesStayWholeAndEachStandsOnce) {
  EXPECT_THAT(texts("range: {from: 1 B, to: 10 B, count: 4}"),
              ElementsAre("1 B", "4 B", "7 B", "10 B"));
  EXPECT_THAT(texts("range: {from: 1 B, to: 2 B, count: 9}"), ElementsAre("1 B", "2 B"));
  EXPECT_THAT(texts("log_range: {from: 1, to: 4, count: 9}"), ElementsAre("1", "2", "3", "4"));
  for (const Choice& choice : choices("log_range: {from: 1 KiB, to: 1 MiB, count: 23}")) {
    EXPECT_EQ(choice.value.number, std::floor(choice.value.number)) << choice.text;
    EXPECT_EQ(choice.value, Value::from_yaml(choice.text)) << choice.text;
  }
}

TEST(Choices, ArePartsWhereMoreAreAskedForThanThereAreWholeNumbers) {
  EXPECT_THAT(texts("range: {from: 0, to: 1, count: 5}"),
              ElementsAre("0", "0.25", "0.5", "0.75", "1"));
  EXPECT_THAT(texts("range: {from: 0, to: 4, count: 5}"), ElementsAre("0", "1", "2", "3", "4"));
  EXPECT_THAT(texts("range: {from: 0, to: 4, count: 4}"), ElementsAre("0", "1", "3", "4"));
  EXPECT_THAT(texts("range: {from: 2, to: 2, count: 3}"), ElementsAre("2"));
}

TEST(Choices, MayBeAHundredThousand) {
  EXPECT_EQ(choices("range: {from: 1 Hz, to: 100 kHz, step: 1 Hz}").size(), kMostChoices);
  EXPECT_THAT(refused_choices("range: {from: 1 Hz, to: 100001 Hz, step: 1 Hz}"),
              HasSubstr("p.range: the range has 1e+05 values; at most 100000 are taken"));
  EXPECT_EQ(choices("range: {from: 1 Hz, to: 1 GHz, count: 100000}").size(), kMostChoices);
  EXPECT_THAT(refused_choices("range: {from: 1 Hz, to: 1 GHz, count: 100001}"),
              HasSubstr("p.range.count: 100001 is out of range; expected 1 to 100000"));
  EXPECT_THAT(refused_choices("log_range: {from: 1 Hz, to: 1 GHz, count: 100001}"),
              HasSubstr("expected 1 to 100000"));
  EXPECT_THAT(refused_choices("range: {from: 0, to: 1e300, step: 1e-300}"),
              HasSubstr("the range has inf values"));
}

/// Files have no unit of which all energies are whole multiples, as they have of times.
TEST(Choices, OfEnergiesCanAllBeWritten) {
  EXPECT_EQ(choices("range: {from: 0.1 pJ, to: 7.3 pJ, count: 100000}").size(), kMostChoices);
}

TEST(Choices, MustBeGivenInOneWay) {
  EXPECT_THAT(refused_choices("{}"), StartsWith("space.yaml:1:1: p: give one of 'values', 'range', "
                                                "'log_range' and 'powers_of_two'"));
  EXPECT_THAT(refused_choices("{values: [1], range: {from: 1, to: 2, count: 2}}"),
              HasSubstr("give one of 'values'"));
  EXPECT_THAT(refused_choices("range: {from: 1, to: 2}"),
              HasSubstr("p.range: give either 'step' or 'count'"));
  EXPECT_THAT(refused_choices("range: {from: 1, to: 2, step: 1, count: 2}"),
              HasSubstr("give either 'step' or 'count'"));
  EXPECT_EQ(refused_choices("log_range: {from: 1, to: 2, step: 1}"),
            "space.yaml:1:12: p.log_range: the key 'count' is missing");
  EXPECT_THAT(refused_choices("powers_of_two: {from: 1}"), HasSubstr("'to'"));
}

TEST(Choices, OfNothingAreRefused) {
  EXPECT_EQ(refused_choices("values: []"), "space.yaml:1:9: p.values: expected at least one value");
  EXPECT_EQ(refused_choices("range: {from: 2 KiB, to: 1 KiB, count: 2}"),
            "space.yaml:1:26: p.range.to: the range is empty: '1 KiB' is below 'from', '2 KiB'");
  EXPECT_THAT(refused_choices("log_range: {from: 2, to: 1, count: 2}"),
              HasSubstr("the range is empty"));
  EXPECT_THAT(refused_choices("powers_of_two: {from: 2, to: 1}"), HasSubstr("the range is empty"));
  EXPECT_THAT(refused_choices("range: {from: 1, to: 2, count: 0}"), HasSubstr("0 is out of range"));
  EXPECT_THAT(refused_choices("range: {from: 1, to: 2, step: 0}"),
              HasSubstr("p.range.step: must be above 0"));
  EXPECT_THAT(refused_choices("range: {from: 1, to: 2, step: -1}"), HasSubstr("must be above 0"));
}

TEST(Choices, OfEqualRatiosBeginAboveZero) {
  EXPECT_EQ(refused_choices("log_range: {from: 0 Hz, to: 1 Hz, count: 2}"),
            "space.yaml:1:19: p.log_range.from: must be above 0: the values have equal ratios");
  EXPECT_THAT(refused_choices("log_range: {from: -1, to: 1, count: 2}"),
              HasSubstr("must be above 0"));
  EXPECT_THAT(refused_choices("powers_of_two: {from: 0, to: 1}"),
              HasSubstr("must be above 0: each value is twice the one before"));
}

TEST(Choices, MixNoUnits) {
  EXPECT_EQ(refused_choices("range: {from: 1 KiB, to: 2 KHz, count: 2}"),
            "space.yaml:1:26: p.range.to: '2 KHz' is no number, with or without a unit");
  EXPECT_EQ(refused_choices("range: {from: 1 KiB, to: 2 kHz, count: 2}"),
            "space.yaml:1:26: p.range.to: '2 kHz' has not the unit of 'from', '1 KiB'");
  EXPECT_EQ(refused_choices("range: {from: 1 KiB, to: 2 KiB, step: 1}"),
            "space.yaml:1:39: p.range.step: '1' has not the unit of 'from', '1 KiB'");
  EXPECT_EQ(refused_choices("values: [1 KiB, 2 MHz]"),
            "space.yaml:1:17: p.values.1: '2 MHz' and '1 KiB' are of different kinds or units");
  EXPECT_THAT(refused_choices("values: [8x8, 8]"), HasSubstr("different kinds"));
  EXPECT_THAT(refused_choices("values: [8, eight]"), HasSubstr("different kinds"));
}

TEST(Choices, StandOnce) {
  EXPECT_EQ(refused_choices("values: [64 KiB, 65536 B]"),
            "space.yaml:1:18: p.values.1: '65536 B' stands twice");
  EXPECT_THAT(refused_choices("values: [8x8, 08x8]"), HasSubstr("'08x8' stands twice"));
  EXPECT_THAT(refused_choices("values: [1, 1e0]"), HasSubstr("stands twice"));
  EXPECT_THAT(refused_choices("values: [a, b, a]"), HasSubstr("p.values.2: 'a' stands twice"));
}

TEST(Choices, OfFractionalBytesAreRefusedInTheirPlace) {
  EXPECT_THAT(refused_choices("range: {from: 0.3 KiB, to: 1 KiB, count: 3}"),
              StartsWith("space.yaml:1:8: p.range: 307.2 B is no whole number of bytes"));
  EXPECT_THAT(refused_choices("range: {from: 1 KiB, to: 2 KiB, step: 0.1 KiB}"),
              StartsWith("space.yaml:1:8: p.range: 1126.4 B is no whole number of bytes"));
  EXPECT_THAT(refused_choices("powers_of_two: {from: 0.5 B, to: 2 B}"),
              StartsWith("space.yaml:1:16: p.powers_of_two: 0.5 B is no whole number"));
  EXPECT_THAT(refused_choices("values: [0.5 B]"),
              StartsWith("space.yaml:1:10: p.values.0: 0.5 B is no whole number"));
}

TEST(Choices, AreNumbersInRanges) {
  for (const char* const odd : {"8x8", "eight", "inf", "nan", "1e999", "1 GHz 2", "''"}) {
    EXPECT_THAT(
        refused_choices("range: {from: " + std::string(odd) + ", to: 2, count: 2}"),
        AllOf(StartsWith("space.yaml:1:15: p.range.from: "), testing::Not(HasSubstr("no error"))))
        << odd;
  }
  EXPECT_THAT(refused_choices("range: [1, 2]"), HasSubstr("p.range: expected a map"));
  EXPECT_THAT(refused_choices("range: {from: 1, to: 2, count: two}"), HasSubstr("p.range.count"));
  EXPECT_THAT(refused_choices("values: 8x8"), HasSubstr("p.values: expected a list"));
  EXPECT_THAT(refused_choices("values: [[8x8]]"), HasSubstr("p.values.0: expected"));
  EXPECT_THAT(refused_choices("values: [0x8]"), HasSubstr("no extent of whole rows and columns"));
}

}  // namespace
}  // namespace mensa::explore
