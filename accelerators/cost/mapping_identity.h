#pragma once

#include <string>

#include "accelerators/spec/system.h"

namespace mensa::accelerators {

/// All of a system that the mappings of an accelerator depend on, but for the static power: the
/// figures that MacCostModel and the searches take from the accelerator, its port and memory, and
/// the technology's energies for its parts.
struct MappingIdentity {
  std::string digest;  ///< SHA-256 of these figures

  bool operator==(const MappingIdentity&) const = default;
};

/// Equal for accelerators, of one system or of two, that have the same mappings at the same costs
/// wherever the systems draw the same static power. Names, descriptions, sources, and what only
/// schedules depend on (launch overhead, power gating, parameters kept, time batching, priority)
/// make no difference; nor do other accelerators, but where they decide how activations lie in
/// DRAM.
[[nodiscard]] MappingIdentity mapping_identity(const System& system,
                                               const Accelerator& accelerator);

}  // namespace mensa::accelerators
