#pragma once

#include <string>

#include "explore/space/space.h"

namespace mensa::explore {

/// What expressions over parameters see of a point: "NAME" and, of extents, "NAME.rows",
/// "NAME.columns" and "NAME.pes". None where there is no such parameter.
[[nodiscard]] std::optional<Value> parameter_value(const Space& space, const Point& point,
                                                   const std::string& name);

/// The resolved tree of the system at a point: the base system's with every parameter and link in
/// its place. Accelerators counted 0 are not there; of those counted more than once the copies are
/// named NAME_2, NAME_3 ... Throws base::Error where a value does not fit its place; whether the
/// tree is a system, read_system() says.
[[nodiscard]] base::YamlNode realise(const Space& space, const Point& point);

}  // namespace mensa::explore
