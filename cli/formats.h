#pragma once

#include <string>
#include <vector>

#include "models/base/error.h"

namespace mensa::cli {

/// A way to write a `Report`.
template <class Report>
struct Format {
  std::string name;       ///< as --format takes it
  std::string extension;  ///< of its files: ".json"
  std::string (*write)(const Report&);
};

/// Those of `all` that were asked for by name. Of none: all where files go to a folder, else the
/// first. Throws base::Error on a name that none of them has.
template <class Report>
[[nodiscard]] std::vector<Format<Report>> chosen_formats(const std::vector<Format<Report>>& all,
                                                         const std::vector<std::string>& asked,
                                                         bool to_folder) {
  if (asked.empty()) return to_folder ? all : std::vector<Format<Report>>{all.front()};
  std::vector<Format<Report>> formats;
  formats.reserve(asked.size());
  for (const std::string& name : asked) {
    std::vector<std::string> known;
    known.reserve(all.size());
    for (const Format<Report>& format : all) {
      known.push_back(format.name);
      if (format.name == name) formats.push_back(format);
    }
    if (formats.empty() || formats.back().name != name) {
      throw base::Error(base::unknown_name_message("format", name, known));
    }
  }
  return formats;
}

}  // namespace mensa::cli
