#pragma once

#include <vector>

#include "accelerators/spec/precision.h"
#include "models/base/yaml_reader.h"

namespace mensa::accelerators {

/// Reads a number format: a name ("int4", "fp16"), or bits alone for an integer. Throws base::Error
/// at the value.
[[nodiscard]] NumberFormat read_number_format(const base::YamlValue& value);

/// Reads `precisions`, at least one and no two of the same formats. Throws base::Error at what is
/// wrong, and where the technology has no energy for MACs that do not have their own.
[[nodiscard]] std::vector<Precision> read_precisions(const base::YamlValue& list,
                                                     const Technology& technology);

/// Reads `emulation`: formats that `precisions` has not, each in so many MACs of the first of
/// these. Throws base::Error at what is wrong.
[[nodiscard]] std::vector<Precision> read_emulation(const base::YamlValue& list,
                                                    const std::vector<Precision>& precisions);

/// Reads `sub_byte_storage`: packed or padded.
[[nodiscard]] SubByteStorage read_sub_byte_storage(const base::YamlValue& value);

}  // namespace mensa::accelerators
