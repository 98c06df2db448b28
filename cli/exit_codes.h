#pragma once

namespace mensa::cli {

inline constexpr int kDone = 0;
inline constexpr int kUserError = 1;  ///< a mistake in what the user gave us
inline constexpr int kUsage = 2;      ///< a command line that is none
inline constexpr int kOurFault = 3;
// A signal that interrupts the program ends it as a signal, which shells show as 128 + its number.

}  // namespace mensa::cli
