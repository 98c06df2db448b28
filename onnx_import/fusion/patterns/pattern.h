#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "onnx_import/fusion/value_uses.h"
#include "onnx_import/operator_graph/operator_graph.h"

// Expressions over operators, as "x times the sigmoid of x", and the search for them in a graph.

namespace mensa::onnx_import {

/// What a pattern stands for in a graph.
struct Match {
  std::vector<std::pair<std::string_view, ValueId>> values;
  std::vector<std::pair<std::string_view, const Node*>> named;
  std::vector<const Node*> nodes;  ///< all, each once; the one that makes the result first

  /// The value called so; none where the alternative that fits has no such part.
  [[nodiscard]] std::optional<ValueId> value(std::string_view name) const;
  [[nodiscard]] std::vector<const Node*> nodes_named(std::string_view name) const;
};

/// An expression of which a value may be the result. Copies share their parts.
class Pattern {
 public:
  /// Decides by a node's attributes and further inputs.
  using Check = std::function<bool(const OperatorGraph&, const Node&)>;

  struct Any {
    std::string_view name;
  };
  struct Parameter {
    std::string_view name;
  };
  struct Number {
    double value;
  };
  struct Small {};
  struct Operator {
    std::string_view op;
    std::vector<Pattern> operands;
    bool commutative = false;
    std::string_view name;
    Check check;
  };
  struct Product {
    std::vector<Pattern> factors;
  };
  struct Either {
    std::vector<Pattern> alternatives;
  };
  using Kind = std::variant<Any, Parameter, Number, Small, Operator, Product, Either>;

  // Not explicit: a kind of pattern is one.
  Pattern(Kind kind) : kind_(std::make_shared<const Kind>(std::move(kind))) {}  // NOLINT

  [[nodiscard]] const Kind& kind() const { return *kind_; }

 private:
  std::shared_ptr<const Kind> kind_;
};

/// Any value; the same one wherever the name comes again.
[[nodiscard]] Pattern any(std::string_view name);
/// The same, but a constant.
[[nodiscard]] Pattern parameter(std::string_view name);
/// A constant of one element that equals `value` as far as exporters and its type write it out.
/// Where the model withholds its values (one without weights) any constant of one element: the
/// operators around it tell then.
[[nodiscard]] Pattern number(double value);
/// A constant of one element, not negative and small, that keeps a divisor from being 0.
[[nodiscard]] Pattern small();
/// A node of ONNX's own operator `op` whose first inputs are `operands`, which has one output, and
/// whose further inputs are constants. Nodes with a `name` can be asked of the match.
[[nodiscard]] Pattern apply(std::string_view op, std::vector<Pattern> operands,
                            std::string_view name = {}, Pattern::Check check = {});
/// Add or Mul: operands in either order.
[[nodiscard]] Pattern add(Pattern a, Pattern b);
[[nodiscard]] Pattern multiply(Pattern a, Pattern b);
[[nodiscard]] Pattern either(std::vector<Pattern> alternatives);
/// A product of at least two factors in any order and grouping; to divide by a number is to
/// multiply by its inverse.
[[nodiscard]] Pattern product(std::vector<Pattern> factors);
/// The square of a pattern without alternatives of its own, as Pow or as a product.
[[nodiscard]] Pattern square(const Pattern& of);
/// The pattern, or a conversion of it to floats of another width.
[[nodiscard]] Pattern maybe_cast(const Pattern& of);

/// The value of a constant of one element; none where it is not known.
[[nodiscard]] std::optional<double> known_number(const Value& value);
/// Whether a constant stands for `wanted`, as number() has it.
[[nodiscard]] bool is_number(const Value& value, double wanted);
/// Whether a constant may keep a divisor from being 0, as small() has it.
[[nodiscard]] bool is_small(const Value& value);

/// Searches for patterns that end in a node.
class Matcher {
 public:
  /// What makes of a match what its pattern is for; false where further conditions do not hold.
  using Accept = std::function<bool(const Match&)>;

  /// Takes what it does off `steps_left`, and finds nothing once that is used up.
  Matcher(const OperatorGraph& graph, const Block& block, const ValueUses& uses,
          std::int64_t& steps_left)
      : graph_(graph), block_(block), uses_(uses), steps_left_(steps_left) {}

  /// Whether `root` makes a result of the pattern in a way that is accepted; ways are tried until
  /// one is. Nobody but the match's nodes reads what they make, except the root's result.
  bool find(const Node& root, const Pattern& pattern, const Accept& accept);

 private:
  struct Goal {
    const Pattern* pattern;
    ValueId value;
  };
  /// What is left to be matched, the next one last.
  using Goals = std::vector<Goal>;

  bool solve(Goals goals, Match match);
  bool solve(const Pattern::Any& any, ValueId value, Goals goals, Match match);
  bool solve(const Pattern::Parameter& wanted, ValueId value, Goals goals, Match match);
  bool solve(const Pattern::Number& wanted, ValueId value, Goals goals, Match match);
  bool solve(const Pattern::Small& wanted, ValueId value, Goals goals, Match match);
  bool solve(const Pattern::Operator& wanted, ValueId value, const Goals& goals, Match match);
  bool solve(const Pattern::Product& wanted, ValueId value, const Goals& goals, Match match);
  bool solve(const Pattern::Either& wanted, ValueId value, const Goals& goals, const Match& match);
  bool bind(std::string_view name, ValueId value, Goals goals, Match match);
  [[nodiscard]] bool is_closed(const Match& match) const;
  /// A pattern that lives until the search ends.
  const Pattern* keep(Pattern pattern);

  const OperatorGraph& graph_;
  const Block& block_;
  const ValueUses& uses_;
  std::int64_t& steps_left_;
  const Accept* accept_ = nullptr;
  int steps_ = 0;
  std::vector<std::unique_ptr<const Pattern>> kept_;
};

}  // namespace mensa::onnx_import
