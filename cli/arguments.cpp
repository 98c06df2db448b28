#include "cli/arguments.h"

#include <CLI/CLI.hpp>
#include <charconv>
#include <map>
#include <string>

#include "cli/examples.h"
#include "cli/exit_codes.h"
#include "cli/lists.h"
#include "cli/model_options.h"
#include "models/base/error.h"
#include "models/base/version.h"

namespace mensa::cli {
namespace {

constexpr std::int64_t kMostInferences = 10'000;

/// "NAME=VALUE" in two.
std::pair<std::string, std::string> assignment(const std::string& option, const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == 0 || equals == std::string::npos || equals + 1 == text.size()) {
    throw CLI::ValidationError(option, "'" + text + "' is not of the form NAME=VALUE");
  }
  return {text.substr(0, equals), text.substr(equals + 1)};
}

std::vector<std::pair<std::string, std::string>> assignments(
    const std::string& option, const std::vector<std::string>& texts) {
  std::vector<std::pair<std::string, std::string>> pairs;
  pairs.reserve(texts.size());
  for (const std::string& text : texts) pairs.push_back(assignment(option, text));
  return pairs;
}

std::int64_t integer_of_at_least(std::int64_t least, const std::string& option,
                                 const std::string& text) {
  std::int64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, failed] = std::from_chars(text.data(), end, value);
  if (failed != std::errc() || stop != end || value < least) {
    throw CLI::ValidationError(option,
                               "'" + text + "' is no integer of at least " + std::to_string(least));
  }
  return value;
}

std::int64_t positive_integer(const std::string& option, const std::string& text) {
  return integer_of_at_least(1, option, text);
}

std::map<std::string, std::int64_t> dimensions(const std::vector<std::string>& texts) {
  const std::string option = "--set";
  std::map<std::string, std::int64_t> values;
  for (const auto& [name, value] : assignments(option, texts)) {
    if (!values.emplace(name, integer_of_at_least(0, option, value)).second) {
      throw CLI::ValidationError(option, "the dimension '" + name + "' is set twice");
    }
  }
  return values;
}

/// The command line as text, before what CLI11 does not check.
struct Texts {
  std::string batch;
  std::vector<std::string> set;
  std::vector<std::string> inputs;
  std::vector<std::string> constants;
  std::vector<std::string> branches;
  bool no_fuse = false;
  std::string unsupported = on_host_to_text(false);
  std::vector<std::string> parameters;
  std::string inferences;
  std::string jobs;
  std::vector<std::string> systems;
  std::vector<std::string> policies;
  std::string bound;
};

/// An option that may stand several times and takes one value each time.
void add_repeated(CLI::App& command, const std::string& name, std::vector<std::string>& values,
                  const std::string& shape, const std::string& help) {
  command.add_option(name, values, help)->type_name(shape)->allow_extra_args(false);
}

/// One model, or several.
template <class Models>
void add_models(CLI::App& command, Models& models, const std::string& help) {
  command.add_option("MODEL", models, help)->required()->type_name("");
}

void add_model_options(CLI::App& command, Texts& texts) {
  command
      .add_option("--batch", texts.batch,
                  "First axis of the model's inputs, where the file leaves it open or 1")
      ->type_name("N");
  add_repeated(command, "--set", texts.set, "DIM=VALUE",
               "Value of a named dimension that the file leaves open");
  add_repeated(command, "--input", texts.inputs, "NAME=SHAPE",
               "Shape of a whole input, as image=1x3x640x640");
  add_repeated(command, "--constant", texts.constants, "NAME=VALUES",
               "Values of an input that never change, as sizes=1,3,640,640: it is no input then");
  add_repeated(command, "--branch", texts.branches, "NODE=then|else",
               "Branch of an If whose condition is not known before run time; else the costlier "
               "one is taken");
  command.add_flag("--no-fuse", texts.no_fuse,
                   "Make every node that does something a layer of its own");
  command
      .add_option("--unsupported", texts.unsupported,
                  "Refuse a model with operators that mensa does not know, or run these on the "
                  "host, as a guess by their bytes")
      ->capture_default_str()
      ->type_name("error|host");
}

void add_parameter_option(CLI::App& command, Texts& texts) {
  add_repeated(command, "--param", texts.parameters, "PATH=VALUE",
               "Replaces a value of the system, as accelerators.pascal.pe_array=16x16");
}

void add_system_option(CLI::App& command, std::string& system) {
  command.add_option("--system", system, "YAML file, or a name from 'mensa list systems'")
      ->capture_default_str()
      ->type_name("SYSTEM");
}

