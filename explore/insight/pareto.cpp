#include "explore/insight/pareto.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <numeric>

namespace mensa::explore {
namespace {

using Positions = std::vector<std::size_t>;

bool weakly_dominates(const ObjectiveVector& a, const ObjectiveVector& b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] > b[i]) return false;
  }
  return true;
}

/// The front of pairs that come one by one: the second falls as the first grows.
class Staircase {
 public:
  /// False where a pair of it is nowhere larger; else the pair joins it.
  bool add(double first, double second) {
    const auto after = steps_.upper_bound(first);
    if (after != steps_.begin() && std::prev(after)->second <= second) return false;
    auto step = steps_.lower_bound(first);
    while (step != steps_.end() && step->second >= second) step = steps_.erase(step);
    steps_[first] = second;
    return true;
  }

 private:
  std::map<double, double> steps_;
};

/// Of points in lexicographic order: nobody dominates one that comes before. With one objective
/// the first is all; with two and three a staircase of the last ones tells (Kung, Luccio and
/// Preparata, J. ACM 22, 1975).
Positions sweep(const std::vector<ObjectiveVector>& points, const Positions& order) {
  Positions front;
  Staircase stairs;
  const std::size_t objectives = points.front().size();
  for (const std::size_t position : order) {
    const ObjectiveVector& point = points[position];
    if (stairs.add(objectives == 3 ? point[1] : 0, objectives == 1 ? 0 : point.back())) {
      front.push_back(position);
    }
  }
  return front;
}

/// Of points in lexicographic order, with any number of objectives. Who has dominated comes first,
/// since most points fall to a few of the front.
Positions filter(const std::vector<ObjectiveVector>& points, const Positions& order) {
  Positions front;
  for (const std::size_t position : order) {
    const auto stronger = std::find_if(front.begin(), front.end(), [&](std::size_t member) {
      return weakly_dominates(points[member], points[position]);
    });
    if (stronger == front.end()) {
      front.push_back(position);
    } else {
      std::rotate(front.begin(), stronger, std::next(stronger));
    }
  }
  return front;
}

Positions all_of(const std::vector<ObjectiveVector>& points) {
  Positions all(points.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  return all;
}

}  // namespace

bool dominates(const ObjectiveVector& a, const ObjectiveVector& b) {
  return weakly_dominates(a, b) && a != b;
}

Positions pareto_front_among(const std::vector<ObjectiveVector>& points, Positions candidates) {
  if (candidates.empty()) return {};
  std::sort(candidates.begin(), candidates.end(), [&](std::size_t a, std::size_t b) {
    return points[a] != points[b] ? points[a] < points[b] : a < b;
  });
  constexpr std::size_t kMostOfSweep = 3;
  Positions front = points.front().size() <= kMostOfSweep ? sweep(points, candidates)
                                                          : filter(points, candidates);
  std::sort(front.begin(), front.end());
  return front;
}

Positions pareto_front(const std::vector<ObjectiveVector>& points) {
  return pareto_front_among(points, all_of(points));
}

bool ParetoFront::add(const ObjectiveVector& values, std::uint64_t id) {
  const auto stronger = std::find_if(members_.begin(), members_.end(), [&](const Member& member) {
    return weakly_dominates(member.values, values);
  });
  if (stronger != members_.end()) {
    if (stronger->values == values) stronger->id = std::min(stronger->id, id);
    return false;
  }
  std::erase_if(members_,
                [&](const Member& member) { return weakly_dominates(values, member.values); });
  members_.push_back({values, id});
  return true;
}

}  // namespace mensa::explore
