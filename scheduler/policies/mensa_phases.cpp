#include "scheduler/policies/mensa_phases.h"

#include <algorithm>
#include <limits>

#include "scheduler/traits/layer_traits.h"

namespace mensa::scheduler {
namespace {

/// Thresholds this far apart decide alike, but for what lies between them.
constexpr double kNearly = 1e-9;

/// Of a time that may be 0.
double ratio_of(base::Seconds there, base::Seconds ideal) {
  if (ideal > base::Seconds(0)) return there.ratio(ideal);
  return there > ideal ? std::numeric_limits<double>::infinity() : 1;
}

/// Values of a threshold around which some unit may be decided otherwise.
std::vector<double> turning_points(const std::vector<MensaFacts>& facts,
                                   double MensaThresholds::*threshold) {
  std::vector<double> points;
  for (const MensaFacts& unit : facts) {
    if (threshold == &MensaThresholds::reuse) {
      points.push_back(unit.reuse);
      continue;
    }
    const base::Seconds ideal = *unit.compute_times[unit.ideal.index()];
    for (const auto& time : unit.compute_times) {
      if (time) points.push_back(ratio_of(*time, ideal));
    }
  }
  std::sort(points.begin(), points.end());
  points.erase(std::unique(points.begin(), points.end()), points.end());
  return points;
}

class FlipSearch {
 public:
  FlipSearch(const std::vector<MensaFacts>& facts, const MensaThresholds& thresholds,
             std::size_t position)
      : facts_(facts.begin(), facts.begin() + static_cast<std::ptrdiff_t>(position) + 1),
        thresholds_(thresholds),
        position_(position),
        chosen_(mensa_walk(facts_, thresholds).back()) {}

  void search(const char* name, double MensaThresholds::*threshold, double least, double most) {
    const double now = thresholds_.*threshold;
    const std::vector<double> points = turning_points(facts_, threshold);
    const std::vector<double> falling(points.rbegin(), points.rend());
    for (const double point : falling) {
      const double value = point * (1 - kNearly);
      if (value < now && value >= least && flips_at(name, threshold, value)) break;
    }
    for (const double point : points) {
      const double value = point * (1 + kNearly);
      if (value > now && value <= most && flips_at(name, threshold, value)) break;
    }
  }

  /// Both thresholds, just so that the last unit stays.
  void search_both() {
    if (position_ == 0) return;
    const MensaFacts& unit = facts_.back();
    const AcceleratorId before = mensa_walk(facts_, thresholds_)[position_ - 1];
    if (before == unit.ideal) return;
    const MensaTests tests = mensa_tests(unit, before, thresholds_);
    if (!tests.too_slow || !tests.too_large) return;
    MensaThresholds other;
    other.compute_ratio = tests.compute_ratio * (1 + kNearly);
    other.reuse = unit.reuse * (1 - kNearly);
    if (other.compute_ratio > kMostComputeRatio) return;
    const AcceleratorId then = mensa_walk(facts_, other).back();
    if (then == chosen_) return;
    flips.push_back({{{"compute_ratio", thresholds_.compute_ratio, other.compute_ratio},
                      {"reuse", thresholds_.reuse, other.reuse}},
                     then});
  }

  std::vector<Flip> flips;

 private:
  bool flips_at(const char* name, double MensaThresholds::*threshold, double value) {
    MensaThresholds other = thresholds_;
    other.*threshold = value;
    const AcceleratorId then = mensa_walk(facts_, other).back();
    if (then == chosen_) return false;
    flips.push_back({{{name, thresholds_.*threshold, value}}, then});
    return true;
  }

  std::vector<MensaFacts> facts_;
  MensaThresholds thresholds_;
  std::size_t position_;
  AcceleratorId chosen_;
};

}  // namespace

MensaFacts mensa_facts(const SchedulingProblem& problem, std::size_t unit) {
  const auto& accelerators = problem.system().accelerators;
  const SchedulingProblem::Unit& layers = problem.units()[unit];
  MensaFacts facts;
  facts.unit = unit;
  facts.compute_times.resize(accelerators.size());
  facts.parameters.resize(accelerators.size());
  facts.parameters_fit.resize(accelerators.size());
  std::int64_t macs = 0;
  std::int64_t parameter_bytes = 0;
  for (const models::LayerId id : layers) {
    const LayerTraits traits = layer_traits(problem.graph(), problem.graph().layer(id));
    macs += traits.macs;
    parameter_bytes += traits.parameter_bytes;
  }
  facts.has_parameters = parameter_bytes > 0;
  if (facts.has_parameters) {
    facts.reuse = static_cast<double>(macs) / static_cast<double>(parameter_bytes);
  }
  for (const AcceleratorId candidate : problem.candidates(layers)) {
    base::Seconds time;
    base::Bytes parameters;
    for (const models::LayerId id : layers) {
      time += problem.costs().find(id, candidate)->cost.compute_cycles /
              problem.system().accelerator(candidate).clock;
      parameters += problem.costs().parameter_bytes(problem.graph().layer(id), candidate);
    }
    facts.compute_times[candidate.index()] = time;
    facts.parameters[candidate.index()] = parameters;
    facts.parameters_fit[candidate.index()] =
        parameters <= problem.system().accelerator(candidate).parameter_capacity();
  }
  return facts;
}

MensaTests mensa_tests(const MensaFacts& facts, AcceleratorId before,
                       const MensaThresholds& thresholds) {
  MensaTests tests;
  const auto& there = facts.compute_times[before.index()];
  if (!there) return tests;
  tests.runs_there = true;
  const base::Seconds ideal = *facts.compute_times[facts.ideal.index()];
  tests.compute_ratio = ratio_of(*there, ideal);
  tests.too_slow = *there > ideal * thresholds.compute_ratio;
  tests.too_large = facts.has_parameters && !facts.parameters_fit[before.index()] &&
                    facts.reuse < thresholds.reuse;
  return tests;
}

std::vector<AcceleratorId> mensa_walk(const std::vector<MensaFacts>& facts,
                                      const MensaThresholds& thresholds) {
  std::vector<AcceleratorId> chosen;
  chosen.reserve(facts.size());
  for (const MensaFacts& unit : facts) {
    const bool stays = !chosen.empty() && chosen.back() != unit.ideal &&
                       mensa_tests(unit, chosen.back(), thresholds).stays();
    chosen.push_back(stays ? chosen.back() : unit.ideal);
  }
  return chosen;
}

std::vector<Flip> mensa_flips(const std::vector<MensaFacts>& facts,
                              const MensaThresholds& thresholds, std::size_t position) {
  FlipSearch search(facts, thresholds, position);
  search.search("compute_ratio", &MensaThresholds::compute_ratio, kLeastComputeRatio,
                kMostComputeRatio);
  search.search("reuse", &MensaThresholds::reuse, 0, kMostReuse);
  if (search.flips.empty()) search.search_both();
  return std::move(search.flips);
}

}  // namespace mensa::scheduler