void add_objective_option(CLI::App& command, std::string& objective, const std::string& help) {
  command.add_option("--objective", objective, help)
      ->capture_default_str()
      ->type_name("latency|energy|edp");
}

void add_policy_options(CLI::App& command, std::string& policy, std::string& objective) {
  command.add_option("--policy", policy, "Who decides: see 'mensa list policies'")
      ->capture_default_str()
      ->type_name("POLICY");
  add_objective_option(command, objective, "What is made small");
}

void add_concurrency_option(CLI::App& command, std::string& concurrency) {
  command
      .add_option("--concurrency", concurrency,
                  "One layer after the other, or layers on different accelerators at once")
      ->capture_default_str()
      ->type_name("sequence|layers");
}

void add_mapper_option(CLI::App& command, std::string& mapper) {
  command
      .add_option("--mapper", mapper,
                  "How mappings are searched for: exhaustive tries all; pruned leaves out what "
                  "bounds prove no better; fast tries a few and proves nothing")
      ->capture_default_str()
      ->type_name("exhaustive|pruned|fast");
}

void add_bound_option(CLI::App& command, std::string& bound, const std::string& otherwise = "") {
  command
      .add_option("--bound", bound,
                  "What schedules are held against: the relaxation, which takes no search, or the "
                  "best schedule there is in sequence, which maps every layer for everything that "
                  "may stay on chip" +
                      otherwise)
      ->capture_default_str()
      ->type_name("relaxation|optimum");
}

CLI::App* add_simulate(CLI::App& app, SimulateArguments& arguments, Texts& texts) {
  CLI::App* const command =
      app.add_subcommand("simulate", "Run models on a system, each alone, and report every layer");
  RunArguments& run = arguments.run;
  add_models(*command, arguments.models,
             "ONNX files, or names from 'mensa list models'. Several are reported in this order, "
             "whichever is done first; one that fails does not stop the others");
  add_model_options(*command, texts);
  add_system_option(*command, run.system);
  add_policy_options(*command, run.policy, run.objective);
  add_mapper_option(*command, run.mapper);
  command
      ->add_option("--memory", run.memory,
                   "How memories behave: with channels, banks, rows, refresh and turnarounds "
                   "(beside a run at ideal ones, for the difference), or by bandwidth and latency "
                   "alone")
      ->capture_default_str()
      ->type_name("detailed|ideal");
  add_concurrency_option(*command, run.concurrency);
  add_bound_option(*command, run.bound);
  command
      ->add_option(
          "--inferences", texts.inferences,
          "As well simulate so many inferences asked for at once, for the throughput; with "
          "--concurrency layers they overlap")
      ->type_name("N");
  command
      ->add_option("--grain", run.grain,
                   "Simulate many small tiles of a layer as fewer large ones, or every tile")
      ->capture_default_str()
      ->type_name("coalesced|fine");
  add_parameter_option(*command, texts);
  command
      ->add_option(
          "--out", arguments.out,
          "Write MODEL.SYSTEM.POLICY.EXT files into this folder, made where it is missing, "
          "instead of to standard output")
      ->type_name("DIR");
  command
      ->add_option("--format", arguments.formats,
                   "Formats by comma: see 'mensa list formats'. Without --out one, by default "
                   "table, which several models must have; with --out by default all but perfetto")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("table,csv,json,perfetto");
  command
      ->add_option("--jobs", texts.jobs,
                   "Models at a time, each in a process of its own; by default one for each core. "
                   "Changes no result")
      ->type_name("N");
  command->footer(kSimulateExamples);
  return command;
}

void add_memory_option(CLI::App& command, std::string& memory) {
  command.add_option("--memory", memory, "How memories behave")
      ->capture_default_str()
      ->type_name("detailed|ideal");
}

CLI::App* add_compare(CLI::App& app, CompareArguments& arguments, Texts& texts) {
  CLI::App* const command =
      app.add_subcommand("compare", "Compare models x systems x policies in one table");
  RunArguments& run = arguments.run;
  add_models(*command, arguments.models, "ONNX files, or names from 'mensa list models'");
  add_repeated(*command, "--systems", texts.systems, "SYSTEM,...",
               "By comma: YAML files, or names from 'mensa list systems'; else mensa_g");
  add_repeated(*command, "--policies", texts.policies, "POLICY,...",
               "By comma: see 'mensa list policies'; else mensa,greedy,optimal");
  add_model_options(*command, texts);
  command->add_option("--objective", run.objective, "What is made small")
      ->capture_default_str()
      ->type_name("latency|energy|edp");
  add_mapper_option(*command, run.mapper);
  add_memory_option(*command, run.memory);
  add_concurrency_option(*command, run.concurrency);
  add_bound_option(*command, texts.bound,
                   "; by default the optimum, with --concurrency layers the relaxation");
  add_parameter_option(*command, texts);
  command
      ->add_option("--format", arguments.format,
                   "How: for people, for spreadsheets or for programs")
      ->capture_default_str()
      ->type_name("table|csv|json");
  command->add_option("--out", arguments.out, "Write to this file, not to standard output")
      ->type_name("FILE");
  command
      ->add_option("--jobs", texts.jobs,
                   "Processes at a time; by default one for each core. Changes no result")
      ->type_name("N");
  command->footer(kCompareExamples);
  return command;
}

