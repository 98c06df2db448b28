// Any models, inferences and windows: every inference ends, and the rules hold all the way.

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <optional>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "tests/sim/engine/dispatcher_player.h"

namespace mensa::sim {
namespace {

using scheduler::Concurrency;
using test::block;
using test::Duration;
using test::of_engine;
using test::plan;
using test::play;
using test::Played;

/// From `low` to one before `high`, not smaller at first as RapidCheck would have it: few blocks
/// meet few difficulties.
std::size_t any_size(std::size_t low, std::size_t high) {
  return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(low, high));
}

/// Models, inferences and a window, as any could be.
struct Case {
  std::size_t engines = 1;
  std::size_t window = 1;
  std::vector<std::vector<BlockProgram>> programs;  ///< by stream
  std::vector<StreamPlan> plans;
};

/// Any block may leave an output on its engine for later ones there, and may have any readers.
std::vector<BlockProgram> any_programs(std::size_t engines) {
  const auto count = any_size(1, 9);
  std::vector<BlockProgram> programs;
  for (std::size_t b = 0; b < count; ++b) {
    programs.push_back(block(any_size(0, engines)));
  }
  for (std::size_t b = 0; b + 1 < count; ++b) {
    const auto same_engine = [&](const BlockProgram& later) {
      return later.accelerator == programs[b].accelerator;
    };
    const auto from = programs.begin() + static_cast<std::ptrdiff_t>(b) + 1;
    programs[b].holds_accelerator =
        std::any_of(from, programs.end(), same_engine) && *rc::gen::arbitrary<bool>();
  }
  for (std::size_t b = 1; b < count; ++b) {
    for (std::size_t before = 0; before < b; ++before) {
      if (any_size(0, 3) == 0) programs[b].waits_for.push_back(before);
    }
  }
  return programs;
}

void fill(Case& any, Concurrency concurrency) {
  any.engines = any_size(1, 4);
  any.window = any_size(1, 5);
  const auto streams = any_size(1, 4);
  for (std::size_t s = 0; s < streams; ++s) {
    any.programs.push_back(any_programs(any.engines));
  }
  for (std::size_t s = 0; s < streams; ++s) {
    std::vector<std::int64_t> arrivals(any_size(1, 5));
    for (std::int64_t& arrival : arrivals) arrival = static_cast<std::int64_t>(any_size(0, 60));
    std::sort(arrivals.begin(), arrivals.end());
    std::optional<std::int64_t> deadline;
    if (*rc::gen::arbitrary<bool>()) deadline = static_cast<std::int64_t>(any_size(0, 120));
    any.plans.push_back(plan(any.programs[s], concurrency, arrivals, deadline));
  }
}

/// Every block of every inference once, after all that it waits for, on its engine.
void check_blocks(const Case& any, const std::vector<Played>& played) {
  std::size_t expected = 0;
  for (const StreamPlan& its : any.plans) expected += its.programs->size() * its.arrivals_ps.size();
  RC_ASSERT(played.size() == expected);
  std::set<std::tuple<std::size_t, std::size_t, std::size_t>> seen;
  for (const Played& each : played) {
    seen.emplace(each.stream, each.job, each.block);
    const BlockProgram& program = any.programs[each.stream][each.block];
    RC_ASSERT(program.accelerator.index() == each.engine);
    RC_ASSERT(each.start_ps >= any.plans[each.stream].arrivals_ps[each.job]);
    for (const Played& other : played) {
      if (other.stream != each.stream || other.job != each.job) continue;
      const auto& before = program.waits_for;
      const bool is_read = std::find(before.begin(), before.end(), other.block) != before.end();
      RC_ASSERT(!is_read || other.end_ps <= each.start_ps);
    }
  }
  RC_ASSERT(seen.size() == expected);
}

/// One block at a time on an engine, in dispatch order of its inference; and where a block holds
/// the engine, the next one there is of the same inference.
void check_engines(const Case& any, const std::vector<Played>& played) {
  for (std::size_t engine = 0; engine < any.engines; ++engine) {
    const std::vector<Played> its = of_engine(played, engine);
    for (std::size_t i = 1; i < its.size(); ++i) {
      RC_ASSERT(its[i - 1].end_ps <= its[i].start_ps);
      if (!any.programs[its[i - 1].stream][its[i - 1].block].holds_accelerator) continue;
      RC_ASSERT(its[i].stream == its[i - 1].stream);
      RC_ASSERT(its[i].job == its[i - 1].job);
      RC_ASSERT(its[i].block > its[i - 1].block);
    }
  }
}

/// Times of inferences are those of their blocks, and the window is kept.
void check_jobs(const Case& any, const std::vector<Played>& played, const Dispatcher& dispatcher) {
  std::vector<std::pair<std::int64_t, int>> changes;  // -1 before +1 at the same time
  for (std::size_t s = 0; s < any.plans.size(); ++s) {
    for (std::size_t j = 0; j < any.plans[s].arrivals_ps.size(); ++j) {
      const JobTimes& times = dispatcher.times({s, j});
      std::int64_t first = INT64_MAX;
      std::int64_t last = 0;
      for (const Played& each : played) {
        if (each.stream != s || each.job != j) continue;
        first = std::min(first, each.start_ps);
        last = std::max(last, each.end_ps);
      }
      RC_ASSERT(times.arrival_ps == any.plans[s].arrivals_ps[j]);
      RC_ASSERT(times.start_ps == first && times.end_ps == last);
      RC_ASSERT(times.arrival_ps <= times.start_ps && times.start_ps <= times.end_ps);
      if (first < last) {
        changes.emplace_back(first, 1);
        changes.emplace_back(last, -1);
      }
    }
  }
  std::sort(changes.begin(), changes.end());
  std::int64_t in_progress = 0;
  for (const auto& [at, change] : changes) {
    in_progress += change;
    RC_ASSERT(in_progress <= static_cast<std::int64_t>(any.window));
  }
}

/// Times of an inference, and whether one is served before another.
struct Inference {
  std::size_t stream = 0;
  std::size_t job = 0;
  std::int64_t arrival_ps = 0;
  std::int64_t deadline_ps = 0;
  std::int64_t start_ps = 0;
  std::int64_t end_ps = 0;

