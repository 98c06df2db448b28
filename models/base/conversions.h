#pragma once

namespace mensa::base {

inline constexpr double kJoulesPerPicojoule = 1e-12;
inline constexpr double kBytesPerKib = 1024;
inline constexpr double kBitsPerByte = 8;
inline constexpr double kFlopPerMac = 2;  ///< a multiplication and an addition
inline constexpr double kPercent = 100;   ///< of a whole

}  // namespace mensa::base
