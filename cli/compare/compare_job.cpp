#include "cli/compare/compare_job.h"

#include <fmt/format.h>

#include <memory>
#include <set>
#include <utility>

#include "cli/arguments_json.h"
#include "cli/bounds.h"
#include "cli/names.h"
#include "cli/pipeline.h"
#include "cli/prepared.h"
#include "cli/watch.h"
#include "cli/workers/status.h"
#include "models/base/conversions.h"
#include "models/base/error.h"
#include "models/base/sha256.h"
#include "scheduler/clusters/families.h"
#include "scheduler/policies/policy.h"
#include "scheduler/problem/schedule.h"
#include "sim/engine/simulate.h"
#include "traces/build_report.h"

namespace mensa::cli {
namespace {

/// A value of the objective in s, J or J s.
/// The schedule of one policy, or why there is none.
struct Attempt {
  std::optional<scheduler::Schedule> schedule;
  ComparedPolicy result;
};

Attempt schedule_by(const std::string& policy, const Prepared& prepared) {
  Attempt attempt;
  try {
    const scheduler::Plan plan = scheduler::make_policy(policy)->plan(prepared.planning());
    scheduler::Schedule schedule = scheduler::build_schedule(prepared.problem, plan, policy);
    scheduler::verify(prepared.problem, schedule);
    attempt.schedule = std::move(schedule);
  } catch (const base::Error& mistake) {
    attempt.result.failure = mistake.what();
  } catch (const std::logic_error& fault) {
    attempt.result.failure = fault.what();
    attempt.result.our_fault = true;
  }
  return attempt;
}

ComparedFigures figures_of(const Prepared& prepared, const scheduler::Schedule& schedule,
                           const sim::RunResult& run, const scheduler::FamilyTable& families,
                           const scheduler::Bound& bound) {
  const scheduler::SchedulingProblem& problem = prepared.problem;
  const traces::Report report =
      traces::build_report(problem, schedule, run, nullptr, families, traces::Provenance{});
  const traces::Totals& totals = report.totals;
  const scheduler::AnalyticCost analytic = scheduler::analytic_cost(problem, schedule);
  ComparedFigures figures;
  figures.latency_s = totals.latency.value();
  figures.analytic_latency_s = analytic.latency.value();
  figures.energy_j = totals.joules();
  figures.analytic_energy_j = analytic.energy.value() * base::kJoulesPerPicojoule;
  figures.pe_utilization = totals.pe_utilization;
  figures.system_pe_utilization = totals.system_pe_utilization;
  figures.transfers = totals.transfers;
  figures.transfer_bytes = totals.transfer_bytes.value();
  figures.dram_read_bytes = totals.dram_read.value();
  figures.dram_write_bytes = totals.dram_write.value();
  figures.analytic_value = accelerators::score_in_si(
      prepared.objective,
      accelerators::score(prepared.objective, analytic.latency, analytic.energy));
  figures.bound = accelerators::score_in_si(prepared.objective, bound.value);
  figures.bound_kind = scheduler::to_string(bound.kind);
  return figures;
}

nlohmann::json to_json(const ComparedFigures& figures) {
  return {figures.latency_s,         figures.analytic_latency_s, figures.energy_j,
          figures.analytic_energy_j, figures.pe_utilization,     figures.system_pe_utilization,
          figures.transfers,         figures.transfer_bytes,     figures.dram_read_bytes,
          figures.dram_write_bytes,  figures.analytic_value,     figures.bound,
          figures.bound_kind};
}

ComparedFigures figures_from(const nlohmann::json& json) {
  ComparedFigures figures;
  std::size_t next = 0;
  const auto read = [&](auto& field) { json.at(next++).get_to(field); };
  read(figures.latency_s);
  read(figures.analytic_latency_s);
  read(figures.energy_j);
  read(figures.analytic_energy_j);
  read(figures.pe_utilization);
  read(figures.system_pe_utilization);
  read(figures.transfers);
  read(figures.transfer_bytes);
  read(figures.dram_read_bytes);
  read(figures.dram_write_bytes);
  read(figures.analytic_value);
  read(figures.bound);
  read(figures.bound_kind);
  return figures;
}

}  // namespace

workers::Job weigh_job(const ModelArguments& model) {
  return {kWeighJob, short_name(model.model), model};
}

workers::Result do_weigh(const nlohmann::json& payload, workers::StatusBoard& status) {
  status.begin(workers::Phase::kImporting);
  const LoadedModel model = load_model(payload.get<ModelArguments>());
  std::set<std::string> shapes;
  std::int64_t runs = 0;
  for (const models::Layer& layer : model.graph.layers()) {
    runs += model.graph.steps(layer);
    const auto* const mac = std::get_if<models::MacWork>(&layer.work);
    if (mac != nullptr) shapes.insert(mac->shape.to_string());
  }
  workers::Result result;
  result.value = {{"file", model.path.filename().string()},
                  {"sha256", base::sha256_of_file(model.path)},
                  {"searches", shapes.size()},
                  {"runs", runs}};
  return result;
}

WeighedModel weighed_model(const workers::Result& result) {
  const nlohmann::json& value = result.value;
  return {value.at("file").get<std::string>(), value.at("sha256").get<std::string>(),
          value.at("searches").get<std::int64_t>(), value.at("runs").get<std::int64_t>()};
}

workers::Job compare_job(const RunArguments& run, const std::vector<std::string>& policies,
                         std::size_t threads) {
  return {kCompareJob,
          fmt::format("{} on {}", short_name(run.model.model), short_name(run.system)),
          {{"run", run}, {"policies", policies}, {"threads", threads}}};
}

workers::Result do_compare(const nlohmann::json& payload, workers::StatusBoard& status) {
  const auto run = payload.at("run").get<RunArguments>();
  const auto policies = payload.at("policies").get<std::vector<std::string>>();
  sim::SimulationOptions options;
  options.memory = sim::memory_model_from_string(run.memory);
  options.grain = sim::grain_from_string(run.grain);
  const scheduler::FamilyTable families = scheduler::FamilyTable::load();
  Prepared prepared(run, status);
  const bool for_optimum =
      scheduler::bound_kind_from_string(run.bound) == scheduler::BoundKind::kOptimum;
  map_with_threads(prepared, payload.at("threads").get<std::size_t>(), for_optimum, status);

  status.begin(workers::Phase::kScheduling);
  std::vector<Attempt> attempts;
  attempts.reserve(policies.size());
  for (const std::string& policy : policies) {
    attempts.push_back(schedule_by(policy, prepared));
  }
  const scheduler::Bound bound = bounds_of(prepared.problem, run.bound).at(prepared.objective);

  SimulationWatch watch(status);
  options.observer = &watch;
  std::vector<sim::Simulation> simulations;
  for (const Attempt& attempt : attempts) {
    if (!attempt.schedule) continue;
    simulations.push_back({{{&prepared.problem, &*attempt.schedule}}, options});
  }
  if (!simulations.empty()) {
    watch.begin(simulations);
    const std::vector<sim::RunResult> runs = sim::simulate(simulations);
    status.begin(workers::Phase::kReporting);
    auto next = runs.begin();
    for (Attempt& attempt : attempts) {
      if (!attempt.schedule) continue;
      attempt.result.figures = figures_of(prepared, *attempt.schedule, *next++, families, bound);
    }
  }
  workers::Result result;
  result.value = nlohmann::json::array();
  for (const Attempt& attempt : attempts) {
    const ComparedPolicy& policy = attempt.result;
    result.value.push_back(
        {{"figures", policy.figures ? to_json(*policy.figures) : nlohmann::json(nullptr)},
         {"failure", policy.failure},
         {"our_fault", policy.our_fault}});
  }
  return result;
}

std::vector<ComparedPolicy> compared_policies(const workers::Result& result) {
  std::vector<ComparedPolicy> policies;
  policies.reserve(result.value.size());
  for (const nlohmann::json& entry : result.value) {
    ComparedPolicy policy{std::nullopt, entry.at("failure").get<std::string>(),
                          entry.at("our_fault").get<bool>()};
    const nlohmann::json& figures = entry.at("figures");
    if (!figures.is_null()) policy.figures = figures_from(figures);
    policies.push_back(std::move(policy));
  }
  return policies;
}

}  // namespace mensa::cli
