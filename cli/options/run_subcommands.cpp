#include <memory>
#include <utility>

#include "cli/examples.h"
#include "cli/lists.h"
#include "cli/options/shared_options.h"
#include "cli/options/subcommands.h"

namespace mensa::cli {
namespace {

constexpr std::int64_t kMostInferences = 10'000;
constexpr std::int64_t kMostSamples = 100'000;

struct SimulateReading : Reading<SimulateArguments> {
  std::string inferences;
  std::string uncertainty;
  std::string seed;
  std::string jobs;
};

struct CompareReading : Reading<CompareArguments> {
  std::string jobs;
  std::vector<std::string> systems;
  std::vector<std::string> policies;
  std::string bound;
};

/// The lists that are given, one behind the other; what stands there where none is.
template <class Read>
void read_lists(const std::string& option, const std::vector<std::string>& texts, Read read,
                std::vector<std::string>& names) {
  if (!texts.empty()) names.clear();
  for (const std::string& text : texts) {
    for (std::string& name : read_text(option, text, read)) names.push_back(std::move(name));
  }
}

void read_uncertainty(const SimulateReading& reading, RunArguments& run) {
  const std::string option = "--uncertainty";
  if (reading.uncertainty.empty()) {
    if (reading.seed.empty()) return;
    throw CLI::ValidationError("--seed", "draws the samples of --uncertainty, which is not given");
  }
  run.uncertainty_samples = positive_integer(option, reading.uncertainty);
  if (run.uncertainty_samples > kMostSamples) {
    throw CLI::ValidationError(option, "more than " + std::to_string(kMostSamples) + " samples");
  }
  if (run.inferences > 1) {
    throw CLI::ValidationError(option,
                               "is of one inference by the analytic model; leave out --inferences");
  }
  if (!reading.seed.empty()) run.seed = non_negative_integer("--seed", reading.seed);
}

void complete(SimulateReading& reading) {
  SimulateArguments& arguments = reading.arguments;
  RunArguments& run = arguments.run;
  run.model.options = import_options(reading.model);
  check_densities(run.model.options, arguments.models.size());
  run.parameters = parameters_from(reading.parameters);
  run.precisions = precisions_from(reading.precision);
  run.bandwidth_shares = bandwidth_shares_from(reading.bandwidth_shares);
  if (!reading.inferences.empty()) {
    run.inferences = positive_integer("--inferences", reading.inferences);
    if (run.inferences > kMostInferences) {
      throw CLI::ValidationError("--inferences",
                                 "more than " + std::to_string(kMostInferences) + " inferences");
    }
  }
  read_uncertainty(reading, run);
  if (!reading.jobs.empty()) arguments.jobs = positive_integer("--jobs", reading.jobs);
  check_formats(arguments.formats, arguments.out);
  if (arguments.out.empty() && arguments.models.size() > 1 && !arguments.formats.empty() &&
      arguments.formats.front() != "table") {
    throw CLI::ValidationError("--format",
                               "standard output takes several models as tables only; give a folder "
                               "with --out for other formats");
  }
}

void complete(CompareReading& reading) {
  CompareArguments& arguments = reading.arguments;
  RunArguments& run = arguments.run;
  run.model.options = import_options(reading.model);
  check_densities(run.model.options, arguments.models.size());
  run.parameters = parameters_from(reading.parameters);
  run.precisions = precisions_from(reading.precision);
  run.bandwidth_shares = bandwidth_shares_from(reading.bandwidth_shares);
  const bool in_sequence = run.concurrency == "sequence";
  run.bound = !reading.bound.empty() ? reading.bound : in_sequence ? "optimum" : "relaxation";
  read_lists("--systems", reading.systems, names_from_text, arguments.systems);
  read_lists("--policies", reading.policies, policies_from_text, arguments.policies);
  if (!reading.jobs.empty()) arguments.jobs = positive_integer("--jobs", reading.jobs);
}

}  // namespace

Subcommand add_simulate(CLI::App& app) {
  CLI::App* const command =
      app.add_subcommand("simulate", "Run models on a system, each alone, and report every layer");
  const auto reading = std::make_shared<SimulateReading>();
  SimulateArguments& arguments = reading->arguments;
  RunArguments& run = arguments.run;
  add_models(*command, arguments.models,
             "ONNX files, or names from 'mensa list models'. Several are reported in this order, "
             "whichever is done first; one that fails does not stop the others");
  add_model_options(*command, reading->model);
  add_system_option(*command, run.system);
  add_policy_option(*command, run.policy);
  add_objective_option(*command, run.objective);
  add_mapper_option(*command, run.mapper);
  add_memory_option(*command, run.memory,
                    "How memories behave: with channels, banks, rows, refresh and turnarounds "
                    "(beside a run at ideal ones, for the difference), or by bandwidth and latency "
                    "alone");
  add_concurrency_option(*command, run.concurrency);
  add_bandwidth_option(*command, reading->bandwidth_shares);
  command->add_flag("--feedback", arguments.feedback,
                    "Plan again with the bandwidths that the simulation observes, until a plan "
                    "comes again or 5 times, and report what is simulated best: for --concurrency "
                    "layers");
  add_bound_option(*command, run.bound);
  command
      ->add_option(
          "--inferences", reading->inferences,
          "As well simulate so many inferences asked for at once, for the throughput; with "
          "--concurrency layers they overlap")
      ->type_name("N");
  command
      ->add_option(
          "--uncertainty", reading->uncertainty,
          "As well say how far latency and energy move within the ranges (low, nominal, high) of "
          "the system's constants: each of them alone, and N samples of all, by the analytic "
          "model; mappings and schedule stay")
      ->type_name("N");
  command
      ->add_option("--seed", reading->seed,
                   "Of these samples, 0 by default: of one seed and N a constant has the same "
                   "values in every run and system")
      ->type_name("K");
  command
      ->add_option("--grain", run.grain,
                   "Simulate many small tiles of a layer as fewer large ones, or every tile")
      ->capture_default_str()
      ->type_name("coalesced|fine");
  add_precision_options(*command, reading->precision);
  add_parameter_option(*command, reading->parameters);
  command
      ->add_option(
          "--out", arguments.out,
          "Write MODEL.SYSTEM.POLICY.EXT files into this folder, made where it is missing, "
          "instead of to standard output")
      ->type_name("DIR");
  add_formats_option(*command, arguments.formats, "table,csv,json,perfetto",
                     "Formats by comma: see 'mensa list formats'. Without --out one, by default "
                     "table, which several models must have; with --out by default all but "
                     "perfetto");
  add_jobs_option(*command, reading->jobs, "Models at a time, each in a process of its own");
  command->footer(kSimulateExamples);
  return {command, [reading]() -> Command {
            complete(*reading);
            return reading->arguments;
          }};
}

Subcommand add_compare(CLI::App& app) {
  CLI::App* const command =
      app.add_subcommand("compare", "Compare models x systems x policies in one table");
  const auto reading = std::make_shared<CompareReading>();
  CompareArguments& arguments = reading->arguments;
  RunArguments& run = arguments.run;
  add_models(*command, arguments.models, "ONNX files, or names from 'mensa list models'");
  add_repeated(*command, "--systems", reading->systems, "SYSTEM,...",
               "By comma: YAML files, or names from 'mensa list systems'; else mensa_g");
  add_repeated(*command, "--policies", reading->policies, "POLICY,...",
               "By comma: see 'mensa list policies'; else mensa,greedy,optimal");
  add_model_options(*command, reading->model);
  add_objective_option(*command, run.objective);
  add_mapper_option(*command, run.mapper);
  add_memory_option(*command, run.memory, "How memories behave");
  add_concurrency_option(*command, run.concurrency);
  add_bandwidth_option(*command, reading->bandwidth_shares);
  add_bound_option(*command, reading->bound,
                   "; by default the optimum, with --concurrency layers the relaxation");
  add_precision_options(*command, reading->precision);
  add_parameter_option(*command, reading->parameters);
  add_format_option(*command, arguments.format, "table|csv|json",
                    "How: for people, for spreadsheets or for programs");
  command->add_option("--out", arguments.out, "Write to this file, not to standard output")
      ->type_name("FILE");
  add_jobs_option(*command, reading->jobs, "Processes at a time");
  command->footer(kCompareExamples);
  return {command, [reading]() -> Command {
            complete(*reading);
            return reading->arguments;
          }};
}

Subcommand add_explain(CLI::App& app) {
  CLI::App* const command = app.add_subcommand(
      "explain", "Say why a layer runs where it does, and what would change that");
  const auto reading = std::make_shared<Reading<ExplainArguments>>();
  ExplainArguments& arguments = reading->arguments;
  RunArguments& run = arguments.run;
  add_model(*command, run.model.model, "ONNX file, or a name from 'mensa list models'");
  command
      ->add_option("--layer", arguments.layer,
                   "Name as 'mensa inspect MODEL' has it, or of a node that became several layers")
      ->required()
      ->type_name("NAME");
  add_model_options(*command, reading->model);
  add_system_option(*command, run.system);
  add_policy_option(*command, run.policy);
  add_objective_option(*command, run.objective);
  add_mapper_option(*command, run.mapper);
  add_concurrency_option(*command, run.concurrency);
  add_bandwidth_option(*command, reading->bandwidth_shares);
  add_precision_options(*command, reading->precision);
  add_parameter_option(*command, reading->parameters);
  add_format_option(*command, arguments.format, "table|json", "How: for people or for programs");
  command->footer(kExplainExamples);
  return {command, [reading]() -> Command {
            reading->arguments.run.model.options = import_options(reading->model);
            reading->arguments.run.parameters = parameters_from(reading->parameters);
            reading->arguments.run.precisions = precisions_from(reading->precision);
            reading->arguments.run.bandwidth_shares =
                bandwidth_shares_from(reading->bandwidth_shares);
            return reading->arguments;
          }};
}

Subcommand add_workload(CLI::App& app) {
  CLI::App* const command = app.add_subcommand(
      "workload", "Run several models at once, by periods or arrival times, with deadlines");
  const auto reading = std::make_shared<Reading<WorkloadArguments>>();
  WorkloadArguments& arguments = reading->arguments;
  command->add_option("FILE", arguments.file, "YAML file: see docs/workload-yaml.md")
      ->required()
      ->type_name("");
  add_system_option(*command, arguments.system);
  add_policy_option(*command, arguments.policy);
  add_objective_option(*command, arguments.objective);
  add_mapper_option(*command, arguments.mapper);
  add_memory_option(*command, arguments.memory, "How memories behave");
  add_concurrency_option(*command, arguments.concurrency);
  add_precision_options(*command, reading->precision);
  add_parameter_option(*command, reading->parameters);
  add_format_option(*command, arguments.format, "table|json", "How: for people or for programs");
  command->footer(kWorkloadExamples);
  return {command, [reading]() -> Command {
            reading->arguments.parameters = parameters_from(reading->parameters);
            reading->arguments.precisions = precisions_from(reading->precision);
            return reading->arguments;
          }};
}

}  // namespace mensa::cli
