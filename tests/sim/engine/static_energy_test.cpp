#include "sim/engine/static_energy.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <numeric>

namespace mensa::sim {
namespace {

constexpr std::int64_t kMicrosecond = 1000000;  // picoseconds

TEST(StaticEnergy, OneBlockPaysForItsTimeAndTheWaitBefore) {
  const auto energy =
      split_static_energy({{kMicrosecond, 3 * kMicrosecond, base::Watts(0)}}, base::Watts(2));
  EXPECT_DOUBLE_EQ(energy[0].value(), 2 * 3e-6 * 1e12);
}

TEST(StaticEnergy, BlocksAtOnceShareAndPayWhatTheyAdd) {
  const auto energy = split_static_energy(
      {{0, 2 * kMicrosecond, base::Watts(0)}, {kMicrosecond, 3 * kMicrosecond, base::Watts(1)}},
      base::Watts(2));
  EXPECT_DOUBLE_EQ(energy[0].value(), (2 * 1 + 1) * 1e6);
  EXPECT_DOUBLE_EQ(energy[1].value(), (1 + 2 + 2 * 1) * 1e6);
}

RC_GTEST_PROP(StaticEnergy, NothingIsLost, ()) {
  std::vector<ActiveInterval> intervals;
  const int count = *rc::gen::inRange(1, 12);
  std::int64_t end = 0;
  double added = 0;
  for (int i = 0; i < count; ++i) {
    const std::int64_t start = *rc::gen::inRange<std::int64_t>(0, 1000);
    const std::int64_t length = *rc::gen::inRange<std::int64_t>(1, 500);
    const double power = *rc::gen::inRange(0, 5);
    intervals.push_back({start, start + length, base::Watts(power)});
    end = std::max(end, start + length);
    added += power * static_cast<double>(length);
  }
  const auto energy = split_static_energy(intervals, base::Watts(3));
  double sum = 0;
  for (const auto& part : energy) sum += part.value();
  const double expected = 3.0 * static_cast<double>(end) + added;  // W x ps = pJ
  RC_ASSERT(std::abs(sum - expected) <= 1e-9 * expected);
}

}  // namespace
}  // namespace mensa::sim
