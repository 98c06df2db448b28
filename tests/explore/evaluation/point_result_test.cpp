#include "explore/evaluation/point_result.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "models/base/error.h"
#include "tests/explore/store/sample_study.h"

namespace mensa::explore {
namespace {

RC_GTEST_PROP(PointKeys, AreReadBack, (const Point& point)) {
  RC_ASSERT(point_of(key_of(point)) == point);
}

TEST(PointKeys, AreChoicesByComma) {
  EXPECT_EQ(key_of({3, 0, 12}), "3,0,12");
  EXPECT_EQ(key_of({}), "");
  EXPECT_EQ(point_of("4294967295"), Point{4294967295U});
  for (const char* const none : {",", "3,", ",3", "3,,4", "x", "3 4", "-1", "4294967296", "3,x"}) {
    EXPECT_THROW(static_cast<void>(point_of(none)), std::invalid_argument) << none;
  }
}

TEST(PointResultJson, IsReadBack) {
  for (const PointResult& result : {sample_result(), rejected_result(), PointResult()}) {
    const std::string text = nlohmann::json(result).dump();
    EXPECT_TRUE(same(nlohmann::json::parse(text).get<PointResult>(), result)) << text;
    const auto bytes = nlohmann::json::to_cbor(nlohmann::json(result));
    EXPECT_TRUE(same(nlohmann::json::from_cbor(bytes).get<PointResult>(), result));
  }
}

/// As ranks send it: texts come from files of users.
TEST(PointResultJson, IsReadBackFromBytesWithAnyText) {
  PointResult result = rejected_result();
  result.reason = "layer '\xff\xfe' fits nowhere";
  const auto bytes = nlohmann::json::to_cbor(nlohmann::json(result));
  EXPECT_TRUE(same(nlohmann::json::from_cbor(bytes).get<PointResult>(), result));
}

TEST(PointStatuses, HaveWords) {
  for (const PointStatus status :
       {PointStatus::kFeasible, PointStatus::kInfeasible, PointStatus::kFailed}) {
    EXPECT_EQ(point_status_from_string(to_string(status)), status);
  }
  EXPECT_THROW(static_cast<void>(point_status_from_string("good")), base::Error);
}

}  // namespace
}  // namespace mensa::explore
