#include "cli/pipeline.h"

#include <memory>

#include "accelerators/cost/cost_table.h"
#include "accelerators/spec/loader.h"
#include "cli/bounds.h"
#include "cli/model_options.h"
#include "cli/watch.h"
#include "models/base/sha256.h"
#include "models/base/version.h"
#include "onnx_import/import.h"
#include "scheduler/clusters/families.h"
#include "scheduler/policies/policy.h"
#include "scheduler/problem/schedule.h"
#include "sim/engine/simulate.h"
#include "traces/build_report.h"

namespace mensa::cli {

LoadedModel load_model(const ModelArguments& arguments) {
  std::filesystem::path path = base::find_data_file(kModelFiles, arguments.model);
  models::Graph graph = onnx_import::import_file(path, arguments.options);
  return {std::move(path), std::move(graph)};
}

namespace {

traces::ModelOptions model_options(const onnx_import::ImportOptions& given) {
  traces::ModelOptions options;
  options.batch = given.batch;
  options.dimensions = given.dimensions;
  options.inputs = given.inputs;
  for (const auto& [name, constant] : given.constants) options.constants[name] = to_text(constant);
  for (const auto& [name, branch] : given.branches) options.branches[name] = to_text(branch);
  options.fuse = given.fuse;
  options.unsupported = on_host_to_text(given.unsupported_on_host);
  return options;
}

}  // namespace

traces::Report run_pipeline(const RunArguments& arguments, workers::StatusBoard& status,
                            bool log_events) {
  using workers::Phase;
  status.begin(Phase::kImporting);
  const std::unique_ptr<scheduler::Policy> policy = scheduler::make_policy(arguments.policy);
  const accelerators::Objective objective =
      accelerators::objective_from_string(arguments.objective);
  const scheduler::Concurrency concurrency =
      scheduler::concurrency_from_string(arguments.concurrency);
  sim::SimulationOptions options;
  options.memory = sim::memory_model_from_string(arguments.memory);
  options.grain = sim::grain_from_string(arguments.grain);
  const accelerators::MapperOptions mapper{accelerators::effort_from_string(arguments.mapper)};
  const base::YamlNode resolved =
      accelerators::resolve_system(arguments.system, arguments.parameters);
  const accelerators::System system = accelerators::read_system(resolved);
  const scheduler::FamilyTable families = scheduler::FamilyTable::load();
  const LoadedModel model = load_model(arguments.model);

  accelerators::CostTable costs(model.graph, objective,
                                std::make_shared<accelerators::MappingCache>(system, mapper));
  watch_mapping(costs, status);
  const scheduler::SchedulingProblem problem(costs, concurrency);
  map_layers(problem, status);
  problem.check();
  status.begin(Phase::kScheduling);
  const scheduler::Schedule schedule =
      scheduler::build_schedule(problem, policy->plan(problem), arguments.policy);
  scheduler::verify(problem, schedule);
  const scheduler::Bounds bounds = bounds_of(problem, arguments.bound);

  SimulationWatch watch(status);
  options.observer = &watch;
  // All of them on platforms of their own: one inference, the same at ideal memories, a stream.
  const auto simulation = [&](std::int64_t inferences, const sim::SimulationOptions& how) {
    const std::vector<base::Seconds> arrivals(static_cast<std::size_t>(inferences));
    return sim::Simulation{{sim::Stream{&problem, &schedule, arrivals}}, how};
  };
  std::vector<sim::Simulation> simulations;
  options.log_events = log_events;
  simulations.push_back(simulation(1, options));
  options.log_events = false;
  const bool has_ideal = options.memory == sim::MemoryModel::kDetailed;
  const bool has_stream = arguments.inferences > 1;
  if (has_ideal) {
    sim::SimulationOptions ideal = options;
    ideal.memory = sim::MemoryModel::kIdeal;
    simulations.push_back(simulation(1, ideal));
  }
  if (has_stream) simulations.push_back(simulation(arguments.inferences, options));
  watch.begin(simulations);
  const std::vector<sim::RunResult> runs = sim::simulate(simulations);
  status.begin(Phase::kReporting);

  traces::Provenance provenance;
  provenance.version = base::kVersion;
  provenance.model_file = model.path.filename().string();
  provenance.model_sha256 = base::sha256_of_file(model.path);
  provenance.system_yaml = resolved.to_yaml();
  provenance.system_sha256 = base::sha256(provenance.system_yaml);
  provenance.model_options = model_options(arguments.model.options);
  provenance.parameters = arguments.parameters;
  traces::Report report =
      traces::build_report(problem, schedule, runs.front(), has_ideal ? &runs[1] : nullptr,
                           families, std::move(provenance));
  report.simulation = {arguments.memory, arguments.grain, arguments.concurrency};
  report.bounds = traces::bound_reports(problem, schedule, bounds);
  if (has_stream) report.stream = traces::stream_report(runs.back());
  if (log_events) report.events = runs.front().log;
  return report;
}

}  // namespace mensa::cli