  [[nodiscard]] bool before(const Inference& other) const {
    return std::tie(deadline_ps, arrival_ps, stream, job) <
           std::tie(other.deadline_ps, other.arrival_ps, other.stream, other.job);
  }
  [[nodiscard]] bool has(const Played& each) const {
    return each.stream == stream && each.job == job;
  }
};

std::vector<Inference> inferences(const Case& any, const Dispatcher& dispatcher) {
  std::vector<Inference> list;
  for (std::size_t s = 0; s < any.plans.size(); ++s) {
    for (std::size_t j = 0; j < any.plans[s].arrivals_ps.size(); ++j) {
      const JobTimes& times = dispatcher.times({s, j});
      const auto& deadline = any.plans[s].deadline_ps;
      list.push_back({s, j, times.arrival_ps, deadline ? times.arrival_ps + *deadline : INT64_MAX,
                      times.start_ps, times.end_ps});
    }
  }
  return list;
}

/// What an inference would run next on an engine when a block began there, and whether it could.
class Rival {
 public:
  /// `begun` was played as the entry `at`.
  Rival(const Case& any, const std::vector<Played>& played, std::size_t at, const Inference& its)
      : programs_(any.programs[its.stream]), engine_(played[at].engine) {
    done_.assign(programs_.size(), false);
    started_.assign(programs_.size(), false);
    for (std::size_t i = 0; i < played.size(); ++i) {
      if (!its.has(played[i])) continue;
      if (i < at) started_[played[i].block] = true;
      // The dispatcher hears of an end only once all engines have been asked at that time.
      done_[played[i].block] =
          played[i].start_ps < played[at].start_ps && played[i].end_ps <= played[at].start_ps;
    }
  }

