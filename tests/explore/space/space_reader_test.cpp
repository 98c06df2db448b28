#include "explore/space/space_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "tests/explore/space/refused_space.h"
#include "tests/explore/space/sample_space.h"
#include "tests/models/base/error_of.h"
#include "tests/models/base/temporary_folder.h"

namespace mensa::explore {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

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
