#include "explore/space/expression.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

namespace mensa::explore {
namespace {

using Kind = Value::Kind;

enum class Operator : std::uint8_t {
  kConstant,
  kName,
  kNegate,
  kNot,
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kEqual,
  kNotEqual,
  kAnd,
  kOr,
  kMin,
  kMax,
  kAbs,
  kCeil,
  kFloor,
  kRound,
  kLog2,
  kSqrt,
  kExtent,
};

struct Function {
  std::string_view name;
  Operator meaning;
  std::size_t least;
  std::size_t most;
};
constexpr std::size_t kMostArguments = 16;
constexpr std::array<Function, 9> kFunctions = {{{"min", Operator::kMin, 1, kMostArguments},
                                                 {"max", Operator::kMax, 1, kMostArguments},
                                                 {"abs", Operator::kAbs, 1, 1},
                                                 {"ceil", Operator::kCeil, 1, 1},
                                                 {"floor", Operator::kFloor, 1, 1},
                                                 {"round", Operator::kRound, 1, 1},
                                                 {"log2", Operator::kLog2, 1, 1},
                                                 {"sqrt", Operator::kSqrt, 1, 1},
                                                 {"extent", Operator::kExtent, 2, 2}}};

std::string in_words(const Value& value) {
  switch (value.kind) {
    case Kind::kExtent:
      return "an extent";
    case Kind::kText:
      return fmt::format("the text '{}'", value.text);
    case Kind::kTruth:
      return "a comparison";
    case Kind::kNumber:
      break;
  }
  return value.dimension.is_plain() ? "a plain number"
                                    : fmt::format("a quantity in {}", value.dimension.to_string());
}

const Value& number(const Value& value) {
  if (value.kind != Kind::kNumber) {
    throw base::Error(fmt::format("expected a number, got {}", in_words(value)));
  }
  return value;
}

const Value& plain(const Value& value) {
  if (number(value).dimension.is_plain()) return value;
  throw base::Error(fmt::format("expected a plain number, got {}; divide it by one of its units",
                                in_words(value)));
}

const Value& truth(const Value& value) {
  if (value.kind == Kind::kTruth) return value;
  throw base::Error(fmt::format("expected a comparison, got {}", in_words(value)));
}

void require_alike(const Value& left, const Value& right) {
  if (left.is_like(right)) return;
  throw base::Error(fmt::format("{} and {} do not go together", in_words(left), in_words(right)));
}

/// By how much `excess` above 0 breaks a limit.
double violation(double excess, double limit) {
  if (excess <= 0) return 0;
  const double relative = limit == 0 ? excess : excess / std::abs(limit);
  return std::max(relative, 1e-12);  // whatever rounding leaves of it
}

Value compare(Operator how, const Value& left, const Value& right) {
  require_alike(left, right);
  if (how == Operator::kEqual || how == Operator::kNotEqual) {
    return Value::of_truth((left == right) == (how == Operator::kEqual) ? 0 : 1);
  }
  const double difference = number(left).number - number(right).number;
  const double limit = right.number;
  switch (how) {
    case Operator::kLessEqual:
      return Value::of_truth(violation(difference, limit));
    case Operator::kGreaterEqual:
      return Value::of_truth(violation(-difference, limit));
    case Operator::kLess:
      return Value::of_truth(difference < 0 ? 0 : std::max(violation(difference, limit), 1e-12));
    default:
      return Value::of_truth(difference > 0 ? 0 : std::max(violation(-difference, limit), 1e-12));
  }
}

Value rounded(Operator how, const Value& value) {
  const double x = plain(value).number;
  switch (how) {
    case Operator::kCeil:
      return Value::of_number(std::ceil(x));
    case Operator::kFloor:
      return Value::of_number(std::floor(x));
    case Operator::kRound:
      return Value::of_number(std::round(x));
    case Operator::kLog2:
      return Value::of_number(std::log2(x));
    default:
      return Value::of_number(std::sqrt(x));
  }
}

/// The least or the largest.
Value extreme(Operator how, const std::vector<Value>& values) {
  Value result = number(values.front());
  for (const Value& value : values) {
    require_alike(result, number(value));
    if (how == Operator::kMin ? value.number < result.number : value.number > result.number) {
      result = value;
    }
  }
  return result;
}

Value combine(Operator how, const std::vector<Value>& values) {
  const Value& first = values.front();
  switch (how) {
    case Operator::kNegate:
      return Value::of_number(-number(first).number, first.dimension);
    case Operator::kNot:
      return Value::of_truth(truth(first).number == 0 ? 1 : 0);
    case Operator::kAdd:
    case Operator::kSubtract:
      require_alike(number(first), number(values[1]));
      return Value::of_number(
          how == Operator::kAdd ? first.number + values[1].number : first.number - values[1].number,
          first.dimension);
    case Operator::kMultiply:
      return Value::of_number(number(first).number * number(values[1]).number,
                              first.dimension.times(values[1].dimension));
    case Operator::kDivide:
      return Value::of_number(number(first).number / number(values[1]).number,
                              first.dimension.times(values[1].dimension, -1));
    case Operator::kAnd:
      return Value::of_truth(truth(first).number + truth(values[1]).number);
    case Operator::kOr:
      return Value::of_truth(std::min(truth(first).number, truth(values[1]).number));
    case Operator::kMin:
    case Operator::kMax:
      return extreme(how, values);
    case Operator::kAbs:
      return Value::of_number(std::abs(number(first).number), first.dimension);
    case Operator::kExtent:
      return Value::of_extent(plain(first).number, plain(values[1]).number);
    case Operator::kCeil:
    case Operator::kFloor:
    case Operator::kRound:
    case Operator::kLog2:
    case Operator::kSqrt:
      return rounded(how, first);
    default:
      return compare(how, first, values[1]);
  }
}

}  // namespace

struct Expression::Node {
  Operator meaning = Operator::kConstant;
  Value constant;
  std::string name;
  std::vector<Node> operands;

