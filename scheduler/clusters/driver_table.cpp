#include "scheduler/clusters/driver_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/base/error.h"

namespace mensa::scheduler {
namespace {

constexpr std::string_view kSchema = "mensa-driver/1";
constexpr std::string_view kAcceleratorsKey = "accelerators";

/// A scalar as block YAML has it, quoted where it must be.
std::string scalar(const std::string& text) {
  std::string line = base::YamlNode::make_scalar(text, {}).to_yaml();
  line.pop_back();  // its end of line
  return line;
}

std::string indented(std::string_view lines) {
  std::string text;
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    text += fmt::format("  {}\n", lines.substr(0, end));
    if (end == std::string_view::npos) break;
    lines.remove_prefix(end + 1);
  }
  return text;
}

accelerators::Objective read_objective(const base::YamlValue& value) {
  try {
    return accelerators::objective_from_string(value.string());
  } catch (const base::Error& unknown) {
    throw value.error(unknown.what());
  }
}

std::vector<DriverTable::Model> read_models(const base::YamlValue& value) {
  std::vector<DriverTable::Model> models;
  for (const base::YamlValue& entry : value.sequence()) {
    base::YamlMap map = entry.map();
    const base::YamlValue file = map.required("file");
    const base::YamlValue sha256 = map.required("sha256");
    map.finish();
    models.push_back({file.string(), sha256.string()});
  }
  return models;
}

/// An entry for each cluster, and none besides.
std::vector<DriverTable::Entry> read_entries(const base::YamlValue& value,
                                             const std::vector<Cluster>& clusters) {
  std::vector<std::string> names;
  names.reserve(clusters.size());
  for (const Cluster& cluster : clusters) names.push_back(cluster.name);
  std::vector<std::optional<DriverTable::Entry>> found(clusters.size());
  for (const auto& [name, entry] : value.map().all()) {
    const auto known = std::find(names.begin(), names.end(), name);
    if (known == names.end()) {
      throw base::Error(entry.node().key_where(), value.path(),
                        base::unknown_name_message("cluster", name, names));
    }
    const bool is_null = entry.node().kind() == base::YamlNode::Kind::kNull;
    found[static_cast<std::size_t>(known - names.begin())] = {
        is_null ? std::nullopt : std::optional<std::string>(entry.string()), entry.node().where()};
  }
  std::vector<DriverTable::Entry> entries;
  entries.reserve(found.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (!found[i]) {
      throw value.error(fmt::format(
          "has no entry for the cluster '{}'; name an accelerator, or null where the costs of each "
          "layer are to decide",
          names[i]));
    }
    entries.push_back(*std::move(found[i]));
  }
  return entries;
}

DriverTable read_document(const base::YamlNode& document) {
  base::YamlMap root(base::YamlValue(document, ""));
  const base::YamlValue schema = root.required("schema");
  if (schema.string() != kSchema) throw schema.error(fmt::format("must be {}", kSchema));
  const base::YamlValue version = root.required("mensa");
  const base::YamlValue system = root.required("system");
  const base::YamlValue objective = root.required("objective");
  const base::YamlValue models = root.required("models");
  const base::YamlValue clustering = root.required("clustering");
  const base::YamlValue entries = root.required(kAcceleratorsKey);
  root.finish();
  DriverTable table;
  table.mensa_version = version.string();
  table.system = system.string();
  table.system_where = system.node().where();
  table.objective = read_objective(objective);
  table.models = read_models(models);
  table.clustering = read_clustering(clustering);
  table.entries = read_entries(entries, table.clustering->clusters());
  return table;
}

}  // namespace

std::string driver_table_to_yaml(const DriverTable& table) {
  std::string text = fmt::format(
      "# Preferred accelerator of each cluster of layers, for the option driver of the policy "
      "mensa.\n"
      "schema: {}\nmensa: {}\nsystem: {}\nobjective: {}\nmodels:\n",
      kSchema, table.mensa_version, scalar(table.system), to_string(table.objective));
  for (const DriverTable::Model& model : table.models) {
    text += fmt::format("  - {{file: {}, sha256: {}}}\n", scalar(model.file), scalar(model.sha256));
  }
  if (table.models.empty()) text.insert(text.size() - 1, " []");
  text += fmt::format("clustering:\n{}{}:\n", indented(clustering_to_yaml(*table.clustering)),
                      kAcceleratorsKey);
  for (std::size_t i = 0; i < table.entries.size(); ++i) {
    const std::optional<std::string>& accelerator = table.entries[i].accelerator;
    text += fmt::format("  {}: {}\n", table.clustering->clusters()[i].name,
                        accelerator ? scalar(*accelerator) : "null");
  }
  return text;
}

DriverTable read_driver_table(const std::filesystem::path& path) {
  return read_document(base::read_yaml_file(path));
}

DriverTable read_driver_table_text(std::string_view text, const std::string& name) {
  return read_document(base::read_yaml_text(text, name));
}

std::vector<std::optional<accelerators::AcceleratorId>> resolve(
    const DriverTable& table, const accelerators::System& system) {
  if (table.system != system.name) {
    throw base::Error(
        table.system_where, "system",
        fmt::format("the driver table is for the system '{}', and this one is '{}'; make one for "
                    "it with mensa cluster --system {} --save-driver",
                    table.system, system.name, system.name));
  }
  std::vector<std::optional<accelerators::AcceleratorId>> result;
  result.reserve(table.entries.size());
  for (std::size_t i = 0; i < table.entries.size(); ++i) {
    const DriverTable::Entry& entry = table.entries[i];
    if (!entry.accelerator) {
      result.emplace_back();
      continue;
    }
    try {
      result.emplace_back(system.accelerator(*entry.accelerator).id);
    } catch (const base::Error& unknown) {
      throw base::Error(
          entry.where, fmt::format("{}.{}", kAcceleratorsKey, table.clustering->clusters()[i].name),
          unknown.what());
    }
  }
  return result;
}

}  // namespace mensa::scheduler
