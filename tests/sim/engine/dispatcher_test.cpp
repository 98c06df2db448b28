// What runs when, without the kernel: a player in the place of the engines asks the dispatcher for
// blocks, each of which takes a time of its own.

#include "sim/engine/dispatcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <numeric>
#include <ostream>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

namespace mensa::sim {
namespace {

using scheduler::Concurrency;
using testing::ElementsAre;
using testing::IsEmpty;

BlockProgram block(std::size_t engine, std::vector<std::size_t> waits_for = {},
                   bool holds_accelerator = false) {
  BlockProgram program;
  program.accelerator = accelerators::AcceleratorId(engine);
  program.waits_for = std::move(waits_for);
  program.holds_accelerator = holds_accelerator;
  return program;
}

StreamPlan plan(const std::vector<BlockProgram>& programs, Concurrency concurrency,
                std::vector<std::int64_t> arrivals_ps = {0}) {
  return {&programs, concurrency, std::move(arrivals_ps)};
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

Duration always(std::int64_t ps) {
  return [ps](const BlockRun&) { return ps; };
}

/// Plays until nothing can go on any more. Answers in the order of the starts.
std::vector<Played> play(Dispatcher& dispatcher, std::size_t engines, const Duration& duration) {
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
std::vector<Played> of_engine(const std::vector<Played>& played, std::size_t engine) {
  std::vector<Played> its;
  std::copy_if(played.begin(), played.end(), std::back_inserter(its),
               [engine](const Played& each) { return each.engine == engine; });
  return its;
}

/// In sequence neither another engine nor another inference begins what it could.
TEST(Dispatcher, SequenceRunsOneBlockAfterTheOther) {
  const std::vector<BlockProgram> programs = {block(1), block(0), block(1, {0}), block(0, {0})};
  const std::vector<StreamPlan> plans = {plan(programs, Concurrency::kSequence, {0, 0})};
  Dispatcher dispatcher(plans, 2, 8);
  EXPECT_THAT(play(dispatcher, 2, always(10)),
              ElementsAre(Played{0, 0, 0, 1, 0, 10}, Played{0, 0, 1, 0, 10, 20},
                          Played{0, 0, 2, 1, 20, 30}, Played{0, 0, 3, 0, 30, 40},
                          Played{0, 1, 0, 1, 40, 50}, Played{0, 1, 1, 0, 50, 60},
                          Played{0, 1, 2, 1, 60, 70}, Played{0, 1, 3, 0, 70, 80}));
  EXPECT_TRUE(dispatcher.all_done());
  EXPECT_EQ(dispatcher.times({0, 0}).end_ps, 40);
  EXPECT_EQ(dispatcher.times({0, 1}).start_ps, 40);
  EXPECT_EQ(dispatcher.times({0, 1}).end_ps, 80);
}

TEST(Dispatcher, OnePlanInSequenceMakesAllRunInSequence) {
  const std::vector<BlockProgram> programs = {block(0), block(1)};
  const std::vector<StreamPlan> plans = {plan(programs, Concurrency::kLayers),
                                         plan(programs, Concurrency::kSequence)};
  Dispatcher dispatcher(plans, 2, 8);
  EXPECT_THAT(play(dispatcher, 2, always(10)),
              ElementsAre(Played{0, 0, 0, 0, 0, 10}, Played{0, 0, 1, 1, 10, 20},
                          Played{1, 0, 0, 0, 20, 30}, Played{1, 0, 1, 1, 30, 40}));
}

/// Blocks 0 and 1 are independent; 2 waits for both, 3 for 1 alone but for its turn behind 2.
TEST(Dispatcher, LayersRunAtOnceAsTheirInputsAllow) {
  const std::vector<BlockProgram> programs = {block(0), block(1), block(0, {0, 1}), block(0, {1})};
  const std::vector<StreamPlan> plans = {plan(programs, Concurrency::kLayers)};
  Dispatcher dispatcher(plans, 2, 3);
  EXPECT_THAT(play(dispatcher, 2, [](const BlockRun& run) { return run.block == 1 ? 25 : 10; }),
              ElementsAre(Played{0, 0, 0, 0, 0, 10}, Played{0, 0, 1, 1, 0, 25},
                          Played{0, 0, 2, 0, 25, 35}, Played{0, 0, 3, 0, 35, 45}));
}

/// Each inference goes over both engines; the second engine is the slower one and never rests.
TEST(Dispatcher, InferencesPipelineOverEngines) {
  const std::vector<BlockProgram> programs = {block(0), block(1, {0})};
  const std::vector<StreamPlan> plans = {plan(programs, Concurrency::kLayers, {0, 0, 0, 0})};
  const Duration duration = [](const BlockRun& run) { return run.block == 0 ? 10 : 15; };
  Dispatcher dispatcher(plans, 2, 3);
  const std::vector<Played> played = play(dispatcher, 2, duration);
  EXPECT_THAT(of_engine(played, 0),
              ElementsAre(Played{0, 0, 0, 0, 0, 10}, Played{0, 1, 0, 0, 10, 20},
                          Played{0, 2, 0, 0, 20, 30}, Played{0, 3, 0, 0, 30, 40}));
  EXPECT_THAT(of_engine(played, 1),
              ElementsAre(Played{0, 0, 1, 1, 10, 25}, Played{0, 1, 1, 1, 25, 40},
                          Played{0, 2, 1, 1, 40, 55}, Played{0, 3, 1, 1, 55, 70}));
  EXPECT_EQ(dispatcher.times({0, 3}).start_ps, 30);
  EXPECT_EQ(dispatcher.times({0, 3}).end_ps, 70);
}

/// The same with one inference less in progress at a time: the last ones begin later.
TEST(Dispatcher, NoMoreInferencesThanTheWindowAreInProgress) {
  const std::vector<BlockProgram> programs = {block(0), block(1, {0})};
  const std::vector<StreamPlan> plans = {plan(programs, Concurrency::kLayers, {0, 0, 0, 0})};
  const Duration duration = [](const BlockRun& run) { return run.block == 0 ? 10 : 15; };
  const auto starts = [&](std::size_t window) {
    Dispatcher dispatcher(plans, 2, window);
    static_cast<void>(play(dispatcher, 2, duration));
    std::vector<std::int64_t> list;
    for (std::size_t job = 0; job < 4; ++job) list.push_back(dispatcher.times({0, job}).start_ps);
    return list;
  };
  EXPECT_THAT(starts(1), ElementsAre(0, 25, 50, 75));
  EXPECT_THAT(starts(0), ElementsAre(0, 25, 50, 75));  // one at the least
  EXPECT_THAT(starts(2), ElementsAre(0, 10, 25, 40));
  EXPECT_THAT(starts(3), ElementsAre(0, 10, 20, 30));
}

/// An engine takes the inference that came first, of whatever stream.
TEST(Dispatcher, StreamsTakeTurnsByArrival) {
  const std::vector<BlockProgram> programs = {block(0)};
  const std::vector<StreamPlan> plans = {plan(programs, Concurrency::kLayers, {0, 20}),
                                         plan(programs, Concurrency::kLayers, {0, 10})};
  Dispatcher dispatcher(plans, 1, 4);
  EXPECT_EQ(dispatcher.job_count(), 4);
  EXPECT_THAT(play(dispatcher, 1, always(100)),
              ElementsAre(Played{0, 0, 0, 0, 0, 100}, Played{1, 0, 0, 0, 100, 200},
                          Played{1, 1, 0, 0, 200, 300}, Played{0, 1, 0, 0, 300, 400}));
}

/// Block 0 leaves its output on the engine for block 1: the other inference waits for both.
TEST(Dispatcher, AHeldEngineWaitsForItsInference) {
  const std::vector<BlockProgram> programs = {block(0, {}, true), block(0, {0})};
  const std::vector<StreamPlan> plans = {plan(programs, Concurrency::kLayers, {0, 0})};
  Dispatcher dispatcher(plans, 1, 2);
  dispatcher.admit(0);
  const auto first = dispatcher.next(0, 0);
  ASSERT_TRUE(first.has_value());
  dispatcher.finished(*first, 10);
  const auto second = dispatcher.next(0, 10);
  ASSERT_TRUE(second.has_value());
  EXPECT_EQ(second->job, first->job);
  EXPECT_EQ(second->block, 1);
  dispatcher.finished(*second, 20);
  // Then it is free for the other.
  const auto third = dispatcher.next(0, 20);
  ASSERT_TRUE(third.has_value());
  EXPECT_EQ(third->job, (JobId{0, 1}));
}

/// Without a hold the engine takes another inference between two blocks of the first; with one the
/// other waits until the chain has ended.
TEST(Dispatcher, AHoldKeepsOtherInferencesOut) {
  const auto engine_0 = [](bool holds) {
    // Of each inference: a short block on engine 1, then two on engine 0.
    const std::vector<BlockProgram> programs = {block(1), block(0, {}, holds), block(0, {0, 1})};
    const std::vector<StreamPlan> plans = {plan(programs, Concurrency::kLayers, {0, 0})};
    Dispatcher dispatcher(plans, 2, 2);
    const std::vector<Played> played =
        play(dispatcher, 2, [](const BlockRun& run) { return run.block == 0 ? 15 : 10; });
    EXPECT_TRUE(dispatcher.all_done());
    std::vector<std::pair<std::size_t, std::size_t>> order;
    for (const Played& each : of_engine(played, 0)) order.emplace_back(each.job, each.block);
    return order;
  };
  using Pair = std::pair<std::size_t, std::size_t>;
  EXPECT_THAT(engine_0(false), ElementsAre(Pair(0, 1), Pair(1, 1), Pair(0, 2), Pair(1, 2)));
  EXPECT_THAT(engine_0(true), ElementsAre(Pair(0, 1), Pair(0, 2), Pair(1, 1), Pair(1, 2)));
}

/// Two inferences of two models, each of which would hold the engine that the other needs next.
TEST(Dispatcher, HoldsDoNotLock) {
  const std::vector<BlockProgram> one = {block(1), block(0, {}, true), block(0, {0, 1})};
  const std::vector<BlockProgram> other = {block(0), block(1, {}, true), block(1, {0, 1})};
  const std::vector<StreamPlan> plans = {plan(one, Concurrency::kLayers, {0, 0, 0}),
                                         plan(other, Concurrency::kLayers, {0, 0, 0})};
  Dispatcher dispatcher(plans, 2, 3);
  EXPECT_EQ(play(dispatcher, 2, always(10)).size(), 18);
  EXPECT_TRUE(dispatcher.all_done());
}

TEST(Dispatcher, InferencesBeginWhenTheyHaveArrived) {
  const std::vector<BlockProgram> programs = {block(0)};
  const std::vector<StreamPlan> plans = {plan(programs, Concurrency::kLayers, {100, 105, 500})};
  Dispatcher dispatcher(plans, 1, 3);
  dispatcher.admit(99);
  EXPECT_FALSE(dispatcher.next(0, 99).has_value());
  EXPECT_EQ(dispatcher.arrival_from(0), 100);
  EXPECT_EQ(dispatcher.arrival_from(100), 100);
  EXPECT_EQ(dispatcher.arrival_from(101), 105);
  EXPECT_EQ(dispatcher.arrival_from(501), std::nullopt);
  EXPECT_THAT(play(dispatcher, 1, always(10)),
              ElementsAre(Played{0, 0, 0, 0, 100, 110}, Played{0, 1, 0, 0, 110, 120},
                          Played{0, 2, 0, 0, 500, 510}));
  EXPECT_EQ(dispatcher.times({0, 1}).arrival_ps, 105);
  EXPECT_EQ(dispatcher.times({0, 1}).start_ps, 110);
}

TEST(Dispatcher, SaysWhatAnEngineWaitsFor) {
  const std::vector<BlockProgram> programs = {block(0), block(1, {0}), block(1, {0})};
  const std::vector<StreamPlan> plans = {plan(programs, Concurrency::kLayers, {5, 50})};
  Dispatcher dispatcher(plans, 3, 2);
  dispatcher.admit(0);
  EXPECT_EQ(dispatcher.waits_for(0), Activity::kIdle);  // nothing has arrived
  EXPECT_EQ(dispatcher.waits_for(1), Activity::kIdle);
  dispatcher.admit(5);
  const auto first = dispatcher.next(0, 5);
  ASSERT_TRUE(first.has_value());
  EXPECT_FALSE(dispatcher.next(1, 5).has_value());
  EXPECT_EQ(dispatcher.waits_for(1), Activity::kDependence);
  EXPECT_EQ(dispatcher.waits_for(2), Activity::kIdle);  // has no block at all
  dispatcher.finished(*first, 10);
  EXPECT_FALSE(dispatcher.next(0, 10).has_value());
  EXPECT_EQ(dispatcher.waits_for(0), Activity::kIdle);  // did all there is so far
  const auto second = dispatcher.next(1, 10);
  ASSERT_TRUE(second.has_value());
  dispatcher.finished(*second, 20);
  EXPECT_EQ(dispatcher.waits_for(1), Activity::kDependence);
  const auto third = dispatcher.next(1, 20);
  ASSERT_TRUE(third.has_value());
  EXPECT_EQ(dispatcher.waits_for(1), Activity::kIdle);
  EXPECT_FALSE(dispatcher.all_done());
}

/// An engine whose turn it is not yet, or that another inference holds, waits as for a dependence.
TEST(Dispatcher, WaitingForATurnIsADependence) {
  const std::vector<BlockProgram> programs = {block(0), block(1)};
  const std::vector<StreamPlan> plans = {plan(programs, Concurrency::kSequence)};
  Dispatcher dispatcher(plans, 2, 1);
  dispatcher.admit(0);
  ASSERT_TRUE(dispatcher.next(0, 0).has_value());
  EXPECT_FALSE(dispatcher.next(1, 0).has_value());
  EXPECT_EQ(dispatcher.waits_for(1), Activity::kDependence);
}

/// Blocks whose order on their engine contradicts what they wait for: our bug, to be reported.
TEST(Dispatcher, NamesWhatNeverEnds) {
  const std::vector<BlockProgram> programs = {block(1), block(0, {0, 2}), block(0), block(1, {1})};
  const std::vector<StreamPlan> plans = {plan(programs, Concurrency::kLayers)};
  Dispatcher dispatcher(plans, 2, 1);
  EXPECT_THAT(dispatcher.waiting(), IsEmpty());  // nothing is in progress
  EXPECT_THAT(play(dispatcher, 2, always(10)), ElementsAre(Played{0, 0, 0, 1, 0, 10}));
  EXPECT_FALSE(dispatcher.all_done());
  const std::vector<Dispatcher::Waiting> waiting = dispatcher.waiting();
  ASSERT_EQ(waiting.size(), 3);
  EXPECT_EQ(waiting[0].run.block, 1);
  EXPECT_EQ(waiting[0].run.job, JobId());
  EXPECT_THAT(waiting[0].waits_for, ElementsAre(2));
  EXPECT_EQ(waiting[1].run.block, 2);
  EXPECT_THAT(waiting[1].waits_for, IsEmpty());  // for its turn
  EXPECT_EQ(waiting[2].run.block, 3);
  EXPECT_THAT(waiting[2].waits_for, ElementsAre(1));
}

TEST(Dispatcher, AModelWithoutLayersIsDoneAtOnce) {
  const std::vector<BlockProgram> nothing;
  const std::vector<BlockProgram> programs = {block(0)};
  const std::vector<StreamPlan> plans = {plan(nothing, Concurrency::kLayers, {3, 4}),
                                         plan(programs, Concurrency::kLayers, {0})};
  Dispatcher dispatcher(plans, 1, 1);
  EXPECT_EQ(play(dispatcher, 1, always(10)).size(), 1);
  EXPECT_TRUE(dispatcher.all_done());
  EXPECT_EQ(dispatcher.times({0, 1}).start_ps, 10);
  EXPECT_EQ(dispatcher.times({0, 1}).end_ps, 10);
}

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
    any.plans.push_back(plan(any.programs[s], concurrency, arrivals));
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
  if (concurrency == Concurrency::kLayers) return;
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

TEST(Dispatcher, HoldsDoNotLockASequence) {
  const std::vector<BlockProgram> programs = {block(0, {}, true), block(1), block(0, {0, 1})};
  const std::vector<StreamPlan> plans = {plan(programs, Concurrency::kSequence, {0, 0})};
  Dispatcher dispatcher(plans, 2, 1);
  EXPECT_EQ(play(dispatcher, 2, always(10)).size(), 6U);
  EXPECT_TRUE(dispatcher.all_done());
}

/// a -> b -> between (engine 1) -> c, which reads a as well.
TEST(Dispatcher, AChainMayWaitForItsOwnReaders) {
  const std::vector<BlockProgram> programs = {block(0, {}, true), block(0, {0}, true),
                                              block(1, {1}), block(0, {0, 2})};
  const std::vector<StreamPlan> plans = {plan(programs, Concurrency::kLayers, {0, 0})};
  Dispatcher dispatcher(plans, 2, 3);
  EXPECT_EQ(play(dispatcher, 2, always(10)).size(), 8U);
  EXPECT_TRUE(dispatcher.all_done());
}

TEST(Dispatcher, AnInferenceToComeDoesNotDelayTheFirst) {
  const std::vector<BlockProgram> programs = {block(0, {}, true), block(1), block(0, {0, 1})};
  const auto end = [&](std::vector<std::int64_t> arrivals) {
    const std::vector<StreamPlan> plans = {
        plan(programs, Concurrency::kLayers, std::move(arrivals))};
    Dispatcher dispatcher(plans, 2, 3);
    static_cast<void>(play(dispatcher, 2, always(10)));
    return dispatcher.times({0, 0}).end_ps;
  };
  EXPECT_EQ(end({0}), 20);
  EXPECT_EQ(end({0, 1000}), 20);
}

}  // namespace
}  // namespace mensa::sim
