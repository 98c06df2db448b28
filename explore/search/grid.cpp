#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "explore/search/builtins.h"
#include "explore/search/positions.h"

namespace mensa::explore {
namespace {

constexpr std::uint64_t kGridBatch = 1024;

class Grid final : public Search {
 public:
  explicit Grid(const Space& space) : space_(space) {
    double size = 1;
    for (const Parameter& parameter : space.parameters) {
      size *= static_cast<double>(parameter.choices.size());
    }
    if (size > kMostGridPoints) {
      throw base::Error(fmt::format(
          "the grid has {:.3g} points, of at most {:.0e}; take fewer values, or search by random, "
          "sobol or nsga2",
          size, kMostGridPoints));
    }
  }

  void run(const Judge& judge) override {
    const std::uint64_t size = *space_.size();
    for (std::uint64_t first = 0; first < size; first += kGridBatch) {
      std::vector<Point> points;
      const std::uint64_t count = std::min(kGridBatch, size - first);
      points.reserve(count);
      for (std::uint64_t i = 0; i < count; ++i) points.push_back(point_at(space_, first + i));
      static_cast<void>(judge(points));
    }
  }

 private:
  const Space& space_;
};

}  // namespace

std::unique_ptr<Search> make_grid(const Space& space) { return std::make_unique<Grid>(space); }

}  // namespace mensa::explore
