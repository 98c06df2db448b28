#include "explore/evaluation/local_evaluation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <stdexcept>
#include <vector>

#include "explore/search/positions.h"
#include "tests/explore/space/sample_space.h"

namespace mensa::explore {
namespace {

/// Points that are rejected by their systems, evaluated, and that are no systems.
Space sizes() {
  return SpaceText()
      .with(
          "parameters",
          "{array: {path: accelerators.pascal.pe_array, values: [16x16, 32x32, 64x64]}, "
          "size: {path: accelerators.pascal.buffers.parameters.capacity, values: [32 KiB, 96 KiB, "
          "128 KiB]}, "
          "count: {accelerator: pavlov, count: [0, 1, 2]}}")
      .with("links", "{accelerators.pascal.buffers.activations.capacity: size / 3 * 12}")
      .with("constraints", "[pes <= 2000]")
      .read();
}

std::vector<Point> all_points(const Space& space) {
  std::vector<Point> points;
  for (std::uint64_t i = 0; i < *space.size(); ++i) points.push_back(point_at(space, i));
  return points;
}

std::vector<PointResult> evaluated(const Space& space, std::size_t threads) {
  const Evaluator evaluator(space);
  const std::vector<Point> points = all_points(space);
  std::map<std::size_t, PointResult> results;
  make_local_evaluation(evaluator, threads)
      ->run(
          points,
          [&](std::size_t position, PointResult&& result) {
            EXPECT_TRUE(results.emplace(position, std::move(result)).second) << position;
          },
          [] { return false; });
  std::vector<PointResult> in_order;
  in_order.reserve(results.size());
  for (auto& [position, result] : results) in_order.push_back(std::move(result));
  EXPECT_EQ(in_order.size(), points.size());
  return in_order;
}

TEST(LocalEvaluation, ComesToTheSameWithAnyNumberOfThreads) {
  const Space space = sizes();
  const std::vector<PointResult> one = evaluated(space, 1);
  std::map<PointStatus, int> statuses;
  for (const std::size_t threads : {2U, 7U}) {
    const std::vector<PointResult> several = evaluated(space, threads);
    for (std::size_t i = 0; i < one.size(); ++i) {
      EXPECT_EQ(several[i].status, one[i].status);
      EXPECT_EQ(several[i].reason, one[i].reason);
      EXPECT_EQ(several[i].cause, one[i].cause);
      EXPECT_EQ(several[i].violation, one[i].violation);
      EXPECT_EQ(several[i].metrics, one[i].metrics);
      EXPECT_EQ(several[i].models, one[i].models);
      EXPECT_EQ(several[i].accelerators, one[i].accelerators);
    }
  }
  for (const PointResult& result : one) ++statuses[result.status];
  EXPECT_GT(statuses[PointStatus::kFeasible], 3);
  EXPECT_GT(statuses[PointStatus::kInfeasible], 3);
}

TEST(LocalEvaluation, BeginsNoPointWhenItIsToStop) {
  const Space space = sizes();
  const Evaluator evaluator(space);
  const auto evaluation = make_local_evaluation(evaluator, 2);
  EXPECT_EQ(evaluation->width(), 2U);
  std::size_t done = 0;
  const auto count = [&](std::size_t /*position*/, PointResult&& /*result*/) { ++done; };
  evaluation->run(all_points(space), count, [] { return true; });
  EXPECT_EQ(done, 0U);
  std::atomic<int> left = 5;
  evaluation->run(all_points(space), count, [&] { return --left < 0; });
  EXPECT_EQ(done, 5U);
}

TEST(LocalEvaluation, EndsWithWhatItsListenerThrows) {
  const Space space = sizes();
  const Evaluator evaluator(space);
  const auto evaluation = make_local_evaluation(evaluator, 2);
  const auto refuse = [](std::size_t /*position*/, PointResult&& /*result*/) {
    throw std::runtime_error("disk full");
  };
  EXPECT_THROW(evaluation->run(all_points(space), refuse, [] { return false; }),
               std::runtime_error);
  evaluation->run({}, refuse, [] { return false; });
}

TEST(LocalEvaluation, HasOneThreadAtLeast) {
  const Space space = sizes();
  const Evaluator evaluator(space);
  EXPECT_EQ(make_local_evaluation(evaluator, 0)->width(), 1U);
}

}  // namespace
}  // namespace mensa::explore
