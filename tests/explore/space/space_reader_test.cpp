#include "explore/space/space_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "accelerators/spec/loader.h"
#include "tests/explore/space/sample_space.h"
#include "tests/models/base/error_of.h"
#include "tests/models/base/temporary_folder.h"

namespace mensa::explore {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

/// What reading says of a space whose section `section` is changed.
std::string refused(const std::string& section, const std::string& value) {
  return error_of([&] { return SpaceText().with(section, value).read(); });
}

constexpr const char* kClock = "accelerators.pascal.clock";

/// One parameter, 'clock', of Pascal's clock with these keys beside its path.
std::string clock_with(const std::string& keys) {
  return std::string("{clock: {path: ") + kClock + ", " + keys + "}}";
}

TEST(SpaceReader, ReadsEveryKey) {
  const Space space =
      SpaceText()
          .with("name", "phone")
          .with("description", "a phone")
          .with(
              "models",
              "[mobilenet_v2, {model: ds_cnn, name: words, weight: 3, deadline: 10 ms, batch: 2}]")
          .with("parameters",
                "{clock: {path: accelerators.pascal.clock, values: [1 GHz]}, "
                "near: {paths: [accelerators.pavlov.clock, accelerators.jacquard.clock], "
                "range: {from: 400 MHz, to: 1 GHz, step: 200 MHz}}, "
                "pavlovs: {accelerator: pavlov, count: [1, 0, 3]}, "
                "has_jacquard: {accelerator: jacquard, present: [true, false]}}")
          .with("links", "{accelerators.pavlov.launch_overhead: 1 / near}")
          .with("constraints", "[area <= 40 mm2, latency.words < 10 ms]")
          .with("evaluation",
                "{policy: greedy, objective: latency, mapper: pruned, concurrency: layers, "
                "precision: w8a8}")
          .with("objectives", "[deadline_misses, throughput]")
          .with("search", "{method: anneal, seed: 7, population: 5}")
          .with("stop", "{points: 100, time: 90 s, stagnation: 20}")
          .read();
  EXPECT_EQ(space.name, "phone");
  EXPECT_EQ(space.description, "a phone");
  EXPECT_EQ(space.system_name, "mensa_g");
  ASSERT_EQ(space.models.size(), 2U);
  EXPECT_EQ(space.models[0].name, "mobilenet_v2");
  EXPECT_EQ(space.models[0].weight, 1);
  EXPECT_FALSE(space.models[0].deadline);
  EXPECT_EQ(space.models[1].name, "words");
  EXPECT_EQ(space.models[1].file.filename(), "ds_cnn.onnx");
  EXPECT_EQ(space.models[1].weight, 3);
  EXPECT_EQ(space.models[1].deadline, base::Seconds(0.01));
  EXPECT_EQ(space.models[1].options.batch, 2);
  ASSERT_EQ(space.parameters.size(), 4U);
  EXPECT_THAT(space.parameters[0].paths, ElementsAre("accelerators.pascal.clock"));
  EXPECT_EQ(space.parameters[1].paths.size(), 2U);
  EXPECT_EQ(space.parameters[1].choices.size(), 4U);
  EXPECT_EQ(space.parameters[2].counted_accelerator, "pavlov");
  EXPECT_EQ(space.parameters[2].choices[2].text, "3");
  EXPECT_EQ(space.parameters[3].choices[0].value, Value::of_number(1));
  EXPECT_EQ(space.parameters[3].choices[1].text, "0");
  ASSERT_EQ(space.links.size(), 1U);
  EXPECT_EQ(space.links[0].value.text(), "1 / near");
  ASSERT_EQ(space.constraints.size(), 2U);
  EXPECT_FALSE(space.constraints[0].needs_models);
  EXPECT_TRUE(space.constraints[1].needs_models);
  EXPECT_EQ(space.policy, "greedy");
  EXPECT_EQ(space.objective, accelerators::Objective::kLatency);
  EXPECT_EQ(space.mapper.effort, accelerators::Effort::kPruned);
  EXPECT_EQ(space.concurrency, scheduler::concurrency_from_string("layers"));
  EXPECT_EQ(space.precisions.otherwise, "w8a8");
  EXPECT_THAT(space.objectives, ElementsAre(Metric::kDeadlineMisses, Metric::kThroughput));
  EXPECT_EQ(space.search.method, "anneal");
  EXPECT_EQ(space.search.seed, 7U);
  EXPECT_EQ(space.search.population, 5U);
  EXPECT_EQ(space.stop.points, 100U);
  EXPECT_EQ(space.stop.time, base::Seconds(90));
  EXPECT_EQ(space.stop.stagnation, 20U);
  EXPECT_EQ(space.size(), 1U * 4 * 3 * 2);
}

TEST(SpaceReader, HasDefaults) {
  const Space space = SpaceText().read();
  EXPECT_EQ(space.name, "space");
  EXPECT_EQ(space.policy, "mensa");
  EXPECT_EQ(space.mapper.effort, accelerators::Effort::kFast);
  EXPECT_EQ(space.search.method, "nsga2");
  EXPECT_EQ(space.search.seed, 1U);
  EXPECT_FALSE(space.stop.points || space.stop.time || space.stop.stagnation);
  EXPECT_EQ(space.text, SpaceText().text());
}

TEST(SpaceReader, WantsItsSchema) {
  EXPECT_EQ(refused("schema", "mensa-system/1"),
            "space.yaml:1:9: schema: 'mensa-system/1' is no space; expected mensa-space/1");
  EXPECT_THAT(refused("schema", ""), HasSubstr("'schema'"));
}

TEST(SpaceReader, WantsWhatASpaceCannotBeWithout) {
  for (const char* const section : {"system", "models", "parameters", "objectives"}) {
    EXPECT_THAT(refused(section, ""),
                AllOf(StartsWith("space.yaml:1:1: "), HasSubstr("'" + std::string(section) + "'")));
  }
  EXPECT_EQ(refused("models", "[]"), "space.yaml:3:9: models: expected at least one model");
  EXPECT_EQ(refused("parameters", "{}"),
            "space.yaml:4:13: parameters: expected at least one parameter");
  EXPECT_EQ(refused("objectives", "[]"),
            "space.yaml:5:13: objectives: expected at least one objective");
}

TEST(SpaceReader, NamesTheKeyNearAMisspeltOne) {
  EXPECT_THAT(refused("constraint", "[area < 1 mm2]"),
              StartsWith("space.yaml:6:1: constraint: unknown key 'constraint'; did you mean "
                         "'constraints'?"));
  EXPECT_THAT(refused("search", "{metod: grid}"), HasSubstr("did you mean 'method'?"));
  EXPECT_THAT(refused("stop", "{point: 3}"), HasSubstr("did you mean 'points'?"));
  EXPECT_THAT(refused("evaluation", "{polcy: mensa}"), HasSubstr("did you mean 'policy'?"));
  EXPECT_THAT(refused("models", "[{model: ds_cnn, wieght: 2}]"),
              StartsWith("space.yaml:3:26: models.0.wieght: unknown key 'wieght'; did you mean "
                         "'weight'?"));
  EXPECT_THAT(refused("parameters", clock_with("value: [1 GHz]")),
              HasSubstr("parameters.clock.value: unknown key 'value'; did you mean 'values'?"));
}

TEST(SpaceReader, NamesTheSystemAndModelNearAMisspeltOne) {
  EXPECT_THAT(refused("system", "mensa_h"),
              StartsWith("space.yaml:2:9: system: unknown system 'mensa_h'; did you mean "
                         "'mensa_g'?"));
  EXPECT_THAT(refused("models", "[ds_cn]"),
              StartsWith("space.yaml:3:10: models.0: unknown model 'ds_cn'; did you mean"));
  EXPECT_THAT(refused("models", "[{model: ds_cn}]"),
              StartsWith("space.yaml:3:18: models.0.model: unknown model 'ds_cn'"));
}

TEST(SpaceReader, FindsFilesBesideItself) {
  const TemporaryFolder folder;
  const std::string zoo = std::string(MENSA_SOURCE_DIR) + "/models/zoo/ds_cnn.onnx";
  std::filesystem::copy_file(zoo, folder.path() / "mine.onnx");
  const std::string file =
      folder.write("space.yaml", SpaceText().with("models", "[./mine.onnx]").text());
  const Space space = read_space(file);
  EXPECT_EQ(space.models[0].name, "mine");
  EXPECT_EQ(space.models[0].file, folder.path() / "./mine.onnx");
  EXPECT_EQ(space.text, SpaceText().with("models", "[./mine.onnx]").text());
  EXPECT_THAT(error_of([&] { return read_space(folder.path() / "none.yaml"); }),
              HasSubstr("there is no such file"));
  EXPECT_THAT(error_of([&] { return read_space(folder.path()); }), HasSubstr("is a folder"));
}

TEST(SpaceReader, RefusesOddModels) {
  EXPECT_EQ(refused("models", "[ds_cnn, ds_cnn]"),
            "space.yaml:3:18: models.1: two models are named 'ds_cnn'; give one a 'name'");
  EXPECT_EQ(refused("models", "[ds_cnn, {model: ds_cnn, name: other}]"), "no error");
  EXPECT_THAT(refused("models", "[{model: ds_cnn, name: other-one}]"),
              HasSubstr("models.0.name: a name that stands in expressions has no '-'; use '_'"));
  EXPECT_THAT(refused("models", "[{model: ds_cnn, weight: 0}]"),
              HasSubstr("models.0.weight: 0 is out of range"));
  EXPECT_EQ(refused("models", "[{model: ds_cnn, weight: 1e-9}]"), "no error");
  EXPECT_THAT(refused("models", "[{model: ds_cnn, weight: 1e10}]"), HasSubstr("out of range"));
  EXPECT_THAT(refused("models", "[{model: ds_cnn, deadline: 10}]"),
              HasSubstr("models.0.deadline: '10' has no unit"));
  EXPECT_THAT(refused("models", "[{model: ds_cnn, deadline: 0 s}]"), HasSubstr("must be above 0"));
}

TEST(SpaceReader, NamesTheStepOfAPathThatIsNotThere) {
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

TEST(SpaceReader, RefusesAValueThatItsPlaceDoesNotTake) {
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
TEST(SpaceReader, RefusesAValueOfAnAcceleratorThatMayBeAbsent) {
  EXPECT_THAT(refused("parameters",
                      "{has: {accelerator: pascal, present: [false, true]}, "
                      "clock: {path: accelerators.pascal.clock, values: [1 KiB]}}"),
              HasSubstr("'1 KiB' at 'accelerators.pascal.clock': 'KiB' is no unit"));
}

/// 3 banks are none of 64 KiB of a bank, but may be of another capacity.
TEST(SpaceReader, TakesValuesThatOnlyGoWithOthers) {
  const std::string buffer = "accelerators.pascal.buffers.parameters.";
  EXPECT_EQ(refused("parameters", "{size: {path: " + buffer +
                                      "capacity, values: [128 KiB, 96 KiB]},"
                                      " banks: {path: " +
                                      buffer + "banks, values: [2, 3]}}"),
            "no error");
}

TEST(SpaceReader, SetsEachPathOnce) {
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

TEST(SpaceReader, ReplacesNothingThatWasSet) {
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

TEST(SpaceReader, RefusesParametersOfTwoKinds) {
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

TEST(SpaceReader, CountsAcceleratorsThatAreThere) {
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

TEST(SpaceReader, MakesNoCopyWithTheNameOfAnother) {
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

TEST(SpaceReader, TakesNamesThatExpressionsCanUse) {
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

TEST(SpaceReader, KnowsTheNamesOfLinks) {
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

TEST(SpaceReader, WantsOfLinksWhatTheirPlacesTake) {
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

TEST(SpaceReader, WantsConstraintsThatCompare) {
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
TEST(SpaceReader, TakesConstraintsThatAreNoNumberForSomeMetrics) {
  EXPECT_EQ(refused("constraints", "[\"1 > log2(area / 1 mm2 - 1)\"]"), "no error");
  EXPECT_EQ(refused("constraints", "[\"sqrt(area / 1 mm2 - 2) <= 3\"]"), "no error");
  EXPECT_THAT(refused("constraints", "[\"area / 0 <= 3 mm2\"]"), HasSubstr("no finite number"));
}

TEST(SpaceReader, RefusesEndlessExpressions) {
  std::string sum = "1";
  for (int i = 0; i < 999; ++i) sum += "+1";
  EXPECT_EQ(refused("constraints", "[\"" + sum + " > 1\"]"), "no error");
  const std::string message = refused("constraints", "[\"" + sum + "+1 > 1\"]");
  EXPECT_THAT(message, HasSubstr("...', at column 2006: more than 1000 operators"));
  EXPECT_LT(message.size(), 400U);
  EXPECT_THAT(refused("constraints", "[\"" + std::string(200000, '-') + "1 > 1\"]"), "no error");
}

TEST(SpaceReader, KnowsObjectives) {
  EXPECT_EQ(refused("objectives", "[latency, energy, latency]"),
            "space.yaml:5:31: objectives.2: 'latency' stands twice");
  EXPECT_THAT(refused("objectives", "[latenc]"),
              StartsWith("space.yaml:5:14: objectives.0: unknown metric 'latenc'; did you mean "
                         "'latency'?"));
  EXPECT_EQ(refused("objectives", "[latency, deadline_misses]"),
            "space.yaml:5:23: objectives.1: no model has a 'deadline' that could be missed");
}

TEST(SpaceReader, KnowsHowPointsAreEvaluated) {
  const auto with = [](const std::string& keys) { return refused("evaluation", "{" + keys + "}"); };
  EXPECT_THAT(
      with("policy: greddy"),
      StartsWith("space.yaml:6:22: evaluation.policy: unknown policy 'greddy'; did you mean "
                 "'greedy'?"));
  EXPECT_THAT(with("objective: time"), HasSubstr("evaluation.objective: "));
  EXPECT_THAT(with("mapper: quick"), HasSubstr("evaluation.mapper: unknown mapper 'quick'"));
  EXPECT_THAT(with("concurrency: much"), HasSubstr("evaluation.concurrency: "));
  EXPECT_THAT(with("precision: w3a3"), HasSubstr("evaluation.precision: "));
}

TEST(SpaceReader, KnowsSearches) {
  const auto with = [](const std::string& keys) { return refused("search", "{" + keys + "}"); };
  EXPECT_THAT(with("method: nsga3"),
              StartsWith("space.yaml:6:18: search.method: unknown search 'nsga3'; did you mean "
                         "'nsga2'?"));
  EXPECT_THAT(with("seed: -1"), HasSubstr("search.seed: -1 is out of range"));
  EXPECT_EQ(with("method: anneal, population: 1"), "no error");
  EXPECT_THAT(with("population: 0"), HasSubstr("expected 1 to 100000"));
  EXPECT_EQ(with("population: 8"), "no error");
  EXPECT_THAT(with("population: 4"),
              HasSubstr("nsga2 takes a population of at least 8 that is a multiple of 4, not 4"));
  EXPECT_THAT(with("method: nsga2, population: 10"), HasSubstr("search.method: nsga2 takes"));
  EXPECT_EQ(with("method: moead, population: 8"), "no error");
  EXPECT_THAT(
      with("method: moead, population: 7"),
      HasSubstr("moead takes a population of at least 8, and more than there are objectives, "
                "not 7"));
}

TEST(SpaceReader, WantsMoreTradeOffsThanObjectives) {
  const SpaceText many = SpaceText().with(
      "objectives",
      "[area, peak_power, bandwidth, buffers, pes, accelerators, latency, energy, edp, power]");
  const auto with = [&](int population) {
    return error_of([&] {
      return many.with("search", "{method: moead, population: " + std::to_string(population) + "}")
          .read();
    });
  };
  EXPECT_EQ(with(11), "no error");
  EXPECT_THAT(with(10), HasSubstr("moead takes a population of at least 11"));
}

TEST(SpaceReader, KnowsWhenToStop) {
  const auto with = [](const std::string& keys) { return refused("stop", "{" + keys + "}"); };
  EXPECT_EQ(with("points: 1, stagnation: 1, time: 1 ms"), "no error");
  EXPECT_THAT(with("points: 0"), HasSubstr("stop.points: 0 is out of range"));
  EXPECT_THAT(with("stagnation: 0"), HasSubstr("stop.stagnation: 0 is out of range"));
  for (const char* const time : {"10", "0 s", "-1 s", "1 GHz", "10 min", "soon"}) {
    EXPECT_THAT(with("time: " + std::string(time)),
                HasSubstr("stop.time: '" + std::string(time) +
                          "' is no time; write a number and a unit, as '600 s'"));
  }
}

TEST(SpaceReader, IsOverriddenByTheCommandLine) {
  SpaceOverrides overrides;
  overrides.method = "random";
  overrides.seed = 9;
  overrides.points = 12;
  overrides.time = base::Seconds(0.1);
  overrides.mapper = accelerators::Effort::kExhaustive;
  const SpaceText text = SpaceText().with("search", "{method: nsga2, seed: 3, population: 12}");
  const Space space = text.read(overrides);
  EXPECT_EQ(space.search.method, "random");
  EXPECT_EQ(space.search.seed, 9U);
  EXPECT_EQ(space.search.population, 12U);
  EXPECT_EQ(space.stop.points, 12U);
  EXPECT_EQ(space.stop.time, base::Seconds(0.1));
  EXPECT_EQ(space.mapper.effort, accelerators::Effort::kExhaustive);
  EXPECT_EQ(SpaceText().read(overrides).search.seed, 9U);
}

TEST(SpaceReader, NamesTheOptionThatIsWrong) {
  const auto overridden = [](const SpaceOverrides& overrides) {
    return error_of([&] { return SpaceText().read(overrides); });
  };
  SpaceOverrides overrides;
  overrides.method = "nsga3";
  EXPECT_THAT(overridden(overrides), StartsWith("--search: search.method: unknown search 'nsga3'"));
  overrides = {};
  overrides.points = std::uint64_t{1} << 60U;
  EXPECT_THAT(overridden(overrides), StartsWith("--points: stop.points: "));
  overrides = {};
  overrides.seed = ~std::uint64_t{0} >> 1U;
  EXPECT_THAT(overridden(overrides), StartsWith("--seed: search.seed: "));
}

TEST(SpaceIdentity, IsOfWhatPointsAreAndOfNothingElse) {
  const auto identity = [](const SpaceText& text) { return text.read().identity; };
  const SpaceText text = SpaceText().with("search", "{seed: 1}").with("stop", "{points: 10}");
  const std::string one = identity(text);
  EXPECT_EQ(identity(text.with("search", "{seed: 2}").with("stop", "")), one);
  EXPECT_EQ(identity(text.with("description", "more")), one);
  EXPECT_EQ(identity(text.with("models", "  [ds_cnn]   # as before")), one);
  EXPECT_NE(identity(text.with("models", "[{model: ds_cnn, weight: 2}]")), one);
  EXPECT_NE(identity(text.with("objectives", "[energy]")), one);
  EXPECT_NE(identity(text.with("constraints", "[area < 1 mm2]")), one);
}

TEST(SpaceSize, IsOfAllParametersUpTo2To63) {
  EXPECT_EQ(SpaceText().read().size(), 3U);
  Space space;
  space.parameters.resize(9);
  for (Parameter& parameter : space.parameters) parameter.choices.resize(128);  // 2^63 in all
  EXPECT_EQ(space.size(), std::uint64_t{1} << 63U);
  space.parameters.emplace_back().choices.resize(1);
  EXPECT_EQ(space.size(), std::uint64_t{1} << 63U);
  space.parameters.back().choices.resize(2);
  EXPECT_EQ(space.size(), std::nullopt);
}

}  // namespace
}  // namespace mensa::explore
