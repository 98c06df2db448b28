#pragma once

#include <cstdint>
#include <string_view>

namespace mensa::sim {

/// How memories behave.
enum class MemoryModel : std::uint8_t {
  kIdeal,     ///< bandwidth and latency alone
  kDetailed,  ///< channels, banks, rows, refresh and turnarounds, where a memory has a timing
};
[[nodiscard]] std::string_view to_string(MemoryModel model);
/// Throws base::Error listing the known ones.
[[nodiscard]] MemoryModel memory_model_from_string(std::string_view name);

}  // namespace mensa::sim
