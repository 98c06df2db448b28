#include "cli/explain/explanation.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/work_text.h"
#include "models/base/conversions.h"
#include "models/base/error.h"
#include "models/base/sha256.h"
#include "models/base/version.h"
#include "scheduler/clusters/families.h"
#include "scheduler/problem/schedule.h"
#include "scheduler/traits/named_traits.h"
#include "traces/human.h"

namespace mensa::cli {
namespace {

using accelerators::AcceleratorId;
using accelerators::LayerResidency;
using models::LayerId;
using scheduler::Schedule;
using scheduler::SchedulingProblem;

class Explainer {
 public:
  Explainer(Prepared& prepared, const scheduler::Policy& policy, const RunArguments& run)
      : prepared_(prepared),
        graph_(prepared.model.graph),
        costs_(prepared.costs),
        problem_(prepared.problem),
        policy_(policy),
        families_(scheduler::FamilyTable::load()),
        plan_(policy.plan(prepared.planning())),
        schedule_(scheduler::build_schedule(problem_, plan_, run.policy)) {
    scheduler::verify(problem_, schedule_);
  }

  ExplainedLayer explain(LayerId id) {
    const models::Layer& layer = graph_.layer(id);
    const std::size_t unit = problem_.unit_of(id);
    ExplainedLayer result;
    describe(layer, result);
    result.accelerator = costs_.name(schedule_.at(id).accelerator);
    for (const LayerId other : problem_.units()[unit]) {
      if (other != id) result.shares.push_back(graph_.layer(other).name);
    }
    for (const AcceleratorId place : places(unit)) {
      result.places.push_back(explain_place(layer, unit, place));
    }
    const scheduler::Decision decision = policy_.explain(prepared_.planning(), plan_, unit);
    result.reasons = decision.reasons;
    for (const scheduler::Flip& flip : decision.flips) result.flips.push_back(explained(flip));
    for (const scheduler::Transfer& transfer : schedule_.transfers) {
      if (!is_caused_by(transfer, layer)) continue;
      result.transfers.push_back({graph_.tensor(transfer.tensor).name, costs_.name(transfer.from),
                                  costs_.name(transfer.to), transfer.bytes.value()});
    }
    return result;
  }

 private:
  void describe(const models::Layer& layer, ExplainedLayer& result) const {
    result.id = layer.id.index();
    result.name = layer.name;
    std::vector<std::string> fused;
    for (const models::Epilogue& epilogue : layer.epilogue) fused.push_back(epilogue.op);
    result.op = traces::operator_label(layer.op, fused);
    result.node = graph_.group_name(layer.group);
    result.work = work_text(layer.work);
    const scheduler::LayerTraits traits = scheduler::layer_traits(graph_, layer);
    for (const scheduler::NamedTrait& trait : scheduler::named_traits()) {
      result.traits.push_back(
          {std::string(trait.name), std::string(trait.unit), trait.value(traits)});
    }
    const auto family = families_.classify(traits);
    if (!family) return;
    result.family = family->number;
    result.family_inside = family->inside;
  }

  /// All accelerators; the host where the unit runs or could run there.
  [[nodiscard]] std::vector<AcceleratorId> places(std::size_t unit) const {
    const SchedulingProblem::Unit& layers = problem_.units()[unit];
    std::vector<AcceleratorId> found;
    for (const auto& accelerator : problem_.system().accelerators) found.push_back(accelerator.id);
    const std::vector<AcceleratorId> candidates = problem_.candidates(layers);
    const AcceleratorId host = costs_.host();
    const bool may_be_on_host =
        std::find(candidates.begin(), candidates.end(), host) != candidates.end();
    if (may_be_on_host || schedule_.at(layers.front()).accelerator == host) found.push_back(host);
    return found;
  }

  Place explain_place(const models::Layer& layer, std::size_t unit, AcceleratorId accelerator) {
    Place place;
    place.accelerator = costs_.name(accelerator);
    place.chosen = schedule_.at(layer.id).accelerator == accelerator;
    if (costs_.find(layer.id, accelerator) != nullptr) {
      place.alone = figures(layer.id, accelerator, {});
    }
    place.infeasible = why_not(unit, layer, accelerator);
    if (!place.infeasible.empty()) return place;
    if (place.chosen) {
      show_scheduled(schedule_, layer, place);
    } else if (const auto moved = moved_to(unit, accelerator)) {
      show_scheduled(*moved, layer, place);
    }
    return place;
  }

  [[nodiscard]] std::string why_not(std::size_t unit, const models::Layer& layer,
                                    AcceleratorId accelerator) const {
    for (const LayerId id : problem_.units()[unit]) {
      const auto& result = costs_.evaluate(id, accelerator);
      const auto* const missing = std::get_if<accelerators::Infeasible>(&result);
      if (missing == nullptr) continue;
      if (id == layer.id) return missing->to_string();
      return fmt::format("'{}' must run there too: {}", graph_.layer(id).name,
                         missing->to_string());
    }
    return "";
  }