CLI::App* add_explain(CLI::App& app, ExplainArguments& arguments, Texts& texts) {
  CLI::App* const command = app.add_subcommand(
      "explain", "Say why a layer runs where it does, and what would change that");
  RunArguments& run = arguments.run;
  add_models(*command, run.model.model, "ONNX file, or a name from 'mensa list models'");
  command
      ->add_option("--layer", arguments.layer,
                   "Name as 'mensa inspect MODEL' has it, or of a node that became several layers")
      ->required()
      ->type_name("NAME");
  add_model_options(*command, texts);
  add_system_option(*command, run.system);
  add_policy_options(*command, run.policy, run.objective);
  add_mapper_option(*command, run.mapper);
  add_concurrency_option(*command, run.concurrency);
  add_parameter_option(*command, texts);
  command->add_option("--format", arguments.format, "How: for people or for programs")
      ->capture_default_str()
      ->type_name("table|json");
  command->footer(kExplainExamples);
  return command;
}

CLI::App* add_workload(CLI::App& app, WorkloadArguments& arguments, Texts& texts) {
  CLI::App* const command = app.add_subcommand(
      "workload", "Run several models at once, by periods or arrival times, with deadlines");
  command->add_option("FILE", arguments.file, "YAML file: see docs/workload-yaml.md")
      ->required()
      ->type_name("");
  add_system_option(*command, arguments.system);
  add_policy_options(*command, arguments.policy, arguments.objective);
  add_mapper_option(*command, arguments.mapper);
  add_memory_option(*command, arguments.memory);
  add_concurrency_option(*command, arguments.concurrency);
  add_parameter_option(*command, texts);
  command->add_option("--format", arguments.format, "How: for people or for programs")
      ->capture_default_str()
      ->type_name("table|json");
  command->footer(kWorkloadExamples);
  return command;
}

CLI::App* add_inspect(CLI::App& app, InspectArguments& arguments, Texts& texts) {
  CLI::App* const command =
      app.add_subcommand("inspect", "Show a model's layers, their traits and families");
  add_models(*command, arguments.model.model, "ONNX file, or a name from 'mensa list models'");
  add_model_options(*command, texts);
  command
      ->add_option("--format", arguments.format,
                   "How: for people, for programs, or Graphviz text of the graph")
      ->capture_default_str()
      ->type_name("table|json|dot");
  command->add_flag("--traits", arguments.traits,
                    "As a table, show the traits of each layer that scheduling looks at");
  command->footer(kInspectExamples);
  return command;
}

CLI::App* add_cluster(CLI::App& app, ClusterArguments& arguments, Texts& texts) {
  CLI::App* const command = app.add_subcommand(
      "cluster", "Group the layers of models by their traits, and say what suits each group");
  add_models(*command, arguments.models,
             "ONNX files, or names from 'mensa list models'. The layers of all are taken together");
  add_model_options(*command, texts);
  command->add_option("--clusters", arguments.clusters, "How: see 'mensa list clusterings'")
      ->capture_default_str()
      ->type_name("CLUSTERING");
  add_system_option(*command, arguments.system);
  add_objective_option(*command, arguments.objective, "What the preferred accelerator makes small");
  add_mapper_option(*command, arguments.mapper);
  add_parameter_option(*command, texts);
  command
      ->add_option("--save-driver", arguments.save_driver,
                   "Write what each cluster prefers to this file, for --policy mensa:driver=FILE")
      ->type_name("FILE");
  command
      ->add_option("--out", arguments.out,
                   "Write clusters.SYSTEM.CLUSTERING.EXT files into this folder, made where it is "
                   "missing, instead of to standard output")
      ->type_name("DIR");
  command
      ->add_option("--format", arguments.formats,
                   "Formats by comma: for people, for programs, a scatter plot, or the driver "
                   "table. Without --out one, by default table; with --out by default all")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("table,json,svg,yaml");
  command->footer(kClusterExamples);
  return command;
}