  [[nodiscard]] Value evaluate(const std::function<Value(const std::string&)>& value_of) const {
    if (meaning == Operator::kConstant) return constant;
    if (meaning == Operator::kName) return value_of(name);
    std::vector<Value> values;
    values.reserve(operands.size());
    for (const Node& operand : operands) values.push_back(operand.evaluate(value_of));
    return combine(meaning, values);
  }
};

/// Recursive descent, one function for each strength of binding.
class ExpressionParser {
 public:
  using Node = Expression::Node;

  explicit ExpressionParser(std::string_view text) : text_(text) {}

  Node parse() {
    Node root = disjunction();
    skip_blanks();
    if (next_ != text_.size()) fail(fmt::format("unexpected '{}'", text_[next_]));
    return root;
  }

  std::vector<std::string> names;

 private:
  static constexpr int kMostDepth = 64;
  /// Of operators: an expression is evaluated as deep as they stand within one another.
  static constexpr int kMostOperators = 1000;

  [[noreturn]] void fail(std::string_view what) const {
    constexpr std::size_t kMostShown = 200;
    throw base::Error(fmt::format("'{}{}', at column {}: {}", text_.substr(0, kMostShown),
                                  text_.size() > kMostShown ? "..." : "", next_ + 1, what));
  }

  void skip_blanks() { next_ = std::min(text_.find_first_not_of(" \t\n", next_), text_.size()); }

  static bool is_name_letter(char letter) {
    return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '_';
  }

  /// Takes a sign where it stands next; of words only whole ones.
  bool take(std::string_view sign) {
    skip_blanks();
    if (text_.substr(next_, sign.size()) != sign) return false;
    const std::size_t behind = next_ + sign.size();
    if (is_name_letter(sign.front()) && behind < text_.size() && is_name_letter(text_[behind])) {
      return false;
    }
    next_ = behind;
    return true;
  }

  Node node(Operator meaning, std::vector<Node> operands) {
    if (++operators_ > kMostOperators) {
      fail(fmt::format("more than {} operators", kMostOperators));
    }
    Node made;
    made.meaning = meaning;
    made.operands = std::move(operands);
    return made;
  }

  Node binary(Operator meaning, Node left, Node right) {
    std::vector<Node> operands;
    operands.reserve(2);
    operands.push_back(std::move(left));
    operands.push_back(std::move(right));
    return node(meaning, std::move(operands));
  }

  Node disjunction() {
    if (++depth_ > kMostDepth) fail("too many parentheses within one another");
    Node left = conjunction();
    while (take("or")) left = binary(Operator::kOr, std::move(left), conjunction());
    --depth_;
    return left;
  }

  Node conjunction() {
    Node left = negation();
    while (take("and")) left = binary(Operator::kAnd, std::move(left), negation());
    return left;
  }

  Node negation() {
    bool negated = false;
    while (take("not")) negated = !negated;
    Node inner = comparison();
    return negated ? node(Operator::kNot, {std::move(inner)}) : inner;
  }

  Node comparison() {
    static constexpr std::array<std::pair<std::string_view, Operator>, 6> kSigns = {
        {{"<=", Operator::kLessEqual},
         {">=", Operator::kGreaterEqual},
         {"==", Operator::kEqual},
         {"!=", Operator::kNotEqual},
         {"<", Operator::kLess},
         {">", Operator::kGreater}}};
    Node left = sum();
    for (const auto& [sign, meaning] : kSigns) {
      if (!take(sign)) continue;
      Node result = binary(meaning, std::move(left), sum());
      skip_blanks();
      if (next_ < text_.size() &&
          std::string_view("<>=!").find(text_[next_]) != std::string_view::npos) {
        fail("one comparison after the other; join two by 'and'");
      }
      return result;
    }
    if (take("=")) fail("write '==' to compare");
    return left;
  }

  Node sum() {
    Node left = product();
    while (true) {
      if (take("+")) {
        left = binary(Operator::kAdd, std::move(left), product());
      } else if (take("-")) {
        left = binary(Operator::kSubtract, std::move(left), product());
      } else {
        return left;
      }
    }
  }

