#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "accelerators/spec/system.h"
#include "models/base/data_path.h"
#include "models/base/yaml_reader.h"

namespace mensa::accelerators {

inline const base::DataKind kSystemFiles{"accelerators/library/systems", ".yaml", "system"};
inline const base::DataKind kAcceleratorFiles{"accelerators/library/accelerators", ".yaml",
                                              "accelerator"};
inline const base::DataKind kDataflowFiles{"accelerators/library/dataflows", ".yaml", "dataflow"};
inline const base::DataKind kTechnologyFiles{"accelerators/library/technologies", ".yaml",
                                             "technology"};
inline const base::DataKind kMemoryFiles{"accelerators/library/memories", ".yaml", "memory timing"};

/// (path, value) pairs that replace values of the resolved system, in order.
using ParameterOverrides = std::vector<std::pair<std::string, std::string>>;

/// A system as one tree: `use:` of accelerators, named dataflows, memory timings and the
/// technology are pulled in, then overrides applied. What `mensa check` prints and what provenance
/// hashes.
[[nodiscard]] base::YamlNode resolve_system(std::string_view name_or_path,
                                            const ParameterOverrides& overrides = {});

/// Replaces one value of a resolved system; it is resolved again then. Throws base::Error naming
/// the step of the path that is not there and those near it.
void override_value(base::YamlNode& resolved, std::string_view path, std::string_view value);

/// Reads a resolved tree into a checked System. Throws base::Error with file:line:column and key.
[[nodiscard]] System read_system(const base::YamlNode& resolved);

/// Both steps.
[[nodiscard]] System load_system(std::string_view name_or_path,
                                 const ParameterOverrides& overrides = {});

}  // namespace mensa::accelerators
