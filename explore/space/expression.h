#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "explore/space/dimension.h"
#include "models/base/error.h"

namespace mensa::explore {

/// What parameters are and expressions give: a quantity, an extent of rows and columns, a text, or
/// a truth.
struct Value {
  enum class Kind : std::uint8_t { kNumber, kExtent, kText, kTruth };

  Kind kind = Kind::kNumber;
  double number = 0;  ///< in base units; of a truth by how much it fails, relative, 0 if it holds
  Dimension dimension;
  double rows = 0;  ///< of an extent
  double columns = 0;
  std::string text;

  [[nodiscard]] static Value of_number(double number, const Dimension& dimension = {});
  [[nodiscard]] static Value of_extent(double rows, double columns);
  [[nodiscard]] static Value of_text(std::string text);
  [[nodiscard]] static Value of_truth(double violation);
  /// What YAML has for a value of a system: "64 KiB", "1 GHz", "32x32", "16", "true",
  /// "output_stationary". A text that is nothing else is a text.
  [[nodiscard]] static Value from_yaml(std::string_view text);
  /// The same back, for a system file. base::Error where it is a truth, no whole number of bytes,
  /// or of a dimension that files have no unit of.
  [[nodiscard]] std::string to_yaml() const;

  [[nodiscard]] bool holds() const { return kind == Kind::kTruth && number == 0; }
  /// Whether both are of one kind and dimension.
  [[nodiscard]] bool is_like(const Value& other) const {
    return kind == other.kind && dimension == other.dimension;
  }
  bool operator==(const Value&) const = default;
};

/// A formula over names, as "2 * buffer + 64 KiB" or "area <= 40 mm2 and pascal.rows >= 8":
///
///   numbers with or without a unit; names; 'texts'; + - * / with units carried along; comparisons
///   < <= > >= == !=; and, or, not; min, max, abs, ceil, floor, round, log2, sqrt of plain numbers
///   (min, max and abs of any), extent(rows, columns). NAME.rows, NAME.columns and NAME.pes are
///   parts of an extent.
///
/// Immutable; may be evaluated by any number of threads at once.
class Expression {
 public:
  /// Throws base::Error saying where in the text what is wrong.
  explicit Expression(std::string_view text);

  [[nodiscard]] const std::string& text() const { return text_; }
  /// Names it uses, each once, in the order of the text; "pascal.rows" as a whole.
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }

  /// `value_of` is asked for names(). Throws base::Error where units or kinds do not go together or
  /// a result is no finite number. Which units and kinds come out does not depend on the numbers,
  /// so that one evaluation checks them for all.
  [[nodiscard]] Value evaluate(const std::function<Value(const std::string&)>& value_of) const;

 private:
  struct Node;
  friend class ExpressionParser;

  std::string text_;
  std::vector<std::string> names_;
  std::shared_ptr<const Node> root_;
};

}  // namespace mensa::explore
