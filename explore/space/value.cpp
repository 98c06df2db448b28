#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

#include "explore/space/expression.h"

namespace mensa::explore {
namespace {

constexpr double kMostWhole = 0x1p53;

/// A number at the begin of `text`, which loses it; none where there is none, or no finite one.
std::optional<double> take_number(std::string_view& text) {
  double number = 0;
  const auto [stop, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc() || !std::isfinite(number)) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
  return number;
}

std::optional<Value> quantity_of(std::string_view text) {
  const auto number = take_number(text);
  if (!number) return std::nullopt;
  if (text.empty()) return Value::of_number(*number);
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  const UnitOfMeasure* const unit = find_unit(text);
  if (unit == nullptr) return std::nullopt;
  return Value::of_number(*number * unit->times / unit->per, unit->dimension);
}

std::optional<Value> extent_of(std::string_view text) {
  const std::size_t cross = text.find('x');
  if (cross == std::string_view::npos) return std::nullopt;
  std::string_view first = text.substr(0, cross);
  std::string_view second = text.substr(cross + 1);
  const auto rows = take_number(first);
  const auto columns = take_number(second);
  if (!rows || !columns || !first.empty() || !second.empty()) return std::nullopt;
  if (*rows != std::floor(*rows) || *columns != std::floor(*columns)) return std::nullopt;
  return Value::of_extent(*rows, *columns);
}

}  // namespace

Value Value::of_number(double number, const Dimension& dimension) {
  Value value;
  value.number = number;
  value.dimension = dimension;
  return value;
}

Value Value::of_extent(double rows, double columns) {
  Value value;
  value.kind = Kind::kExtent;
  value.rows = rows;
  value.columns = columns;
  return value;
}

Value Value::of_text(std::string text) {
  Value value;
  value.kind = Kind::kText;
  value.text = std::move(text);
  return value;
}

Value Value::of_truth(double violation) {
  Value value;
  value.kind = Kind::kTruth;
  value.number = violation;
  return value;
}

Value Value::from_yaml(std::string_view text) {
  if (const auto quantity = quantity_of(text)) return *quantity;
  if (const auto extent = extent_of(text)) return *extent;
  return of_text(std::string(text));
}

std::string Value::to_yaml() const {
  switch (kind) {
    case Kind::kText:
      return text;
    case Kind::kExtent:
      if (rows < 1 || columns < 1 || rows != std::floor(rows) || columns != std::floor(columns) ||
          rows > kMostWhole || columns > kMostWhole) {
        throw base::Error(
            fmt::format("{} x {} is no extent of whole rows and columns", rows, columns));
      }
      return fmt::format("{:.0f}x{:.0f}", rows, columns);
    case Kind::kNumber:
      if (dimension == dimensions::kBytes &&
          (number != std::floor(number) || std::abs(number) > kMostWhole)) {
        throw base::Error(
            fmt::format("{} B is no whole number of bytes; in an expression use ceil() "
                        "or floor() of it in B, as 1 B * ceil(x / 1 B)",
                        number));
      }
      return in_file_unit(number, dimension);
    case Kind::kTruth:
      break;
  }
  throw base::Error("a comparison is no value of a system");
}

}  // namespace mensa::explore
