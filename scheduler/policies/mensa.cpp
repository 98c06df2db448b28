#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "scheduler/clusters/driver_table.h"
#include "scheduler/policies/builtins.h"
#include "scheduler/policies/follow_producer.h"
#include "scheduler/policies/isolation_decision.h"
#include "scheduler/policies/mensa_phases.h"
#include "scheduler/policies/option_reader.h"
#include "scheduler/policies/wording.h"
#include "scheduler/traits/layer_traits.h"

namespace mensa::scheduler {
namespace {

/// The run-time scheduler of Boroumand et al. (arXiv 2103.00768, 2109.14320; its form recalled,
/// grade C, its thresholds grade D).
///
/// Phase I finds the ideal accelerator of each unit alone: the one that a driver table prefers for
/// the cluster of its MAC layer with the most MACs; without a table, where it prefers none, has no
/// cluster for the layer, or the unit does not run there, the one with the best score. Phase II
/// walks the units in topological order and stays on the accelerator of the unit before unless the
/// ideal one is needed: because (a) the array of the one before takes more than `compute_ratio`
/// times as long, or (b) the parameters do not fit its parameter storage and are reused less than
/// `reuse` times. It promises nothing about the optimum.
class Mensa final : public Policy {
 public:
  Mensa(const MensaThresholds& thresholds, std::optional<DriverTable> driver)
      : thresholds_(thresholds), driver_(std::move(driver)) {}

  Plan plan(const SchedulingProblem& problem) const override {
    const std::vector<MensaFacts> facts = facts_of(problem);
    const std::vector<AcceleratorId> chosen = walk_parts(problem, facts);
    Assignment assignment(problem.graph().layers().size());
    std::size_t next = 0;
    for (std::size_t u = 0; u < problem.units().size(); ++u) {
      const SchedulingProblem::Unit& unit = problem.units()[u];
      const bool has_macs = next < facts.size() && facts[next].unit == u;
      const AcceleratorId there =
          has_macs ? chosen[next++] : follow_producer(problem, unit, assignment);
      for (const models::LayerId id : unit) assignment[id.index()] = there;
    }
    return {std::move(assignment)};
  }

  Decision explain(const SchedulingProblem& problem, const Plan& plan,
                   std::size_t unit) const override {
    const SchedulingProblem::Unit& layers = problem.units()[unit];
    if (!problem.has_mac_work(layers)) {
      return explain_follow_producer(problem, layers, plan.assignment);
    }
    const std::vector<MensaFacts> facts = facts_of(problem);
    const auto here = std::find_if(facts.begin(), facts.end(),
                                   [&](const MensaFacts& entry) { return entry.unit == unit; });
    const auto position = static_cast<std::size_t>(here - facts.begin());
    Decision decision;
    const Preference preference = preferred(problem, layers, preferences(problem));
    decision.reasons.push_back("Phase I: " + preference.reason);
    if (!preference.accelerator) {
      const Decision alone = explain_best_in_isolation(problem, layers);
      for (const std::string& reason : alone.reasons) {
        decision.reasons.push_back("Phase I: " + reason);
      }
    }
    std::optional<AcceleratorId> before;
    if (position > 0) before = mensa_walk(facts, thresholds_)[position - 1];
    for (const std::string& reason : phase_two(problem, *here, before)) {
      decision.reasons.push_back("Phase II: " + reason);
    }
    decision.flips = mensa_flips(facts, thresholds_, position);
    return decision;
  }

 private:
  /// Each of several models from its own beginning.
  [[nodiscard]] std::vector<AcceleratorId> walk_parts(const SchedulingProblem& problem,
                                                      const std::vector<MensaFacts>& facts) const {
    std::vector<AcceleratorId> chosen;
    auto from = facts.begin();
    for (std::size_t p = 0; p < problem.parts().size(); ++p) {
      const auto to = std::find_if(from, facts.end(), [&](const MensaFacts& unit) {
        return unit.unit >= problem.end_of_part(p);
      });
      const std::vector<AcceleratorId> part = mensa_walk({from, to}, thresholds_);
      chosen.insert(chosen.end(), part.begin(), part.end());
      from = to;
    }
    return chosen;
  }

  /// Of the driver table, by ClusterId; empty without one.
  using Preferences = std::vector<std::optional<AcceleratorId>>;
  /// What the driver table says of a unit, where it says something and the unit runs there.
  struct Preference {
    std::optional<AcceleratorId> accelerator;
    std::string reason;
  };

  [[nodiscard]] Preferences preferences(const SchedulingProblem& problem) const {
    return driver_ ? resolve(*driver_, problem.system()) : Preferences();
  }

