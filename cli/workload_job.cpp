#include <fmt/format.h>

#include <memory>
#include <vector>

#include "accelerators/cost/cost_table.h"
#include "accelerators/spec/loader.h"
#include "cli/arguments_json.h"
#include "cli/jobs.h"
#include "cli/names.h"
#include "cli/pipeline.h"
#include "cli/watch.h"
#include "cli/workers/status.h"
#include "cli/workload.h"
#include "models/base/error.h"
#include "models/base/version.h"
#include "scheduler/policies/policy.h"
#include "scheduler/problem/schedule.h"
#include "sim/engine/simulate.h"
#include "traces/workload_report.h"

namespace mensa::cli {
namespace {

/// A model of the workload, ready to run; stays where it is, since its parts refer to one another.
struct Prepared {
  Prepared(models::Graph of, accelerators::Objective objective, scheduler::Concurrency concurrency,
           const std::shared_ptr<accelerators::MappingCache>& mappings)
      : graph(std::move(of)), costs(graph, objective, mappings), problem(costs, concurrency) {}
  models::Graph graph;
  accelerators::CostTable costs;
  scheduler::SchedulingProblem problem;
  scheduler::Schedule schedule;
};

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

  std::vector<std::unique_ptr<Prepared>> models;
  std::vector<std::string> names;
  for (const WorkloadModel& model : workload) {
    status.begin(workers::Phase::kImporting);
    models.push_back(std::make_unique<Prepared>(load_model(model.model).graph, objective,
                                                concurrency, mappings));
    Prepared& prepared = *models.back();
    watch_mapping(prepared.costs, status, model.name);
    map_layers(prepared.problem, status);
    prepared.problem.check();
    status.begin(workers::Phase::kScheduling);
    prepared.schedule = scheduler::build_schedule(prepared.problem, policy->plan(prepared.problem),
                                                  arguments.policy);
    scheduler::verify(prepared.problem, prepared.schedule);
    simulation.streams.push_back({&prepared.problem, &prepared.schedule, model.arrivals});
    names.push_back(model.name);
  }
  SimulationWatch watch(status, names);
  simulation.options.observer = &watch;
  const std::vector<sim::Simulation> simulations = {simulation};
  watch.begin(simulations);
  const sim::RunResult run = sim::simulate(simulations).front();
  status.begin(workers::Phase::kReporting);

  traces::WorkloadReport report;
  report.version = base::kVersion;
  report.workload_file = std::filesystem::path(arguments.file).filename().string();
  report.system = system.name;
  report.policy = arguments.policy;
  report.concurrency = arguments.concurrency;
  report.memory = arguments.memory;
  report.elapsed = run.latency;
  report.joules = run.energy.total().value() * 1e-12;
  for (std::size_t i = 0; i < workload.size(); ++i) {
    report.models.push_back(traces::workload_model_report(workload[i].name, models[i]->graph,
                                                          run.streams[i], workload[i].deadline));
  }
  for (const sim::AcceleratorRun& accelerator : run.accelerators) {
    report.accelerators.push_back(
        {models.front()->costs.name(accelerator.accelerator), accelerator.activities});
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
