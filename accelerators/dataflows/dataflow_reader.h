#pragma once

#include "accelerators/dataflows/dataflow.h"
#include "models/base/yaml_reader.h"

namespace mensa::accelerators {

/// Reads a dataflow (docs/system-yaml.md has its keys). Throws base::Error at what is wrong:
/// unknown names, a dimension twice on one axis, movements an operand cannot have, or a reduction
/// dimension over the array while outputs neither are reduced nor forwarded.
[[nodiscard]] Dataflow read_dataflow(const base::YamlValue& value);

}  // namespace mensa::accelerators
