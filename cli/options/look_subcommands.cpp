#include <memory>

#include "cli/examples.h"
#include "cli/options/shared_options.h"
#include "cli/options/subcommands.h"
#include "onnx_import/profiling/profile.h"

namespace mensa::cli {

Subcommand add_inspect(CLI::App& app) {
  CLI::App* const command =
      app.add_subcommand("inspect", "Show a model's layers, their traits and families");
  const auto reading = std::make_shared<Reading<InspectArguments>>();
  InspectArguments& arguments = reading->arguments;
  add_model(*command, arguments.model.model, "ONNX file, or a name from 'mensa list models'");
  add_model_options(*command, reading->model);
  add_format_option(*command, arguments.format, "table|json|dot",
                    "How: for people, for programs, or Graphviz text of the graph");
  command->add_flag("--traits", arguments.traits,
                    "As a table, show the traits of each layer that scheduling looks at");
  command->footer(kInspectExamples);
  return {command, [reading]() -> Command {
            reading->arguments.model.options = import_options(reading->model);
            return reading->arguments;
          }};
}

Subcommand add_cluster(CLI::App& app) {
  CLI::App* const command = app.add_subcommand(
      "cluster", "Group the layers of models by their traits, and say what suits each group");
  const auto reading = std::make_shared<Reading<ClusterArguments>>();
  ClusterArguments& arguments = reading->arguments;
  add_models(*command, arguments.models,
             "ONNX files, or names from 'mensa list models'. The layers of all are taken together");
  add_model_options(*command, reading->model);
  command->add_option("--clusters", arguments.clusters, "How: see 'mensa list clusterings'")
      ->capture_default_str()
      ->type_name("CLUSTERING");
  add_system_option(*command, arguments.system);
  add_objective_option(*command, arguments.objective, "What the preferred accelerator makes small");
  add_mapper_option(*command, arguments.mapper);
  add_parameter_option(*command, reading->parameters);
  command
      ->add_option("--save-driver", arguments.save_driver,
                   "Write what each cluster prefers to this file, for --policy mensa:driver=FILE")
      ->type_name("FILE");
  command
      ->add_option("--out", arguments.out,
                   "Write clusters.SYSTEM.CLUSTERING.EXT files into this folder, made where it is "
                   "missing, instead of to standard output")
      ->type_name("DIR");
  add_formats_option(*command, arguments.formats, "table,json,svg,yaml",
                     "Formats by comma: for people, for programs, a scatter plot, or the driver "
                     "table. Without --out one, by default table; with --out by default all");
  command->footer(kClusterExamples);
  return {command, [reading]() -> Command {
            ClusterArguments& read = reading->arguments;
            read.options = import_options(reading->model);
            check_densities(read.options, read.models.size());
            read.parameters = parameters_from(reading->parameters);
            check_formats(read.formats, read.out);
            return read;
          }};
}

Subcommand add_profile(CLI::App& app) {
  CLI::App* const command = app.add_subcommand(
      "profile", "Run a network and write down what shares of its tensors are not zero");
  struct ProfileReading : Reading<ProfileArguments> {
    std::string seed;
  };
  const auto reading = std::make_shared<ProfileReading>();
  ProfileArguments& arguments = reading->arguments;
  add_model(*command, arguments.model.model,
            "ONNX file with weights, or a name from 'mensa list models'");
  add_reading_options(*command, reading->model);
  command
      ->add_option("--inputs", arguments.inputs,
                   "Folder of .npy or .pb files, one for each input of the model (by its name, or "
                   "input_0, input_1, ...), or of folders of such, one for each run; or N runs on "
                   "random numbers")
      ->required()
      ->type_name("DIR|random:N");
  command->add_option("--seed", reading->seed, "Of random inputs, 0 by default")->type_name("K");
  command
      ->add_option("--output,--out", arguments.output,
                   "Write to this file, for --densities, not to standard output")
      ->type_name("FILE");
  command->footer(kProfileExamples);
  return {command, [reading]() -> Command {
            ProfileArguments& read = reading->arguments;
            read.model.options = import_options(reading->model);
            if (reading->seed.empty()) return read;
            if (!onnx_import::is_random(read.inputs)) {
              throw CLI::ValidationError("--seed",
                                         "draws the inputs of --inputs random:N; files are given");
            }
            read.seed = non_negative_integer("--seed", reading->seed);
            return read;
          }};
}

Subcommand add_map(CLI::App& app) {
  CLI::App* const command = app.add_subcommand(
      "map", "Map one layer on one accelerator: loop nest, accesses by level, cycles, energy");
  const auto reading = std::make_shared<Reading<MapArguments>>();
  MapArguments& arguments = reading->arguments;
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
  add_precision_option(
      *command, arguments.precision,
      "What the layer computes at, a precision of the accelerator; else its first");
  command->add_option("--save", arguments.save, "Write the mapping to this file")
      ->type_name("FILE");
  add_parameter_option(*command, reading->parameters);
  add_format_option(*command, arguments.format, "table|json", "How: for people or for programs");
  command->footer(kMapExamples);
  return {command, [reading]() -> Command {
            reading->arguments.parameters = parameters_from(reading->parameters);
            return reading->arguments;
          }};
}

Subcommand add_check(CLI::App& app) {
  CLI::App* const command =
      app.add_subcommand("check", "Check a system file and print it with all that it refers to");
  const auto reading = std::make_shared<Reading<CheckArguments>>();
  command
      ->add_option("FILE", reading->arguments.system,
                   "YAML file, or a name from 'mensa list systems'")
      ->required()
      ->type_name("");
  add_parameter_option(*command, reading->parameters);
  command->footer(kCheckExamples);
  return {command, [reading]() -> Command {
            reading->arguments.parameters = parameters_from(reading->parameters);
            return reading->arguments;
          }};
}

Subcommand add_list(CLI::App& app) {
  CLI::App* const command =
      app.add_subcommand("list", "List what can be named on the command line");
  const auto arguments = std::make_shared<ListArguments>();
  command
      ->add_option("KIND", arguments->kind,
                   "models, systems, accelerators, dataflows, policies, clusterings, formats or "
                   "operators")
      ->required()
      ->type_name("");
  command->footer(kListExamples);
  return {command, [arguments]() -> Command { return *arguments; }};
}

Subcommand add_worker(CLI::App& app) {
  CLI::App* const command =
      app.add_subcommand(workers::kWorkerCommand, "How mensa starts processes for its runs");
  const auto arguments = std::make_shared<workers::WorkerArguments>();
  command->group("");
  command->add_option("PARENT", arguments->parent)->required();
  command->add_option("JOB", arguments->job)->required();
  command->add_option("OUTCOME", arguments->outcome)->required();
  command->add_option("STATUS", arguments->status)->required();
  return {command, [arguments]() -> Command { return *arguments; }};
}

}  // namespace mensa::cli
