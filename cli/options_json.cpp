#include "cli/options_json.h"

#include "cli/model_options.h"

namespace mensa::cli {

using Json = nlohmann::ordered_json;

Json model_options_json(const onnx_import::ImportOptions& options) {
  Json dimensions = Json::object();
  for (const auto& [name, value] : options.dimensions) dimensions[name] = value;
  Json inputs = Json::object();
  for (const auto& [name, shape] : options.inputs) inputs[name] = shape;
  Json constants = Json::object();
  for (const auto& [name, constant] : options.constants) constants[name] = to_text(constant);
  Json branches = Json::object();
  for (const auto& [name, branch] : options.branches) branches[name] = to_text(branch);
  return {{"batch", options.batch},
          {"dimensions", std::move(dimensions)},
          {"inputs", std::move(inputs)},
          {"constants", std::move(constants)},
          {"branches", std::move(branches)},
          {"fuse", options.fuse},
          {"unsupported", on_host_to_text(options.unsupported_on_host)}};
}

Json parameters_json(const RunArguments& run) {
  Json parameters = Json::array();
  for (const auto& [path, value] : run.parameters) {
    parameters.push_back({{"path", path}, {"value", value}});
  }
  return parameters;
}

}  // namespace mensa::cli
