#pragma once

#include <string>
#include <vector>

#include "cli/arguments.h"
#include "explore/design/design_report.h"

namespace mensa::cli {

/// A model of a design, as reports name its file.
struct DesignedFile {
  std::string file;  ///< without its folder
  std::string sha256;
};

/// What `mensa design` found, and what it was asked.
struct DesignOutcome {
  DesignArguments arguments;
  std::vector<DesignedFile> models;
  explore::DesignReport report;
};

/// The command line that leads to it, with what is not by default.
[[nodiscard]] std::string design_command(const DesignArguments& arguments);

/// For people.
[[nodiscard]] std::string design_table(const DesignOutcome& outcome);
/// For programs: schema mensa-design/1, docs/mensa-design.schema.json.
[[nodiscard]] std::string design_json(const DesignOutcome& outcome);

}  // namespace mensa::cli
