#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "scheduler/uncertainty/uncertainty.h"
#include "traces/report.h"

namespace mensa::traces {

/// Of at least one sample.
[[nodiscard]] UncertaintyReport uncertainty_report(const scheduler::Uncertainty& uncertainty,
                                                   std::uint64_t seed);

/// `samples`, at least one, in any order. Percentiles lie between the two samples next to them, in
/// proportion: the fraction q of n sorted ones stands at q (n - 1), counted from 0.
[[nodiscard]] Spread spread_of(double nominal, std::vector<double> samples);

/// As docs/mensa-run.schema.json has it.
[[nodiscard]] nlohmann::ordered_json uncertainty_to_json(const UncertaintyReport& report);

/// Lines for people: how far both figures go, and which constants move the energy most.
[[nodiscard]] std::string uncertainty_text(const UncertaintyReport& report);

}  // namespace mensa::traces
