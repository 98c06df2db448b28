#pragma once

#include <cmath>
#include <cstddef>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "explore/search/search.h"
#include "tests/explore/sample_points.h"

namespace mensa::explore {

/// Judges points by a function, remembers them, and ends the search after so many different ones.
class RecordingJudge {
 public:
  RecordingJudge(std::function<Judgement(const Point&)> judgement, std::size_t most)
      : judgement_(std::move(judgement)), most_(most) {}

  [[nodiscard]] std::vector<Judgement> judge(const std::vector<Point>& points) {
    std::vector<Judgement> judgements;
    judgements.reserve(points.size());
    for (const Point& point : points) {
      if (different_.insert(key_of(point)).second) {
        points_.push_back(point);
        given_.push_back(judgement_(point));
      }
      judgements.push_back(judgement_(point));
      if (different_.size() == most_) throw SearchEnded{};
    }
    ++askings_;
    constexpr std::size_t kEndless = 200'000;  // a search that finds nothing new
    if (askings_ == kEndless) throw SearchEnded{};
    return judgements;
  }

  /// Different ones, in the order in which they were asked for first.
  [[nodiscard]] std::vector<Point> points() const { return points_; }
  [[nodiscard]] std::vector<Judgement> given() const { return given_; }

 private:
  std::function<Judgement(const Point&)> judgement_;
  std::size_t most_;
  std::size_t askings_ = 0;
  std::set<std::string> different_;
  std::vector<Point> points_;
  std::vector<Judgement> given_;
};

/// Runs the space's search until it has asked for `most` different points, or ends by itself.
inline RecordingJudge run_search(const Space& space,
                                 const std::function<Judgement(const Point&)>& by,
                                 std::size_t most) {
  RecordingJudge judge(by, most);
  try {
    find_search(space.search.method).make(space)->run([&](const std::vector<Point>& points) {
      return judge.judge(points);
    });
  } catch (const SearchEnded&) {
    return judge;
  }
  return judge;
}

/// ZDT1 (Zitzler, Deb and Thiele, Evolutionary Computation 8(2), 2000): the front is where all
/// parameters but the first are 0.
inline Judgement zdt1(const Space& space, const Point& point) {
  const double first = part_of(space, point, 0);
  double rest = 0;
  for (std::size_t i = 1; i < point.size(); ++i) rest += part_of(space, point, i);
  const double g = 1 + 9 * rest / static_cast<double>(point.size() - 1);
  return {true, 0, {first, g * (1 - std::sqrt(first / g))}};
}

}  // namespace mensa::explore
