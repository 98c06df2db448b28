#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace mensa {

/// What must hold in every JSON report, whatever model, system and policy it is of: parts add up to
/// totals, nothing moves fewer bytes than it touches, nothing is faster than its bounds. Returns
/// one sentence for each rule that is broken.
[[nodiscard]] std::vector<std::string> conservation_violations(const nlohmann::json& report);

}  // namespace mensa
