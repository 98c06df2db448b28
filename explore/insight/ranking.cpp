#include "explore/insight/ranking.h"

#include <algorithm>
#include <iterator>
#include <numeric>

#include "explore/insight/knee.h"

namespace mensa::explore {
namespace {

std::vector<std::size_t> positions_of(std::size_t size) {
  std::vector<std::size_t> all(size);
  std::iota(all.begin(), all.end(), std::size_t{0});
  return all;
}

}  // namespace

std::vector<std::size_t> best_by_fronts(const std::vector<ObjectiveVector>& points,
                                        std::size_t count) {
  std::vector<std::size_t> best;
  std::vector<std::size_t> rest = positions_of(points.size());
  FrontBox box;
  while (best.size() < count && !rest.empty()) {
    std::vector<std::size_t> front = pareto_front_among(points, rest);
    std::vector<std::size_t> behind;
    behind.reserve(rest.size() - front.size());
    std::set_difference(rest.begin(), rest.end(), front.begin(), front.end(),
                        std::back_inserter(behind));
    rest = std::move(behind);
    if (best.empty()) {
      std::vector<ObjectiveVector> first;
      first.reserve(front.size());
      for (const std::size_t position : front) first.push_back(points[position]);
      box = box_of(first);
    }
    std::stable_sort(front.begin(), front.end(), [&](std::size_t a, std::size_t b) {
      return knee_distance(points[a], box) < knee_distance(points[b], box);
    });
    best.insert(best.end(), front.begin(), front.end());
  }
  best.resize(std::min(best.size(), count));
  return best;
}

std::vector<std::size_t> lowest(const std::vector<double>& values, std::size_t count) {
  std::vector<std::size_t> order = positions_of(values.size());
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  order.resize(std::min(order.size(), count));
  return order;
}

}  // namespace mensa::explore
