#include "accelerators/dataflows/dataflow.h"

#include <algorithm>

#include "models/base/error.h"

namespace mensa::accelerators {
namespace {

constexpr std::array<std::string_view, 4> kMovementNames = {"multicast", "forwarded", "unicast",
                                                            "reduced"};
constexpr std::array<Movement, 4> kAllMovements = {Movement::kMulticast, Movement::kForwarded,
                                                   Movement::kUnicast, Movement::kReduced};

}  // namespace

std::string_view to_string(Movement movement) {
  return kMovementNames[static_cast<std::size_t>(movement)];
}

Movement movement_from_string(std::string_view name) {
  const auto* const found = std::find(kMovementNames.begin(), kMovementNames.end(), name);
  if (found == kMovementNames.end()) {
    throw base::Error(base::unknown_name_message(
        "movement", name, std::vector<std::string>(kMovementNames.begin(), kMovementNames.end())));
  }
  return kAllMovements[static_cast<std::size_t>(found - kMovementNames.begin())];
}

bool Dataflow::systolic() const {
  return std::find(movement.begin(), movement.end(), Movement::kForwarded) != movement.end();
}

}  // namespace mensa::accelerators
