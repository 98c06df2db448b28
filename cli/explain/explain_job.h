#pragma once

#include <string>
#include <vector>

#include "cli/arguments.h"
#include "cli/workers/job.h"

namespace mensa::cli {

inline constexpr const char* kExplainJob = "explain";

/// One model on one system, as cli/jobs.h has it. `threads`: to map with.
[[nodiscard]] workers::Job explain_job(const ExplainArguments& arguments, std::size_t threads);
struct ExplainedText {
  std::vector<std::string> warnings;
  std::string text;
};
[[nodiscard]] ExplainedText explained_text(workers::Result result);
[[nodiscard]] workers::Result do_explain(const nlohmann::json& payload,
                                         workers::StatusBoard& status);

}  // namespace mensa::cli
