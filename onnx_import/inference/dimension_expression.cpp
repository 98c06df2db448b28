#include "onnx_import/inference/dimension_expression.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <iterator>
#include <utility>

namespace mensa::onnx_import {
namespace {

/// No exporter writes longer ones; also bounds the nesting of parentheses.
constexpr std::size_t kLongestExpression = 200;

bool is_blank(char c) { return c == ' ' || c == '\t'; }

std::optional<std::int64_t> divided_down(std::int64_t a, std::int64_t b) {
  if (b <= 0) return std::nullopt;
  return a / b - (a % b < 0 ? 1 : 0);
}

std::optional<std::int64_t> apply_arithmetic(char op, std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  bool overflows = false;
  if (op == '/') return divided_down(a, b);
  if (op == '+') overflows = __builtin_add_overflow(a, b, &result);
  if (op == '-') overflows = __builtin_sub_overflow(a, b, &result);
  if (op == '*') overflows = __builtin_mul_overflow(a, b, &result);
  return overflows ? std::nullopt : std::optional(result);
}

}  // namespace

/// Reads a text from left to right; each read_... returns whether it found what it is named after.
class DimensionParser {
 public:
  explicit DimensionParser(std::string_view text) : text_(text) {}

  std::optional<DimensionExpression> parse() {
    if (text_.size() > kLongestExpression || !read_sum()) return std::nullopt;
    skip_blanks();
    if (at_ != text_.size() || made_.steps_.size() == 1) return std::nullopt;
    return std::move(made_);
  }

 private:
  bool read_sum() {
    if (!read_product()) return false;
    while (const char op = read_operator("+-")) {
      if (!read_product()) return false;
      made_.steps_.push_back({op, 0, std::nullopt});
    }
    return true;
  }

  bool read_product() {
    if (!read_operand()) return false;
    while (const char op = read_operator("*/")) {
      if (!read_operand()) return false;
      made_.steps_.push_back({op, 0, std::nullopt});
    }
    return true;
  }

  bool read_operand() {
    skip_blanks();
    if (next() == '(') {
      ++at_;
      if (!read_sum()) return false;
      skip_blanks();
      if (next() != ')') return false;
      ++at_;
      return true;
    }
    std::size_t end = at_;
    while (end < text_.size() && is_part_of_name(end)) ++end;
    const std::string word(text_.substr(at_, end - at_));
    at_ = end;
    return !word.empty() && add(word);
  }

  bool add(const std::string& word) {
    DimensionExpression::Step step;
    if (std::isdigit(static_cast<unsigned char>(word.front())) != 0) {
      const char* end = word.data() + word.size();
      const auto [rest, failure] = std::from_chars(word.data(), end, step.number);
      if (failure != std::errc() || rest != end) return false;
    } else {
      const auto known = std::find(made_.names_.begin(), made_.names_.end(), word);
      step.name = static_cast<std::size_t>(std::distance(made_.names_.begin(), known));
      if (known == made_.names_.end()) made_.names_.push_back(word);
    }
    made_.steps_.push_back(step);
    return true;
  }

  /// One of `ops`, or 0. Two slashes are one operator.
  char read_operator(std::string_view ops) {
    skip_blanks();
    const char op = next();
    if (op == 0 || ops.find(op) == std::string_view::npos) return 0;
    const bool doubled = op == '/' && at_ + 1 < text_.size() && text_[at_ + 1] == '/';
    at_ += doubled ? 2 : 1;
    return op;
  }

  [[nodiscard]] bool is_part_of_name(std::size_t at) const {
    const char c = text_[at];
    const bool spaced = at > 0 && at + 1 < text_.size() && is_blank(text_[at - 1]);
    if (c == '-') return !spaced;
    if (c == '/') return !spaced && (at + 1 == text_.size() || text_[at + 1] != '/');
    return !is_blank(c) && c != '+' && c != '*' && c != '(' && c != ')' && c != ',';
  }

  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  }
  [[nodiscard]] char next() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  std::string_view text_;
  std::size_t at_ = 0;
  DimensionExpression made_;
};

std::optional<DimensionExpression> DimensionExpression::parse(std::string_view text) {
  return DimensionParser(text).parse();
}

std::optional<std::int64_t> DimensionExpression::value(
    const std::function<std::optional<std::int64_t>(const std::string&)>& value_of) const {
  std::vector<std::int64_t> values;
  for (const Step& step : steps_) {
    std::optional<std::int64_t> made = step.number;
    if (step.name) made = value_of(names_[*step.name]);
    if (step.op != 0) {
      const std::int64_t right = values.back();
      values.pop_back();
      made = apply_arithmetic(step.op, values.back(), right);
      values.pop_back();
    }
    if (!made) return std::nullopt;
    values.push_back(*made);
  }
  return values.back() < 0 ? std::nullopt : std::optional(values.back());
}

}  // namespace mensa::onnx_import
