#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace mensa::explore {

/// What is to be made small of one point, as to_minimise() has it. None is NaN.
using ObjectiveVector = std::vector<double>;

/// Whether a is nowhere larger than b and somewhere smaller. Both have the same length.
[[nodiscard]] bool dominates(const ObjectiveVector& a, const ObjectiveVector& b);

/// Positions, in ascending order, of the points that no other one dominates. Of points with equal
/// vectors the first one stands for all. All vectors have the same length, at least 1.
///
/// n log n for up to three objectives; for more n times what a point meets of the front until one
/// dominates it.
[[nodiscard]] std::vector<std::size_t> pareto_front(const std::vector<ObjectiveVector>& points);

/// The same among the points at these positions.
[[nodiscard]] std::vector<std::size_t> pareto_front_among(
    const std::vector<ObjectiveVector>& points, std::vector<std::size_t> candidates);

/// The front of points that come one by one: the same as pareto_front() of all of them, in whatever
/// order they come.
class ParetoFront {
 public:
  struct Member {
    ObjectiveVector values;
    std::uint64_t id = 0;
  };
  /// True where the values change the front. Of equal vectors the lowest id stands for all.
  bool add(const ObjectiveVector& values, std::uint64_t id);
  /// In no order that means anything.
  [[nodiscard]] const std::vector<Member>& members() const { return members_; }

 private:
  std::vector<Member> members_;
};

}  // namespace mensa::explore
