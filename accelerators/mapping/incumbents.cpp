#include "accelerators/mapping/incumbents.h"

#include <algorithm>

namespace mensa::accelerators {

namespace {

constexpr std::size_t kMostKept = 8;

}  // namespace

void Incumbents::add(const Mapping& mapping, TimeAndEnergy cost) {
  const auto slower = std::find_if(kept_.begin(), kept_.end(), [&](const Kept& kept) {
    return kept.cost.cycles >= cost.cycles;
  });
  if (slower != kept_.begin() && (slower - 1)->cost.energy <= cost.energy) return;
  if (slower != kept_.end() && slower->cost.cycles == cost.cycles &&
      slower->cost.energy <= cost.energy) {
    return;
  }
  const auto cheaper = std::find_if(
      slower, kept_.end(), [&](const Kept& kept) { return kept.cost.energy < cost.energy; });
  kept_.insert(kept_.erase(slower, cheaper), {mapping, cost});
  fastest_ = kept_.front().cost;
  cheapest_ = kept_.back().cost;
  least_product_ = std::min(least_product_, product(cost));
}

std::vector<Mapping> Incumbents::take() {
  if (kept_.size() > kMostKept) {
    const auto by_product = [](const Kept& a, const Kept& b) {
      return product(a.cost) < product(b.cost);
    };
    const auto by_time = [](const Kept& a, const Kept& b) { return a.cost.cycles < b.cost.cycles; };
    std::sort(kept_.begin() + 1, kept_.end() - 1, by_product);
    kept_.erase(kept_.begin() + kMostKept - 1, kept_.end() - 1);
    std::sort(kept_.begin(), kept_.end(), by_time);
  }
  std::vector<Mapping> mappings;
  mappings.reserve(kept_.size());
  for (const Kept& kept : kept_) mappings.push_back(kept.mapping);
  return mappings;
}

}  // namespace mensa::accelerators
