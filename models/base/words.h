#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "models/base/error.h"

namespace mensa::base {

/// The words for the values of an enumeration that counts from 0 without gaps, in that order.
template <class Enum, std::size_t kCount>
class Words {
 public:
  /// `what` the words stand for, as messages call it: "objective".
  constexpr Words(std::string_view what, std::array<std::string_view, kCount> words)
      : what_(what), words_(words) {}

  [[nodiscard]] constexpr std::string_view of(Enum value) const {
    return words_[static_cast<std::size_t>(value)];
  }
  /// Throws Error listing the known words.
  [[nodiscard]] Enum value_of(std::string_view word) const {
    const auto found = std::find(words_.begin(), words_.end(), word);
    if (found == words_.end()) {
      throw Error(unknown_name_message(what_, word, {words_.begin(), words_.end()}));
    }
    return static_cast<Enum>(found - words_.begin());
  }

 private:
  std::string_view what_;
  std::array<std::string_view, kCount> words_;
};

}  // namespace mensa::base
