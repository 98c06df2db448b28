#include "models/base/data_path.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdlib>
#include <set>
#include <system_error>

#include "models/base/compiled_dirs.h"
#include "models/base/error.h"

namespace mensa::base {
namespace {

namespace fs = std::filesystem;

constexpr const char* kRootVariable = "MENSA_DATA_DIR";

bool is_file(const fs::path& path) {
  std::error_code failed;
  return fs::is_regular_file(path, failed);
}

fs::path find_own_root() {
  std::error_code failed;  // no /proc: only the compiled-in places are tried
  const fs::path program = fs::read_symlink("/proc/self/exe", failed);
  std::vector<std::string> places = {
      (program.parent_path().parent_path() / "share/mensa").string()};
  places.insert(places.end(), kCompiledDataDirs.begin(), kCompiledDataDirs.end());
  for (const fs::path place : places) {
    if (fs::is_directory(place / "accelerators/library", failed)) return place;
  }
  throw Error(fmt::format("mensa's data files are in none of {}; install mensa again",
                          fmt::join(places, ", ")));
}

}  // namespace

std::vector<fs::path> data_roots() {
  std::vector<fs::path> roots;
  const char* const given = std::getenv(kRootVariable);
  if (given != nullptr && *given != '\0') {
    std::error_code failed;
    if (!fs::is_directory(given, failed)) {
      throw Error(fmt::format("{} is set to '{}', which is no folder", kRootVariable, given));
    }
    roots.emplace_back(given);
  }
  static const fs::path kOwnRoot = find_own_root();
  roots.push_back(kOwnRoot);
  return roots;
}

bool looks_like_path(const DataKind& kind, std::string_view name) {
  return name.find('/') != std::string_view::npos || name.ends_with(kind.extension);
}

fs::path find_data_file(const DataKind& kind, std::string_view name) {
  if (name.empty()) throw Error(fmt::format("the name of the {} is empty", kind.what));
  const fs::path as_path(name);
  if (looks_like_path(kind, name)) {
    if (is_file(as_path)) return as_path;
    std::error_code failed;
    throw Error(fmt::format(
        "cannot read {} file '{}': {}", kind.what, name,
        fs::exists(as_path, failed) ? "it is no regular file" : "there is no such file"));
  }
  for (const fs::path& root : data_roots()) {
    const fs::path candidate = root / kind.folder / fmt::format("{}{}", name, kind.extension);
    if (is_file(candidate)) return candidate;
  }
  if (is_file(as_path)) return as_path;
  throw Error(unknown_name_message(kind.what, name, data_names(kind)));
}

std::vector<std::string> data_names(const DataKind& kind) {
  std::set<std::string> names;
  for (const fs::path& root : data_roots()) {
    std::error_code failed;  // a root need not hold every kind
    for (const auto& entry : fs::directory_iterator(root / kind.folder, failed)) {
      if (entry.path().extension() == kind.extension) names.insert(entry.path().stem().string());
    }
  }
  return {names.begin(), names.end()};
}

fs::path own_data_file(std::string_view relative) {
  for (const fs::path& root : data_roots()) {
    const fs::path candidate = root / relative;
    if (is_file(candidate)) return candidate;
  }
  throw Error(fmt::format("mensa's own file '{}' is missing; install mensa again", relative));
}

}  // namespace mensa::base
