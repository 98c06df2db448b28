#include <fmt/format.h>

#include <memory>
#include <vector>

#include "accelerators/cost/cost_table.h"
#include "accelerators/spec/loader.h"
#include "cli/arguments_json.h"
#include "cli/jobs.h"
#include "cli/names.h"
#include "cli/pipeline.h"
#include "cli/plan_together.h"
#include "cli/watch.h"
#include "cli/workers/status.h"
#include "cli/workload.h"
#include "cli/workload_deadlines.h"
#include "models/base/conversions.h"
#include "models/base/error.h"
#include "models/base/version.h"
#include "scheduler/policies/policy.h"
#include "scheduler/problem/schedule.h"
#include "sim/engine/simulate.h"
#include "traces/workload_report.h"

namespace mensa::cli {
namespace {

/// A model of the workload, ready to run; stays where it is, since its parts refer to one another.
struct PreparedModel {
  PreparedModel(models::Graph of, accelerators::Objective objective,
                scheduler::Concurrency concurrency,
                const std::shared_ptr<accelerators::MappingCache>& mappings,
                const accelerators::PrecisionRules& precisions)
      : graph(std::move(of)),
        costs(graph, objective, mappings, accelerators::layer_precisions(graph, precisions)),
        problem(costs, concurrency) {}
  models::Graph graph;
  accelerators::CostTable costs;
  scheduler::SchedulingProblem problem;
  scheduler::Schedule schedule;
};

/// Tells a watch of all models of a simulation of one of them.
class WatchAlone : public sim::BlockObserver {
 public:
  WatchAlone(SimulationWatch& watch, std::size_t model) : watch_(watch), model_(model) {}
  void block_begins(std::size_t /*stream*/, const sim::BlockProgram& block) override {
    watch_.block_begins(model_, block);
  }

 private:
  SimulationWatch& watch_;
  std::size_t model_;
};

/// The workload, and after it one inference of each model by itself.
std::vector<sim::RunResult> simulate_all(sim::Simulation together,
                                         const std::vector<std::string>& names,
                                         workers::StatusBoard& status) {
  SimulationWatch watch(status, names);
  std::vector<std::unique_ptr<WatchAlone>> watches;
  together.options.observer = &watch;
  std::vector<sim::Simulation> simulations = {std::move(together)};
  simulations.reserve(names.size() + 1);
  for (std::size_t i = 0; i < names.size(); ++i) {
    watches.push_back(std::make_unique<WatchAlone>(watch, i));
    const sim::Stream& stream = simulations.front().streams[i];
    sim::SimulationOptions options = simulations.front().options;
    options.observer = watches.back().get();
    simulations.push_back({{sim::Stream{stream.problem, stream.schedule}}, options});
  }
  watch.begin(simulations);
  return sim::simulate(simulations);
}

}  // namespace

workers::Job workload_job(const WorkloadArguments& arguments) {
  return {kWorkloadJob,
          fmt::format("{} on {}", short_name(arguments.file), short_name(arguments.system)),
          arguments};
}

workers::Result do_workload(const nlohmann::json& payload, workers::StatusBoard& status) {
  const auto arguments = payload.get<WorkloadArguments>();
  const bool as_json = arguments.format == "json";
  if (!as_json && arguments.format != "table") {
    throw base::Error(base::unknown_name_message("format", arguments.format, {"table", "json"}));
  }
  const std::vector<WorkloadModel> workload = read_workload(arguments.file);
  const std::unique_ptr<scheduler::Policy> policy = scheduler::make_policy(arguments.policy);
  const accelerators::Objective objective =
      accelerators::objective_from_string(arguments.objective);
  const accelerators::MapperOptions mapper{accelerators::effort_from_string(arguments.mapper)};
  const scheduler::Concurrency concurrency =
      scheduler::concurrency_from_string(arguments.concurrency);
  sim::Simulation simulation;
  simulation.options.memory = sim::memory_model_from_string(arguments.memory);
  const accelerators::System system = accelerators::read_system(
      accelerators::resolve_system(arguments.system, arguments.parameters));
  const auto mappings = std::make_shared<accelerators::MappingCache>(system, mapper);

  std::vector<std::unique_ptr<PreparedModel>> models;
  std::vector<std::string> names;
  std::vector<const scheduler::SchedulingProblem*> problems;
  std::vector<ModelToPlan> to_plan;
  for (const WorkloadModel& model : workload) {
    status.begin(workers::Phase::kImporting);
    models.push_back(std::make_unique<PreparedModel>(load_model(model.model).graph, objective,
                                                     concurrency, mappings, arguments.precisions));
    PreparedModel& prepared = *models.back();
    watch_mapping(prepared.costs, status, model.name);
    map_layers(prepared.problem, status);
    prepared.problem.check();
    problems.push_back(&prepared.problem);
    names.push_back(model.name);
    to_plan.push_back({model.name, &prepared.problem, model.deadline});
  }
  check_deadlines(workload, problems);
  status.begin(workers::Phase::kScheduling);
  const std::vector<scheduler::Plan> plans = plan_together(*policy, to_plan, mappings, status);
  for (std::size_t i = 0; i < workload.size(); ++i) {
    PreparedModel& prepared = *models[i];
    prepared.schedule = scheduler::build_schedule(prepared.problem, plans[i], arguments.policy);
    scheduler::verify(prepared.problem, prepared.schedule);
    simulation.streams.push_back(
        {&prepared.problem, &prepared.schedule, workload[i].arrivals, workload[i].deadline});
  }
  const std::vector<sim::RunResult> runs = simulate_all(std::move(simulation), names, status);
  const sim::RunResult& run = runs.front();
  status.begin(workers::Phase::kReporting);

  traces::WorkloadReport report;
  report.version = base::kVersion;
  report.workload_file = std::filesystem::path(arguments.file).filename().string();
  report.system = system.name;
  report.policy = arguments.policy;
  report.concurrency = arguments.concurrency;
  report.memory = arguments.memory;
  report.precisions = arguments.precisions;
  report.elapsed = run.latency;
  report.joules = run.energy.total().value() * base::kJoulesPerPicojoule;
  std::vector<double> slowdowns;
  for (std::size_t i = 0; i < workload.size(); ++i) {
    report.models.push_back(traces::workload_model_report(
        workload[i].name, models[i]->graph, run.streams[i], runs[i + 1], workload[i].deadline));
    slowdowns.push_back(report.models.back().slowdown());
  }
  report.metrics = traces::multiprogram_metrics(slowdowns);
  for (const sim::AcceleratorRun& accelerator : run.accelerators) {
    report.accelerators.push_back({models.front()->costs.name(accelerator.accelerator),
                                   accelerator.activities, accelerator.busy.ratio(run.latency)});
  }
  workers::Result result;
  result.value = system.warnings;
  result.texts.push_back(as_json ? traces::workload_json(report) : traces::workload_table(report));
  return result;
}

ReportedWorkload reported_workload(workers::Result result) {
  return {result.value.get<std::vector<std::string>>(), std::move(result.texts.front())};
}

}  // namespace mensa::cli
