#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mensa::accelerators {

/// Storage levels of an accelerator, outermost first.
enum class Level : std::uint8_t { kDram, kBuffers, kRegisters };
inline constexpr std::size_t kLevelCount = 3;
[[nodiscard]] constexpr std::size_t index(Level level) { return static_cast<std::size_t>(level); }
[[nodiscard]] std::string_view to_string(Level level);

}  // namespace mensa::accelerators
