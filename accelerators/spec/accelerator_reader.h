#pragma once

#include <string>

#include "accelerators/spec/system.h"
#include "models/base/yaml_reader.h"

namespace mensa::accelerators {

/// Finds "memory.port" in the system; throws base::Error at `value`, listing the ports there are.
[[nodiscard]] PortId read_port(const base::YamlValue& value, const System& system);

/// Reads one resolved accelerator (docs/system-yaml.md has its keys) and adds it to `system`, whose
/// technology and memories must be there; adds warnings on SRAMs that the technology cannot ground.
/// Throws base::Error at what is wrong.
void read_accelerator(const base::YamlValue& value, const std::string& name, System& system);

}  // namespace mensa::accelerators
