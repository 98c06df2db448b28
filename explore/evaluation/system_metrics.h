#pragma once

#include "accelerators/spec/system.h"
#include "explore/evaluation/point_result.h"

namespace mensa::explore {

/// Sets the metrics that are of the system alone, and the accelerators with nothing done.
void add_system_metrics(const accelerators::System& system, PointResult& result);

/// Of all buffers of an accelerator.
[[nodiscard]] base::Bytes buffer_bytes(const accelerators::Accelerator& accelerator);

/// Sets the metrics of models from PointResult::models. `weights`: of these; `area` is set already.
void add_model_metrics(const std::vector<double>& weights, PointResult& result);

}  // namespace mensa::explore
