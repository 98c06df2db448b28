#pragma once

#include <optional>
#include <string>
#include <vector>

#include "explore/design/blueprint.h"
#include "explore/design/platform.h"

namespace mensa::explore {

/// What the accelerators of a design may take together. Limits at single ports are the platform's.
struct Budget {
  double area = 0;              ///< mm2
  std::optional<double> power;  ///< W at their peak, without memories
};

/// What accelerators take together.
struct Footprint {
  double area = 0;
  double power = 0;
  double leakage = 0;
  std::vector<double> area_at;   ///< by place
  std::vector<double> power_at;  ///< by place

  explicit Footprint(std::size_t places) : area_at(places, 0.0), power_at(places, 0.0) {}
  void add(const BlueprintFigures& figures, std::size_t place);
};
[[nodiscard]] Footprint footprint(const Platform& platform, const Blueprints& blueprints);

/// Budgets hold but for what sums of doubles round.
[[nodiscard]] bool is_within(double value, double most);

/// What a footprint breaks, by how much: "area: 2.31 mm2 of 2 mm2"; empty: nothing.
[[nodiscard]] std::string broken_budget(const Platform& platform, const Budget& budget,
                                        const Footprint& footprint);
/// By how much budgets are broken, each relative to itself, summed; 0: none is.
[[nodiscard]] double excess(const Platform& platform, const Budget& budget,
                            const Footprint& footprint);
[[nodiscard]] bool keeps(const Platform& platform, const Budget& budget,
                         const Footprint& footprint);

}  // namespace mensa::explore
