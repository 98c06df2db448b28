#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/engine/event_log.h"

namespace mensa::traces {

/// What an event log's transfers moved, in windows of time: bandwidth over time without a value for
/// every transfer.
struct TrafficWindows {
  struct Group {
    std::string name;                         ///< of its tracks
    std::vector<std::int64_t> read_bytes;     ///< by window
    std::vector<std::int64_t> written_bytes;  ///< by window
  };
  /// Window i reaches from bounds_ps[i] to bounds_ps[i + 1]; the last ends with the run.
  std::vector<std::int64_t> bounds_ps;
  /// Those with transfers, in the order of their first tracks.
  std::vector<Group> groups;

  [[nodiscard]] std::size_t count() const { return bounds_ps.size() - 1; }
};

/// Splits the run into up to 1000 windows of equal length (to a picosecond) and of at least 1 us; a
/// shorter run is one window, one that takes no time has none. A transfer's bytes are spread evenly
/// over its time in whole bytes, and add up to it.
[[nodiscard]] TrafficWindows traffic_windows(const sim::EventLog& log);

}  // namespace mensa::traces
