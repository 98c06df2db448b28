#include <charconv>
#include <memory>
#include <string>
#include <utility>

#include "cli/examples.h"
#include "cli/lists.h"
#include "cli/options/shared_options.h"
#include "cli/options/subcommands.h"
#include "explore/space/expression.h"

namespace mensa::cli {
namespace {

constexpr std::int64_t kMostAccelerators = 8;
constexpr std::int64_t kMostThreads = 1024;
constexpr double kMostArea = 1e5;   ///< mm2, larger than any wafer
constexpr double kMostPower = 1e5;  ///< W
constexpr double kMostWeight = 1e9;
constexpr double kLeastClock = 1e6;  ///< Hz
constexpr double kMostClock = 1e10;  ///< Hz

/// What CLI11 does not check, as text.
struct DesignReading : Reading<DesignArguments> {
  std::vector<std::string> systems;
  std::string area;
  std::string power;
  std::vector<std::string> places;
  std::vector<std::string> port_areas;
  std::vector<std::string> port_powers;
  std::vector<std::string> weights;
  std::string accelerators;
  std::string clock;
  std::string seed;
  std::string jobs;
  std::vector<std::string> against;
};

/// A quantity of that dimension, above 0 and up to `most`; none where the text is a name.
std::optional<double> quantity(const std::string& option, const std::string& text,
                               const explore::Dimension& dimension, double most,
                               const std::string& example) {
  const explore::Value value = explore::Value::from_yaml(text);
  if (value.kind == explore::Value::Kind::kText && text.find_first_of("0123456789+-.") != 0) {
    return std::nullopt;
  }
  if (value.kind != explore::Value::Kind::kNumber || value.dimension != dimension) {
    throw CLI::ValidationError(option, "'" + text + "' is no " + example);
  }
  if (!(value.number > 0 && value.number <= most)) {
    throw CLI::ValidationError(option, "'" + text +
                                           "' is out of range; it must be above 0 and at most " +
                                           explore::with_unit(most, dimension));
  }
  return value.number;
}

DesignBudget area_from(const std::string& option, const std::string& text) {
  const auto amount = quantity(option, text, explore::dimensions::kArea, kMostArea,
                               "area, as '2.5 mm2', nor the name of a system");
  return amount ? DesignBudget{*amount, ""} : DesignBudget{0, text};
}

DesignBudget power_from(const std::string& option, const std::string& text) {
  const auto amount = quantity(option, text, explore::dimensions::kPower, kMostPower,
                               "power, as '1.5 W', nor the name of a system");
  return amount ? DesignBudget{*amount, ""} : DesignBudget{0, text};
}

template <class Read>
void read_by_port(const std::string& option, const std::vector<std::string>& texts, Read read,
                  std::map<std::string, DesignBudget>& budgets) {
  for (const auto& [port, text] : assignments(option, texts)) {
    if (!budgets.emplace(port, read(option, text)).second) {
      throw CLI::ValidationError(option, "'" + port + "' is given twice");
    }
  }
}

void read_weights(const std::vector<std::string>& texts, DesignArguments& arguments) {
  const std::string option = "--weight";
  for (const auto& [model, text] : assignments(option, texts)) {
    double weight = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, failed] = std::from_chars(text.data(), end, weight);
    if (failed != std::errc() || stop != end || !(weight > 0 && weight <= kMostWeight)) {
      throw CLI::ValidationError(option, "'" + text + "' is no number above 0");
    }
    if (!arguments.weights.emplace(model, weight).second) {
      throw CLI::ValidationError(option, "'" + model + "' is given twice");
    }
  }
}

void read_list(const std::string& option, const std::vector<std::string>& texts,
               std::vector<std::string>& names) {
  if (!texts.empty()) names.clear();
  for (const std::string& text : texts) {
    for (std::string& name : read_text(option, text, names_from_text)) {
      names.push_back(std::move(name));
    }
  }
}

std::int64_t at_most(std::int64_t most, const std::string& option, const std::string& text) {
  const std::int64_t value = positive_integer(option, text);
  if (value <= most) return value;
  throw CLI::ValidationError(option, "'" + text + "' is more than " + std::to_string(most));
}

void complete(DesignReading& reading) {
  DesignArguments& arguments = reading.arguments;
  arguments.options = import_options(reading.model);
  check_densities(arguments.options, arguments.models.size());
  arguments.parameters = parameters_from(reading.parameters);
  arguments.precisions = precisions_from(reading.precision);
  read_list("--system", reading.systems, arguments.systems);
  read_list("--place", reading.places, arguments.places);
  // "none" stands for an empty list, which has no name.
  if (reading.against == std::vector<std::string>{"none"}) {
    arguments.against.clear();
  } else {
    read_list("--against", reading.against, arguments.against);
  }
  if (!reading.area.empty()) arguments.area = area_from("--area", reading.area);
  if (!reading.power.empty()) arguments.power = power_from("--power", reading.power);
  read_by_port("--port-area", reading.port_areas, area_from, arguments.port_areas);
  read_by_port("--port-power", reading.port_powers, power_from, arguments.port_powers);
  read_weights(reading.weights, arguments);
  if (!reading.accelerators.empty()) {
    arguments.accelerators = at_most(kMostAccelerators, "--accelerators", reading.accelerators);
  }
  if (!reading.clock.empty()) {
    const auto clock = quantity("--clock", reading.clock, explore::dimensions::kHertz, kMostClock,
                                "frequency, as '800 MHz'");
    if (!clock || *clock < kLeastClock) {
      throw CLI::ValidationError("--clock",
                                 "'" + reading.clock + "' is no frequency of at least 1 MHz");
    }
    arguments.clock = *clock;
  }
  if (!reading.seed.empty()) arguments.seed = non_negative_integer("--seed", reading.seed);
  if (!reading.jobs.empty()) arguments.threads = at_most(kMostThreads, "--jobs", reading.jobs);
  check_formats(arguments.formats, arguments.out);
}

void add_budget_options(CLI::App& command, DesignReading& reading) {
  command
      .add_option("--area", reading.area,
                  "Silicon of all accelerators together, as '2.5 mm2' (docs/cost-model.md says "
                  "what counts), or what a system's take; by default that of the first --system")
      ->type_name("AREA|SYSTEM");
  command
      .add_option("--power", reading.power,
                  "Peak power of all accelerators together, memories not counted, as '1.5 W', or "
                  "what a system's come to; by default no limit")
      ->type_name("POWER|SYSTEM");
  command
      .add_option("--accelerators", reading.accelerators,
                  "How many there may be at the most, 3 by default")
      ->type_name("N");
  add_repeated(command, "--system", reading.systems, "SYSTEM",
               "Whose memories, ports, technology and host to take; its accelerators are replaced. "
               "Of several, the best is taken. mensa_g by default");
  add_repeated(command, "--place", reading.places, "PORT",
               "Memory ports that accelerators may sit at, by comma, as "
               "stack.external,stack.logic_layer; by default all");
  add_repeated(command, "--port-area", reading.port_areas, "PORT=AREA|SYSTEM",
               "Silicon that fits at one port, as stack.logic_layer='1 mm2', or what a system has "
               "there");
  add_repeated(command, "--port-power", reading.port_powers, "PORT=POWER|SYSTEM",
               "Peak power that accelerators at one port may have");
  command
      .add_option("--clock", reading.clock,
                  "Of all accelerators; by default the fastest of the library's systems in the "
                  "same technology")
      ->type_name("FREQUENCY");
}

}  // namespace

