#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/arguments.h"
#include "models/base/error.h"
#include "models/base/units.h"

namespace mensa::cli {

/// Inferences of one model of a workload.
struct WorkloadModel {
  std::string name;                       ///< the user's own
  ModelArguments model;                   ///< a path as of the current folder, or a short name
  std::vector<base::Seconds> arrivals;    ///< ascending
  std::optional<base::Seconds> deadline;  ///< after each arrival
  base::SourceLocation deadline_place;    ///< in the file, where there is one
};

/// Inferences of one workload, all models together, at the most.
inline constexpr std::int64_t kMostArrivals = 10'000;
/// Arrivals and deadlines at the most: eleven days, of which picoseconds fit into 64 bits.
inline constexpr base::Seconds kLatest{1e6};

/// Reads a workload file (docs/workload-yaml.md). Throws base::Error with the place of what is
/// wrong.
[[nodiscard]] std::vector<WorkloadModel> read_workload(const std::filesystem::path& file);

}  // namespace mensa::cli
