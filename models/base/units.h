#pragma once

#include <compare>
#include <cstdint>

namespace mensa::base {

/// A number with a unit. Quantities of one unit add, compare, and scale by plain numbers; what
/// combines units is spelt out below. `value()` is in the unit named by the alias.
template <class Unit, class Rep>
class Quantity {
 public:
  using rep = Rep;

  constexpr Quantity() = default;
  constexpr explicit Quantity(Rep value) : value_(value) {}

  [[nodiscard]] constexpr Rep value() const { return value_; }

  constexpr Quantity& operator+=(Quantity other) {
    value_ += other.value_;
    return *this;
  }
  constexpr Quantity& operator-=(Quantity other) {
    value_ -= other.value_;
    return *this;
  }
  friend constexpr Quantity operator+(Quantity a, Quantity b) {
    return Quantity(a.value_ + b.value_);
  }
  friend constexpr Quantity operator-(Quantity a, Quantity b) {
    return Quantity(a.value_ - b.value_);
  }
  friend constexpr Quantity operator*(Quantity a, Rep factor) {
    return Quantity(a.value_ * factor);
  }
  friend constexpr Quantity operator*(Rep factor, Quantity a) {
    return Quantity(a.value_ * factor);
  }
  friend constexpr Quantity operator/(Quantity a, Rep divisor) {
    return Quantity(a.value_ / divisor);
  }
  /// Ratio of two quantities of one unit, as a plain number.
  [[nodiscard]] constexpr double ratio(Quantity other) const {
    return static_cast<double>(value_) / static_cast<double>(other.value_);
  }
  constexpr auto operator<=>(const Quantity&) const = default;

 private:
  Rep value_ = 0;
};

using Bytes = Quantity<struct ByteUnit, std::int64_t>;
using Cycles = Quantity<struct CycleUnit, std::int64_t>;
using Seconds = Quantity<struct SecondUnit, double>;
using Hertz = Quantity<struct HertzUnit, double>;
using BytesPerSecond = Quantity<struct BytesPerSecondUnit, double>;
using Picojoules = Quantity<struct PicojouleUnit, double>;
using Watts = Quantity<struct WattUnit, double>;
using SquareMillimetres = Quantity<struct SquareMillimetreUnit, double>;

[[nodiscard]] constexpr Seconds operator/(Cycles cycles, Hertz clock) {
  return Seconds(static_cast<double>(cycles.value()) / clock.value());
}
[[nodiscard]] constexpr Seconds operator/(Bytes bytes, BytesPerSecond bandwidth) {
  return Seconds(static_cast<double>(bytes.value()) / bandwidth.value());
}
/// Energy of a power over a time; 1 W x 1 s = 1e12 pJ.
[[nodiscard]] constexpr Picojoules operator*(Watts power, Seconds time) {
  return Picojoules(power.value() * time.value() * 1e12);
}

/// Bytes that hold `elements` values of `bits` bits each, packed, rounded up to whole bytes.
[[nodiscard]] constexpr Bytes packed_bytes(std::int64_t elements, int bits) {
  return Bytes(elements / 8 * bits + (elements % 8 * bits + 7) / 8);
}

/// ceil(a / b) for a >= 0, b > 0, without overflow.
[[nodiscard]] constexpr std::int64_t ceil_div(std::int64_t a, std::int64_t b) {
  return a / b + (a % b != 0 ? 1 : 0);
}

/// Rounded up to whole bursts of `burst` > 0 bytes.
[[nodiscard]] constexpr Bytes whole_bursts(Bytes bytes, Bytes burst) {
  const std::int64_t size = burst.value();
  // Bursts are powers of two as a rule, and then need no division.
  if ((size & (size - 1)) == 0) return Bytes((bytes.value() + size - 1) & -size);
  return burst * ceil_div(bytes.value(), size);
}

}  // namespace mensa::base
