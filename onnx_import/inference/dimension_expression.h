#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mensa::onnx_import {

/// The name of an open axis that says how long it is by other names, as exporters leave it:
/// "past_sequence_length + 1", "2*s0", "(s0 - 1)//2".
///
/// Sums, differences, products and quotients (rounded down) of names and integers. A minus, or a
/// single slash, is one with a blank on either side only: names have them too ("seq-len").
class DimensionExpression {
 public:
  /// None where the text is a name by itself, or nothing that can be computed.
  [[nodiscard]] static std::optional<DimensionExpression> parse(std::string_view text);

  /// Each once, in the order of the text.
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }

  /// None where a name has no value, the result is negative or some step leaves 64 bits.
  [[nodiscard]] std::optional<std::int64_t> value(
      const std::function<std::optional<std::int64_t>(const std::string&)>& value_of) const;

 private:
  friend class DimensionParser;

  /// In postfix order: an operator takes the two values before it.
  struct Step {
    char op = 0;  ///< + - * or /; 0 for a value
    std::int64_t number = 0;
    std::optional<std::size_t> name;  ///< index in names_
  };
  std::vector<Step> steps_;
  std::vector<std::string> names_;
};

}  // namespace mensa::onnx_import
