#include "explore/search/fitness.h"

#include <algorithm>

namespace mensa::explore {
namespace {

/// Objectives are logarithms of doubles: within -745 and 710.
constexpr double kWorst = 1e3;
constexpr double kMostViolation = 1e9;

}  // namespace

std::vector<double> fitness_of(const Judgement& judgement, std::size_t objectives) {
  if (judgement.feasible) return judgement.objectives;
  return std::vector<double>(objectives, kWorst + std::min(judgement.violation, kMostViolation));
}

}  // namespace mensa::explore
