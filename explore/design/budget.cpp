#include "explore/design/budget.h"

#include <fmt/format.h>

#include "explore/space/dimension.h"

namespace mensa::explore {
namespace {

std::string excess(std::string_view what, double value, double most, const Dimension& dimension) {
  return fmt::format("{}: {} of {}", what, with_unit(value, dimension), with_unit(most, dimension));
}

}  // namespace

void Footprint::add(const BlueprintFigures& figures, std::size_t place) {
  area += figures.area;
  power += figures.peak_power;
  leakage += figures.leakage;
  area_at[place] += figures.area;
  power_at[place] += figures.peak_power;
}

Footprint footprint(const Platform& platform, const Blueprints& blueprints) {
  Footprint sum(platform.places().size());
  for (const Blueprint& blueprint : blueprints) {
    sum.add(platform.figures(blueprint), blueprint.place);
  }
  return sum;
}

bool is_within(double value, double most) {
  constexpr double kRounding = 1e-9;
  return value <= most * (1 + kRounding);
}

std::string broken_budget(const Platform& platform, const Budget& budget,
                          const Footprint& footprint) {
  if (!is_within(footprint.area, budget.area)) {
    return excess("area", footprint.area, budget.area, dimensions::kArea);
  }
  if (budget.power && !is_within(footprint.power, *budget.power)) {
    return excess("peak power", footprint.power, *budget.power, dimensions::kPower);
  }
  for (std::size_t i = 0; i < platform.places().size(); ++i) {
    const Platform::Place& place = platform.places()[i];
    if (place.most_area && !is_within(footprint.area_at[i], *place.most_area)) {
      return excess(fmt::format("area at {}", place.port), footprint.area_at[i], *place.most_area,
                    dimensions::kArea);
    }
    if (place.most_power && !is_within(footprint.power_at[i], *place.most_power)) {
      return excess(fmt::format("peak power at {}", place.port), footprint.power_at[i],
                    *place.most_power, dimensions::kPower);
    }
  }
  return {};
}

double excess(const Platform& platform, const Budget& budget, const Footprint& footprint) {
  double sum = 0;
  const auto add = [&](double value, const std::optional<double>& most) {
    if (most && !is_within(value, *most)) sum += value / *most - 1;
  };
  add(footprint.area, budget.area);
  add(footprint.power, budget.power);
  for (std::size_t i = 0; i < platform.places().size(); ++i) {
    add(footprint.area_at[i], platform.places()[i].most_area);
    add(footprint.power_at[i], platform.places()[i].most_power);
  }
  return sum;
}

bool keeps(const Platform& platform, const Budget& budget, const Footprint& footprint) {
  return excess(platform, budget, footprint) == 0;
}

}  // namespace mensa::explore
