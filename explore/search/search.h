#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "explore/space/space.h"

namespace mensa::explore {

/// What a search is told of a point.
struct Judgement {
  bool feasible = false;
  double violation = 0;            ///< of constraints; 0 where feasible
  std::vector<double> objectives;  ///< to be made small (to_minimise()); empty where not feasible
};

/// Judges points, each in its place. Points that were judged before are answered at once. Throws
/// SearchEnded when a stop rule says so: a search lets it pass.
using Judge = std::function<std::vector<Judgement>(const std::vector<Point>&)>;

struct SearchEnded {};

/// Chooses points of a space. Of one seed it asks for the same points in the same order: what it
/// asks for depends on nothing but the space, its settings and the answers.
class Search {
 public:
  virtual ~Search() = default;
  /// Returns when it has no more points to ask for.
  virtual void run(const Judge& judge) = 0;
};

struct SearchEntry {
  std::string name;
  std::string help;  ///< one line
  /// Whether it goes on where it found good points: then its points are no fair sample of the
  /// space.
  bool concentrates = false;
  /// `space` outlives the search.
  std::function<std::unique_ptr<Search>(const Space&)> make;
};

/// All searches, in the order of the help text.
[[nodiscard]] const std::vector<SearchEntry>& searches();
/// Throws base::Error listing the known ones.
[[nodiscard]] const SearchEntry& find_search(std::string_view name);

/// Throws base::Error where there is no such search, or not with that population for so many
/// objectives.
void check_search(const SearchSettings& settings, std::size_t objectives);

}  // namespace mensa::explore
