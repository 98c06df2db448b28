#include "scheduler/uncertainty/uncertainty.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include "accelerators/spec/loader.h"
#include "accelerators/spec/stratified_positions.h"
#include "scheduler/uncertainty/repricing.h"

namespace mensa::scheduler {

using accelerators::UncertainConstant;
using base::YamlNode;

double ConstantEffect::energy_width() const { return std::abs((high.energy - low.energy).value()); }

Uncertainty uncertainty_of(const YamlNode& resolved, const SchedulingProblem& problem,
                           const Schedule& schedule, const Sampling& sampling,
                           const std::function<void()>& tell_variation) {
  YamlNode varied = resolved;
  Repricing repricing(problem, schedule);
  const auto cost = [&] {
    if (tell_variation) tell_variation();
    return repricing.cost(accelerators::read_system(varied));
  };
  const std::vector<UncertainConstant> constants = accelerators::uncertain_constants(resolved);

  Uncertainty result;
  result.nominal = cost();
  result.constants.reserve(constants.size());
  for (const UncertainConstant& constant : constants) {
    ConstantEffect effect{constant, {}, {}};
    constant.set(varied, constant.figure.low);
    effect.low = cost();
    constant.set(varied, constant.figure.high);
    effect.high = cost();
    constant.set(varied, constant.figure.nominal);
    result.constants.push_back(std::move(effect));
  }
  std::sort(result.constants.begin(), result.constants.end(),
            [](const ConstantEffect& a, const ConstantEffect& b) {
              return std::tuple(-a.energy_width(), a.constant.name) <
                     std::tuple(-b.energy_width(), b.constant.name);
            });

  std::vector<std::vector<double>> positions;
  positions.reserve(constants.size());
  for (const UncertainConstant& constant : constants) {
    positions.push_back(
        accelerators::stratified_positions(sampling.seed, constant.name, sampling.count));
  }
  result.samples.reserve(sampling.count);
  for (std::size_t s = 0; s < sampling.count; ++s) {
    for (std::size_t c = 0; c < constants.size(); ++c) {
      constants[c].set(varied, constants[c].figure.at(positions[c][s]));
    }
    result.samples.push_back(cost());
  }
  return result;
}

std::size_t variation_count(const YamlNode& resolved, const Sampling& sampling) {
  return 1 + 2 * accelerators::uncertain_constants(resolved).size() + sampling.count;
}

}  // namespace mensa::scheduler
