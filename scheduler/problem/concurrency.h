#pragma once

#include <cstdint>
#include <string_view>

namespace mensa::scheduler {

/// What may run at a time.
enum class Concurrency : std::uint8_t {
  kSequence,  ///< one block after the other in dispatch order, as in the Mensa papers
  kLayers,    ///< blocks on different accelerators at once, as their inputs allow
};
[[nodiscard]] std::string_view to_string(Concurrency concurrency);
/// Throws base::Error listing the known ones.
[[nodiscard]] Concurrency concurrency_from_string(std::string_view name);

}  // namespace mensa::scheduler
