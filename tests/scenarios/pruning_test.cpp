// Weights as if they had been pruned.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/models/base/temporary_folder.h"
#include "tests/scenarios/process.h"

namespace mensa {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

using Json = nlohmann::json;

Json json_of(std::vector<std::string> arguments) {
  arguments.insert(arguments.end(), {"--format", "json"});
  const Outcome outcome = mensa(arguments);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  return Json::parse(outcome.out);
}

TEST(Pruning, IsShownByInspect) {
  const Json json = json_of({"inspect", "ds_cnn", "--prune", "0.7", "--synthetic-weights", "1"});
  std::size_t layers = 0;
  for (const Json& layer : json["layers"]) {
    if (layer["macs"] == 0) continue;
    ++layers;
    const Json& weights = layer["parameters"][0];
    EXPECT_EQ(weights["density_origin"], "what-if");
    EXPECT_NEAR(weights["density"].get<double>(), 0.3, 0.01);
  }
  EXPECT_EQ(layers, 10U);
}

TEST(Pruning, TakesTheLayersThatAreChosen) {
  const Json json = json_of(
      {"inspect", "ds_cnn", "--prune", "2:4", "--layers", "pointwise", "--synthetic-weights", "1"});
  std::size_t pruned = 0;
  for (const Json& layer : json["layers"]) {
    if (layer["macs"] == 0) continue;
    const bool chosen = layer["name"].get<std::string>().find("pointwise") != std::string::npos;
    const Json& weights = layer["parameters"][0];
    EXPECT_EQ(weights["density_origin"], chosen ? "what-if" : "unknown") << layer["name"];
    if (!chosen) continue;
    ++pruned;
    EXPECT_EQ(weights["structure"]["pattern"], Json({{"nonzeros", 2}, {"of", 4}}));
  }
  EXPECT_EQ(pruned, 4U);
}

TEST(Pruning, IsInReports) {
  const std::vector<std::string> options = {"--mapper", "fast", "--prune", "channel:0.3"};
  std::vector<std::string> arguments = {"simulate", "ds_cnn"};
  arguments.insert(arguments.end(), options.begin(), options.end());
  const Outcome table = mensa(arguments);
  ASSERT_EQ(table.exit_code, 0) << table.err;
  EXPECT_THAT(table.out, AllOf(HasSubstr("weights pruned as --prune channel:0.3 says"),
                               HasSubstr("accuracy is unknown"), Not(HasSubstr("synthetic"))));
  arguments.insert(arguments.end(), {"--layers", "point", "--synthetic-weights", "5"});
  const Json json = json_of(arguments);
  EXPECT_EQ(json["provenance"]["options"]["prune"],
            Json({{"spec", "channel:0.3"}, {"layers", "point"}}));
  EXPECT_EQ(json["provenance"]["options"]["synthetic_weights"], 5);
  EXPECT_THAT(json["model"]["notes"].dump(),
              AllOf(HasSubstr("4 of 10 layers with weights"), HasSubstr("from seed 5")));
  const Json plain = json_of({"simulate", "ds_cnn", "--mapper", "fast"});
  EXPECT_EQ(plain["provenance"]["options"]["prune"], nullptr);
  EXPECT_EQ(plain["provenance"]["options"]["synthetic_weights"], nullptr);
  EXPECT_EQ(json["totals"]["macs"], plain["totals"]["macs"]);

  const Json compared =
      json_of({"compare", "ds_cnn", "--policies", "greedy", "--mapper", "fast", "--prune", "0.5"});
  EXPECT_EQ(compared["model_options"]["prune"], Json({{"spec", "0.5"}, {"layers", nullptr}}));
  const Json explained = json_of({"explain", "ds_cnn", "--layer", "classifier", "--mapper", "fast",
                                  "--prune", "0.5", "--synthetic-weights", "0"});
  EXPECT_EQ(explained["model_options"]["synthetic_weights"], 0);
}

TEST(Pruning, IsForModelsOfAWorkload) {
  const TemporaryFolder folder;
  const auto run = [&](const std::string& of_model) {
    return mensa(
        {"workload",
         folder.write("w.yaml", "schema: mensa-workload/1\nmodels:\n  m: {model: ds_cnn, " +
                                    of_model + "arrivals: [0 ms]}\n"),
         "--mapper", "fast"});
  };
  const Outcome pruned = run("prune: \"2:4\", layers: point, synthetic_weights: 3, ");
  ASSERT_EQ(pruned.exit_code, 0) << pruned.err;
  EXPECT_THAT(pruned.out, HasSubstr("m: what-if: weights pruned as --prune 2:4 says"));
  EXPECT_THAT(run("prune: 5:4, ").err, AllOf(HasSubstr("w.yaml:3"), HasSubstr("no 5 can stay")));
  EXPECT_THAT(run("layers: point, ").err, HasSubstr("says which layers 'prune' is for"));
  EXPECT_THAT(run("prune: 0.5, layers: \"(\", ").err, HasSubstr("is no regular expression"));
}

TEST(Pruning, MistakesAreUsageErrors) {
  for (const auto& [option, value, expected] : std::vector<std::array<std::string, 3>>{
           {"--prune", "5:4", "--prune: '5:4': of 4 neighbours no 5 can stay"},
           {"--prune", "most", "--prune: 'most' is no way to prune"},
           {"--prune", "1", "--prune: '1': the share of zeros must be at least 0 and below 1"},
           {"--layers", "conv", "--layers: says which layers --prune is for"},
           {"--synthetic-weights", "-1", "--synthetic-weights: '-1' is no integer"},
           {"--synthetic-weights", "x", "--synthetic-weights: 'x' is no integer"}}) {
    const Outcome outcome = mensa({"simulate", "ds_cnn", option, value});
    EXPECT_EQ(outcome.exit_code, 2) << option << " " << value;
    EXPECT_THAT(outcome.err, HasSubstr(expected));
  }
  const Outcome outcome = mensa({"inspect", "ds_cnn", "--prune", "0.5", "--layers", "conv("});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("--layers: 'conv(' is no regular expression: "));
}

TEST(Pruning, LayersAreOfTheModel) {
  const auto error_of = [](const std::string& layers) {
    const Outcome outcome = mensa({"inspect", "ds_cnn", "--prune", "0.5", "--layers", layers});
    EXPECT_EQ(outcome.exit_code, 1) << layers;
    return outcome.err;
  };
  EXPECT_THAT(error_of("clasifier"), AllOf(HasSubstr("ds_cnn.onnx"),
                                           HasSubstr("--layers 'clasifier' is found in the name of "
                                                     "no layer; did you mean 'classifier'?")));
  EXPECT_THAT(error_of("pool"), HasSubstr("finds 1 layer(s), none of which has weights"));
}

}  // namespace
}  // namespace mensa
