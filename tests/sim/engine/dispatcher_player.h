#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <iterator>
#include <limits>
#include <optional>
#include <ostream>
#include <utility>
#include <vector>

#include "sim/engine/dispatcher.h"

// A player in the place of the engines, without the kernel: asks the dispatcher for blocks, each of
// which takes a time of its own.

namespace mensa::sim::test {

using scheduler::Concurrency;

inline BlockProgram block(std::size_t engine, std::vector<std::size_t> waits_for = {},
                          bool holds_accelerator = false) {
  BlockProgram program;
  program.accelerator = accelerators::AcceleratorId(engine);
  program.waits_for = std::move(waits_for);
  program.holds_accelerator = holds_accelerator;
  return program;
}

inline StreamPlan plan(const std::vector<BlockProgram>& programs, Concurrency concurrency,
                       std::vector<std::int64_t> arrivals_ps = {0},
                       std::optional<std::int64_t> deadline_ps = std::nullopt) {
  return {&programs, concurrency, std::move(arrivals_ps), nullptr, deadline_ps};
}

/// A block as it was played.
struct Played {
  std::size_t stream = 0;
  std::size_t job = 0;
  std::size_t block = 0;
  std::size_t engine = 0;
  std::int64_t start_ps = 0;
  std::int64_t end_ps = 0;

  bool operator==(const Played&) const = default;
  friend std::ostream& operator<<(std::ostream& out, const Played& played) {
    return out << "{" << played.stream << ", " << played.job << ", " << played.block << ", "
               << played.engine << ", " << played.start_ps << ", " << played.end_ps << "}";
  }
};

using Duration = std::function<std::int64_t(const BlockRun&)>;

inline Duration always(std::int64_t ps) {
  return [ps](const BlockRun&) { return ps; };
}

/// Plays until nothing can go on any more. Answers in the order of the starts.
inline std::vector<Played> play(Dispatcher& dispatcher, std::size_t engines,
                                const Duration& duration) {
  constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();
  std::vector<Played> played;
  std::vector<std::size_t> busy_with(engines, kNone);
  std::int64_t now = 0;
  while (true) {
    dispatcher.admit(now);
    for (std::size_t engine = 0; engine < engines; ++engine) {
      if (busy_with[engine] != kNone) continue;
      const auto run = dispatcher.next(engine, now);
      if (!run.has_value()) continue;
      busy_with[engine] = played.size();
      played.push_back(
          {run->job.stream, run->job.job, run->block, engine, now, now + duration(*run)});
    }
    auto upcoming = dispatcher.arrival_from(now + 1);
    for (const std::size_t index : busy_with) {
      if (index != kNone) upcoming = std::min(upcoming.value_or(INT64_MAX), played[index].end_ps);
    }
    if (!upcoming.has_value()) return played;
    now = *upcoming;
    for (std::size_t& index : busy_with) {
      if (index == kNone || played[index].end_ps > now) continue;
      dispatcher.finished({{played[index].stream, played[index].job}, played[index].block}, now);
      index = kNone;
    }
  }
}

/// The steps of one engine.
inline std::vector<Played> of_engine(const std::vector<Played>& played, std::size_t engine) {
  std::vector<Played> its;
  std::copy_if(played.begin(), played.end(), std::back_inserter(its),
               [engine](const Played& each) { return each.engine == engine; });
  return its;
}

}  // namespace mensa::sim::test
