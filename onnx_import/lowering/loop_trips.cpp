#include "onnx_import/lowering/loop_trips.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

namespace mensa::onnx_import {
namespace {

/// Bounds the time that a file can take up: some milliseconds.
constexpr std::size_t kMostTripSteps = std::size_t{1} << 20;
/// A condition on counters takes a handful; also bounds the recursion.
constexpr std::size_t kMostOperations = 1000;

/// Inputs and results of a Loop's body that stand before the carried values.
constexpr std::size_t kCounterInput = 0;
constexpr std::size_t kConditionInput = 1;
constexpr std::size_t kFirstCarriedInput = 2;
constexpr std::size_t kFirstCarriedOutput = 1;

std::optional<std::int64_t> apply_operator(std::string_view op, std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  bool overflows = false;
  if (op == "Add") {
    overflows = __builtin_add_overflow(a, b, &result);
  } else if (op == "Sub") {
    overflows = __builtin_sub_overflow(a, b, &result);
  } else if (op == "Mul") {
    overflows = __builtin_mul_overflow(a, b, &result);
  } else if (op == "Min") {
    result = std::min(a, b);
  } else if (op == "Max") {
    result = std::max(a, b);
  } else if (op == "Less") {
    result = a < b ? 1 : 0;
  } else if (op == "LessOrEqual") {
    result = a <= b ? 1 : 0;
  } else if (op == "Greater") {
    result = a > b ? 1 : 0;
  } else if (op == "GreaterOrEqual") {
    result = a >= b ? 1 : 0;
  } else if (op == "Equal") {
    result = a == b ? 1 : 0;
  } else if (op == "And") {
    result = a != 0 && b != 0 ? 1 : 0;
  } else if (op == "Or") {
    result = a != 0 || b != 0 ? 1 : 0;
  } else {
    return std::nullopt;
  }
  return overflows ? std::nullopt : std::optional(result);
}

bool is_integer(models::ElementType type) {
  return type == models::ElementType::kInt64 || type == models::ElementType::kInt32 ||
         type == models::ElementType::kBool;
}

/// The single integers of a body that its condition follows from, in the order in which one comes
/// from the others.
class Counters {
 public:
  Counters(TypeContext& node, const Block& body) : node_(node), graph_(node.graph()), body_(body) {
    for (const Node& inner : body.nodes) {
      for (const auto& output : inner.outputs) {
        if (output) makers_[*output] = &inner;
      }
    }
  }

  std::optional<std::int64_t> count(std::optional<std::int64_t> most) {
    const auto condition = place_of(body_.outputs[0]);
    // The list grows by what the carried values become that the condition needs, and so on.
    for (std::size_t i = 0; condition && i < carried_.size(); ++i) {
      const auto next =
          place_of(body_.outputs[carried_[i].input - kFirstCarriedInput + kFirstCarriedOutput]);
      if (!next) return std::nullopt;
      carried_[i].next = *next;
    }
    if (!condition) return std::nullopt;
    const std::int64_t end = most.value_or(std::numeric_limits<std::int64_t>::max());
    std::size_t steps = 0;
    for (std::int64_t trips = 1; trips <= end; ++trips) {
      steps += integers_.size();
      if (steps > kMostTripSteps || !run_once(trips - 1)) return std::nullopt;
      if (integers_[*condition].now == 0) return trips;
      for (const Carried& carried : carried_)
        integers_[carried.at].before = integers_[carried.next].now;
    }
    return end;
  }

 private:
  struct Integer {
    std::string_view op;                ///< empty for what does not come from others
    std::vector<std::size_t> operands;  ///< places of these
    std::int64_t before = 0;            ///< of a constant or carried value
    std::int64_t now = 0;               ///< in this iteration
    bool counts = false;                ///< the number of the iteration
  };
  struct Carried {
    std::size_t input = 0;  ///< of the body
    std::size_t at = 0;     ///< in integers_
    std::size_t next = 0;   ///< what it becomes
  };

  std::optional<std::size_t> place_of(ValueId id) {
    id = graph_.root(id);
    if (const auto known = places_.find(id); known != places_.end()) return known->second;
    if (integers_.size() >= kMostOperations) return std::nullopt;
    auto integer = read(id);
    if (!integer) return std::nullopt;
    integers_.push_back(std::move(*integer));
    const std::size_t place = integers_.size() - 1;
    places_[id] = place;
    if (const auto input = input_of(id); input && *input >= kFirstCarriedInput) {
      carried_.push_back({*input, place, place});
    }
    return place;
  }

  std::optional<Integer> read(ValueId id) {
    const Value& value = graph_.value(id);
    Integer integer;
    if (value.integers && value.integers->size() == 1) {
      integer.before = value.integers->front();
      return integer;
    }
    if (const auto input = input_of(id)) return read_input(*input);
    const auto maker = makers_.find(id);
    if (maker == makers_.end() || !is_integer(value.type)) return std::nullopt;
    return read_node(*maker->second);
  }

  [[nodiscard]] std::optional<Integer> read_input(std::size_t input) const {
    Integer integer;
    integer.counts = input == kCounterInput;
    if (input == kConditionInput) integer.before = 1;
    if (input < kFirstCarriedInput) return integer;
    const auto& first = node_.input(input).integers;
    if (!first || first->size() != 1) return std::nullopt;
    integer.before = first->front();
    return integer;
  }

  std::optional<Integer> read_node(const Node& inner) {
    const bool one = inner.op == "Not" || inner.op == "Cast";
    if (!inner.domain.empty() || inner.inputs.size() != (one ? 1U : 2U)) return std::nullopt;
    Integer integer;
    integer.op = inner.op;
    for (const auto& input : inner.inputs) {
      if (!input || !is_integer(graph_.value(*input).type)) return std::nullopt;
      const auto place = place_of(*input);
      if (!place) return std::nullopt;
      integer.operands.push_back(*place);
    }
    return integer;
  }

  [[nodiscard]] std::optional<std::size_t> input_of(ValueId id) const {
    const auto found = std::find(body_.inputs.begin(), body_.inputs.end(), id);
    if (found == body_.inputs.end()) return std::nullopt;
    return static_cast<std::size_t>(found - body_.inputs.begin());
  }

  bool run_once(std::int64_t iteration) {
    for (Integer& integer : integers_) {
      std::optional<std::int64_t> now = integer.counts ? iteration : integer.before;
      if (!integer.op.empty()) {
        const std::int64_t a = integers_[integer.operands.front()].now;
        if (integer.op == "Not") {
          now = a == 0 ? 1 : 0;
        } else if (integer.op == "Cast") {
          now = a;
        } else {
          now = apply_operator(integer.op, a, integers_[integer.operands.back()].now);
        }
      }
      if (!now) return false;
      integer.now = *now;
    }
    return true;
  }

  TypeContext& node_;
  const OperatorGraph& graph_;
  const Block& body_;
  std::map<ValueId, const Node*> makers_;
  std::map<ValueId, std::size_t> places_;
  std::vector<Integer> integers_;
  std::vector<Carried> carried_;
};

}  // namespace

std::optional<std::int64_t> count_trips(TypeContext& node, const Block& body,
                                        std::optional<std::int64_t> most) {
  return Counters(node, body).count(most);
}

}  // namespace mensa::onnx_import
