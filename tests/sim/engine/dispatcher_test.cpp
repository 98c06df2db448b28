// What runs when, without the kernel.

#include "sim/engine/dispatcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "tests/sim/engine/dispatcher_player.h"

namespace mensa::sim {
namespace {

using scheduler::Concurrency;
using test::always;
using test::block;
using test::Duration;
using test::of_engine;
using test::plan;
using test::play;
using test::Played;
using testing::ElementsAre;
using testing::IsEmpty;

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

/// Of equal arrivals the earliest deadline comes first, those without one last.
TEST(Dispatcher, TheEarliestDeadlineIsServedFirst) {
  const std::vector<BlockProgram> programs = {block(0)};
  const std::vector<StreamPlan> plans = {plan(programs, Concurrency::kLayers),
                                         plan(programs, Concurrency::kLayers, {0}, 900),
                                         plan(programs, Concurrency::kLayers, {0}, 300)};
  Dispatcher dispatcher(plans, 1, 4);
  EXPECT_THAT(play(dispatcher, 1, always(100)),
              ElementsAre(Played{2, 0, 0, 0, 0, 100}, Played{1, 0, 0, 0, 100, 200},
                          Played{0, 0, 0, 0, 200, 300}));
}

/// Deadlines at 480, 490 and 500 of one stream, and at 485 of the other.
TEST(Dispatcher, DeadlinesCountFromTheArrival) {
  const std::vector<BlockProgram> programs = {block(0)};
  const std::vector<StreamPlan> plans = {plan(programs, Concurrency::kLayers, {0, 10, 20}, 480),
                                         plan(programs, Concurrency::kLayers, {15}, 470)};
  Dispatcher dispatcher(plans, 1, 4);
  EXPECT_THAT(play(dispatcher, 1, always(100)),
              ElementsAre(Played{0, 0, 0, 0, 0, 100}, Played{1, 0, 0, 0, 100, 200},
                          Played{0, 1, 0, 0, 200, 300}, Played{0, 2, 0, 0, 300, 400}));
}

/// Equal deadlines: by arrival, then by stream. A deadline too late to be told counts as none.
TEST(Dispatcher, EqualDeadlinesAreServedByArrival) {
  const std::vector<BlockProgram> programs = {block(0)};
  const std::vector<StreamPlan> plans = {plan(programs, Concurrency::kLayers, {5, 6}, INT64_MAX),
                                         plan(programs, Concurrency::kLayers, {5}),
                                         plan(programs, Concurrency::kLayers, {3}, 197),
                                         plan(programs, Concurrency::kLayers, {2}, 198)};
  Dispatcher dispatcher(plans, 1, 8);
  const std::vector<Played> played = play(dispatcher, 1, always(100));
  ASSERT_EQ(played.size(), 5);
  std::vector<std::pair<std::size_t, std::size_t>> order;
  order.reserve(played.size());
  for (const Played& each : played) order.emplace_back(each.stream, each.job);
  using Pair = std::pair<std::size_t, std::size_t>;
  EXPECT_THAT(order, ElementsAre(Pair(3, 0), Pair(2, 0), Pair(0, 0), Pair(1, 0), Pair(0, 1)));
}

/// A block runs to its end; then the engine goes to the inference with the earlier deadline, and
/// the one that came first goes on after it.
TEST(Dispatcher, DeadlinesDecideBetweenBlocks) {
  const std::vector<BlockProgram> slow = {block(0), block(0, {0})};
  const std::vector<BlockProgram> urgent = {block(0)};
  const std::vector<StreamPlan> plans = {plan(slow, Concurrency::kLayers),
                                         plan(urgent, Concurrency::kLayers, {10}, 150)};
  Dispatcher dispatcher(plans, 1, 2);
  EXPECT_THAT(play(dispatcher, 1, always(100)),
              ElementsAre(Played{0, 0, 0, 0, 0, 100}, Played{1, 0, 0, 0, 100, 200},
                          Played{0, 0, 1, 0, 200, 300}));
}

TEST(Dispatcher, AHeldEngineDoesNotGoToAnEarlierDeadline) {
  const std::vector<BlockProgram> slow = {block(0, {}, true), block(0, {0})};
  const std::vector<BlockProgram> urgent = {block(0)};
  const std::vector<StreamPlan> plans = {plan(slow, Concurrency::kLayers),
                                         plan(urgent, Concurrency::kLayers, {10}, 150)};
  Dispatcher dispatcher(plans, 1, 2);
  EXPECT_THAT(play(dispatcher, 1, always(100)),
              ElementsAre(Played{0, 0, 0, 0, 0, 100}, Played{0, 0, 1, 0, 100, 200},
                          Played{1, 0, 0, 0, 200, 300}));
}

TEST(Dispatcher, ASequenceFinishesWhatIsStartedAndThenTakesTheEarliestDeadline) {
  const std::vector<BlockProgram> programs = {block(0), block(1)};
  const std::vector<StreamPlan> plans = {plan(programs, Concurrency::kSequence, {0, 1}),
                                         plan(programs, Concurrency::kSequence, {2, 3}, 50)};
  Dispatcher dispatcher(plans, 2, 8);
  EXPECT_THAT(play(dispatcher, 2, always(10)),
              ElementsAre(Played{0, 0, 0, 0, 0, 10}, Played{0, 0, 1, 1, 10, 20},
                          Played{1, 0, 0, 0, 20, 30}, Played{1, 0, 1, 1, 30, 40},
                          Played{1, 1, 0, 0, 40, 50}, Played{1, 1, 1, 1, 50, 60},
                          Played{0, 1, 0, 0, 60, 70}, Played{0, 1, 1, 1, 70, 80}));
}

/// With room for two, the first is at work and the second has run nothing: it makes room for the
/// one with a deadline, which finds the other engine free.
TEST(Dispatcher, AnInferenceThatHasRunNothingMakesRoomForAnEarlierDeadline) {
  const std::vector<BlockProgram> slow = {block(0)};
  const std::vector<BlockProgram> urgent = {block(1)};
  const std::vector<StreamPlan> plans = {plan(slow, Concurrency::kLayers, {0, 0}),
                                         plan(urgent, Concurrency::kLayers, {10}, 50)};
  Dispatcher dispatcher(plans, 2, 2);
  EXPECT_THAT(play(dispatcher, 2, always(100)),
              ElementsAre(Played{0, 0, 0, 0, 0, 100}, Played{1, 0, 0, 1, 10, 110},
                          Played{0, 1, 0, 0, 100, 200}));
}

/// One that has run something stays: the window is full until it ends.
TEST(Dispatcher, AnInferenceThatHasRunSomethingKeepsItsPlace) {
  const std::vector<BlockProgram> slow = {block(0)};
  const std::vector<BlockProgram> urgent = {block(1)};
  const std::vector<StreamPlan> plans = {plan(slow, Concurrency::kLayers),
                                         plan(urgent, Concurrency::kLayers, {10}, 50)};
  Dispatcher dispatcher(plans, 2, 1);
  EXPECT_THAT(play(dispatcher, 2, always(100)),
              ElementsAre(Played{0, 0, 0, 0, 0, 100}, Played{1, 0, 0, 1, 100, 200}));
}

/// The first inference begins a chain on engine 0 early, as the first in progress may: its second
/// block waits for engine 1. Then one with an earlier deadline comes first, and would hold engine 1
/// early for a block that waits for engine 0: it must not, or both would wait for ever.
TEST(Dispatcher, HoldsDoNotLockWhenAnEarlierDeadlineArrives) {
  const std::vector<BlockProgram> one = {block(2), block(0, {}, true), block(1, {0}),
                                         block(0, {1, 2})};
  const std::vector<BlockProgram> other = {block(2), block(1, {}, true), block(0, {0}),
                                           block(1, {1, 2})};
  const std::vector<StreamPlan> plans = {plan(one, Concurrency::kLayers),
                                         plan(other, Concurrency::kLayers, {5}, 1)};
  Dispatcher dispatcher(plans, 3, 3);
  EXPECT_EQ(play(dispatcher, 3, always(10)).size(), 8U);
  EXPECT_TRUE(dispatcher.all_done());
}

}  // namespace
}  // namespace mensa::sim
