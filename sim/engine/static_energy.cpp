#include "sim/engine/static_energy.h"

#include <algorithm>

namespace mensa::sim {
namespace {

constexpr double kSecondsPerPicosecond = 1e-12;

base::Seconds seconds(std::int64_t picoseconds) {
  return base::Seconds(static_cast<double>(picoseconds) * kSecondsPerPicosecond);
}

}  // namespace

std::vector<base::Picojoules> split_static_energy(const std::vector<ActiveInterval>& intervals,
                                                  base::Watts idle_power) {
  std::vector<base::Picojoules> energy(intervals.size());
  std::vector<std::int64_t> moments = {0};
  for (const ActiveInterval& interval : intervals) {
    moments.push_back(interval.start_ps);
    moments.push_back(interval.end_ps);
  }
  std::sort(moments.begin(), moments.end());
  moments.erase(std::unique(moments.begin(), moments.end()), moments.end());

  std::vector<std::size_t> by_start(intervals.size());
  for (std::size_t i = 0; i < by_start.size(); ++i) by_start[i] = i;
  std::stable_sort(by_start.begin(), by_start.end(), [&](std::size_t a, std::size_t b) {
    return intervals[a].start_ps < intervals[b].start_ps;
  });
  std::vector<std::size_t> active;
  std::size_t next = 0;
  for (std::size_t m = 0; m + 1 < moments.size(); ++m) {
    const std::int64_t from = moments[m];
    const std::int64_t to = moments[m + 1];
    while (next < by_start.size() && intervals[by_start[next]].start_ps <= from) {
      active.push_back(by_start[next++]);
    }
    std::erase_if(active, [&](std::size_t i) { return intervals[i].end_ps <= from; });
    if (active.empty()) {
      if (next < by_start.size()) energy[by_start[next]] += idle_power * seconds(to - from);
      continue;
    }
    const base::Watts share = idle_power / static_cast<double>(active.size());
    for (const std::size_t i : active) {
      energy[i] += (share + intervals[i].added_power) * seconds(to - from);
    }
  }
  return energy;
}

}  // namespace mensa::sim
