#pragma once

#include "accelerators/spec/number_format.h"
#include "accelerators/spec/system.h"

namespace mensa::accelerators::test {

/// The only accelerator of a system.
inline constexpr AcceleratorId kArray{0};

inline constexpr NumberFormat kInt4 = NumberFormat::integer(4);
inline constexpr NumberFormat kInt8 = NumberFormat::integer(8);
inline constexpr NumberFormat kInt16 = NumberFormat::integer(16);

}  // namespace mensa::accelerators::test
