#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/engine/activity.h"
#include "sim/engine/dispatcher.h"

namespace mensa::sim {

/// What went on at a track of the event log.
enum class Phase : std::uint8_t {
  kLayer,  ///< a block of the schedule, under the name of its first layer
  kReadParameters,
  kReadActivations,  ///< partial sums too
  kCompute,
  kWriteResults,  ///< partial sums too
  kStall,         ///< the array waits; `activity` says what for
};

/// Everything that a run did, moment by moment. Times are picoseconds since the start of the run.
/// What accelerators move is there twice: on their own tracks and on those of memory ports.
struct EventLog {
  struct Span {
    std::uint32_t track = 0;  ///< into `tracks`
    Phase phase = Phase::kLayer;
    Activity activity = Activity::kBusy;
    JobId job;
    std::size_t layer = 0;  ///< of the stream's graph
    std::int64_t start_ps = 0;
    std::int64_t end_ps = 0;
    std::int64_t bytes = 0;  ///< of transfers
    /// On a memory port: the track that asked for it.
    std::optional<std::uint32_t> asked_by = std::nullopt;
  };
  /// The value of a counter from a moment on.
  struct Sample {
    std::uint32_t counter = 0;  ///< into `counters`
    std::int64_t at_ps = 0;
    std::int64_t value = 0;
  };
  /// A line of spans that do not overlap, in the order of their starts.
  struct Track {
    std::string group;  ///< accelerator, or memory port as "stack.external"
    /// As "layers", "DMA parameters", "array", "DMA results"; of a port "transfers", or "reads" and
    /// "writes" where it is full-duplex.
    std::string name;
  };
  struct Counter {
    std::string group;
    std::string name;  ///< as "buffer activations"
    std::string unit;  ///< as "B"
  };

  /// By stream, then layer.
  std::vector<std::vector<std::string>> layer_names;
  std::vector<Track> tracks;
  std::vector<Counter> counters;
  std::vector<Span> spans;
  std::vector<Sample> samples;
};

}  // namespace mensa::sim
