#include "cli/pipeline.h"

#include <memory>
#include <optional>
#include <utility>

#include "cli/bounds.h"
#include "cli/feedback.h"
#include "cli/prepared.h"
#include "cli/watch.h"
#include "models/base/conversions.h"
#include "models/base/sha256.h"
#include "models/base/version.h"
#include "onnx_import/import.h"
#include "onnx_import/options/option_texts.h"
#include "scheduler/clusters/families.h"
#include "scheduler/policies/policy.h"
#include "scheduler/problem/schedule.h"
#include "scheduler/uncertainty/uncertainty.h"
#include "sim/engine/simulate.h"
#include "traces/build_report.h"
#include "traces/uncertainty_report.h"

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
  options.unsupported = onnx_import::on_host_to_text(given.unsupported_on_host);
  if (given.prune) {
    options.prune = traces::PruningSummary{to_text(given.prune->spec), given.prune->layers};
  }
  options.synthetic_weights = given.synthetic_weights;
  if (!given.densities.empty()) {
    options.densities = {std::filesystem::path(given.densities).filename().string(),
                         base::sha256_of_file(given.densities)};
  }
  return options;
}

/// What both ways below have in common: from the arguments to a schedule. Names are looked up
/// before anything is loaded, which may take long.
struct Scheduled {
  Scheduled(const RunArguments& arguments, workers::StatusBoard& status)
      : policy(scheduler::make_policy(arguments.policy)),
        options{sim::memory_model_from_string(arguments.memory),
                sim::grain_from_string(arguments.grain)},
        families(scheduler::FamilyTable::load()),
        prepared(arguments, status),
        watch(status) {
    map_layers(prepared.problem, status);
    prepared.problem.check();
    if (&prepared.planning() != &prepared.problem) map_layers(prepared.planning(), status);
    status.begin(workers::Phase::kScheduling);
    plan = policy->plan(prepared.planning());
    schedule = scheduler::build_schedule(prepared.problem, plan, arguments.policy);
    scheduler::verify(prepared.problem, schedule);
    options.observer = &watch;
  }
  Scheduled(const Scheduled&) = delete;
  Scheduled& operator=(const Scheduled&) = delete;

  /// Of so many inferences, asked for at once.
  [[nodiscard]] sim::Simulation simulation(std::int64_t inferences,
                                           const sim::SimulationOptions& how) const {
    const std::vector<base::Seconds> arrivals(static_cast<std::size_t>(inferences));
    return {{sim::Stream{&prepared.problem, &schedule, arrivals}}, how};
  }
  [[nodiscard]] std::vector<sim::RunResult> simulate(
      const std::vector<sim::Simulation>& simulations) {
    watch.begin(simulations);
    return sim::simulate(simulations);
  }

  std::unique_ptr<scheduler::Policy> policy;
  sim::SimulationOptions options;
  scheduler::FamilyTable families;
  Prepared prepared;
  SimulationWatch watch;
  scheduler::Plan plan;
  scheduler::Schedule schedule;
};

/// Equal of equal plans, and hardly ever of others.
std::string digest(const scheduler::Plan& plan) {
  std::string text;
  const auto add = [&text](const auto& list) {
    for (const auto& entry : list) text += std::to_string(entry) + ",";
    text += ";";
  };
  const auto indices = [](const auto& ids) {
    std::vector<std::size_t> list;
    list.reserve(ids.size());
    for (const auto& id : ids) list.push_back(id.index());
    return list;
  };
  add(indices(plan.assignment));
  if (plan.order) add(*plan.order);
  text += "|";
  if (plan.kept) add(indices(*plan.kept));
  return base::sha256(text);
}

std::map<std::string, double> observed_shares(const accelerators::System& system,
                                              const sim::RunResult& run) {
  std::map<std::string, double> shares;
  for (const accelerators::Accelerator& accelerator : system.accelerators) {
    const sim::AcceleratorRun& ran = run.accelerators[accelerator.id.index()];
    if (ran.under_way > base::Seconds(0)) shares[accelerator.name] = ran.bandwidth_share();
  }
  return shares;
}

traces::FeedbackReport feedback_report(const std::vector<FeedbackRound>& rounds) {
  traces::FeedbackReport report;
  for (const FeedbackRound& round : rounds) {
    report.rounds.push_back({round.planned_inferences, round.planned_shares, round.observed_shares,
                             base::Seconds(round.seconds),
                             round.picojoules * base::kJoulesPerPicojoule});
  }
  report.is_stable = is_stable(rounds);
  report.chosen = best_round(rounds);
  return report;
}

