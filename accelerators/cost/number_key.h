#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <string>
#include <type_traits>

#include "models/base/units.h"

namespace mensa::accelerators {

/// A text made of numbers, for hash maps and digests: eight bytes each, so that two of as many
/// numbers are equal where all of these are, bit by bit. A list of varying length must come behind
/// its length.
class NumberKey {
 public:
  explicit NumberKey(std::size_t expected) { text_.reserve(expected * kBytes); }

  template <class... Numbers>
  void add(Numbers... numbers) {
    (add_one(numbers), ...);
  }
  /// All of a list or an array, without its length.
  template <class List>
  void add_each(const List& list) {
    for (const auto& number : list) add_one(number);
  }

  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  static constexpr std::size_t kBytes = sizeof(std::uint64_t);

  template <class Number>
  void add_one(Number number) {
    if constexpr (std::is_floating_point_v<Number>) {
      append(std::bit_cast<std::uint64_t>(double{number}));
    } else {
      append(static_cast<std::uint64_t>(number));
    }
  }
  template <class Unit, class Rep>
  void add_one(base::Quantity<Unit, Rep> quantity) {
    add_one(quantity.value());
  }
  void append(std::uint64_t bits) {
    const auto bytes = std::bit_cast<std::array<char, kBytes>>(bits);
    text_.append(bytes.data(), kBytes);
  }

  std::string text_;
};

}  // namespace mensa::accelerators
