#pragma once

#include <nlohmann/json.hpp>

#include "cli/arguments.h"

namespace mensa::cli {

// How a run was asked for, as files for programs have it. All keys are always there.

/// How models are taken.
[[nodiscard]] nlohmann::ordered_json model_options_json(const onnx_import::ImportOptions& options);
/// Replaced values of the system, in order: [{"path", "value"}].
[[nodiscard]] nlohmann::ordered_json parameters_json(const RunArguments& run);

}  // namespace mensa::cli
