// The trace of an event log made by hand.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "tests/traces/sample_report.h"
#include "traces/report_writer.h"

namespace mensa::traces {
namespace {

using nlohmann::json;
using sim::Activity;
using sim::EventLog;
using sim::Phase;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

std::string written(const Report& report) {
  std::ostringstream out;
  make_writer("perfetto")->write(report, out);
  return out.str();
}

std::string written(EventLog log) {
  Report report = test::sample_report();
  report.events = std::move(log);
  return written(report);
}

/// The events of one kind ("X", "C", "M"), in the file's order.
std::vector<json> events_of(const std::string& text, const std::string& kind) {
  const json trace = json::parse(text);
  std::vector<json> found;
  for (const json& event : trace["traceEvents"]) {
    if (event["ph"] == kind) found.push_back(event);
  }
  return found;
}

/// One track and one layer, with these spans.
EventLog small_log(std::vector<EventLog::Span> spans) {
  EventLog log;
  log.layer_names = {{"conv"}};
  log.tracks = {{"pascal", "array"}};
  log.spans = std::move(spans);
  return log;
}

EventLog::Span compute(std::int64_t start_ps, std::int64_t end_ps) {
  return {0, Phase::kCompute, Activity::kBusy, {}, 0, start_ps, end_ps, 0};
}

/// Names of threads as "process/thread", by (pid, tid).
std::map<std::pair<int, int>, std::string> thread_names(const std::string& text) {
  std::map<int, std::string> processes;
  std::map<std::pair<int, int>, std::string> threads;
  for (const json& event : events_of(text, "M")) {
    const int pid = event["pid"];
    if (event["name"] == "process_name") processes[pid] = event["args"]["name"];
    if (event["name"] != "thread_name") continue;
    threads[{pid, event["tid"]}] =
        processes.at(pid) + '/' + event["args"]["name"].get<std::string>();
  }
  return threads;
}

TEST(PerfettoWriter, SaysWhatItIsOf) {
  const json trace = json::parse(written(test::sample_report()));
  EXPECT_EQ(trace["displayTimeUnit"], "ns");
  EXPECT_EQ(trace["otherData"], json({{"mensa", "1.2.3"}, {"model", "net"}, {"system", "mini"}}));
}

TEST(PerfettoWriter, GroupsAreProcessesAndTracksTheirThreads) {
  std::vector<std::string> names;
  for (const auto& [ids, name] : thread_names(written(test::sample_report()))) {
    names.push_back(name);
  }
  EXPECT_THAT(names, ElementsAre("pascal/layers", "pascal/DMA in", "pascal/array", "pascal/DMA out",
                                 "pavlov/layers", "pavlov/array"));
}

TEST(PerfettoWriter, GroupsComeInTheOrderOfTheirFirstAppearance) {
  EventLog log;
  log.tracks = {{"pavlov", "a"}, {"pascal", "b"}, {"pavlov", "c"}};
  log.counters = {{"stack.external", "queue", ""}, {"pascal", "buffer", "B"}};
  std::vector<std::string> names;
  std::vector<int> order;
  for (const json& event : events_of(written(log), "M")) {
    if (event["name"] == "process_name") names.push_back(event["args"]["name"]);
    if (event["name"] == "process_sort_index") order.push_back(event["args"]["sort_index"]);
  }
  EXPECT_THAT(names, ElementsAre("pavlov", "pascal", "stack.external"));
  EXPECT_THAT(order, ElementsAre(1, 2, 3));
}

// Perfetto names threads by their id alone, and takes that with its process's id for the main one.
TEST(PerfettoWriter, IdsOfThreadsDifferFromAllOthers) {
  std::set<int> ids;
  std::size_t count = 0;
  for (const json& event : events_of(written(test::sample_report()), "M")) {
    if (event["name"] == "process_name") ids.insert(event["pid"].get<int>());
    if (event["name"] == "thread_name") ids.insert(event["tid"].get<int>());
    if (event["name"] == "process_name" || event["name"] == "thread_name") ++count;
  }
  EXPECT_THAT(ids, SizeIs(count));
  EXPECT_FALSE(ids.contains(0));
}

TEST(PerfettoWriter, TimesAreInMicrosecondsToThePicosecond) {
  const std::int64_t hour = 3'600'000'000'000'000;
  const std::string text =
      written(small_log({compute(0, 1), compute(1, 1'500'001), compute(hour, hour + 1'000'000)}));
  EXPECT_THAT(text, AllOf(HasSubstr(R"("ts":0.000000,"dur":0.000001,)"),
                          HasSubstr(R"("ts":0.000001,"dur":1.500000,)"),
                          HasSubstr(R"("ts":3600000000.000000,"dur":1.000000,)")));
}

TEST(PerfettoWriter, NamesSpansByWhatTheyDo) {
  std::vector<std::string> lines;
  const std::string text = written(test::sample_report());
  const auto threads = thread_names(text);
  for (const json& event : events_of(text, "X")) {
    lines.push_back(threads.at({event["pid"], event["tid"]}) + ": " +
                    event["name"].get<std::string>() + " (" + event["cat"].get<std::string>() +
                    ") " + event["args"].dump());
  }
  EXPECT_THAT(
      lines,
      ElementsAre(
          R"(pascal/layers: stem/conv (layer) {"layer":"stem/conv"})",
          R"(pascal/DMA in: parameters (read_parameters) {"bytes":896,"layer":"stem/conv"})",
          R"(pascal/DMA in: activations (read_activations) {"bytes":150528,"layer":"stem/conv"})",
          R"(pascal/array: waits for parameters (stall) {"layer":"stem/conv"})",
          R"(pascal/array: waits for activations (stall) {"layer":"stem/conv"})",
          R"(pascal/array: stem/conv (compute) {"layer":"stem/conv"})",
          R"(pascal/DMA out: results (write_results) {"bytes":401408,"layer":"stem/conv"})",
          R"(pavlov/layers: a, "quoted" pool (layer) {"layer":"a, \"quoted\" pool"})",
          R"(pavlov/array: waits for others' transfers (stall) {"layer":"a, \"quoted\" pool"})",
          R"(pavlov/array: a, "quoted" pool (compute) {"layer":"a, \"quoted\" pool"})"));
}

