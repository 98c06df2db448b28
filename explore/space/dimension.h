#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace mensa::explore {

/// What a quantity is made of: exponents of byte, second, joule and square millimetre. A frequency
/// is one over seconds, a power joules over seconds; all exponents are 0 of plain numbers.
class Dimension {
 public:
  constexpr Dimension() = default;
  constexpr Dimension(int bytes, int seconds, int joules, int area)
      : exponents_{bytes, seconds, joules, area} {}

  [[nodiscard]] constexpr bool is_plain() const { return *this == Dimension(); }
  [[nodiscard]] constexpr Dimension times(const Dimension& other, int sign = 1) const {
    Dimension result;
    for (std::size_t i = 0; i < exponents_.size(); ++i) {
      result.exponents_[i] = exponents_[i] + sign * other.exponents_[i];
    }
    return result;
  }
  constexpr bool operator==(const Dimension&) const = default;

  /// "B/s", "J s", "" of plain numbers: in base units.
  [[nodiscard]] std::string to_string() const;

 private:
  std::array<int, 4> exponents_ = {};
};

namespace dimensions {
inline constexpr Dimension kPlain;
inline constexpr Dimension kBytes{1, 0, 0, 0};
inline constexpr Dimension kSeconds{0, 1, 0, 0};
inline constexpr Dimension kHertz{0, -1, 0, 0};
inline constexpr Dimension kBandwidth{1, -1, 0, 0};
inline constexpr Dimension kEnergy{0, 0, 1, 0};
inline constexpr Dimension kPower{0, -1, 1, 0};
inline constexpr Dimension kArea{0, 0, 0, 1};
}  // namespace dimensions

/// A unit of files and expressions: one of it is `times / per` of the base units, which are B, s, J
/// and mm2.
struct UnitOfMeasure {
  std::string_view name;
  Dimension dimension;
  double times = 1;
  double per = 1;
};

/// The unit of that name, as "KiB" or "GHz"; null where there is none.
[[nodiscard]] const UnitOfMeasure* find_unit(std::string_view name);

/// "1.234 ms", "40 mm2", "0.5": for people, in the unit that leaves one to three digits before the
/// point. Bytes are in KiB or MiB where they are whole ones.
[[nodiscard]] std::string with_unit(double value, const Dimension& dimension);

/// All digits in the unit of system files that takes the fewest, as "64 KiB", "800 MHz", "150 ns",
/// "0.2 pJ", "8": reading it gives the same value, but for a few energies, of which files have no
/// base unit: then the next one. base::Error where files have no unit of that dimension.
[[nodiscard]] std::string in_file_unit(double value, const Dimension& dimension);

}  // namespace mensa::explore
