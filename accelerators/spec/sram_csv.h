#pragma once

#include <filesystem>

#include "models/base/yaml_reader.h"

namespace mensa::accelerators {

/// Reads a table of SRAM macros as CACTI runs give it: comma-separated, a header line with the
/// columns cell, capacity_kib, access_bytes, access_ns, cycle_ns, read_pj, write_pj, leakage_mw,
/// gate_leakage_mw and area_mm2 in any order, '#' lines for comments.
/// The result is the list that stands as `table` in a resolved technology; subthreshold and gate
/// leakage are added up, and each entry stands at its line of the file.
/// Throws base::Error with file:line where a column is missing, unknown or double, or a field is no
/// number above 0.
[[nodiscard]] base::YamlNode read_sram_csv(const std::filesystem::path& path);

}  // namespace mensa::accelerators
