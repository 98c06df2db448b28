#pragma once

#include <nlohmann/json.hpp>

#include "accelerators/precision/precision_request.h"

namespace mensa::traces {

/// What precisions were asked for, as every JSON report has it: {"default": "native", "layers":
/// [{"layers": "^conv", "precision": "w8a8"}]}.
[[nodiscard]] nlohmann::ordered_json precision_json(const accelerators::PrecisionRules& rules);

}  // namespace mensa::traces
