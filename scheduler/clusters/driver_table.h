#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "accelerators/cost/layer_cost.h"
#include "accelerators/spec/system.h"
#include "scheduler/clusters/clustering.h"

namespace mensa::scheduler {

/// The table of the papers' driver: for every cluster of layers the accelerator of a system that
/// suits it, made once from the cost model over a set of models. Plain data; files have the schema
/// mensa-driver/1 (docs/clustering.md).
struct DriverTable {
  /// A model that the table was made from.
  struct Model {
    std::string file;  ///< without its folder
    std::string sha256;
  };
  struct Entry {
    /// Name in the system; none where the table prefers none, and a layer's own costs decide.
    std::optional<std::string> accelerator;
    base::SourceLocation where;  ///< in the file
  };

  std::string mensa_version;
  std::string system;  ///< name
  accelerators::Objective objective = accelerators::Objective::kEdp;
  std::vector<Model> models;
  std::shared_ptr<const Clustering> clustering;
  std::vector<Entry> entries;  ///< by ClusterId
  base::SourceLocation system_where;
};

[[nodiscard]] std::string driver_table_to_yaml(const DriverTable& table);

/// Reads a file, or text whose file is named `name` in messages. Throws base::Error with
/// file:line:column and key: every cluster of the clustering has an entry, and no other stands
/// there.
[[nodiscard]] DriverTable read_driver_table(const std::filesystem::path& path);
[[nodiscard]] DriverTable read_driver_table_text(std::string_view text, const std::string& name);

/// The entries as accelerators of `system`, by ClusterId. Throws base::Error with file:line:column
/// and key where the table is of another system or names an accelerator that there is not.
[[nodiscard]] std::vector<std::optional<accelerators::AcceleratorId>> resolve(
    const DriverTable& table, const accelerators::System& system);

}  // namespace mensa::scheduler