CLI::App* add_check(CLI::App& app, CheckArguments& arguments, Texts& texts) {
  CLI::App* const command =
      app.add_subcommand("check", "Check a system file and print it with all that it refers to");
  command->add_option("FILE", arguments.system, "YAML file, or a name from 'mensa list systems'")
      ->required()
      ->type_name("");
  add_parameter_option(*command, texts);
  command->footer(kCheckExamples);
  return command;
}

CLI::App* add_map(CLI::App& app, MapArguments& arguments, Texts& texts) {
  CLI::App* const command = app.add_subcommand(
      "map", "Map one layer on one accelerator: loop nest, accesses by level, cycles, energy");
  command
      ->add_option("--shape", arguments.shape,
                   "Bounds G N K C D P Q T R S, and stride, dilation, pad, steps, bits; 1 (pad 0) "
                   "for what is left out")
      ->required()
      ->type_name("K=64,C=64,...");
  add_system_option(*command, arguments.system);
  command
      ->add_option("--accelerator", arguments.accelerator,
                   "Which of the system's; not needed where there is only one")
      ->type_name("NAME");
  add_objective_option(*command, arguments.objective, "What the search makes small");
  add_mapper_option(*command, arguments.mapper);
  command->add_flag("--bounding-box", arguments.bounding_box,
                    "Count all input positions between the first and the last that a tile "
                    "touches, as Timeloop does, not only those it touches");
  command
      ->add_option("--mapping", arguments.mapping,
                   "Evaluate the mapping in this file, do not search")
      ->type_name("FILE");
  command->add_option("--save", arguments.save, "Write the mapping to this file")
      ->type_name("FILE");
  add_parameter_option(*command, texts);
  command->add_option("--format", arguments.format, "How: for people or for programs")
      ->capture_default_str()
      ->type_name("table|json");
  command->footer(kMapExamples);
  return command;
}

CLI::App* add_list(CLI::App& app, ListArguments& arguments) {
  CLI::App* const command =
      app.add_subcommand("list", "List what can be named on the command line");
  command
      ->add_option("KIND", arguments.kind,
                   "models, systems, accelerators, dataflows, policies, clusterings, formats or "
                   "operators")
      ->required()
      ->type_name("");
  command->footer(kListExamples);
  return command;
}

/// For mensa itself, and not shown in help texts.
CLI::App* add_worker(CLI::App& app, workers::WorkerArguments& arguments) {
  CLI::App* const command =
      app.add_subcommand(workers::kWorkerCommand, "How mensa starts processes for its runs");
  command->group("");
  command->add_option("PARENT", arguments.parent)->required();
  command->add_option("JOB", arguments.job)->required();
  command->add_option("OUTCOME", arguments.outcome)->required();
  command->add_option("STATUS", arguments.status)->required();
  return command;
}

/// What `read` makes of a text; its errors become those of the option.
template <class Read>
auto read_text(const std::string& option, const std::string& text, Read read) {
  try {
    return read(text);
  } catch (const base::Error& error) {
    throw CLI::ValidationError(option, error.what());
  }
}

/// NAME=VALUE for several names.
template <class Value, class Read>
void read_named(const std::string& option, const std::vector<std::string>& texts, Read read,
                std::map<std::string, Value>& values) {
  for (const auto& [name, text] : assignments(option, texts)) {
    if (!values.emplace(name, read_text(option, text, read)).second) {
      throw CLI::ValidationError(option, "'" + name + "' is given twice");
    }
  }
}

void complete(onnx_import::ImportOptions& options, const Texts& texts) {
  if (!texts.batch.empty()) options.batch = positive_integer("--batch", texts.batch);
  options.dimensions = dimensions(texts.set);
  read_named("--input", texts.inputs, shape_from_text, options.inputs);
  read_named("--constant", texts.constants, constant_from_text, options.constants);
  read_named("--branch", texts.branches, branch_from_text, options.branches);
  options.fuse = !texts.no_fuse;
  options.unsupported_on_host = read_text("--unsupported", texts.unsupported, on_host_from_text);
}

void complete(SimulateArguments& arguments, const Texts& texts) {
  RunArguments& run = arguments.run;
  complete(run.model.options, texts);
  run.parameters = assignments("--param", texts.parameters);
  if (!texts.inferences.empty()) {
    run.inferences = positive_integer("--inferences", texts.inferences);
    if (run.inferences > kMostInferences) {
      throw CLI::ValidationError("--inferences",
                                 "more than " + std::to_string(kMostInferences) + " inferences");
    }
  }
  if (!texts.jobs.empty()) arguments.jobs = positive_integer("--jobs", texts.jobs);
  if (!arguments.out.empty()) return;
  if (arguments.formats.size() > 1) {
    throw CLI::ValidationError(
        "--format", "standard output takes one format; give a folder with --out for more");
  }
  if (arguments.models.size() > 1 && !arguments.formats.empty() &&
      arguments.formats.front() != "table") {
    throw CLI::ValidationError("--format",
                               "standard output takes several models as tables only; give a folder "
                               "with --out for other formats");
  }
}

