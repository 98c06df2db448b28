#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "scheduler/policies/decision.h"

namespace mensa::scheduler {

/// When phase II of the policy mensa leaves the accelerator of the unit before.
struct MensaThresholds {
  double compute_ratio = 2;  ///< its array takes more than so many times as long
  double reuse = 64;         ///< parameters that do not fit are used less often, MAC/B
};
inline constexpr double kLeastComputeRatio = 1;
inline constexpr double kMostComputeRatio = 1e6;
inline constexpr double kMostReuse = 1e9;

/// What phase II looks at of a unit with MACs.
struct MensaFacts {
  std::size_t unit = 0;                                     ///< position in units()
  AcceleratorId ideal;                                      ///< of phase I
  std::vector<std::optional<base::Seconds>> compute_times;  ///< by accelerator; none: no candidate
  std::vector<base::Bytes> parameters;                      ///< at the accelerator's widths
  std::vector<bool> parameters_fit;                         ///< by accelerator
  bool has_parameters = false;
  double reuse = 0;  ///< MACs per parameter byte of one step
};

/// `ideal` is left to the caller.
[[nodiscard]] MensaFacts mensa_facts(const SchedulingProblem& problem, std::size_t unit);

/// What phase II makes of a unit whose layers could stay on the accelerator of the unit before.
struct MensaTests {
  bool runs_there = false;
  double compute_ratio = 0;  ///< of the array's time there to that on the ideal one
  bool too_slow = false;     ///< test (a)
  bool too_large = false;    ///< test (b)

  [[nodiscard]] bool stays() const { return runs_there && !too_slow && !too_large; }
};
/// `before` is not the ideal one.
[[nodiscard]] MensaTests mensa_tests(const MensaFacts& facts, AcceleratorId before,
                                     const MensaThresholds& thresholds);

/// Where each unit with MACs runs, in their order.
[[nodiscard]] std::vector<AcceleratorId> mensa_walk(const std::vector<MensaFacts>& facts,
                                                    const MensaThresholds& thresholds);

/// The nearest values of each threshold, above and below what it is, with which the unit at that
/// position of `facts` runs elsewhere, by its own tests or by those of units before it. Where none
/// of one threshold alone does that, those of both with which the unit passes its own tests.
[[nodiscard]] std::vector<Flip> mensa_flips(const std::vector<MensaFacts>& facts,
                                            const MensaThresholds& thresholds,
                                            std::size_t position);

}  // namespace mensa::scheduler
