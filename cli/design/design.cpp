#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "accelerators/cost/area.h"
#include "accelerators/cost/peak_power.h"
#include "accelerators/spec/loader.h"
#include "cli/commands.h"
#include "cli/design/design_writers.h"
#include "cli/formats.h"
#include "cli/names.h"
#include "cli/output.h"
#include "cli/pipeline.h"
#include "cli/workers/interrupts.h"
#include "cli/workers/progress_line.h"
#include "explore/design/make_design.h"
#include "models/base/atomic_file.h"
#include "models/base/error.h"
#include "models/base/sha256.h"

namespace mensa::cli {
namespace {

using accelerators::System;
using explore::DesignProgress;
using explore::DesignRequest;

std::string design_system(const DesignOutcome& outcome) { return outcome.report.system_yaml; }

const std::vector<Format<DesignOutcome>>& design_formats() {
  static const std::vector<Format<DesignOutcome>> kFormats = {{"table", ".txt", design_table},
                                                              {"json", ".json", design_json},
                                                              {"yaml", ".yaml", design_system}};
  return kFormats;
}

double power_of(const System& system, const accelerators::Accelerator& accelerator) {
  return accelerators::peak_power(system, accelerator).total().value();
}

double area_of(const System& system, const accelerators::Accelerator& accelerator) {
  return accelerators::area(accelerator, system.technology).total().value();
}

using Figure = double (*)(const System&, const accelerators::Accelerator&);

/// The amount, or the sum over a system's accelerators; those at `port`, where one is named.
double amount_of(const DesignBudget& budget, Figure figure, const std::string& port = "") {
  if (budget.system.empty()) return budget.amount;
  const System system = accelerators::load_system(budget.system);
  double sum = 0;
  for (const accelerators::Accelerator& one : system.accelerators) {
    const accelerators::MemoryPort& own = system.port(one.port);
    const std::string name = fmt::format("{}.{}", system.memory(own.memory).name, own.name);
    if (port.empty() || port == name) sum += figure(system, one);
  }
  if (!(sum > 0)) {
    throw base::Error(
        fmt::format("system {} has no accelerator at {} to take a limit from", system.name, port));
  }
  return sum;
}

std::vector<explore::PortLimit> limits_of(const DesignArguments& arguments) {
  std::vector<explore::PortLimit> limits;
  for (const auto& [port, budget] : arguments.port_areas) {
    limits.push_back({port, amount_of(budget, area_of, port), std::nullopt});
  }
  for (const auto& [port, budget] : arguments.port_powers) {
    const auto same = std::find_if(limits.begin(), limits.end(),
                                   [&of = port](const auto& limit) { return limit.port == of; });
    if (same != limits.end()) {
      same->power = amount_of(budget, power_of, port);
    } else {
      limits.push_back({port, std::nullopt, amount_of(budget, power_of, port)});
    }
  }
  return limits;
}

std::string name_of(const DesignArguments& arguments) {
  if (!arguments.name.empty()) return arguments.name;
  constexpr std::size_t kMostNamed = 3;
  if (arguments.models.size() > kMostNamed) {
    return fmt::format("design_{}_models", arguments.models.size());
  }
  std::string name = "design_";
  for (std::size_t m = 0; m < arguments.models.size(); ++m) {
    name += (m > 0 ? "-" : "") + file_name_part(short_name(arguments.models[m]));
  }
  return name;
}

/// Everything that is found wrong without work.
void check(const DesignArguments& arguments) {
  const auto require_different = [](const char* what, const std::vector<std::string>& names) {
    std::set<std::string> seen;
    for (const std::string& name : names) {
      if (seen.insert(name).second) continue;
      throw base::Error(fmt::format("the {} '{}' is given twice", what, name));
    }
  };
  require_different("model", arguments.models);
  require_different("system", arguments.systems);
  require_different("system", arguments.against);
  for (const auto& [model, weight] : arguments.weights) {
    if (std::find(arguments.models.begin(), arguments.models.end(), model) !=
        arguments.models.end()) {
      continue;
    }
    throw base::Error(fmt::format("--weight is of a model that is given: {}",
                                  base::unknown_name_message("model", model, arguments.models)));
  }
}

DesignRequest request_of(const DesignArguments& arguments) {
  DesignRequest request;
  request.name = name_of(arguments);
  request.command = design_command(arguments);
  request.systems = arguments.systems;
  request.parameters = arguments.parameters;
  request.places = arguments.places;
  request.limits = limits_of(arguments);
  if (arguments.clock > 0) request.clock = base::Hertz(arguments.clock);
  const DesignBudget own{0, arguments.systems.front()};
  request.budget.area = amount_of(arguments.area.value_or(own), area_of);
  if (arguments.power) request.budget.power = amount_of(*arguments.power, power_of);
  request.most_accelerators = static_cast<std::size_t>(arguments.accelerators);
  request.rules.policy = scheduler::make_policy(arguments.policy);
  request.rules.policy_name = arguments.policy;
  request.rules.objective = accelerators::objective_from_string(arguments.objective);
  request.rules.mapper.effort = accelerators::effort_from_string(arguments.mapper);
  request.effort = explore::design_effort_from_string(arguments.effort);
  request.seed = static_cast<std::uint64_t>(arguments.seed);
  request.against = arguments.against;
  request.threads = static_cast<std::size_t>(arguments.threads);
  return request;
}

}  // namespace

void design(const DesignArguments& arguments) {
  const std::vector<Format<DesignOutcome>> formats =
      chosen_formats(design_formats(), arguments.formats, !arguments.out.empty());
  check(arguments);
  const DesignRequest request = request_of(arguments);
  const std::filesystem::path folder = arguments.out;
  if (!folder.empty()) base::make_writable_folder(folder);

  DesignOutcome outcome;
  outcome.arguments = arguments;
  std::vector<explore::DesignModel> models;
  models.reserve(arguments.models.size());
  for (const std::string& name : arguments.models) {
    LoadedModel loaded = load_model({name, arguments.options});
    outcome.models.push_back({loaded.path.filename().string(), base::sha256_of_file(loaded.path)});
    const auto weight = arguments.weights.find(name);
    accelerators::LayerPrecisions precisions =
        accelerators::layer_precisions(loaded.graph, arguments.precisions);
    models.push_back({short_name(name), std::move(loaded.graph), std::move(precisions),
                      weight == arguments.weights.end() ? 1 : weight->second});
  }
  {
    const workers::InterruptsDeferred deferred;
    workers::ProgressLine progress(STDERR_FILENO);
    outcome.report = explore::make_design(
        request, models, [&](const std::string& system, const DesignProgress& state) {
          workers::InterruptsDeferred::give_up_if_interrupted();
          if (!progress.is_due()) return;
          progress.show(fmt::format("design on {}: {}, {} evaluations of models", system,
                                    state.phase, state.done));
        });
  }
  if (folder.empty()) {
    print(formats.front().write(outcome));
    return;
  }
  const std::string name = file_name_part(request.name);
  for (const Format<DesignOutcome>& format : formats) {
    const std::filesystem::path path = folder / (name + format.extension);
    write_file(path, format.write(outcome));
    tell(fmt::format("wrote {}", path.string()));
  }
}

}  // namespace mensa::cli