  Node product() {
    Node left = factor();
    while (true) {
      if (take("*")) {
        left = binary(Operator::kMultiply, std::move(left), factor());
      } else if (take("/")) {
        left = binary(Operator::kDivide, std::move(left), factor());
      } else {
        return left;
      }
    }
  }

  Node factor() {
    bool negated = false;
    while (take("-")) negated = !negated;
    Node inner = primary();
    return negated ? node(Operator::kNegate, {std::move(inner)}) : inner;
  }

  Node primary() {
    skip_blanks();
    if (next_ == text_.size()) fail("something is missing at the end");
    if (take("(")) {
      Node inner = disjunction();
      if (!take(")")) fail("')' is missing");
      return inner;
    }
    const char letter = text_[next_];
    if (letter == '\'' || letter == '"') return quoted(letter);
    if (std::isdigit(static_cast<unsigned char>(letter)) != 0 || letter == '.') return quantity();
    if (is_name_letter(letter)) return name();
    fail(fmt::format("unexpected '{}'", letter));
  }

  Node constant(Value value) {
    Node made;
    made.constant = std::move(value);
    return made;
  }

  Node quoted(char quote) {
    const std::size_t end = text_.find(quote, next_ + 1);
    if (end == std::string_view::npos) fail("the quotation mark that ends this text is missing");
    Node made = constant(Value::of_text(std::string(text_.substr(next_ + 1, end - next_ - 1))));
    next_ = end + 1;
    return made;
  }

  Node quantity() {
    double value = 0;
    const auto [stop, failed] =
        std::from_chars(text_.data() + next_, text_.data() + text_.size(), value);
    if (failed != std::errc() || !std::isfinite(value)) fail("not a number");
    const std::size_t behind_number = static_cast<std::size_t>(stop - text_.data());
    next_ = behind_number;
    skip_blanks();
    std::size_t end = next_;
    while (end < text_.size() && is_name_letter(text_[end])) ++end;
    // "B/s" is a unit; "B / s" is a unit and a name.
    if (end + 1 < text_.size() && text_.substr(end, 2) == "/s" &&
        (end + 2 == text_.size() || !is_name_letter(text_[end + 2])) &&
        find_unit(text_.substr(next_, end + 2 - next_)) != nullptr) {
      end += 2;
    }
    const std::string_view word = text_.substr(next_, end - next_);
    if (word.empty() || word == "and" || word == "or") {
      next_ = behind_number;
      return constant(Value::of_number(value));
    }
    const UnitOfMeasure* const unit = find_unit(word);
    if (unit == nullptr) fail(fmt::format("'{}' is no unit", word));
    next_ = end;
    return constant(Value::of_number(value * unit->times / unit->per, unit->dimension));
  }

  Node name() {
    const std::size_t begin = next_;
    while (next_ < text_.size() &&
           (is_name_letter(text_[next_]) || (text_[next_] == '.' && next_ + 1 < text_.size() &&
                                             is_name_letter(text_[next_ + 1])))) {
      ++next_;
    }
    std::string word(text_.substr(begin, next_ - begin));
    skip_blanks();
    if (next_ < text_.size() && text_[next_] == '(') return call(word, begin);
    Node made;
    made.meaning = Operator::kName;
    made.name = word;
    if (std::find(names.begin(), names.end(), word) == names.end())
      names.push_back(std::move(word));
    return made;
  }

  Node call(const std::string& word, std::size_t begin) {
    const auto function = std::find_if(kFunctions.begin(), kFunctions.end(),
                                       [&](const Function& known) { return known.name == word; });
    if (function == kFunctions.end()) {
      std::vector<std::string> known;
      known.reserve(kFunctions.size());
      for (const Function& one : kFunctions) known.emplace_back(one.name);
      next_ = begin;
      fail(base::unknown_name_message("function", word, known));
    }
    static_cast<void>(take("("));
    std::vector<Node> arguments;
    if (!take(")")) {
      do {
        arguments.push_back(disjunction());
      } while (take(","));
      if (!take(")")) fail("')' is missing");
    }
    if (arguments.size() < function->least || arguments.size() > function->most) {
      fail(fmt::format(
          "{} takes {}{} argument{}, got {}", word, function->least,
          function->most == function->least ? "" : fmt::format(" to {}", function->most),
          function->most == 1 ? "" : "s", arguments.size()));
    }
    return node(function->meaning, std::move(arguments));
  }

  std::string_view text_;
  std::size_t next_ = 0;
  int depth_ = 0;
  int operators_ = 0;
};

Expression::Expression(std::string_view text) : text_(text) {
  ExpressionParser parser(text_);
  root_ = std::make_shared<const Node>(parser.parse());
  names_ = std::move(parser.names);
}

Value Expression::evaluate(const std::function<Value(const std::string&)>& value_of) const {
  try {
    Value result = root_->evaluate(value_of);
    if (!std::isfinite(result.number)) throw base::Error("the result is no finite number");
    return result;
  } catch (const base::Error& error) {
    throw base::Error(fmt::format("'{}': {}", text_, error.what()));
  }
}

}  // namespace mensa::explore
