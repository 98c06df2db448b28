#pragma once

#include <string>

#include "accelerators/mapping/mapping.h"
#include "models/base/yaml_reader.h"

namespace mensa::accelerators {

/// The mapping as a YAML document (docs/mapping-yaml.md) that read_mapping() reads again.
[[nodiscard]] std::string mapping_to_yaml(const Mapping& mapping);

/// Reads a mapping for that shape. What is left out: the buffered tile is the whole layer, the
/// register tile and the unrolling 1, the order over a buffered tile `array_order`, dimensions not
/// named in an order follow the named ones. Throws base::Error with file:line:column on unknown
/// keys and dimensions, factors below 1 or above the layer's bounds. Whether it suits an
/// accelerator is for check_mapping() and the cost model.
[[nodiscard]] Mapping read_mapping(
    const base::YamlNode& document, const models::ProblemShape& shape,
    const std::array<models::Dim, models::kDimCount>& array_order = models::kAllDims);

}  // namespace mensa::accelerators
