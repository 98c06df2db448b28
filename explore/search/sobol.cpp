#include <fmt/format.h>

#include <boost/random/sobol.hpp>
#include <cmath>

#include "explore/search/builtins.h"
#include "explore/search/positions.h"
#include "explore/search/random_source.h"

namespace mensa::explore {
namespace {

constexpr std::size_t kSobolBatch = 256;
/// Directions that Boost has (Joe and Kuo, SIAM J. Sci. Comput. 30, 2008).
constexpr std::size_t kMostParameters = 3667;

/// Two points of the sequence may be one of the space; the judge knows it then.
class Sobol final : public Search {
 public:
  explicit Sobol(const Space& space) : space_(space) {
    if (space.parameters.size() > kMostParameters) {
      throw base::Error(fmt::format("sobol takes at most {} parameters; there are {}",
                                    kMostParameters, space.parameters.size()));
    }
  }

  [[noreturn]] void run(const Judge& judge) override {
    const std::size_t dimensions = space_.parameters.size();
    boost::random::sobol sequence(dimensions);
    RandomSource random(space_.search.seed);
    std::vector<double> shift(dimensions);
    for (double& part : shift) part = random.unit();
    const double range = static_cast<double>(boost::random::sobol::max()) + 1;
    while (true) {
      std::vector<Point> points;
      points.reserve(kSobolBatch);
      for (std::size_t i = 0; i < kSobolBatch; ++i) {
        std::vector<double> units(dimensions);
        for (std::size_t d = 0; d < dimensions; ++d) {
          const double shifted = static_cast<double>(sequence()) / range + shift[d];
          units[d] = shifted - std::floor(shifted);
        }
        points.push_back(point_from_units(space_, units));
      }
      static_cast<void>(judge(points));
    }
  }

 private:
  const Space& space_;
};

}  // namespace

std::unique_ptr<Search> make_sobol(const Space& space) { return std::make_unique<Sobol>(space); }

}  // namespace mensa::explore
