#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "accelerators/spec/uncertain_figures.h"
#include "models/base/yaml_reader.h"
#include "scheduler/problem/schedule.h"

namespace mensa::scheduler {

/// What a schedule takes with one constant at an end of its range, all others nominal.
struct ConstantEffect {
  accelerators::UncertainConstant constant;
  AnalyticCost low;
  AnalyticCost high;

  /// Of the energies at both ends, in pJ.
  [[nodiscard]] double energy_width() const;
};

/// How far time and energy of a schedule move within the ranges of the hardware's constants.
struct Uncertainty {
  AnalyticCost nominal;
  std::vector<ConstantEffect> constants;  ///< the widest energy first; equal ones by name
  std::vector<AnalyticCost> samples;      ///< all constants at once
};

/// So many samples, of these random numbers.
struct Sampling {
  std::size_t count = 0;
  std::uint64_t seed = 0;
};

/// Varies the constants of the system in the tree `resolved`, of which `schedule` is: each alone,
/// and all at once by a Latin hypercube (stratified_positions() of each constant's name). Mappings
/// and schedule stay. `tell_variation` is called before each of variation_count(). Throws
/// base::Error where a range of the tree makes no sense, or some value in it no system.
[[nodiscard]] Uncertainty uncertainty_of(const base::YamlNode& resolved,
                                         const SchedulingProblem& problem, const Schedule& schedule,
                                         const Sampling& sampling,
                                         const std::function<void()>& tell_variation = {});

/// How often uncertainty_of() prices the schedule.
[[nodiscard]] std::size_t variation_count(const base::YamlNode& resolved, const Sampling& sampling);

}  // namespace mensa::scheduler
