#pragma once

#include <algorithm>
#include <pagmo/population.hpp>
#include <pagmo/problem.hpp>
#include <pagmo/types.hpp>
#include <utility>
#include <vector>

#include "explore/search/fitness.h"
#include "explore/search/random_source.h"
#include "explore/search/search.h"

/// What pagmo's algorithms have in common here. Included by them alone: pagmo's headers take long.
namespace mensa::explore {

/// A space as pagmo sees it: a number for each parameter that has several choices, which of them it
/// has. Of the others there is nothing to find out, and NSGA-II refuses them.
class PagmoProblem {
 public:
  PagmoProblem() = default;  // pagmo asks for it
  /// `integral`: choices are whole numbers; else numbers from 0 to below their count.
  PagmoProblem(const Space& space, const Judge& judge, bool integral)
      : space_(&space), judge_(&judge), integral_(integral) {
    for (std::size_t i = 0; i < space.parameters.size(); ++i) {
      if (space.parameters[i].choices.size() > 1) varied_.push_back(i);
    }
  }

  /// Positions of the parameters that pagmo sees. Where there are none, the space has one point.
  [[nodiscard]] const std::vector<std::size_t>& varied() const { return varied_; }

  [[nodiscard]] pagmo::vector_double fitness(const pagmo::vector_double& x) const {
    return padded(fitness_of(judge_->operator()({point_of(x)}).front(), space_->objectives.size()));
  }
  /// Pagmo's multi-objective algorithms want two: a single one stands twice.
  [[nodiscard]] pagmo::vector_double::size_type get_nobj() const {
    return space_ == nullptr ? 2 : std::max<std::size_t>(2, space_->objectives.size());
  }
  [[nodiscard]] pagmo::vector_double::size_type get_nix() const {
    return integral_ ? varied_.size() : 0;
  }
  [[nodiscard]] std::pair<pagmo::vector_double, pagmo::vector_double> get_bounds() const {
    if (space_ == nullptr) return {{0}, {1}};
    constexpr double kBelow = 1 - 1e-9;
    pagmo::vector_double high;
    high.reserve(varied_.size());
    for (const std::size_t parameter : varied_) {
      const auto count = static_cast<double>(space_->parameters[parameter].choices.size());
      high.push_back(integral_ ? count - 1 : count * kBelow);
    }
    return {pagmo::vector_double(high.size(), 0.0), high};
  }

  /// Of several one after the other in `all`, as pagmo has them.
  [[nodiscard]] pagmo::vector_double fitness_of_all(const pagmo::vector_double& all) const {
    const std::size_t size = varied_.size();
    std::vector<Point> points;
    points.reserve(all.size() / size);
    for (std::size_t i = 0; i + size <= all.size(); i += size) {
      const auto begin = all.begin() + static_cast<std::ptrdiff_t>(i);
      points.push_back(point_of({begin, begin + static_cast<std::ptrdiff_t>(size)}));
    }
    pagmo::vector_double result;
    for (const Judgement& judgement : (*judge_)(points)) {
      const auto one = padded(fitness_of(judgement, space_->objectives.size()));
      result.insert(result.end(), one.begin(), one.end());
    }
    return result;
  }

  /// Of random points, all of them judged at once.
  [[nodiscard]] pagmo::population first_population() const {
    RandomSource random(space_->search.seed);
    pagmo::vector_double all;
    const std::size_t size = varied_.size();
    all.reserve(space_->search.population * size);
    for (std::size_t i = 0; i < space_->search.population; ++i) {
      for (const std::size_t parameter : varied_) {
        const auto choice =
            static_cast<double>(random.below(space_->parameters[parameter].choices.size()));
        constexpr double kMiddle = 0.5;
        all.push_back(integral_ ? choice : choice + kMiddle);
      }
    }
    const pagmo::vector_double fitness = fitness_of_all(all);
    pagmo::population population(pagmo::problem(*this), 0U,
                                 static_cast<unsigned>(space_->search.seed));
    const auto objectives = static_cast<std::ptrdiff_t>(get_nobj());
    for (std::size_t i = 0; i < space_->search.population; ++i) {
      const auto x = all.begin() + static_cast<std::ptrdiff_t>(i * size);
      const auto f = fitness.begin() + static_cast<std::ptrdiff_t>(i) * objectives;
      population.push_back({x, x + static_cast<std::ptrdiff_t>(size)}, {f, f + objectives});
    }
    return population;
  }

 private:
  [[nodiscard]] Point point_of(const pagmo::vector_double& x) const {
    Point point(space_->parameters.size(), 0);
    for (std::size_t i = 0; i < x.size(); ++i) {
      const auto choice = static_cast<std::uint32_t>(std::max(x[i], 0.0));
      const std::size_t choices = space_->parameters[varied_[i]].choices.size();
      point[varied_[i]] = std::min(choice, static_cast<std::uint32_t>(choices - 1));
    }
    return point;
  }

  [[nodiscard]] pagmo::vector_double padded(pagmo::vector_double fitness) const {
    if (fitness.size() == 1) fitness.push_back(fitness.front());
    return fitness;
  }

  const Space* space_ = nullptr;
  const Judge* judge_ = nullptr;
  bool integral_ = true;
  std::vector<std::size_t> varied_;
};

}  // namespace mensa::explore