TEST(PerfettoWriter, EveryStallSaysWhatItWaitsFor) {
  std::set<std::string> names;
  for (const Activity activity : sim::kAllActivities) {
    const std::string text =
        activity == Activity::kBusy
            ? ""
            : written(small_log({{0, Phase::kStall, activity, {}, 0, 0, 1, 0}}));
    if (text.empty()) continue;
    const json event = events_of(text, "X").at(0);
    EXPECT_THAT(event["name"].get<std::string>(), testing::StartsWith("waits for "));
    names.insert(event["name"].get<std::string>());
  }
  EXPECT_THAT(names, SizeIs(sim::kActivityCount - 1));
  EXPECT_THROW(
      static_cast<void>(written(small_log({{0, Phase::kStall, Activity::kBusy, {}, 0, 0, 1, 0}}))),
      std::logic_error);
}

TEST(PerfettoWriter, SaysTheInferenceWhereThereAreSeveral) {
  EventLog log = small_log({compute(0, 1), compute(1, 2)});
  EXPECT_THAT(written(log), Not(HasSubstr("inference")));
  log.spans[1].job.job = 1;
  EXPECT_EQ(events_of(written(log), "X")[0]["args"], json({{"layer", "conv"}, {"inference", 0}}));
  EXPECT_EQ(events_of(written(log), "X")[1]["args"], json({{"layer", "conv"}, {"inference", 1}}));
}

TEST(PerfettoWriter, SaysTheStreamWhereThereAreSeveral) {
  EventLog log = small_log({compute(0, 1), compute(1, 2)});
  EXPECT_THAT(written(log), Not(HasSubstr("stream")));
  log.layer_names.push_back({"lstm"});
  log.spans[1].job.stream = 1;
  EXPECT_EQ(events_of(written(log), "X")[0]["args"], json({{"layer", "conv"}, {"stream", 0}}));
  EXPECT_EQ(events_of(written(log), "X")[1]["args"], json({{"layer", "lstm"}, {"stream", 1}}));
}

TEST(PerfettoWriter, NamesAreEscapedAndNeedNotBeUtf8) {
  EventLog log = small_log({compute(0, 1)});
  const std::string name = "a\\\"\n\x01{}";
  log.layer_names = {{name + "caf\xe9"}};
  log.tracks = {{name, name}};
  log.counters = {{name, name, name}};
  log.samples = {{0, 0, 5}};
  Report report = test::sample_report();
  report.events = log;
  report.model.name = report.system.name = name;
  const std::string text = written(report);
  EXPECT_EQ(events_of(text, "X")[0]["name"], name + "caf\xef\xbf\xbd");
  EXPECT_EQ(events_of(text, "C")[0]["name"], name);
  EXPECT_EQ(events_of(text, "C")[0]["args"][name], 5);
  EXPECT_EQ(thread_names(text).begin()->second, name + '/' + name);
  EXPECT_EQ(json::parse(text)["otherData"]["model"], name);
}

