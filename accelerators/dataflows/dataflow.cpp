#include "accelerators/dataflows/dataflow.h"

#include <algorithm>

#include "models/base/words.h"

namespace mensa::accelerators {
namespace {

constexpr base::Words<Movement, 4> kMovements("movement",
                                              {"multicast", "forwarded", "unicast", "reduced"});

}  // namespace

std::string_view to_string(Movement movement) { return kMovements.of(movement); }

Movement movement_from_string(std::string_view name) { return kMovements.value_of(name); }

bool Dataflow::systolic() const {
  return std::find(movement.begin(), movement.end(), Movement::kForwarded) != movement.end();
}

}  // namespace mensa::accelerators
