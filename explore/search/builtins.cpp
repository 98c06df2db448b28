#include "explore/search/builtins.h"

#include <fmt/format.h>

#include <algorithm>

namespace mensa::explore {
namespace {

constexpr std::size_t kFewestOfNsga2 = 8;
constexpr std::size_t kMultipleOfNsga2 = 4;
constexpr std::size_t kFewestOfMoead = 8;

}  // namespace

const std::vector<SearchEntry>& searches() {
  static const std::vector<SearchEntry> kSearches = {
      {"grid", "every point, one after the other", false, make_grid},
      {"random", "points in random order, each once", false, make_random},
      {"sobol", "a sequence that fills the space evenly", false, make_sobol},
      {"nsga2", "NSGA-II: generations of points crossed and mutated", true, make_nsga2},
      {"moead", "MOEA/D: a population of trade-offs, one point at a time", true, make_moead},
      {"anneal", "simulated annealing, a chain for each of several trade-offs", true, make_anneal}};
  return kSearches;
}

const SearchEntry& find_search(std::string_view name) {
  std::vector<std::string> known;
  for (const SearchEntry& entry : searches()) {
    if (entry.name == name) return entry;
    known.push_back(entry.name);
  }
  throw base::Error(base::unknown_name_message("search", name, known));
}

void check_search(const SearchSettings& settings, std::size_t objectives) {
  const std::string& method = find_search(settings.method).name;
  const std::size_t population = settings.population;
  if (method == "nsga2" && (population < kFewestOfNsga2 || population % kMultipleOfNsga2 != 0)) {
    throw base::Error(
        fmt::format("nsga2 takes a population of at least {} that is a multiple of {}, not {}",
                    kFewestOfNsga2, kMultipleOfNsga2, population));
  }
  // Its trade-offs are spread over more directions than there are objectives.
  const std::size_t fewest_of_moead = std::max(kFewestOfMoead, objectives + 1);
  if (method == "moead" && population < fewest_of_moead) {
    throw base::Error(fmt::format(
        "moead takes a population of at least {}, and more than there are objectives, not {}",
        fewest_of_moead, population));
  }
}

}  // namespace mensa::explore
