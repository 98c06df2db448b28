#include "explore/evaluation/evaluator.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <numeric>

#include "accelerators/spec/loader.h"
#include "explore/evaluation/system_metrics.h"
#include "explore/space/names.h"
#include "explore/space/realise.h"
#include "models/base/conversions.h"
#include "onnx_import/import.h"

namespace mensa::explore {
namespace {

using accelerators::System;
using Clock = std::chrono::steady_clock;

constexpr const char* kSystemCause = "system";

/// How much what cannot be judged at all breaks its limits: more than anything that can.
constexpr double kHopeless = 1e6;
/// As "32 < 32" is broken: a share of it would tell nothing.
constexpr double kBarely = 1e-9;

void reject(PointResult& result, PointStatus status, std::string cause, std::string reason,
            double violation) {
  // The first one says why; all of them say by how much.
  if (result.is_feasible()) {
    result.status = status;
    result.cause = std::move(cause);
    result.reason = std::move(reason);
  }
  result.violation += violation;
}

/// A metric of one accelerator or model, or of the whole.
double metric_value(const System& system, const PointResult& result, const ConstraintName& name) {
  if (name.of.empty()) return *result.metric(*name.metric);
  const auto model = std::find_if(result.models.begin(), result.models.end(),
                                  [&](const ModelOutcome& one) { return one.model == name.of; });
  switch (*name.metric) {
    case Metric::kLatency:
      return model->latency;
    case Metric::kEnergy:
      return model->energy;
    case Metric::kEdp:
      return model->latency * model->energy;
    default:
      break;
  }
  for (std::size_t i = 0; i < system.accelerators.size(); ++i) {
    if (system.accelerators[i].name != name.of) continue;
    if (*name.metric == Metric::kArea) return result.accelerators[i].area;
    if (*name.metric == Metric::kPes) return static_cast<double>(result.accelerators[i].pes);
    return static_cast<double>(buffer_bytes(system.accelerators[i]).value());
  }
  return 0;  // it is not there
}

void add_shares(const NetworkCosts& costs, double weight,
                std::vector<AcceleratorOutcome>& accelerators) {
  for (std::size_t i = 0; i < accelerators.size(); ++i) {
    const AcceleratorShare& share = costs.shares[i];
    AcceleratorOutcome& accelerator = accelerators[i];
    accelerator.busy += weight * share.busy.value();
    accelerator.layers += weight * static_cast<double>(share.layers);
    accelerator.macs += weight * static_cast<double>(share.macs);
    accelerator.energy += weight * share.energy.value() * base::kJoulesPerPicojoule;
  }
}

std::vector<double> weights_of(const Space& space) {
  std::vector<double> weights;
  weights.reserve(space.models.size());
  for (const ExploredModel& model : space.models) weights.push_back(model.weight);
  return weights;
}

}  // namespace

Evaluator::Evaluator(const Space& space)
    : space_(&space), mappings_(std::make_shared<accelerators::SharedMappings>()) {
  graphs_.reserve(space.models.size());
  precisions_.reserve(space.models.size());
  for (const ExploredModel& model : space.models) {
    graphs_.push_back(onnx_import::import_file(model.file, model.options));
    precisions_.push_back(accelerators::layer_precisions(graphs_.back(), space.precisions));
  }
  rules_ = {scheduler::make_policy(space.policy), space.policy, space.objective, space.mapper,
            space.concurrency};
}

PointResult Evaluator::evaluate(const Point& point) const { return judge(point, true); }

PointResult Evaluator::judge_system(const Point& point) const { return judge(point, false); }

PointResult Evaluator::judge(const Point& point, bool with_models) const {
  const Clock::time_point begin = Clock::now();
  PointResult result;
  try {
    const System system = accelerators::read_system(realise(*space_, point));
    add_system_metrics(system, result);
    check_constraints(point, system, false, result);
    if (result.is_feasible() && with_models) {
      evaluate_models(system, result);
      if (result.is_feasible()) check_constraints(point, system, true, result);
    }
  } catch (const base::Error& error) {
    reject(result, PointStatus::kInfeasible, kSystemCause, error.what(), kHopeless);
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& fault) {
    reject(result, PointStatus::kFailed, "fault", fault.what(), kHopeless);
  }
  result.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  return result;
}

void Evaluator::evaluate_models(const System& system, PointResult& result) const {
  const auto mappings =
      std::make_shared<accelerators::MappingCache>(system, space_->mapper, mappings_);
  const std::vector<double> weights = weights_of(*space_);
  const double all = std::accumulate(weights.begin(), weights.end(), 0.0);
  std::vector<AcceleratorOutcome> accelerators = result.accelerators;
  for (std::size_t i = 0; i < graphs_.size(); ++i) {
    const ExploredModel& model = space_->models[i];
    try {
      const NetworkCosts costs = network_costs(graphs_[i], precisions_[i], mappings, rules_);
      ModelOutcome outcome;
      outcome.model = model.name;
      outcome.latency = costs.latency.value();
      outcome.energy = costs.energy.value() * base::kJoulesPerPicojoule;
      outcome.interval = costs.interval.value();
      outcome.dram_bytes = static_cast<double>(costs.dram.value());
      outcome.misses_deadline = model.deadline && costs.latency > *model.deadline;
      result.models.push_back(std::move(outcome));
      add_shares(costs, weights[i] / all, accelerators);
    } catch (const base::Error& error) {
      result.models.clear();
      reject(result, PointStatus::kInfeasible, "model " + model.name, error.what(), kHopeless);
      return;
    }
  }
  result.accelerators = std::move(accelerators);
  add_model_metrics(weights, result);
}

void Evaluator::check_constraints(const Point& point, const System& system, bool that_need_models,
                                  PointResult& result) const {
  for (const Constraint& constraint : space_->constraints) {
    if (constraint.needs_models != that_need_models) continue;
    const Value value = constraint.expression.evaluate([&](const std::string& name) {
      const ConstraintName meaning = *resolve_name(*space_, name);
      if (!meaning.metric) return *parameter_value(*space_, point, name);
      return Value::of_number(metric_value(system, result, meaning),
                              info(*meaning.metric).dimension);
    });
    if (value.holds()) continue;
    const std::string& text = constraint.expression.text();
    reject(result, PointStatus::kInfeasible, text,
           value.number < kBarely
               ? fmt::format("just breaks '{}'", text)
               : fmt::format("breaks '{}' by {:.3g} %", text, value.number * 100),
           value.number);
  }
}

}  // namespace mensa::explore