TEST(PerfettoWriter, SpansOfATrackAreInOrderAndDoNotOverlap) {
  Report report = test::sample_report();
  std::reverse(report.events->spans.begin(), report.events->spans.end());
  const std::string text = written(report);
  EXPECT_EQ(text, written(test::sample_report()));
  std::map<int, double> ends;
  for (const json& event : events_of(text, "X")) {
    double& end = ends[event["tid"]];
    const double start = event["ts"];
    EXPECT_GE(start, end - 1e-9) << event;
    end = start + event["dur"].get<double>();
  }
  EXPECT_THAT(ends, SizeIs(6));
}

TEST(PerfettoWriter, OverlapIsAFaultOfOurs) {
  EXPECT_NO_THROW(static_cast<void>(written(small_log({compute(0, 5), compute(5, 6)}))));
  EXPECT_NO_THROW(static_cast<void>(written(small_log({compute(5, 6), compute(5, 5)}))));
  EXPECT_THROW(static_cast<void>(written(small_log({compute(0, 5), compute(4, 6)}))),
               std::logic_error);
  EXPECT_THROW(static_cast<void>(written(small_log({compute(2, 1)}))), std::logic_error);
  EXPECT_THROW(static_cast<void>(written(small_log({compute(-1, 1)}))), std::logic_error);
}

TEST(PerfettoWriter, SpansOfAMemoryPortSayWhoAskedForThem) {
  EventLog log = small_log({compute(0, 1)});
  log.tracks.push_back({"stack.external", "transfers"});
  log.spans.push_back({1, Phase::kReadParameters, Activity::kBusy, {}, 0, 0, 1, 64});
  log.spans.back().asked_by = 0;
  const json span = events_of(written(log), "X").at(1);
  EXPECT_EQ(span["name"], "parameters");
  EXPECT_EQ(span["args"], json({{"layer", "conv"}, {"accelerator", "pascal"}, {"bytes", 64}}));
}

TEST(PerfettoWriter, CountersHaveTheirUnit) {
  EventLog log = test::sample_events();
  log.counters.push_back({"pavlov", "queue", ""});
  log.samples.push_back({1, 7, -3});
  const auto events = events_of(written(log), "C");
  EXPECT_EQ(events[1]["name"], "buffer activations");
  EXPECT_EQ(events[1]["ts"], 9.333333);
  EXPECT_EQ(events[1]["args"], json({{"B", 150'528}}));
  EXPECT_EQ(events[3]["args"], json({{"value", -3}}));
  EXPECT_NE(events[1]["pid"], events[3]["pid"]);
}

/// The bytes under a bandwidth counter.
double area_of(const std::vector<json>& events, const std::string& key) {
  double bytes = 0;
  for (std::size_t i = 0; i + 1 < events.size(); ++i) {
    const double us = events[i + 1]["ts"].get<double>() - events[i]["ts"].get<double>();
    bytes += events[i]["args"][key].get<double>() * 1e9 * us * 1e-6;
  }
  return bytes;
}

TEST(PerfettoWriter, BandwidthAddsUpToTheBytes) {
  auto events = events_of(written(test::sample_report()), "C");
  std::erase_if(events, [](const json& event) { return event["name"] != "bandwidth"; });
  ASSERT_FALSE(events.empty());
  EXPECT_EQ(events.front()["ts"], 0);
  EXPECT_EQ(events.front()["args"], json({{"read GB/s", 0.896}, {"written GB/s", 0}}));
  EXPECT_EQ(events.back()["args"], json({{"read GB/s", 0}, {"written GB/s", 0}}));
  EXPECT_NEAR(area_of(events, "read GB/s"), 896 + 150'528, 1e-3);
  EXPECT_NEAR(area_of(events, "written GB/s"), 401'408, 1e-3);
  for (std::size_t i = 0; i + 1 < events.size(); ++i) {
    EXPECT_NE(events[i]["args"], events[i + 1]["args"]) << "no need to repeat it";
  }
}

TEST(PerfettoWriter, LogWithoutEventsIsATraceWithoutEvents) {
  EXPECT_THAT(json::parse(written(EventLog{}))["traceEvents"], IsEmpty());
}

TEST(PerfettoWriter, ManyEventsComeWhole) {
  EventLog log = small_log({});
  for (std::int64_t i = 0; i < 10'000; ++i) log.spans.push_back(compute(i, i + 1));
  EXPECT_THAT(events_of(written(log), "X"), SizeIs(10'000));
}

TEST(PerfettoWriter, ReportWithoutEventsIsAFaultOfOurs) {
  EXPECT_TRUE(find_writer("perfetto").needs_events);
  EXPECT_FALSE(find_writer("json").needs_events);
  Report report = test::sample_report();
  report.events.reset();
  EXPECT_THROW(static_cast<void>(written(report)), std::logic_error);
}

}  // namespace
}  // namespace mensa::traces
