#pragma once

#include "accelerators/spec/technology.h"
#include "models/base/yaml_reader.h"

namespace mensa::accelerators {

/// Reads a resolved technology (docs/system-yaml.md has its keys); its SRAM table is a list, not
/// the name of a file. Throws base::Error at what is wrong.
[[nodiscard]] Technology read_technology(const base::YamlValue& value);

}  // namespace mensa::accelerators
