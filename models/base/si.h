#pragma once

#include <string>
#include <string_view>

namespace mensa::base {

/// "487.1 GFLOP/s", "12.35 us", "0 J": a figure for people, four digits and the SI prefix that
/// leaves one to three of them before the point. Micro is written u.
[[nodiscard]] std::string si(double value, std::string_view unit);

}  // namespace mensa::base
