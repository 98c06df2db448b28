#include "cli/arguments_json.h"

#include <gtest/gtest.h>

namespace mensa::cli {
namespace {

using Json = nlohmann::json;

/// Fields of one type with different values: none takes another's place.
TEST(ArgumentsJson, ARunIsReadAsItWasWritten) {
  onnx_import::ImportOptions options;
  options.batch = 2;
  options.dimensions = {{"a", 3}, {"b", 4}};
  options.inputs = {{"i", {1, 2}}};
  options.constants = {{"c", {std::nullopt, std::vector<std::int64_t>{6}}},
                       {"d", {std::vector<std::int64_t>{1}, std::vector<double>{0.1}}}};
  options.branches = {{"if", onnx_import::Branch::kElse}};
  options.fuse = false;
  options.unsupported_on_host = true;
  options.prune = onnx_import::PruneRequest{onnx_import::PruneGroups{2, 4}, "conv"};
  options.synthetic_weights = 8;
  const FeedbackRound round{4, {{"a", 0.5}}, {{"b", 0.25}}, 1.5, 2.5, 3.5, "plan"};
  const RunArguments run{{"m", options},
                         "s",
                         "p",
                         "o",
                         "x",
                         "y",
                         "g",
                         "c",
                         "b",
                         5,
                         {{"k", "v"}, {"k", "w"}},
                         3,
                         {{"c", 0.75}},
                         {round},
                         6,
                         7,
                         {"w4a8", {{"conv", "fp16", "f:1:2"}}}};
  const auto read = Json(run).get<RunArguments>();
  EXPECT_EQ(read.model.model, "m");
  EXPECT_EQ(read.model.options.batch, 2);
  EXPECT_EQ(read.model.options.dimensions, options.dimensions);
  EXPECT_EQ(read.model.options.inputs, options.inputs);
  EXPECT_EQ(read.model.options.constants.at("c").values, options.constants.at("c").values);
  EXPECT_EQ(read.model.options.constants.at("c").shape, std::nullopt);
  EXPECT_EQ(read.model.options.constants.at("d").values, options.constants.at("d").values);
  EXPECT_EQ(read.model.options.constants.at("d").shape, options.constants.at("d").shape);
  EXPECT_EQ(read.model.options.branches, options.branches);
  EXPECT_FALSE(read.model.options.weights_optional);
  EXPECT_FALSE(read.model.options.fuse);
  EXPECT_TRUE(read.model.options.unsupported_on_host);
  ASSERT_TRUE(read.model.options.prune);
  EXPECT_EQ(read.model.options.prune->spec, options.prune->spec);
  EXPECT_EQ(read.model.options.prune->layers, "conv");
  EXPECT_EQ(read.model.options.synthetic_weights, 8);
  EXPECT_EQ(read.system, "s");
  EXPECT_EQ(read.policy, "p");
  EXPECT_EQ(read.objective, "o");
  EXPECT_EQ(read.mapper, "x");
  EXPECT_EQ(read.memory, "y");
  EXPECT_EQ(read.grain, "g");
  EXPECT_EQ(read.concurrency, "c");
  EXPECT_EQ(read.bound, "b");
  EXPECT_EQ(read.inferences, 5);
  EXPECT_EQ(read.parameters, run.parameters);
  EXPECT_EQ(read.planned_inferences, 3);
  EXPECT_EQ(read.bandwidth_shares, run.bandwidth_shares);
  ASSERT_EQ(read.rounds.size(), 1U);
  EXPECT_EQ(read.rounds.front().planned_inferences, 4);
  EXPECT_EQ(read.rounds.front().planned_shares, round.planned_shares);
  EXPECT_EQ(read.rounds.front().observed_shares, round.observed_shares);
  EXPECT_EQ(read.rounds.front().seconds, 1.5);
  EXPECT_EQ(read.rounds.front().picojoules, 2.5);
  EXPECT_EQ(read.rounds.front().score, 3.5);
  EXPECT_EQ(read.rounds.front().plan, "plan");
  EXPECT_EQ(read.uncertainty_samples, 6);
  EXPECT_EQ(read.seed, 7);
  EXPECT_EQ(read.precisions.otherwise, "w4a8");
  ASSERT_EQ(read.precisions.layers.size(), 1U);
  EXPECT_EQ(read.precisions.layers[0].layers, "conv");
  EXPECT_EQ(read.precisions.layers[0].precision, "fp16");
  EXPECT_EQ(read.precisions.layers[0].place, "f:1:2");
}

TEST(ArgumentsJson, AWorkloadIsReadAsItWasWritten) {
  const WorkloadArguments workload{"f", "s", "p",          "o", "x",
                                   "y", "c", {{"k", "v"}}, "t", {"w8a8", {}}};
  const auto read = Json(workload).get<WorkloadArguments>();
  EXPECT_EQ(Json(read), Json(workload));
  EXPECT_EQ(read.file, "f");
  EXPECT_EQ(read.concurrency, "c");
  EXPECT_EQ(read.parameters, workload.parameters);
  EXPECT_EQ(read.format, "t");
  EXPECT_EQ(read.precisions.otherwise, "w8a8");
}

TEST(ArgumentsJson, WhatIsNoneIsRefused) {
  EXPECT_THROW(static_cast<void>(Json::array({"f"}).get<WorkloadArguments>()), Json::exception);
  EXPECT_THROW(static_cast<void>(Json(3).get<RunArguments>()), Json::exception);
}

}  // namespace
}  // namespace mensa::cli