  /// With all that a chain on chip behind it will need from elsewhere.
  [[nodiscard]] bool could_run() const {
    std::set<std::size_t> chain;
    for (std::size_t b = 0; b < programs_.size(); ++b) {
      if (programs_[b].accelerator.index() != engine_ || started_[b]) continue;
      for (const std::size_t before : programs_[b].waits_for) {
        if (!done_[before] && !chain.contains(before)) return false;
      }
      if (!programs_[b].holds_accelerator) return true;
      chain.insert(b);
    }
    return false;
  }

 private:
  const std::vector<BlockProgram>& programs_;
  std::size_t engine_;
  std::vector<bool> done_;
  std::vector<bool> started_;
};

/// No engine begins a block while it could begin one of an inference in progress with an earlier
/// deadline. An inference is in progress from its first block on; and one that has arrived when
/// another one begins that is served after it.
void check_deadlines(const Case& any, const std::vector<Played>& played,
                     const std::vector<Inference>& all) {
  for (std::size_t at = 0; at < played.size(); ++at) {
    const Played& begun = played[at];
    const auto its = std::find_if(all.begin(), all.end(),
                                  [&](const Inference& each) { return each.has(begun); });
    const auto earlier =
        std::find_if(played.rend() - static_cast<std::ptrdiff_t>(at), played.rend(),
                     [&](const Played& other) { return other.engine == begun.engine; });
    const bool holds =
        earlier != played.rend() && any.programs[earlier->stream][earlier->block].holds_accelerator;
    if (holds) continue;  // whose turn it is was settled when the chain began
    const auto ran = [&](const Inference& inference) {
      return std::any_of(played.begin(), played.begin() + static_cast<std::ptrdiff_t>(at),
                         [&](const Played& each) { return inference.has(each); });
    };
    for (const Inference& rival : all) {
      if (!rival.before(*its) || rival.arrival_ps > begun.start_ps) continue;
      if (!ran(rival) && ran(*its)) continue;
      RC_ASSERT(!Rival(any, played, at, rival).could_run());
    }
  }
}

/// Of those that have arrived, the one with the earliest deadline is begun, and ends before another
/// begins.
void check_deadlines_in_sequence(const std::vector<Inference>& all) {
  for (const Inference& its : all) {
    for (const Inference& other : all) {
      RC_ASSERT(other.end_ps <= its.start_ps || other.start_ps >= its.start_ps);
      const bool waits = other.arrival_ps <= its.start_ps && other.start_ps > its.start_ps;
      RC_ASSERT(!waits || its.before(other));
    }
  }
}

/// Blocks take any time, the same for all inferences or not.
Duration any_duration() {
  return [](const BlockRun&) { return static_cast<std::int64_t>(any_size(0, 30)); };
}

void check_any(Concurrency concurrency) {
  Case any;
  fill(any, concurrency);
  Dispatcher dispatcher(any.plans, any.engines, any.window);
  const std::vector<Played> played = play(dispatcher, any.engines, any_duration());
  RC_ASSERT(dispatcher.all_done());
  RC_ASSERT(dispatcher.waiting().empty());
  check_blocks(any, played);
  check_engines(any, played);
  check_jobs(any, played, dispatcher);
  if (concurrency == Concurrency::kLayers) {
    check_deadlines(any, played, inferences(any, dispatcher));
    return;
  }
  check_deadlines_in_sequence(inferences(any, dispatcher));
  for (std::size_t i = 1; i < played.size(); ++i) {
    RC_ASSERT(played[i - 1].end_ps <= played[i].start_ps);
    const bool same = played[i - 1].stream == played[i].stream &&  //
                      played[i - 1].job == played[i].job;
    RC_ASSERT(played[i].block == (same ? played[i - 1].block + 1 : 0));
  }
}

RC_GTEST_PROP(DispatcherProperties, AllInferencesEndWithLayersAtOnce, ()) {
  check_any(Concurrency::kLayers);
}

RC_GTEST_PROP(DispatcherProperties, AllInferencesEndInSequence, ()) {
  check_any(Concurrency::kSequence);
}

}  // namespace
}  // namespace mensa::sim