  /// The policy's schedule with one unit elsewhere; none where a memory does not hold it.
  [[nodiscard]] std::optional<Schedule> moved_to(std::size_t unit,
                                                 AcceleratorId accelerator) const {
    scheduler::Plan plan = plan_;
    for (const LayerId id : problem_.units()[unit]) plan.assignment[id.index()] = accelerator;
    // What the plan says of outputs that stay on chip need not hold any more.
    plan.kept.reset();
    try {
      return scheduler::build_schedule(problem_, plan, "");
    } catch (const base::Error&) {
      return std::nullopt;
    }
  }

  void show_scheduled(const Schedule& schedule, const models::Layer& layer, Place& place) {
    const scheduler::ScheduledLayer& entry = schedule.at(layer.id);
    const LayerResidency& residency = entry.residency;
    place.scheduled = figures(layer.id, entry.accelerator, residency);
    const auto inputs = graph_.activation_inputs(layer);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (!residency.has_input(i)) continue;
      place.on_chip.push_back(fmt::format("input '{}'", graph_.tensor(inputs[i]).name));
    }
    if (residency.output) place.on_chip.emplace_back("output");
    const auto* const evaluation = costs_.find(layer.id, entry.accelerator, residency);
    if (evaluation->held_parameters > base::Bytes(0)) place.on_chip.emplace_back("parameters");
    const double now = score_of(schedule_);
    if (now > 0) place.change = score_of(schedule) / now - 1;
  }

  [[nodiscard]] double score_of(const Schedule& schedule) const {
    const scheduler::AnalyticCost cost = scheduler::analytic_cost(problem_, schedule);
    return accelerators::score(prepared_.objective, cost.latency, cost.energy);
  }

  [[nodiscard]] std::optional<PlaceFigures> figures(LayerId layer, AcceleratorId accelerator,
                                                    const LayerResidency& residency) const {
    const auto* const evaluation = costs_.find(layer, accelerator, residency);
    if (evaluation == nullptr) return std::nullopt;
    const accelerators::LayerCost& cost = evaluation->cost;
    const double score = accelerators::score(prepared_.objective, cost.time, cost.energy.total());
    return PlaceFigures{cost.time.value(),
                        cost.energy.total().value() * base::kJoulesPerPicojoule,
                        accelerators::score_in_si(prepared_.objective, score),
                        std::string(accelerators::to_string(cost.bound)),
                        cost.dram.read().value(),
                        cost.dram.write().value()};
  }

  [[nodiscard]] ExplainedFlip explained(const scheduler::Flip& flip) const {
    ExplainedFlip result{{}, costs_.name(flip.then)};
    for (const scheduler::Change& change : flip.changes) {
      const bool is_energy = change.what == "energy";
      const double factor = is_energy ? base::kJoulesPerPicojoule : 1;
      result.changes.push_back({change.what,
                                is_energy               ? "J"
                                : change.what == "time" ? "s"
                                                        : "",
                                change.now * factor, change.needed * factor});
    }
    return result;
  }

  [[nodiscard]] bool is_caused_by(const scheduler::Transfer& transfer,
                                  const models::Layer& layer) const {
    if (graph_.producer(transfer.tensor) == layer.id) return true;
    const auto& readers = graph_.consumers(transfer.tensor);
    return transfer.to == schedule_.at(layer.id).accelerator &&
           std::find(readers.begin(), readers.end(), layer.id) != readers.end();
  }

  Prepared& prepared_;
  const models::Graph& graph_;
  accelerators::CostTable& costs_;
  const SchedulingProblem& problem_;
  const scheduler::Policy& policy_;
  scheduler::FamilyTable families_;
  scheduler::Plan plan_;
  Schedule schedule_;
};

}  // namespace

Explanation explain_layers(const RunArguments& run, Prepared& prepared,
                           const scheduler::Policy& policy, const std::vector<LayerId>& layers) {
  Explanation explanation;
  explanation.version = base::kVersion;
  explanation.run = run;
  explanation.model = prepared.model.graph.name();
  explanation.model_file = prepared.model.path.filename().string();
  explanation.model_sha256 = base::sha256_of_file(prepared.model.path);
  explanation.system = prepared.system.name;
  explanation.system_sha256 = base::sha256(prepared.resolved.to_yaml());
  explanation.model_layers = prepared.model.graph.layers().size();
  Explainer explainer(prepared, policy, run);
  for (const LayerId id : layers) explanation.layers.push_back(explainer.explain(id));
  return explanation;
}

}  // namespace mensa::cli
