#include "accelerators/spec/loader.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "accelerators/spec/reader_tools.h"
#include "accelerators/spec/sram_csv.h"
#include "accelerators/spec/user_values.h"

namespace mensa::accelerators {
namespace {

namespace fs = std::filesystem;
using base::YamlMap;
using base::YamlNode;
using base::YamlValue;

/// Names in a file are relative to its folder; those given by an override to the current one.
fs::path folder_of(const YamlNode& node) {
  const std::string& file = node.where().file;
  return file.starts_with("--") ? fs::path() : fs::path(file).parent_path();
}

/// The file that `value` names, by short name or by path.
fs::path part_file(const base::DataKind& kind, const YamlValue& value) {
  const std::string name = value.string();
  return located(value, [&] {
    if (!base::looks_like_path(kind, name)) return base::find_data_file(kind, name);
    return base::find_data_file(kind, (folder_of(value.node()) / name).string());
  });
}

YamlNode read_checked(const fs::path& path, std::string_view schema) {
  YamlNode tree = base::read_yaml_file(path);
  YamlMap map(YamlValue(tree, ""));
  check_schema(map, schema);
  return tree;
}

/// A file that becomes a part of a system: what it is shows in the place where it stands.
YamlNode read_part(const base::DataKind& kind, const YamlValue& value, std::string_view schema) {
  YamlNode part = read_checked(part_file(kind, value), schema);
  part.erase("schema");
  return part;
}

void inline_sram_table(YamlNode& technology) {
  YamlNode* const sram = technology.find("sram");
  YamlNode* const table = sram == nullptr ? nullptr : sram->find("table");
  if (table == nullptr || table->kind() != YamlNode::Kind::kScalar) return;
  const YamlValue value(*table, "technology.sram.table");
  const std::string name = value.string();
  fs::path file = folder_of(*table) / name;
  std::error_code failed;
  if (!fs::is_regular_file(file, failed)) {
    file = located(value, [&] {
      return base::own_data_file(fmt::format("{}/{}", kTechnologyFiles.folder, name));
    });
  }
  *table = read_sram_csv(file);
}

void inline_technology(YamlNode& system) {
  YamlNode* const technology = system.find("technology");
  if (technology == nullptr) return;
  if (technology->kind() == YamlNode::Kind::kScalar) {
    *technology =
        read_part(kTechnologyFiles, YamlValue(*technology, "technology"), kTechnologySchema);
  }
  inline_sram_table(*technology);
}

void inline_timings(YamlNode& system) {
  YamlNode* const memories = system.find("memories");
  if (memories == nullptr) return;
  for (const auto& entry : memories->entries()) {
    YamlNode* const timing = memories->find(entry.first)->find("timing");
    if (timing == nullptr || timing->kind() != YamlNode::Kind::kScalar) continue;
    if (timing->scalar() == kNoTiming) continue;
    *timing = read_part(kMemoryFiles, YamlValue(*timing, "memories." + entry.first + ".timing"),
                        kMemorySchema);
  }
}

/// Replaces {use: NAME, own keys} by that accelerator with the own keys over it. The file it names
/// may use another one in turn.
void inline_use(YamlNode& accelerator, const std::string& path, int level = 0) {
  constexpr int kMostLevels = 8;
  const YamlNode* const use = accelerator.find("use");
  if (use == nullptr) return;
  const YamlValue value(*use, path + ".use");
  if (level == kMostLevels) {
    throw value.error(
        fmt::format("more than {} files use one another; does one use itself?", kMostLevels));
  }
  YamlNode base_keys = read_part(kAcceleratorFiles, value, kAcceleratorSchema);
  inline_use(base_keys, path, level + 1);
  YamlNode own_keys = accelerator;
  own_keys.erase("use");
  // Keeps the place of the system's file, where a missing key has to be added.
  YamlNode merged = YamlNode::make_map(accelerator.where()).merged_with(base_keys);
  merged = merged.merged_with(own_keys);
  mark_user_values(merged, own_keys);
  accelerator = std::move(merged);
}

/// Pulls in whatever is still only named. Does nothing to a tree in which nothing is.
void inline_parts(YamlNode& system) {
  inline_technology(system);
  inline_timings(system);
  YamlNode* const accelerators = system.find("accelerators");
  if (accelerators == nullptr) return;
  for (const auto& entry : accelerators->entries()) {
    YamlNode& accelerator = *accelerators->find(entry.first);
    const std::string path = "accelerators." + entry.first;
    inline_use(accelerator, path);
    YamlNode* const dataflow = accelerator.find("dataflow");
    if (dataflow == nullptr || dataflow->kind() != YamlNode::Kind::kScalar) continue;
    *dataflow =
        read_part(kDataflowFiles, YamlValue(*dataflow, path + ".dataflow"), kDataflowSchema);
  }
}

/// "accelerators.NAME.use": the accelerator is replaced as a whole; only its place stays.
void clear_for_use(YamlNode& system, std::string_view path) {
  constexpr std::string_view kPrefix = "accelerators.";
  constexpr std::string_view kSuffix = ".use";
  if (!path.starts_with(kPrefix) || !path.ends_with(kSuffix)) return;
  path.remove_prefix(kPrefix.size());
  path.remove_suffix(std::min(kSuffix.size(), path.size()));
  YamlNode* const accelerators = system.find("accelerators");
  YamlNode* const accelerator = accelerators == nullptr ? nullptr : accelerators->find(path);
  if (accelerator == nullptr || accelerator->kind() != YamlNode::Kind::kMap) return;
  YamlNode place = YamlNode::make_map(accelerator->where());
  for (const std::string_view kept : {"use", "port"}) {
    if (const YamlNode* const value = accelerator->find(kept)) place.put(kept, *value);
  }
  *accelerator = std::move(place);
}

}  // namespace

YamlNode resolve_system(std::string_view name_or_path, const ParameterOverrides& overrides) {
  const fs::path path = base::find_data_file(kSystemFiles, name_or_path);
  YamlNode system = read_checked(path, kSystemSchema);
  if (system.find("name") == nullptr) {
    system.put("name", YamlNode::make_scalar(path.stem().string(), system.where()));
  }
  inline_parts(system);
  for (const auto& [parameter, value] : overrides) override_value(system, parameter, value);
  return system;
}

void override_value(YamlNode& resolved, std::string_view path, std::string_view value) {
  resolved.set(path, value);
  mark_user_value(resolved, path);
  clear_for_use(resolved, path);
  // At once, since the next override may reach into what this one names.
  inline_parts(resolved);
}

System load_system(std::string_view name_or_path, const ParameterOverrides& overrides) {
  return read_system(resolve_system(name_or_path, overrides));
}

}  // namespace mensa::accelerators
