#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cli/arguments.h"
#include "cli/workers/status.h"
#include "models/base/data_path.h"
#include "models/graph/graph.h"
#include "traces/report.h"

namespace mensa::cli {

inline const base::DataKind kModelFiles{"models/zoo", ".onnx", "model"};

struct LoadedModel {
  std::filesystem::path path;
  models::Graph graph;
};

/// Finds and imports the model.
[[nodiscard]] LoadedModel load_model(const ModelArguments& arguments);

/// The whole way from a command line to its report: import, load the system, assign, schedule,
/// verify, simulate, gather. What can fail on a name fails before what takes long. One call per
/// process, as SystemC has one kernel. `status` is told how far it is. `log_events`: for formats
/// that need Report::events.
[[nodiscard]] traces::Report run_pipeline(const RunArguments& arguments,
                                          workers::StatusBoard& status, bool log_events);

/// The same way as far as the simulation, of what RunArguments::bandwidth_shares lead to. Also one
/// call per process.
[[nodiscard]] FeedbackRound simulate_round(const RunArguments& arguments,
                                           workers::StatusBoard& status);

}  // namespace mensa::cli
