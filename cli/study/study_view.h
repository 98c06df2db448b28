#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "explore/insight/pareto.h"
#include "explore/store/study_store.h"

namespace mensa::cli {

/// What tables and plots are made from: the feasible points of a study as it was when this was
/// read, in the order of their numbers, and what is known of the others.
struct StudyView {
  explore::StudyCounts counts;
  std::map<std::string, std::uint64_t> causes;  ///< of points that are not feasible, how many
  std::vector<std::uint64_t> numbers;
  std::vector<explore::Point> points;
  std::vector<explore::ObjectiveVector> objectives;  ///< as explore::to_minimise() has them
  std::vector<std::size_t> front;   ///< positions in these lists, by the first objective
  std::optional<std::size_t> knee;  ///< one of `front`; none where that is empty

  [[nodiscard]] bool is_knee(std::uint64_t number) const {
    return knee && numbers[*knee] == number;
  }
};

[[nodiscard]] StudyView view_of(const explore::StudyStore& study);

/// The points with these positions in the view, whole.
[[nodiscard]] std::vector<explore::Entry> entries_at(const explore::StudyStore& study,
                                                     const StudyView& view,
                                                     const std::vector<std::size_t>& positions);

}  // namespace mensa::cli