void complete(ClusterArguments& arguments, const Texts& texts) {
  complete(arguments.options, texts);
  arguments.parameters = assignments("--param", texts.parameters);
  if (arguments.out.empty() && arguments.formats.size() > 1) {
    throw CLI::ValidationError(
        "--format", "standard output takes one format; give a folder with --out for more");
  }
}

/// The lists that are given, one behind the other; what stands there where none is.
template <class Read>
void read_lists(const std::string& option, const std::vector<std::string>& texts, Read read,
                std::vector<std::string>& names) {
  if (!texts.empty()) names.clear();
  for (const std::string& text : texts) {
    for (std::string& name : read_text(option, text, read)) names.push_back(std::move(name));
  }
}

void complete(CompareArguments& arguments, const Texts& texts) {
  complete(arguments.run.model.options, texts);
  arguments.run.parameters = assignments("--param", texts.parameters);
  const bool in_sequence = arguments.run.concurrency == "sequence";
  arguments.run.bound = !texts.bound.empty() ? texts.bound : in_sequence ? "optimum" : "relaxation";
  read_lists("--systems", texts.systems, names_from_text, arguments.systems);
  read_lists("--policies", texts.policies, policies_from_text, arguments.policies);
  if (!texts.jobs.empty()) arguments.jobs = positive_integer("--jobs", texts.jobs);
}

}  // namespace

Command read_arguments(int argc, const char* const* argv) {
  CLI::App app("Schedules and simulates neural networks on heterogeneous edge accelerators",
               "mensa");
  app.set_version_flag("--version", "mensa " + std::string(base::kVersion));
  // Asked for after parsing: CLI11 would ask for it before it says which argument it does not know.
  app.require_subcommand(0, 1);
  app.failure_message([](const CLI::App*, const CLI::Error& error) {
    return "mensa: " + std::string(error.what()) + "\nRun with --help for more information.\n";
  });
  app.footer(kMainExamples);
  SimulateArguments simulate;
  CompareArguments compare;
  ExplainArguments explain;
  WorkloadArguments workload;
  InspectArguments inspect;
  ClusterArguments cluster;
  MapArguments map;
  CheckArguments check;
  ListArguments list;
  workers::WorkerArguments worker;
  Texts texts;  // of the one subcommand that is given
  const CLI::App* const simulate_command = add_simulate(app, simulate, texts);
  const CLI::App* const compare_command = add_compare(app, compare, texts);
  const CLI::App* const explain_command = add_explain(app, explain, texts);
  const CLI::App* const workload_command = add_workload(app, workload, texts);
  const CLI::App* const inspect_command = add_inspect(app, inspect, texts);
  const CLI::App* const cluster_command = add_cluster(app, cluster, texts);
  const CLI::App* const map_command = add_map(app, map, texts);
  const CLI::App* const check_command = add_check(app, check, texts);
  const CLI::App* const list_command = add_list(app, list);
  const CLI::App* const worker_command = add_worker(app, worker);
  try {
    app.parse(argc, argv);
    if (simulate_command->parsed()) {
      complete(simulate, texts);
      return simulate;
    }
    if (compare_command->parsed()) {
      complete(compare, texts);
      return compare;
    }
    if (explain_command->parsed()) {
      complete(explain.run.model.options, texts);
      explain.run.parameters = assignments("--param", texts.parameters);
      return explain;
    }
    if (workload_command->parsed()) {
      workload.parameters = assignments("--param", texts.parameters);
      return workload;
    }
    if (inspect_command->parsed()) {
      complete(inspect.model.options, texts);
      return inspect;
    }
    if (cluster_command->parsed()) {
      complete(cluster, texts);
      return cluster;
    }
    if (map_command->parsed()) {
      map.parameters = assignments("--param", texts.parameters);
      return map;
    }
    if (check_command->parsed()) {
      check.parameters = assignments("--param", texts.parameters);
      return check;
    }
    if (list_command->parsed()) return list;
    if (worker_command->parsed()) return worker;
    throw CLI::RequiredError::Subcommand(1);
  } catch (const CLI::ParseError& stop) {  // help and version too, with an exit code of 0
    return Finished{app.exit(stop) == 0 ? kDone : kUsage};
  }
}

}  // namespace mensa::cli
