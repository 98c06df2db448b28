#include "scheduler/clusters/rand_index.h"

#include <cassert>
#include <map>
#include <utility>

namespace mensa::scheduler {
namespace {

double pairs(std::size_t things) {
  const auto count = static_cast<double>(things);
  return count * (count - 1) / 2;
}

template <class Counts>
double pairs_together(const Counts& counts) {
  double sum = 0;
  for (const auto& [label, things] : counts) sum += pairs(things);
  return sum;
}

}  // namespace

double adjusted_rand_index(std::span<const std::size_t> a, std::span<const std::size_t> b) {
  assert(a.size() == b.size());
  if (a.size() < 2) return 1;
  std::map<std::size_t, std::size_t> of_a;
  std::map<std::size_t, std::size_t> of_b;
  std::map<std::pair<std::size_t, std::size_t>, std::size_t> of_both;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ++of_a[a[i]];
    ++of_b[b[i]];
    ++of_both[{a[i], b[i]}];
  }
  const double in_both = pairs_together(of_both);
  const double in_a = pairs_together(of_a);
  const double in_b = pairs_together(of_b);
  const double by_chance = in_a * in_b / pairs(a.size());
  const double at_most = (in_a + in_b) / 2;
  // Only where both put everything together, or both nothing: then they agree.
  if (at_most == by_chance) return 1;
  return (in_both - by_chance) / (at_most - by_chance);
}

}  // namespace mensa::scheduler
