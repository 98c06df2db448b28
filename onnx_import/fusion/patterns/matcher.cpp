#include <algorithm>
#include <bit>
#include <cstdint>

#include "onnx_import/fusion/patterns/pattern.h"

// A search with backtracking: goals are met one after the other, and where one may be met in
// several ways, each is followed to the end with goals and bindings of its own. Patterns have some
// ten nodes, so that this is short; a graph built to make it long meets a limit.

namespace mensa::onnx_import {
namespace {

/// Goals looked at for one root and pattern. The patterns here need fewer than 200 where they
/// match.
constexpr int kMostSteps = 2'000;

std::size_t reads_of(const Node& node, ValueId id) {
  return static_cast<std::size_t>(
      std::count_if(node.inputs.begin(), node.inputs.end(),
                    [&](const auto& input) { return input && *input == id; }));
}

}  // namespace

bool Matcher::find(const Node& root, const Pattern& pattern, const Accept& accept) {
  if (root.outputs.size() != 1 || !root.outputs[0]) return false;
  accept_ = &accept;
  steps_ = 0;
  kept_.clear();
  return solve({{&pattern, *root.outputs[0]}}, {});
}

bool Matcher::solve(Goals goals, Match match) {
  if (++steps_ > kMostSteps || --steps_left_ < 0) return false;
  if (goals.empty()) return is_closed(match) && (*accept_)(match);
  const Goal goal = goals.back();
  goals.pop_back();
  return std::visit(
      [&](const auto& wanted) {
        return solve(wanted, goal.value, std::move(goals), std::move(match));
      },
      goal.pattern->kind());
}

bool Matcher::bind(std::string_view name, ValueId value, Goals goals, Match match) {
  if (const auto bound = match.value(name)) {
    return *bound == value && solve(std::move(goals), std::move(match));
  }
  match.values.emplace_back(name, value);
  return solve(std::move(goals), std::move(match));
}

bool Matcher::solve(const Pattern::Any& any, ValueId value, Goals goals, Match match) {
  return bind(any.name, value, std::move(goals), std::move(match));
}

bool Matcher::solve(const Pattern::Parameter& wanted, ValueId value, Goals goals, Match match) {
  return graph_.value(value).constant &&
         bind(wanted.name, value, std::move(goals), std::move(match));
}

bool Matcher::solve(const Pattern::Number& wanted, ValueId value, Goals goals, Match match) {
  return is_number(graph_.value(value), wanted.value) && solve(std::move(goals), std::move(match));
}

bool Matcher::solve(const Pattern::Small& /*wanted*/, ValueId value, Goals goals, Match match) {
  return is_small(graph_.value(value)) && solve(std::move(goals), std::move(match));
}

bool Matcher::solve(const Pattern::Either& wanted, ValueId value, const Goals& goals,
                    const Match& match) {
  return std::any_of(wanted.alternatives.begin(), wanted.alternatives.end(),
                     [&](const Pattern& alternative) {
                       Goals next = goals;
                       next.push_back({&alternative, value});
                       return solve(std::move(next), match);
                     });
}

namespace {

void add_node(Match& match, const Node& node, std::string_view name) {
  if (std::find(match.nodes.begin(), match.nodes.end(), &node) == match.nodes.end()) {
    match.nodes.push_back(&node);
  }
  if (!name.empty()) match.named.emplace_back(name, &node);
}

}  // namespace

bool Matcher::solve(const Pattern::Operator& wanted, ValueId value, const Goals& goals,
                    Match match) {
  const Node* node = uses_.maker(block_, value);
  const std::size_t count = wanted.operands.size();
  if (node == nullptr || node->op != wanted.op || !node->domain.empty() ||
      node->outputs.size() != 1 || node->inputs.size() < count) {
    return false;
  }
  for (std::size_t i = 0; i < node->inputs.size(); ++i) {
    const auto& input = node->inputs[i];
    if (i < count ? !input : input && !graph_.value(*input).constant) return false;
  }
  if (wanted.check && !wanted.check(graph_, *node)) return false;
  add_node(match, *node, wanted.name);
  const auto follow = [&](bool swapped) {
    Goals next = goals;
    for (std::size_t i = count; i-- > 0;) {
      next.push_back({&wanted.operands[i], *node->inputs[swapped ? count - 1 - i : i]});
    }
    return solve(std::move(next), match);
  };
  return follow(false) || (wanted.commutative && follow(true));
}

const Pattern* Matcher::keep(Pattern pattern) {
  kept_.push_back(std::make_unique<const Pattern>(std::move(pattern)));
  return kept_.back().get();
}

bool Matcher::solve(const Pattern::Product& wanted, ValueId value, const Goals& goals,
                    Match match) {
  const Node* node = uses_.maker(block_, value);
  if (node == nullptr || !node->domain.empty() || node->inputs.size() != 2) return false;
  const bool divides = node->op == "Div";
  if (!divides && node->op != "Mul") return false;
  const ValueId left = *node->inputs[0];
  const ValueId right = *node->inputs[1];
  add_node(match, *node, {});
  const std::size_t count = wanted.factors.size();
  // Each way to share the factors out between the two operands.
  for (std::uint32_t on_left = 1; on_left + 1 < std::uint32_t{1} << count; ++on_left) {
    std::vector<Pattern> parts[2];
    for (std::size_t i = 0; i < count; ++i) {
      parts[(on_left >> i & 1U) != 0 ? 0 : 1].push_back(wanted.factors[i]);
    }
    if (divides) {
      const auto* divisor = std::get_if<Pattern::Number>(&parts[1][0].kind());
      if (parts[1].size() != 1 || divisor == nullptr) continue;
      parts[1] = {number(1 / divisor->value)};
    }
    Goals next = goals;
    for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
      const Pattern* part = keep(parts[side].size() == 1 ? parts[side][0] : product(parts[side]));
      next.push_back({part, side == 0 ? left : right});
    }
    if (solve(std::move(next), match)) return true;
  }
  return false;
}

bool Matcher::is_closed(const Match& match) const {
  return std::all_of(match.nodes.begin() + 1, match.nodes.end(), [&](const Node* node) {
    const ValueId made = *node->outputs[0];
    std::size_t reads = 0;
    for (const Node* reader : match.nodes) reads += reads_of(*reader, made);
    return reads == uses_.readers(made);
  });
}

}  // namespace mensa::onnx_import
