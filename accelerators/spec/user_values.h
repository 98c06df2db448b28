#pragma once

#include <string_view>

#include "models/base/yaml_reader.h"

namespace mensa::accelerators {

/// Corrects what `tree` says of sources after the user replaced the value at `path`: a source that
/// was given for the old value must not stand beside the new one. Covers `sources` maps on the way
/// to it and the source and grade of a figure of which one part was replaced.
void mark_user_value(base::YamlNode& tree, std::string_view path);

/// The same for every value in `overlay`, which was merged into `tree`; a source that the overlay
/// gives itself stays.
void mark_user_values(base::YamlNode& tree, const base::YamlNode& overlay);

}  // namespace mensa::accelerators
