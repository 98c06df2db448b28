#pragma once

#include <string>

#include "tests/explore/space/sample_space.h"
#include "tests/models/base/error_of.h"

namespace mensa::explore {

/// What reading says of a space whose section `section` is changed.
inline std::string refused(const std::string& section, const std::string& value) {
  return error_of([&] { return SpaceText().with(section, value).read(); });
}

inline constexpr const char* kClock = "accelerators.pascal.clock";

/// One parameter, 'clock', of Pascal's clock with these keys beside its path.
inline std::string clock_with(const std::string& keys) {
  return std::string("{clock: {path: ") + kClock + ", " + keys + "}}";
}

}  // namespace mensa::explore
