#pragma once

#include <cstddef>

namespace mensa::cli {

/// Cores that this process may use; at least 1.
[[nodiscard]] std::size_t cores();

}  // namespace mensa::cli
