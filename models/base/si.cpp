#include "models/base/si.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace mensa::base {
namespace {

constexpr double kThousand = 1000;

struct Prefix {
  double factor;
  std::string_view letter;
};
constexpr std::array<Prefix, 9> kPrefixes = {{{1e15, "P"},
                                              {1e12, "T"},
                                              {1e9, "G"},
                                              {1e6, "M"},
                                              {1e3, "k"},
                                              {1, ""},
                                              {1e-3, "m"},
                                              {1e-6, "u"},
                                              {1e-9, "n"}}};
constexpr Prefix kSmallest = {1e-12, "p"};

}  // namespace

std::string si(double value, std::string_view unit) {
  if (value == 0) return fmt::format("0 {}", unit);
  // What would be rounded up to 1000 takes the next prefix.
  constexpr double kRoundsUp = kThousand - 0.05;
  const double size = std::abs(value);
  const auto* const prefix = std::find_if(
      kPrefixes.begin(), kPrefixes.end(),
      [&](const Prefix& candidate) { return size >= candidate.factor / kThousand * kRoundsUp; });
  const Prefix& chosen = prefix == kPrefixes.end() ? kSmallest : *prefix;
  return fmt::format("{:.4g} {}{}", value / chosen.factor, chosen.letter, unit);
}

}  // namespace mensa::base