Subcommand add_design(CLI::App& app) {
  CLI::App* const command = app.add_subcommand(
      "design", "Design accelerators for models within an area, and say why these");
  const auto reading = std::make_shared<DesignReading>();
  DesignArguments& arguments = reading->arguments;
  add_models(*command, arguments.models,
             "ONNX files, or names from 'mensa list models'. The design is for all of them");
  add_repeated(*command, "--weight", reading->weights, "MODEL=WEIGHT",
               "How much a model counts, 1 by default");
  add_model_options(*command, reading->model);
  add_budget_options(*command, *reading);
  add_objective_option(*command, arguments.objective,
                       "What is made small, as geometric mean over the models");
  add_policy_option(*command, arguments.policy);
  add_mapper_option(*command, arguments.mapper);
  add_precision_options(*command, reading->precision);
  command
      ->add_option("--effort", arguments.effort,
                   "How much is looked at: quick takes seconds for a model, normal a few minutes "
                   "for two dozen, thorough several times that")
      ->capture_default_str()
      ->type_name("quick|normal|thorough");
  command
      ->add_option("--seed", reading->seed,
                   "Of the clusters that the search starts from, 1 by default")
      ->type_name("K");
  add_repeated(*command, "--against", reading->against, "SYSTEM",
               "Systems to compare the design with, by comma, as they are and scaled to its area; "
               "none for none. By default mensa_g,edge_tpu,eyeriss_v2,eyeriss_v2_scaled");
  add_parameter_option(*command, reading->parameters);
  command->add_option("--name", arguments.name, "Of the design; by default after the models")
      ->type_name("NAME");
  add_jobs_option(*command, reading->jobs, "Threads");
  command
      ->add_option("--out", arguments.out,
                   "Write NAME.EXT files into this folder, made where it is missing, instead of to "
                   "standard output")
      ->type_name("DIR");
  add_formats_option(*command, arguments.formats, "table,json,yaml",
                     "Formats by comma: for people, for programs, or the system file, which "
                     "--system takes. Without --out one, by default table; with --out by default "
                     "all");
  command->footer(kDesignExamples);
  return {command, [reading]() -> Command {
            complete(*reading);
            return reading->arguments;
          }};
}

}  // namespace mensa::cli
