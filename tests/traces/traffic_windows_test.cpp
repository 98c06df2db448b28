#include "traces/traffic_windows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <numeric>

#include "tests/traces/sample_report.h"

namespace mensa::traces {
namespace {

using sim::Activity;
using sim::EventLog;
using sim::Phase;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::int64_t kMicrosecond = 1'000'000;

std::int64_t sum(const std::vector<std::int64_t>& values) {
  return std::accumulate(values.begin(), values.end(), std::int64_t{0});
}

EventLog::Span transfer(Phase phase, std::int64_t start_ps, std::int64_t end_ps,
                        std::int64_t bytes) {
  return {0, phase, Activity::kBusy, {}, 0, start_ps, end_ps, bytes};
}

EventLog log_of(std::vector<EventLog::Span> spans) {
  EventLog log;
  log.tracks = {{"pascal", "DMA"}};
  log.spans = std::move(spans);
  return log;
}

TEST(TrafficWindows, SpreadsATransferEvenlyOverItsTime) {
  const auto traffic = traffic_windows(log_of({
      transfer(Phase::kReadParameters, 0, kMicrosecond / 2, 10),
      transfer(Phase::kReadActivations, kMicrosecond / 2, 3 * kMicrosecond, 500),
      transfer(Phase::kWriteResults, 2 * kMicrosecond, 4 * kMicrosecond, 8),
  }));
  EXPECT_THAT(traffic.bounds_ps,
              ElementsAre(0, kMicrosecond, 2 * kMicrosecond, 3 * kMicrosecond, 4 * kMicrosecond));
  ASSERT_THAT(traffic.groups, SizeIs(1));
  EXPECT_EQ(traffic.groups[0].name, "pascal");
  EXPECT_THAT(traffic.groups[0].read_bytes, ElementsAre(10 + 100, 200, 200, 0));
  EXPECT_THAT(traffic.groups[0].written_bytes, ElementsAre(0, 0, 4, 4));
}

TEST(TrafficWindows, AreAtLeastAMicrosecondAndAtMostAThousand) {
  const auto bounds = [](std::int64_t end_ps) {
    return traffic_windows(log_of({transfer(Phase::kWriteResults, 0, end_ps, 1)})).bounds_ps;
  };
  EXPECT_THAT(bounds(1), ElementsAre(0, 1));
  EXPECT_THAT(bounds(2 * kMicrosecond - 1), ElementsAre(0, 2 * kMicrosecond - 1));
  EXPECT_THAT(bounds(2 * kMicrosecond), ElementsAre(0, kMicrosecond, 2 * kMicrosecond));
  EXPECT_THAT(bounds(1000 * kMicrosecond), SizeIs(1000 + 1));
  EXPECT_THAT(bounds(1001 * kMicrosecond), SizeIs(1000 + 1));
  const std::int64_t hour = 3'600'000'000 * kMicrosecond;
  EXPECT_THAT(bounds(hour), SizeIs(1000 + 1));
  EXPECT_EQ(bounds(hour).back(), hour);
}

TEST(TrafficWindows, RunWithoutTimeHasNone) {
  EXPECT_EQ(traffic_windows(EventLog{}).count(), 0U);
  const auto traffic = traffic_windows(log_of({transfer(Phase::kWriteResults, 0, 0, 1)}));
  EXPECT_EQ(traffic.count(), 0U);
  EXPECT_THAT(traffic.groups, IsEmpty());
}

TEST(TrafficWindows, OnlyTransfersMoveBytes) {
  EventLog log = log_of({transfer(Phase::kCompute, 0, kMicrosecond, 7)});
  EXPECT_THAT(traffic_windows(log).groups, IsEmpty());
}

TEST(TrafficWindows, TracksOfOneGroupCountTogether) {
  const auto traffic = traffic_windows(test::sample_events());
  ASSERT_THAT(traffic.groups, SizeIs(1));  // pavlov moves nothing
  EXPECT_EQ(traffic.groups[0].name, "pascal");
  EXPECT_EQ(sum(traffic.groups[0].read_bytes), 896 + 150'528);
  EXPECT_EQ(sum(traffic.groups[0].written_bytes), 401'408);
}

/// What an accelerator moves is on its track and on that of a memory port.
TEST(TrafficWindows, PortsAreGroupsOfTheirOwn) {
  EventLog log = log_of({transfer(Phase::kReadParameters, 0, kMicrosecond, 10)});
  log.tracks.push_back({"stack.external", "transfers"});
  log.spans.push_back(log.spans.front());
  log.spans.back().track = 1;
  log.spans.back().asked_by = 0;
  const auto traffic = traffic_windows(log);
  ASSERT_THAT(traffic.groups, SizeIs(2));
  EXPECT_EQ(traffic.groups[1].name, "stack.external");
  for (const auto& group : traffic.groups) EXPECT_EQ(sum(group.read_bytes), 10);
}

TEST(TrafficWindows, TransferThatTakesNoTimeCountsWhereItIs) {
  const auto traffic = traffic_windows(log_of({
      transfer(Phase::kWriteResults, kMicrosecond, kMicrosecond, 3),
      transfer(Phase::kWriteResults, 2 * kMicrosecond, 2 * kMicrosecond, 5),
  }));
  EXPECT_THAT(traffic.groups[0].written_bytes, ElementsAre(0, 3 + 5));
}

RC_GTEST_PROP(TrafficWindows, AddUpToTheBytes, ()) {
  std::vector<EventLog::Span> spans;
  std::int64_t bytes = 0;
  const auto count = *rc::gen::inRange<std::size_t>(1, 20);
  for (std::size_t i = 0; i < count; ++i) {
    const auto start = *rc::gen::inRange<std::int64_t>(0, 5'000 * kMicrosecond);
    const auto length = *rc::gen::inRange<std::int64_t>(0, 5'000 * kMicrosecond);
    const auto moved = *rc::gen::inRange<std::int64_t>(0, std::int64_t{1} << 50);
    spans.push_back(transfer(Phase::kReadActivations, start, start + length, moved));
    bytes += moved;
  }
  const auto traffic = traffic_windows(log_of(spans));
  if (traffic.count() == 0) return;
  RC_ASSERT(sum(traffic.groups.at(0).read_bytes) == bytes);
  RC_ASSERT(sum(traffic.groups.at(0).written_bytes) == 0);
  for (const std::int64_t each : traffic.groups[0].read_bytes) RC_ASSERT(each >= 0);
}

}  // namespace
}  // namespace mensa::traces
