#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mensa::cli {

// Lists on the command line, by comma. All of them throw base::Error where nothing stands between
// two commas, before the first or behind the last.

[[nodiscard]] std::vector<std::string> names_from_text(std::string_view text);

/// Options of a policy are written with commas too: "mensa:compute_ratio=3,reuse=32,greedy" are two
/// policies. What has a '=' and no ':' before it belongs to the policy before.
[[nodiscard]] std::vector<std::string> policies_from_text(std::string_view text);

}  // namespace mensa::cli
