#include "traces/uncertainty_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "models/base/conversions.h"
#include "traces/finite.h"
#include "traces/human.h"
#include "traces/json_parts.h"
#include "traces/text_table.h"

namespace mensa::traces {
namespace {

using Json = nlohmann::ordered_json;
using scheduler::AnalyticCost;

/// Constants that people see: so many, and only those that move the energy by this much.
constexpr std::size_t kMostShown = 8;
constexpr double kLeastEffect = 0.005;

double seconds(const AnalyticCost& cost) { return cost.latency.value(); }
double joules(const AnalyticCost& cost) { return cost.energy.value() * base::kJoulesPerPicojoule; }

/// 0.1 where it is 10 % more than nominal; 0 where there is nothing to compare with.
double change(double value, double nominal) { return nominal > 0 ? value / nominal - 1 : 0; }

Json spread_json(const Spread& spread) {
  return {{"nominal", finite(spread.nominal)}, {"p5", finite(spread.p5)},
          {"p50", finite(spread.p50)},         {"p95", finite(spread.p95)},
          {"min", finite(spread.least)},       {"max", finite(spread.most)}};
}

Json ends_json(const EndFigures& ends) {
  return {{"low", finite(ends.low)}, {"high", finite(ends.high)}};
}

Json constant_json(const VariedConstant& constant) {
  return {{"name", constant.name},
          {"places", constant.places},
          {"unit", text_or_null(constant.unit)},
          {"low", constant.low},
          {"nominal", constant.nominal},
          {"high", constant.high},
          {"grade", constant.grade},
          {"source", constant.source},
          {"latency_s", ends_json(constant.seconds)},
          {"energy_j", ends_json(constant.joules)}};
}

std::string interval_text(const Spread& spread, std::string_view unit) {
  return fmt::format("{} to {} ({:+.1f} % to {:+.1f} %), nominal {}", si(spread.p5, unit),
                     si(spread.p95, unit), 100 * change(spread.p5, spread.nominal),
                     100 * change(spread.p95, spread.nominal), si(spread.nominal, unit));
}

std::string signed_percent(double value, double nominal) {
  // What rounding leaves below 0 is no minus.
  return fmt::format("{:+.1f}", std::round(1000 * change(value, nominal)) / 10 + 0.0);
}

/// The range, which stands in columns of its own, is left out of names that end with it.
std::string name_without_range(const VariedConstant& constant) {
  const std::string& place = constant.places.front();
  return place.starts_with("technology.") ? constant.name : place.substr(place.rfind('.') + 1);
}

}  // namespace

UncertaintyReport uncertainty_report(const scheduler::Uncertainty& uncertainty,
                                     std::uint64_t seed) {
  UncertaintyReport report;
  report.seed = seed;
  report.constants.reserve(uncertainty.constants.size());
  for (const scheduler::ConstantEffect& effect : uncertainty.constants) {
    const accelerators::UncertainFigure& figure = effect.constant.figure;
    report.constants.push_back({effect.constant.name,
                                effect.constant.places,
                                figure.unit,
                                figure.low,
                                figure.nominal,
                                figure.high,
                                figure.grade,
                                figure.source,
                                {seconds(effect.low), seconds(effect.high)},
                                {joules(effect.low), joules(effect.high)}});
  }
  report.sampled_seconds.reserve(uncertainty.samples.size());
  report.sampled_joules.reserve(uncertainty.samples.size());
  for (const AnalyticCost& sample : uncertainty.samples) {
    report.sampled_seconds.push_back(seconds(sample));
    report.sampled_joules.push_back(joules(sample));
  }
  report.seconds = spread_of(seconds(uncertainty.nominal), report.sampled_seconds);
  report.joules = spread_of(joules(uncertainty.nominal), report.sampled_joules);
  return report;
}

Spread spread_of(double nominal, std::vector<double> samples) {
  std::sort(samples.begin(), samples.end());
  const auto at = [&](double fraction) {
    const double place = fraction * static_cast<double>(samples.size() - 1);
    const auto below = static_cast<std::size_t>(place);
    const std::size_t above = std::min(below + 1, samples.size() - 1);
    return std::lerp(samples[below], samples[above], place - static_cast<double>(below));
  };
  return {nominal, at(0.05), at(0.5), at(0.95), samples.front(), samples.back()};
}

Json uncertainty_to_json(const UncertaintyReport& report) {
  Json constants = json_array(report.constants, constant_json);
  return {
      {"samples", report.sampled_joules.size()},
      {"seed", report.seed},
      {"constants", std::move(constants)},
      {"latency_s", spread_json(report.seconds)},
      {"energy_j", spread_json(report.joules)},
      {"sampled", {{"latency_s", report.sampled_seconds}, {"energy_j", report.sampled_joules}}}};
}

std::string uncertainty_text(const UncertaintyReport& report) {
  std::string text = fmt::format(
      "Uncertainty: {} samples of the ranges of {} constants, 5 % to 95 % of them, by the analytic "
      "model.\n"
      "Mappings and schedule stay those of the nominal values.\n",
      report.sampled_joules.size(), report.constants.size());
  text += labelled("Latency", interval_text(report.seconds, "s"));
  text += labelled("Energy", interval_text(report.joules, "J"));
  TextTable table({{"constant", Align::kLeft},
                   {"low"},
                   {"nominal"},
                   {"high"},
                   {"unit", Align::kLeft},
                   {"grade", Align::kLeft},
                   {"energy % low"},
                   {"energy % high"},
                   {"latency % low"},
                   {"latency % high"}});
  std::size_t shown = 0;
  for (const VariedConstant& constant : report.constants) {
    const double nominal = report.joules.nominal;
    const double effect = std::max(std::abs(change(constant.joules.low, nominal)),
                                   std::abs(change(constant.joules.high, nominal)));
    if (shown == kMostShown || effect < kLeastEffect) continue;
    ++shown;
    table.add_row({name_without_range(constant), fmt::format("{}", constant.low),
                   fmt::format("{}", constant.nominal), fmt::format("{}", constant.high),
                   constant.unit, constant.grade, signed_percent(constant.joules.low, nominal),
                   signed_percent(constant.joules.high, nominal),
                   signed_percent(constant.seconds.low, report.seconds.nominal),
                   signed_percent(constant.seconds.high, report.seconds.nominal)});
  }
  if (shown > 0) text += table.to_string();
  const std::size_t others = report.constants.size() - shown;
  if (others > 0) {
    text +=
        fmt::format("{} more constant{} move{} the energy less{}.\n", others,
                    others == 1 ? "" : "s", others == 1 ? "s" : "",
                    shown == kMostShown ? "" : fmt::format(", by under {} %", 100 * kLeastEffect));
  }
  return text;
}

}  // namespace mensa::traces
