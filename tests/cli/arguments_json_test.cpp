#include "cli/arguments_json.h"

#include <gtest/gtest.h>

namespace mensa::cli {
namespace {

using Json = nlohmann::json;

/// Fields of one type with different values: none takes another's place.
TEST(ArgumentsJson, ARunIsReadAsItWasWritten) {
  const RunArguments run{{"m", 2, {{"a", 3}, {"b", 4}}}, "s", "p", "o", "x", "y", "g", "c", 5,
                         {{"k", "v"}, {"k", "w"}}};
  const auto read = Json(run).get<RunArguments>();
  EXPECT_EQ(read.model.model, "m");
  EXPECT_EQ(read.model.batch, 2);
  EXPECT_EQ(read.model.dimensions, run.model.dimensions);
  EXPECT_EQ(read.system, "s");
  EXPECT_EQ(read.policy, "p");
  EXPECT_EQ(read.objective, "o");
  EXPECT_EQ(read.mapper, "x");
  EXPECT_EQ(read.memory, "y");
  EXPECT_EQ(read.grain, "g");
  EXPECT_EQ(read.concurrency, "c");
  EXPECT_EQ(read.inferences, 5);
  EXPECT_EQ(read.parameters, run.parameters);
}

TEST(ArgumentsJson, AWorkloadIsReadAsItWasWritten) {
  const WorkloadArguments workload{"f", "s", "p", "o", "x", "y", "c", {{"k", "v"}}, "t"};
  const auto read = Json(workload).get<WorkloadArguments>();
  EXPECT_EQ(Json(read), Json(workload));
  EXPECT_EQ(read.file, "f");
  EXPECT_EQ(read.concurrency, "c");
  EXPECT_EQ(read.parameters, workload.parameters);
  EXPECT_EQ(read.format, "t");
}

TEST(ArgumentsJson, WhatIsNoneIsRefused) {
  EXPECT_THROW(static_cast<void>(Json::array({"f"}).get<WorkloadArguments>()), Json::exception);
  EXPECT_THROW(static_cast<void>(Json(3).get<RunArguments>()), Json::exception);
}

}  // namespace
}  // namespace mensa::cli
