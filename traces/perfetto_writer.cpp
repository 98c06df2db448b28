#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <ostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "traces/builtins.h"
#include "traces/traffic_windows.h"

// Chrome's trace event format, as Perfetto reads it; docs/trace-format.md says what is in it.
// Source: "Trace Event Format", Google, linked from
// https://perfetto.dev/docs/getting-started/other-formats

namespace mensa::traces {
namespace {

using sim::Activity;
using sim::EventLog;
using sim::Phase;

/// With its quotes. Names come from the user's files and need not be UTF-8, which JSON must be.
std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// The format's times are in microseconds; six digits behind the point keep every picosecond.
std::string microseconds(std::int64_t picoseconds) {
  constexpr std::int64_t kPsPerUs = 1'000'000;
  return fmt::format("{}.{:06}", picoseconds / kPsPerUs, picoseconds % kPsPerUs);
}

std::string_view category(Phase phase) {
  switch (phase) {
    case Phase::kLayer:
      return "layer";
    case Phase::kReadParameters:
      return "read_parameters";
    case Phase::kReadActivations:
      return "read_activations";
    case Phase::kCompute:
      return "compute";
    case Phase::kWriteResults:
      return "write_results";
    case Phase::kStall:
      return "stall";
  }
  throw std::logic_error("unknown phase");
}

std::string_view stall_name(Activity activity) {
  switch (activity) {
    case Activity::kBusy:
      break;
    case Activity::kParameters:
      return "waits for parameters";
    case Activity::kActivations:
      return "waits for activations";
    case Activity::kWriteBack:
      return "waits for write-back";
    case Activity::kContention:
      return "waits for others' transfers";
    case Activity::kDependence:
      return "waits for other layers";
    case Activity::kLaunch:
      return "waits for launch";
    case Activity::kIdle:
      return "waits for work";
  }
  throw std::logic_error("a stall in the event log does not say what it waits for");
}

/// A JSON array, one event a line. It goes to the stream piece by piece: there may be a million.
class EventArray {
 public:
  explicit EventArray(std::ostream& out) : out_(out) { text_.push_back('['); }

  template <class... Args>
  void add(fmt::format_string<Args...> format, Args&&... args) {
    constexpr std::size_t kPieceBytes = 64UL * 1024;
    constexpr std::string_view kSeparator = ",\n";
    text_.append(kSeparator.substr(is_empty_ ? 1 : 0));
    is_empty_ = false;
    fmt::format_to(std::back_inserter(text_), format, std::forward<Args>(args)...);
    if (text_.size() >= kPieceBytes) flush();
  }
  void close() {
    text_.append(std::string_view("\n]"));
    flush();
  }

 private:
  void flush() {
    out_.write(text_.data(), static_cast<std::streamsize>(text_.size()));
    text_.clear();
  }

  std::ostream& out_;
  fmt::memory_buffer text_;
  bool is_empty_ = true;
};

/// Writes the events of one log. A group of tracks is a process of the format, a track one of its
/// threads. Ids of threads differ among all processes, and from those of processes: Perfetto names
/// threads by their id alone, and takes the thread with its process's id for the main one.
class LogPrinter {
 public:
  LogPrinter(const EventLog& log, EventArray& events) : log_(log), events_(events) {
    for (const EventLog::Track& track : log.tracks) note_group(track.group);
    for (const EventLog::Counter& counter : log.counters) note_group(counter.group);
    for (const std::vector<std::string>& names : log.layer_names) {
      std::vector<std::string>& stream = layer_names_.emplace_back();
      for (const std::string& name : names) stream.push_back(quoted(name));
    }
    has_inferences_ = std::any_of(log.spans.begin(), log.spans.end(),
                                  [](const EventLog::Span& span) { return span.job.job > 0; });
  }

  void print() {
    print_metadata();
    print_spans();
    print_counters();
    print_bandwidth();
  }

 private:
  void note_group(const std::string& group) {
    if (std::find(groups_.begin(), groups_.end(), group) == groups_.end()) groups_.push_back(group);
  }
  /// From 1 on: 0 is the idle process of operating systems.
  [[nodiscard]] std::size_t pid(const std::string& group) const {
    const auto found = std::find(groups_.begin(), groups_.end(), group);
    return static_cast<std::size_t>(found - groups_.begin()) + 1;
  }
  [[nodiscard]] std::size_t tid(std::size_t track) const { return groups_.size() + 1 + track; }

  void print_metadata() {
    for (const std::string& group : groups_) {
      const std::size_t id = pid(group);
      events_.add(R"({{"ph":"M","pid":{},"name":"process_name","args":{{"name":{}}}}})", id,
                  quoted(group));
      events_.add(R"({{"ph":"M","pid":{},"name":"process_sort_index","args":{{"sort_index":{}}}}})",
                  id, id);
    }
    for (std::size_t i = 0; i < log_.tracks.size(); ++i) {
      const EventLog::Track& track = log_.tracks[i];
      events_.add(R"({{"ph":"M","pid":{},"tid":{},"name":"thread_name","args":{{"name":{}}}}})",
                  pid(track.group), tid(i), quoted(track.name));
      events_.add(
          R"({{"ph":"M","pid":{},"tid":{},"name":"thread_sort_index","args":{{"sort_index":{}}}}})",
          pid(track.group), tid(i), i);
    }
  }

