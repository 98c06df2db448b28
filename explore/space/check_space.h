#pragma once

#include "explore/space/space.h"

namespace mensa::explore {

/// Checks what the parts of a space say of one another and of its system, and finds out which
/// constraints need models: every path is there and set once, every choice is a value for its
/// place in the base system or in some of a few points, every expression knows its names and its
/// units go together. Throws base::Error with the place in the file.
void check_space(Space& space);

}  // namespace mensa::explore
