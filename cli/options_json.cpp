#include "cli/options_json.h"

#include <filesystem>
#include <optional>

#include "models/base/sha256.h"
#include "onnx_import/options/option_texts.h"
#include "traces/json_parts.h"

namespace mensa::cli {

using Json = nlohmann::ordered_json;

namespace {

Json densities_json(const std::filesystem::path& file) {
  if (file.empty()) return nullptr;
  return {{"file", file.filename().string()}, {"sha256", base::sha256_of_file(file)}};
}

Json prune_json(const std::optional<onnx_import::PruneRequest>& prune) {
  if (!prune) return nullptr;
  return {{"spec", to_text(prune->spec)}, {"layers", traces::text_or_null(prune->layers)}};
}

}  // namespace

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
          {"unsupported", onnx_import::on_host_to_text(options.unsupported_on_host)},
          {"densities", densities_json(options.densities)},
          {"prune", prune_json(options.prune)},
          {"synthetic_weights", traces::or_null(options.synthetic_weights)}};
}

Json parameters_json(const RunArguments& run) {
  Json parameters = Json::array();
  for (const auto& [path, value] : run.parameters) {
    parameters.push_back({{"path", path}, {"value", value}});
  }
  return parameters;
}

}  // namespace mensa::cli
