#pragma once

#include "accelerators/spec/system.h"
#include "models/base/yaml_reader.h"

namespace mensa::accelerators {

/// The `sparsity` section of `accelerator`, whose array, dataflow and precisions are known. Throws
/// base::Error at the value that is wrong or does not go with another.
[[nodiscard]] Sparsity read_sparsity(const base::YamlValue& value, const Accelerator& accelerator);

}  // namespace mensa::accelerators
