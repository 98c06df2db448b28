#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "cli/arguments.h"
#include "cli/compare/comparison.h"
#include "cli/workers/job.h"

namespace mensa::cli {

// What `mensa compare` has its worker processes do, as cli/jobs.h has it.

inline constexpr const char* kWeighJob = "weigh";
inline constexpr const char* kCompareJob = "compare";

/// Looks at one model, to tell how long its other jobs will take.
[[nodiscard]] workers::Job weigh_job(const ModelArguments& model);
struct WeighedModel {
  std::string file;  ///< without its folder
  std::string sha256;
  std::int64_t searches = 0;  ///< different layers to map
  std::int64_t runs = 0;      ///< of layers, each time step by itself
};
[[nodiscard]] WeighedModel weighed_model(const workers::Result& result);
[[nodiscard]] workers::Result do_weigh(const nlohmann::json& payload, workers::StatusBoard& status);

/// One model on one system by several policies, which share its mappings and one simulation.
/// `threads`: to map with.
[[nodiscard]] workers::Job compare_job(const RunArguments& run,
                                       const std::vector<std::string>& policies,
                                       std::size_t threads);
/// What came of one policy: figures, or why there are none.
struct ComparedPolicy {
  std::optional<ComparedFigures> figures;
  std::string failure;
  bool our_fault = false;
};
/// By policy.
[[nodiscard]] std::vector<ComparedPolicy> compared_policies(const workers::Result& result);
[[nodiscard]] workers::Result do_compare(const nlohmann::json& payload,
                                         workers::StatusBoard& status);

}  // namespace mensa::cli
