#pragma once

#include <string>
#include <vector>

namespace mensa {

/// The systems of accelerators/library that every model is run on.
inline const std::vector<std::string> kLibrarySystems = {
    "edge_tpu", "edge_tpu_hb", "eyeriss_v2", "eyeriss_v2_scaled",
    "mensa_g",  "nvdla",       "nvdla_small"};

}  // namespace mensa
