#include "traces/traffic_windows.h"

#include <algorithm>

namespace mensa::traces {
namespace {

using sim::EventLog;
using sim::Phase;

constexpr std::int64_t kMaxWindows = 1000;
constexpr std::int64_t kMinWindowPs = 1'000'000;

bool is_read(Phase phase) {
  return phase == Phase::kReadParameters || phase == Phase::kReadActivations;
}
bool is_transfer(Phase phase) { return is_read(phase) || phase == Phase::kWriteResults; }

std::int64_t end_of(const EventLog& log) {
  std::int64_t end_ps = 0;
  for (const EventLog::Span& span : log.spans) end_ps = std::max(end_ps, span.end_ps);
  for (const EventLog::Sample& sample : log.samples) end_ps = std::max(end_ps, sample.at_ps);
  return end_ps;
}

std::vector<std::int64_t> window_bounds(std::int64_t end_ps) {
  std::vector<std::int64_t> bounds = {0};
  if (end_ps == 0) return bounds;
  const std::int64_t windows = std::clamp<std::int64_t>(end_ps / kMinWindowPs, 1, kMaxWindows);
  for (std::int64_t i = 1; i <= windows; ++i) {
    // end_ps * i / windows, which would not fit for long runs.
    bounds.push_back(i * (end_ps / windows) + i * (end_ps % windows) / windows);
  }
  return bounds;
}

/// Of a transfer's bytes, those moved by a moment within it.
std::int64_t moved_by(const EventLog::Span& span, std::int64_t at_ps) {
  if (at_ps >= span.end_ps) return span.bytes;
  const auto part =
      static_cast<double>(at_ps - span.start_ps) / static_cast<double>(span.end_ps - span.start_ps);
  return static_cast<std::int64_t>(static_cast<double>(span.bytes) * part);
}

void spread(const EventLog::Span& span, const std::vector<std::int64_t>& bounds,
            std::vector<std::int64_t>& bytes) {
  const auto after = std::upper_bound(bounds.begin(), bounds.end(), span.start_ps);
  auto window = std::min(static_cast<std::size_t>(after - bounds.begin()) - 1, bytes.size() - 1);
  for (std::int64_t moved = 0; moved < span.bytes; ++window) {
    const std::int64_t by_end = moved_by(span, bounds[window + 1]);
    bytes[window] += by_end - moved;
    moved = by_end;
  }
}

}  // namespace

TrafficWindows traffic_windows(const EventLog& log) {
  TrafficWindows traffic;
  traffic.bounds_ps = window_bounds(end_of(log));
  if (traffic.count() == 0) return traffic;

  std::vector<bool> has_transfers(log.tracks.size());
  for (const EventLog::Span& span : log.spans) {
    if (is_transfer(span.phase)) has_transfers.at(span.track) = true;
  }
  std::vector<std::size_t> group_of(log.tracks.size());
  for (std::size_t track = 0; track < log.tracks.size(); ++track) {
    if (!has_transfers[track]) continue;
    const std::string& name = log.tracks[track].group;
    const auto known = std::find_if(traffic.groups.begin(), traffic.groups.end(),
                                    [&](const auto& group) { return group.name == name; });
    group_of[track] = static_cast<std::size_t>(known - traffic.groups.begin());
    if (known != traffic.groups.end()) continue;
    const std::vector<std::int64_t> nothing(traffic.count());
    traffic.groups.push_back({name, nothing, nothing});
  }
  for (const EventLog::Span& span : log.spans) {
    if (!is_transfer(span.phase)) continue;
    TrafficWindows::Group& group = traffic.groups[group_of[span.track]];
    spread(span, traffic.bounds_ps, is_read(span.phase) ? group.read_bytes : group.written_bytes);
  }
  return traffic;
}

}  // namespace mensa::traces
