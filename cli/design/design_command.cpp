#include <fmt/format.h>

#include <string_view>

#include "cli/design/design_writers.h"
#include "cli/shell_text.h"
#include "onnx_import/options/option_texts.h"

namespace mensa::cli {
namespace {

std::string budget_text(const DesignBudget& budget, std::string_view unit) {
  return budget.system.empty() ? fmt::format("{} {}", budget.amount, unit) : budget.system;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ",") + name;
  return text;
}

}  // namespace

std::string design_command(const DesignArguments& arguments) {
  const DesignArguments usual;
  std::string text = "mensa design";
  for (const std::string& model : arguments.models) text += " " + shell_quoted(model);
  const auto add = [&](std::string_view option, const std::string& value) {
    text += fmt::format(" {} {}", option, shell_quoted(value));
  };
  for (const auto& [model, weight] : arguments.weights) {
    add("--weight", fmt::format("{}={}", model, weight));
  }
  if (arguments.area) add("--area", budget_text(*arguments.area, "mm2"));
  if (arguments.power) add("--power", budget_text(*arguments.power, "W"));
  if (arguments.accelerators != usual.accelerators) {
    add("--accelerators", std::to_string(arguments.accelerators));
  }
  if (arguments.systems != usual.systems) add("--system", joined(arguments.systems));
  if (!arguments.places.empty()) add("--place", joined(arguments.places));
  for (const auto& [port, budget] : arguments.port_areas) {
    add("--port-area", fmt::format("{}={}", port, budget_text(budget, "mm2")));
  }
  for (const auto& [port, budget] : arguments.port_powers) {
    add("--port-power", fmt::format("{}={}", port, budget_text(budget, "W")));
  }
  for (const auto& [path, value] : arguments.parameters) {
    add("--param", fmt::format("{}={}", path, value));
  }
  if (arguments.clock > 0) add("--clock", fmt::format("{} Hz", arguments.clock));
  if (arguments.objective != usual.objective) add("--objective", arguments.objective);
  if (arguments.policy != usual.policy) add("--policy", arguments.policy);
  if (arguments.mapper != usual.mapper) add("--mapper", arguments.mapper);
  if (arguments.precisions.otherwise != usual.precisions.otherwise) {
    add("--precision", arguments.precisions.otherwise);
  }
  if (arguments.effort != usual.effort) add("--effort", arguments.effort);
  if (arguments.seed != usual.seed) add("--seed", std::to_string(arguments.seed));
  return text;
}

}  // namespace mensa::cli
