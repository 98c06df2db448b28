#pragma once

#include "accelerators/spec/dram_timing.h"
#include "models/base/yaml_reader.h"

namespace mensa::accelerators {

/// Reads a resolved memory timing; docs/system-yaml.md has its keys. Throws base::Error at what is
/// wrong. Whether it fits the memory is for the caller to check.
[[nodiscard]] DramTiming read_dram_timing(const base::YamlValue& value);

}  // namespace mensa::accelerators