  /// Of all units with MACs, in their order.
  [[nodiscard]] std::vector<MensaFacts> facts_of(const SchedulingProblem& problem) const {
    const Preferences wanted = preferences(problem);
    std::vector<MensaFacts> facts;
    for (std::size_t u = 0; u < problem.units().size(); ++u) {
      const SchedulingProblem::Unit& unit = problem.units()[u];
      if (!problem.has_mac_work(unit)) continue;
      facts.push_back(mensa_facts(problem, u));
      const auto ideal = preferred(problem, unit, wanted).accelerator;
      facts.back().ideal = ideal ? *ideal : best_in_isolation(problem, unit);
    }
    return facts;
  }

  [[nodiscard]] Preference preferred(const SchedulingProblem& problem,
                                     const SchedulingProblem::Unit& unit,
                                     const Preferences& preferences) const {
    if (!driver_) return {std::nullopt, "there is no driver table; the layer's own costs decide."};
    LayerTraits heaviest;
    for (const models::LayerId id : unit) {
      const LayerTraits traits = layer_traits(problem.graph(), problem.graph().layer(id));
      if (traits.macs > heaviest.macs) heaviest = traits;
    }
    const std::optional<ClusterId> cluster = driver_->clustering->classify(heaviest);
    if (!cluster) {
      return {std::nullopt, "the driver table has no cluster for it; its own costs decide."};
    }
    const std::string& name = driver_->clustering->clusters()[cluster->index()].name;
    if (!preferences[cluster->index()]) {
      return {std::nullopt,
              fmt::format("it is of cluster {}, for which the driver table prefers none; its own "
                          "costs decide.",
                          name)};
    }
    const AcceleratorId wanted = *preferences[cluster->index()];
    const std::vector<AcceleratorId> candidates = problem.candidates(unit);
    const std::string& there = problem.costs().name(wanted);
    if (std::find(candidates.begin(), candidates.end(), wanted) == candidates.end()) {
      return {std::nullopt,
              fmt::format("it is of cluster {}, for which the driver table prefers {}, where it "
                          "does not run; its own costs decide.",
                          name, there)};
    }
    return {wanted, fmt::format("it is of cluster {}, for which the driver table prefers {}.", name,
                                there)};
  }

  /// What the tests of phase II say of a unit, with their figures.
  [[nodiscard]] std::vector<std::string> phase_two(const SchedulingProblem& problem,
                                                   const MensaFacts& facts,
                                                   std::optional<AcceleratorId> before) const {
    const std::string& ideal = problem.costs().name(facts.ideal);
    if (!before) return {fmt::format("no layer with MACs is before it; it runs on {}.", ideal)};
    const std::string& there = problem.costs().name(*before);
    if (*before == facts.ideal) {
      return {fmt::format("the layer before it runs on {} too; there it stays.", ideal)};
    }
    const MensaTests tests = mensa_tests(facts, *before, thresholds_);
    if (!tests.runs_there) {
      return {fmt::format("the layer before it runs on {}, where it cannot run; it moves to {}.",
                          there, ideal)};
    }
    std::vector<std::string> reasons;
    reasons.push_back(
        fmt::format("(a) the array of {}, where the layer before it runs, takes {}, that of {} {}: "
                    "{:.4g} times "
                    "as long, {} compute_ratio {:.4g}.",
                    there, in_words(*facts.compute_times[before->index()]), ideal,
                    in_words(*facts.compute_times[facts.ideal.index()]), tests.compute_ratio,
                    tests.too_slow ? "more than" : "no more than", thresholds_.compute_ratio));
    const std::string parameters = in_words(facts.parameters[before->index()]);
    const std::string room = in_words(problem.system().accelerator(*before).parameter_capacity());
    if (!facts.has_parameters) {
      reasons.emplace_back("(b) it has no parameters.");
    } else if (facts.parameters_fit[before->index()]) {
      reasons.push_back(
          fmt::format("(b) its parameters, {}, fit the {} of {}.", parameters, room, there));
    } else {
      reasons.push_back(fmt::format(
          "(b) its parameters, {}, do not fit the {} of {} and are reused {:.4g} times, {} reuse "
          "{:.4g}.",
          parameters, room, there, facts.reuse, tests.too_large ? "less than" : "no less than",
          thresholds_.reuse));
    }
    reasons.push_back(tests.stays() ? fmt::format("it stays on {}.", there)
                                    : fmt::format("it moves to {}.", ideal));
    return reasons;
  }

  MensaThresholds thresholds_;
  std::optional<DriverTable> driver_;
};

}  // namespace

std::unique_ptr<Policy> make_mensa(const PolicyArguments& arguments) {
  OptionReader options("mensa", arguments);
  MensaThresholds thresholds;
  thresholds.compute_ratio = options.number("compute_ratio", thresholds.compute_ratio,
                                            kLeastComputeRatio, kMostComputeRatio);
  thresholds.reuse = options.number("reuse", thresholds.reuse, 0.0, kMostReuse);
  const std::string file = options.text("driver", "");
  options.finish();
  std::optional<DriverTable> driver;
  if (!file.empty()) driver = read_driver_table(file);
  return std::make_unique<Mensa>(thresholds, std::move(driver));
}

}  // namespace mensa::scheduler
