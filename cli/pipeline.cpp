#include "cli/pipeline.h"

#include <memory>

#include "accelerators/cost/cost_table.h"
#include "accelerators/spec/loader.h"
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
  models::Graph graph = onnx_import::import_file(path, {arguments.batch, arguments.dimensions});
  return {std::move(path), std::move(graph)};
}

traces::Report run_pipeline(const SimulateArguments& arguments) {
  const std::unique_ptr<scheduler::Policy> policy = scheduler::make_policy(arguments.policy);
  const accelerators::Objective objective =
      accelerators::objective_from_string(arguments.objective);
  const accelerators::MapperOptions mapper{accelerators::effort_from_string(arguments.mapper)};
  const base::YamlNode resolved =
      accelerators::resolve_system(arguments.system, arguments.parameters);
  const accelerators::System system = accelerators::read_system(resolved);
  const scheduler::FamilyTable families = scheduler::FamilyTable::load();
  const LoadedModel model = load_model(arguments.model);

  accelerators::CostTable costs(model.graph, objective,
                                std::make_shared<accelerators::MappingCache>(system, mapper));
  const scheduler::SchedulingProblem problem(costs);
  problem.check();
  const scheduler::Schedule schedule =
      scheduler::build_schedule(problem, policy->assign(problem), arguments.policy);
  scheduler::verify(problem, schedule);
  const sim::RunResult run = sim::simulate(problem, schedule);

  traces::Provenance provenance;
  provenance.version = base::kVersion;
  provenance.model_file = model.path.filename().string();
  provenance.model_sha256 = base::sha256_of_file(model.path);
  provenance.system_yaml = resolved.to_yaml();
  provenance.system_sha256 = base::sha256(provenance.system_yaml);
  provenance.batch = arguments.model.batch;
  provenance.dimensions = arguments.model.dimensions;
  provenance.parameters = arguments.parameters;
  return traces::build_report(problem, schedule, run, families, std::move(provenance));
}

}  // namespace mensa::cli