  /// Track by track, each in the order of time.
  void print_spans() {
    std::vector<const EventLog::Span*> spans;
    spans.reserve(log_.spans.size());
    for (const EventLog::Span& span : log_.spans) spans.push_back(&span);
    std::stable_sort(spans.begin(), spans.end(), [](const auto* a, const auto* b) {
      return std::tie(a->track, a->start_ps, a->end_ps) <
             std::tie(b->track, b->start_ps, b->end_ps);
    });
    const EventLog::Span* previous = nullptr;
    for (const EventLog::Span* span : spans) {
      const bool opens_track = previous == nullptr || previous->track != span->track;
      const EventLog::Track& track = log_.tracks.at(span->track);
      if (span->start_ps < (opens_track ? 0 : previous->end_ps) || span->end_ps < span->start_ps) {
        throw std::logic_error(fmt::format("{}, {}: a span from {} to {} ps is out of order",
                                           track.group, track.name, span->start_ps, span->end_ps));
      }
      print_span(*span, pid(track.group));
      previous = span;
    }
  }

  void print_span(const EventLog::Span& span, std::size_t process) {
    const std::string& layer = layer_names_.at(span.job.stream).at(span.layer);
    std::string arguments = fmt::format(R"("layer":{})", layer);
    if (layer_names_.size() > 1) arguments += fmt::format(R"(,"stream":{})", span.job.stream);
    if (has_inferences_) arguments += fmt::format(R"(,"inference":{})", span.job.job);
    if (span.asked_by) {
      arguments +=
          fmt::format(R"(,"accelerator":{})", quoted(log_.tracks.at(*span.asked_by).group));
    }
    if (span.bytes > 0) arguments += fmt::format(R"(,"bytes":{})", span.bytes);
    events_.add(
        R"({{"ph":"X","pid":{},"tid":{},"ts":{},"dur":{},"name":{},"cat":"{}","args":{{{}}}}})",
        process, tid(span.track), microseconds(span.start_ps),
        microseconds(span.end_ps - span.start_ps), span_name(span, layer), category(span.phase),
        arguments);
  }

  static std::string span_name(const EventLog::Span& span, const std::string& layer) {
    switch (span.phase) {
      case Phase::kLayer:
      case Phase::kCompute:
        return layer;
      case Phase::kReadParameters:
        return R"("parameters")";
      case Phase::kReadActivations:
        return R"("activations")";
      case Phase::kWriteResults:
        return R"("results")";
      case Phase::kStall:
        return fmt::format("\"{}\"", stall_name(span.activity));
    }
    throw std::logic_error("unknown phase");
  }

  /// Perfetto calls a counter by its name and its key under "args"; so the unit is the key.
  void print_counters() {
    for (const EventLog::Sample& sample : log_.samples) {
      const EventLog::Counter& counter = log_.counters.at(sample.counter);
      events_.add(R"({{"ph":"C","pid":{},"ts":{},"name":{},"args":{{{}:{}}}}})", pid(counter.group),
                  microseconds(sample.at_ps), quoted(counter.name),
                  quoted(counter.unit.empty() ? "value" : counter.unit), sample.value);
    }
  }

  /// A counter keeps its value until its next event, so that only changes are written.
  void print_bandwidth() {
    const TrafficWindows traffic = traffic_windows(log_);
    for (const TrafficWindows::Group& group : traffic.groups) {
      std::string previous;
      const auto sample = [&](std::int64_t at_ps, double read, double written) {
        std::string values = fmt::format(R"("read GB/s":{},"written GB/s":{})", read, written);
        if (values == previous) return;
        events_.add(R"({{"ph":"C","pid":{},"ts":{},"name":"bandwidth","args":{{{}}}}})",
                    pid(group.name), microseconds(at_ps), values);
        previous = std::move(values);
      };
      for (std::size_t i = 0; i < traffic.count(); ++i) {
        const std::int64_t start = traffic.bounds_ps[i];
        const auto gigabytes_per_second = [&](std::int64_t bytes) {
          constexpr double kGigabytesPerSecond = 1000;  // in a byte per picosecond
          return static_cast<double>(bytes) * kGigabytesPerSecond /
                 static_cast<double>(traffic.bounds_ps[i + 1] - start);
        };
        sample(start, gigabytes_per_second(group.read_bytes[i]),
               gigabytes_per_second(group.written_bytes[i]));
      }
      sample(traffic.bounds_ps.back(), 0, 0);
    }
  }

  const EventLog& log_;
  EventArray& events_;
  std::vector<std::string> groups_;
  std::vector<std::vector<std::string>> layer_names_;  ///< quoted
  bool has_inferences_ = false;                        ///< more than one of some stream
};

class PerfettoWriter final : public ReportWriter {
 public:
  void write(const Report& report, std::ostream& out) const override {
    if (!report.events) throw std::logic_error("a trace was asked for of a run without events");
    out << R"({"traceEvents":)";
    EventArray events(out);
    LogPrinter(*report.events, events).print();
    events.close();
    out << fmt::format(
        ",\n"
        R"("displayTimeUnit":"ns",)"
        "\n"
        R"("otherData":{{"mensa":{},"model":{},"system":{}}}}})"
        "\n",
        quoted(report.provenance.version), quoted(report.model.name), quoted(report.system.name));
  }
};

}  // namespace

std::unique_ptr<ReportWriter> make_perfetto_writer() { return std::make_unique<PerfettoWriter>(); }

}  // namespace mensa::traces
