// What a space says of its parameters.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "accelerators/spec/loader.h"
#include "tests/explore/space/refused_space.h"
#include "tests/explore/space/sample_space.h"
#include "tests/models/base/error_of.h"
#include "tests/models/base/temporary_folder.h"

namespace mensa::explore {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

TEST(SpaceParameters, NamesTheStepOfAPathThatIsNotThere) {
  EXPECT_THAT(refused("parameters", "{clock: {path: accelerators.pascl.clock, values: [1 GHz]}}"),
              StartsWith("space.yaml:4:14: parameters.clock: unknown key 'pascl'; did you mean "
                         "'pascal'?"));
  EXPECT_THAT(refused("parameters", "{clock: {path: accelerators.pascal.clok, values: [1 GHz]}}"),
              AllOf(StartsWith("space.yaml:4:14: parameters.clock: "),
                    HasSubstr("unknown key 'clok'; did you mean 'clock'?")));
  EXPECT_THAT(refused("parameters", "{clock: {path: accelerators..clock, values: [1 GHz]}}"),
              HasSubstr("parameters.clock: the path has an empty step"));
  EXPECT_THAT(refused("parameters", "{clock: {path: '', values: [1 GHz]}}"),
              HasSubstr("parameters.clock.path: expected a text, got an empty one"));
  EXPECT_THAT(refused("parameters", "{clock: {path: accelerators.pascal.clock.x, values: [1]}}"),
              HasSubstr("is a plain value and has no part 'x'"));
}

TEST(SpaceParameters, RefusesAValueThatItsPlaceDoesNotTake) {
  EXPECT_THAT(refused("parameters", clock_with("values: [1 KiB]")),
              StartsWith("space.yaml:4:14: parameters.clock: '1 KiB' at "
                         "'accelerators.pascal.clock': 'KiB' is no unit of frequency"));
  EXPECT_THAT(refused("parameters", clock_with("range: {from: 0 GHz, to: 1 GHz, count: 3}")),
              HasSubstr("'0 Hz' at 'accelerators.pascal.clock': '0 Hz' must be above 0"));
  EXPECT_THAT(
      refused("parameters", "{array: {path: accelerators.pascal.pe_array, values: [16, 32]}}"),
      HasSubstr("'16' at 'accelerators.pascal.pe_array': "));
  EXPECT_THAT(refused("parameters",
                      "{flow: {path: accelerators.pascal.dataflow, values: [pascal, pascl]}}"),
              HasSubstr("'pascl' at 'accelerators.pascal.dataflow': unknown dataflow 'pascl'"));
}

/// Were it looked at only where the accelerator may be absent, it would be found nowhere.
TEST(SpaceParameters, RefusesAValueOfAnAcceleratorThatMayBeAbsent) {
  EXPECT_THAT(refused("parameters",
                      "{has: {accelerator: pascal, present: [false, true]}, "
                      "clock: {path: accelerators.pascal.clock, values: [1 KiB]}}"),
              HasSubstr("'1 KiB' at 'accelerators.pascal.clock': 'KiB' is no unit"));
}

/// 3 banks are none of 64 KiB of a bank, but may be of another capacity.
TEST(SpaceParameters, TakesValuesThatOnlyGoWithOthers) {
  const std::string buffer = "accelerators.pascal.buffers.parameters.";
  EXPECT_EQ(refused("parameters", "{size: {path: " + buffer +
                                      "capacity, values: [128 KiB, 96 KiB]},"
                                      " banks: {path: " +
                                      buffer + "banks, values: [2, 3]}}"),
            "no error");
}

TEST(SpaceParameters, SetsEachPathOnce) {
  EXPECT_EQ(
      refused("parameters",
              "{a: {path: accelerators.pascal.clock, values: [1 GHz]}, "
              "b: {path: accelerators.pascal.clock, values: [1 GHz]}}"),
      "space.yaml:4:69: parameters.b: 'accelerators.pascal.clock' is set by the parameter 'a' "
      "already");
  EXPECT_THAT(refused("parameters",
                      "{a: {paths: [accelerators.pascal.clock, accelerators.pascal.clock], "
                      "values: [1 GHz]}}"),
              HasSubstr("is set by the parameter 'a' already"));
  EXPECT_EQ(
      refused("links", "{accelerators.pascal.pe_array: array}"),
      "space.yaml:6:39: links.accelerators.pascal.pe_array: 'accelerators.pascal.pe_array' is "
      "set by the parameter 'array' already");
}

TEST(SpaceParameters, ReplacesNothingThatWasSet) {
  const std::string clock = "clock: {path: accelerators.pascal.clock, values: [1 GHz, 500 MHz]}";
  const std::string use = "kind: {path: accelerators.pascal.use, values: [pascal, jacquard]}";
  EXPECT_THAT(refused("parameters", "{" + clock + ", " + use + "}"),
              HasSubstr("parameters.kind: 'accelerators.pascal.use' replaces "
                        "'accelerators.pascal.clock', which the parameter 'clock' sets before; put "
                        "this one first"));
  EXPECT_EQ(refused("parameters", "{" + use + ", " + clock + "}"), "no error");
  EXPECT_EQ(
      refused("parameters",
              "{port: {path: accelerators.pascal.port, values: [stack.external]}, " + use + "}"),
      "no error");
}

TEST(SpaceParameters, RefusesParametersOfTwoKinds) {
  EXPECT_THAT(refused("parameters", "{a: {values: [1 GHz]}}"),
              StartsWith("space.yaml:4:17: parameters.a: give one of 'path', 'paths' (into the "
                         "system) and 'accelerator' (how many there are)"));
  EXPECT_THAT(refused("parameters", "{a: {path: x, accelerator: pascal, count: [1]}}"),
              HasSubstr("give one of 'path'"));
  EXPECT_THAT(refused("parameters", clock_with("count: [1]")),
              HasSubstr("'count' and 'present' are of an 'accelerator', not of a path"));
  EXPECT_THAT(refused("parameters", "{a: {accelerator: pascal, count: [1], values: [1]}}"),
              HasSubstr("'values' and ranges are of a path; of an 'accelerator' give its 'count'"));
  EXPECT_THAT(refused("parameters", "{a: {accelerator: pascal}}"),
              HasSubstr("give either 'count', as [0, 1, 2], or 'present', as [true, false]"));
  EXPECT_THAT(refused("parameters", "{a: {accelerator: pascal, count: [1], present: [true]}}"),
              HasSubstr("give either 'count'"));
  EXPECT_THAT(refused("parameters", "{a: {paths: [], values: [1]}}"),
              HasSubstr("parameters.a.paths: expected at least one path"));
}

TEST(SpaceParameters, CountsAcceleratorsThatAreThere) {
  const auto counted = [](const std::string& keys) {
    return refused("parameters", "{n: {accelerator: " + keys + "}}");
  };
  EXPECT_THAT(
      counted("pasc, count: [1]"),
      StartsWith("space.yaml:4:31: parameters.n.accelerator: unknown accelerator 'pasc'; did "
                 "you mean 'pascal'? (known: pascal, pavlov, jacquard)"));
  EXPECT_EQ(counted("pascal, count: [0, 64]"), "no error");
  EXPECT_THAT(counted("pascal, count: [65]"),
              HasSubstr("parameters.n.count.0: 65 is out of range; expected 0 to 64"));
  EXPECT_THAT(counted("pascal, count: [-1]"), HasSubstr("out of range"));
  EXPECT_THAT(counted("pascal, count: [1, 2, 1]"),
              HasSubstr("parameters.n.count.2: 1 stands twice"));
  EXPECT_THAT(counted("pascal, present: [true, true]"), HasSubstr("1 stands twice"));
  EXPECT_THAT(counted("pascal, count: []"), HasSubstr("expected at least one value"));
  EXPECT_THAT(counted("pascal, present: [1]"), HasSubstr("parameters.n.present.0"));
  EXPECT_THAT(
      refused("parameters",
              "{a: {accelerator: pascal, count: [1]}, b: {accelerator: pascal, count: [1]}}"),
      HasSubstr("parameters.b: 'pascal' is counted by the parameter 'a' already"));
}

TEST(SpaceParameters, MakesNoCopyWithTheNameOfAnother) {
  const TemporaryFolder folder;
  std::string text = accelerators::resolve_system("mensa_g").to_yaml();
  const std::size_t at = text.find("\n  jacquard:\n");
  ASSERT_NE(at, std::string::npos);
  text.replace(at, 13, "\n  pavlov_3:\n");
  const std::string system = folder.write("system.yaml", text);
  const auto counted = [&](const std::string& count) {
    return error_of([&] {
      return SpaceText()
          .with("system", system)
          .with("parameters", "{n: {accelerator: pavlov, count: [" + count + "]}}")
          .read();
    });
  };
  EXPECT_EQ(counted("2"), "no error");
  EXPECT_EQ(
      counted("3"),
      "space.yaml:4:14: parameters.n: a copy would be named 'pavlov_3', as another accelerator");
}

TEST(SpaceParameters, TakesNamesThatExpressionsCanUse) {
  const auto named = [](const std::string& name) {
    return refused("parameters",
                   "{" + name + ": {path: accelerators.pascal.clock, values: [1 GHz]}}");
  };
  EXPECT_EQ(named("clock_2"), "no error");
  EXPECT_THAT(named("my-clock"),
              HasSubstr("parameters.my-clock: a name that stands in expressions has no '-'"));
  EXPECT_THAT(named("2clocks"), HasSubstr("parameters.2clocks: "));
  EXPECT_THAT(named("a.b"), HasSubstr("a.b"));
  EXPECT_THAT(named("area"),
              HasSubstr("parameters.area: that is the name of a metric; take another one"));
  for (const char* const word : {"and", "or", "not"}) {
    EXPECT_THAT(named(word), HasSubstr("is a word of expressions; take another name")) << word;
  }
}

}  // namespace
}  // namespace mensa::explore
