#include "explore/space/names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/explore/space/sample_space.h"

namespace mensa::explore {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Not;

TEST(ConstraintNames, StandForParametersMetricsAndTheirParts) {
  const Space space = SpaceText().read();
  const auto meaning = [&](const char* name) { return resolve_name(space, name); };
  ASSERT_TRUE(meaning("array"));
  EXPECT_FALSE(meaning("array")->metric);
  EXPECT_FALSE(meaning("array.pes")->metric);
  EXPECT_EQ(meaning("area")->metric, Metric::kArea);
  EXPECT_EQ(meaning("area")->of, "");
  EXPECT_EQ(meaning("buffers.pavlov")->metric, Metric::kBuffers);
  EXPECT_EQ(meaning("buffers.pavlov")->of, "pavlov");
  EXPECT_EQ(meaning("edp.ds_cnn")->of, "ds_cnn");
}

TEST(ConstraintNames, OfNothingAreNone) {
  const Space space = SpaceText().read();
  for (const char* const name : {"", ".", "area.", "area.ds_cnn", "latency.pascal", "power.ds_cnn",
                                 "accelerators.pascal", "array.depth", "Area", "bandwidth.stack"}) {
    EXPECT_FALSE(resolve_name(space, name)) << name;
  }
}

TEST(ConstraintNames, AreAllKnown) {
  const Space space = SpaceText().read();
  const std::vector<std::string> all = known_names(space, true);
  for (const std::string& name : all) EXPECT_TRUE(resolve_name(space, name)) << name;
  EXPECT_THAT(all, Contains("latency.ds_cnn"));
  EXPECT_THAT(all, Contains("pes.jacquard"));
  EXPECT_THAT(known_names(space, false),
              ElementsAre("array", "array.rows", "array.columns", "array.pes"));
  EXPECT_THAT(known_names(space, false), Not(Contains("area")));
}

/// Names of models may have dots, as those of files have.
TEST(ConstraintNames, OfModelsMayHaveDots) {
  Space space = SpaceText().read();
  space.models[0].name = "ds.cnn.v2";
  ASSERT_TRUE(resolve_name(space, "latency.ds.cnn.v2"));
  EXPECT_EQ(resolve_name(space, "latency.ds.cnn.v2")->of, "ds.cnn.v2");
}

}  // namespace
}  // namespace mensa::explore
