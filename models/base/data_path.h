#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace mensa::base {

/// Roots that hold mensa's data (models/zoo, accelerators/library, scheduler/clusters), first match
/// wins: $MENSA_DATA_DIR where set, a user's own collection laid out in the same way; then mensa's
/// own, which is the first there is of
/// 1. ../share/mensa beside the running program's folder: an installed program uses what was
///    installed with it, wherever its prefix was moved to;
/// 2. the source tree the program was built from;
/// 3. share/mensa of the prefix that was configured.
/// Throws Error where the variable names no folder, or where mensa's own data are in none of these.
[[nodiscard]] std::vector<std::filesystem::path> data_roots();

/// One kind of named file, as {"models/zoo", ".onnx", "model"}.
struct DataKind {
  std::string folder;
  std::string extension;
  std::string what;  ///< for messages
};

/// Whether `name` is meant as a path, having the extension or a separator, not as a short name.
[[nodiscard]] bool looks_like_path(const DataKind& kind, std::string_view name);

/// A path for `name`: the file itself where the name looks like a path; else the file of that short
/// name in the data roots; else an existing file of just that name.
/// Throws Error listing the known names where there is none.
[[nodiscard]] std::filesystem::path find_data_file(const DataKind& kind, std::string_view name);

/// Short names of that kind in the data roots, sorted, each once.
[[nodiscard]] std::vector<std::string> data_names(const DataKind& kind);

/// Path of a file of mensa's own, as "scheduler/clusters/families.yaml"; Error where it is missing.
[[nodiscard]] std::filesystem::path own_data_file(std::string_view relative);

}  // namespace mensa::base