traces::UncertaintyReport uncertainty_of(const RunArguments& arguments, const Scheduled& scheduled,
                                         workers::StatusBoard& status) {
  const Prepared& prepared = scheduled.prepared;
  const scheduler::Sampling sampling{static_cast<std::size_t>(arguments.uncertainty_samples),
                                     static_cast<std::uint64_t>(arguments.seed)};
  status.begin(workers::Phase::kVarying, scheduler::variation_count(prepared.resolved, sampling));
  return traces::uncertainty_report(
      scheduler::uncertainty_of(prepared.resolved, prepared.problem, scheduled.schedule, sampling,
                                [&status] { status.advance(); }),
      sampling.seed);
}

}  // namespace

traces::Report run_pipeline(const RunArguments& arguments, workers::StatusBoard& status,
                            bool log_events) {
  status.begin(workers::Phase::kImporting);
  check_bound_kind(arguments.bound, scheduler::concurrency_from_string(arguments.concurrency));
  Scheduled scheduled(arguments, status);
  const Prepared& prepared = scheduled.prepared;
  const scheduler::Bounds bounds = bounds_of(prepared.problem, arguments.bound);

  std::optional<traces::UncertaintyReport> uncertainty;
  if (arguments.uncertainty_samples > 0) uncertainty = uncertainty_of(arguments, scheduled, status);

  // All of them on platforms of their own: one inference, the same at ideal memories, a stream.
  std::vector<sim::Simulation> simulations;
  sim::SimulationOptions options = scheduled.options;
  options.log_events = log_events;
  simulations.push_back(scheduled.simulation(1, options));
  options.log_events = false;
  const bool has_ideal = options.memory == sim::MemoryModel::kDetailed;
  const bool has_stream = arguments.inferences > 1;
  if (has_ideal) {
    sim::SimulationOptions ideal = options;
    ideal.memory = sim::MemoryModel::kIdeal;
    simulations.push_back(scheduled.simulation(1, ideal));
  }
  if (has_stream) simulations.push_back(scheduled.simulation(arguments.inferences, options));
  const std::vector<sim::RunResult> runs = scheduled.simulate(simulations);
  status.begin(workers::Phase::kReporting);

  traces::Provenance provenance;
  provenance.version = base::kVersion;
  provenance.model_file = prepared.model.path.filename().string();
  provenance.model_sha256 = base::sha256_of_file(prepared.model.path);
  provenance.system_yaml = prepared.resolved.to_yaml();
  provenance.system_sha256 = base::sha256(provenance.system_yaml);
  provenance.model_options = model_options(arguments.model.options);
  provenance.precisions = arguments.precisions;
  provenance.parameters = arguments.parameters;
  traces::Report report = traces::build_report(prepared.problem, scheduled.schedule, runs.front(),
                                               has_ideal ? &runs[1] : nullptr, scheduled.families,
                                               std::move(provenance));
  report.simulation = {arguments.memory, arguments.grain, arguments.concurrency,
                       arguments.bandwidth_shares};
  report.bounds = traces::bound_reports(prepared.problem, scheduled.schedule, bounds);
  if (has_stream) report.stream = traces::stream_report(runs.back());
  if (!arguments.rounds.empty()) report.feedback = feedback_report(arguments.rounds);
  report.uncertainty = std::move(uncertainty);
  if (log_events) report.events = runs.front().log;
  return report;
}

FeedbackRound simulate_round(const RunArguments& arguments, workers::StatusBoard& status) {
  status.begin(workers::Phase::kImporting);
  Scheduled scheduled(arguments, status);
  const Prepared& prepared = scheduled.prepared;
  const sim::RunResult run =
      scheduled.simulate({scheduled.simulation(arguments.inferences, scheduled.options)}).front();
  const auto inferences = static_cast<double>(arguments.inferences);
  FeedbackRound round;
  round.planned_inferences = prepared.problem.inferences();
  round.planned_shares = arguments.bandwidth_shares;
  round.observed_shares = observed_shares(prepared.system, run);
  round.seconds = run.latency.value() / inferences;
  round.picojoules = run.energy.total().value() / inferences;
  round.score = accelerators::score(prepared.objective, base::Seconds(round.seconds),
                                    base::Picojoules(round.picojoules));
  round.plan = digest(scheduled.plan);
  return round;
}

}  // namespace mensa::cli
