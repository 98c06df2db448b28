// What whole simulations log is what they count, and logging changes nothing.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "sim/modules/sc_time_tools.h"
#include "tests/sim/platform/planned.h"

namespace mensa::sim {
namespace {

using scheduler::Concurrency;
using test::branches;
using test::kBranchesAssignment;
using test::lstm;
using test::numbers;
using test::Planned;
using test::simulation;

using Spans = std::vector<EventLog::Span>;

std::vector<Spans> by_track(const EventLog& log) {
  std::vector<Spans> tracks(log.tracks.size());
  for (const EventLog::Span& span : log.spans) tracks.at(span.track).push_back(span);
  return tracks;
}

TEST(PlatformLog, LoggingChangesNothing) {
  const Planned planned(branches(), "mensa_g", kBranchesAssignment, Concurrency::kLayers);
  SimulationOptions logged;
  logged.log_events = true;
  const std::vector<RunResult> results =
      simulate({simulation(planned, {}, 3), simulation(planned, logged, 3)});
  EXPECT_FALSE(results[0].log.has_value());
  ASSERT_TRUE(results[1].log.has_value());
  EXPECT_EQ(numbers(results[0]), numbers(results[1]));
}

TEST(PlatformLog, SpansOfATrackDoNotOverlap) {
  const Planned planned(branches(), "mensa_g", kBranchesAssignment, Concurrency::kLayers);
  const Planned recurrent(lstm(), "mensa_g", "mensa", Concurrency::kLayers);
  SimulationOptions logged;
  logged.log_events = true;
  const std::vector<RunResult> results =
      simulate({simulation(planned, logged, 3), simulation(recurrent, logged, 2)});
  for (const RunResult& result : results) {
    ASSERT_TRUE(result.log.has_value());
    for (const Spans& spans : by_track(*result.log)) {
      for (std::size_t i = 0; i < spans.size(); ++i) {
        EXPECT_LT(spans[i].start_ps, spans[i].end_ps);
        EXPECT_LE(i == 0 ? 0 : spans[i - 1].end_ps, spans[i].start_ps);
        EXPECT_LE(spans[i].end_ps, to_ps(result.latency));
      }
    }
  }
}

/// A port has a span for every request, from the accelerator and for the layer that asked for it.
TEST(PlatformLog, SpansOfPortsAddUpToTheResult) {
  const Planned planned(branches(), "mensa_g", kBranchesAssignment, Concurrency::kLayers);
  SimulationOptions logged;
  logged.log_events = true;
  const std::vector<RunResult> results = simulate({simulation(planned, logged)});
  const RunResult& result = results[0];
  const EventLog& log = result.log.value();
  for (const PortRun& port : result.ports) {
    const accelerators::MemoryPort& spec = planned.system.port(port.port);
    const std::string label = planned.system.memory(spec.memory).name + "." + spec.name;
    std::int64_t read = 0;
    std::int64_t written = 0;
    std::int64_t busy_ps = 0;
    for (const EventLog::Span& span : log.spans) {
      if (log.tracks[span.track].group != label) continue;
      (span.phase == Phase::kWriteResults ? written : read) += span.bytes;
      busy_ps += span.end_ps - span.start_ps;
      const auto accelerator = result.layers[span.layer].accelerator;
      EXPECT_EQ(log.tracks[span.asked_by.value()].group,
                planned.system.accelerator(accelerator).name);
    }
    EXPECT_GT(read, 0);
    EXPECT_EQ(base::Bytes(read), port.read);
    EXPECT_EQ(base::Bytes(written), port.written);
    EXPECT_EQ(busy_ps, to_ps(port.busy));
  }
}

/// What is logged adds up to what is counted.
TEST(PlatformLog, SpansAddUpToTheResult) {
  const Planned planned(branches(), "mensa_g", kBranchesAssignment, Concurrency::kLayers);
  SimulationOptions logged;
  logged.log_events = true;
  const std::vector<RunResult> results = simulate({simulation(planned, logged)});
  const RunResult& result = results[0];
  std::int64_t read = 0;
  std::int64_t written = 0;
  std::int64_t blocks = 0;
  std::vector<ActivityTimes> activities(result.layers.size());
  for (const EventLog::Span& span : result.log->spans) {
    EXPECT_EQ(span.job, JobId());
    if (span.asked_by) continue;  // of a memory port
    switch (span.phase) {
      case Phase::kLayer:
        ++blocks;
        break;
      case Phase::kReadParameters:
      case Phase::kReadActivations:
        read += span.bytes;
        break;
      case Phase::kWriteResults:
        written += span.bytes;
        break;
      case Phase::kCompute:
      case Phase::kStall:
        activities[span.layer].add(span.activity, span.end_ps - span.start_ps);
        break;
    }
  }
  EXPECT_EQ(blocks, 4);
  for (const LayerRun& layer : result.layers) {
    EXPECT_EQ(activities[layer.layer.index()], layer.activities);
  }
  for (const PortRun& port : result.ports) {
    read -= port.read.value();
    written -= port.written.value();
  }
  EXPECT_EQ(read, 0);
  EXPECT_EQ(written, 0);
  EXPECT_EQ(result.log->layer_names,
            (std::vector<std::vector<std::string>>{{"a", "b", "join", "last"}}));
}

}  // namespace
}  // namespace mensa::sim
