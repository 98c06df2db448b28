#include "onnx_import/fusion/needless_steps.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "onnx_import/operator_graph/limits.h"

namespace mensa::onnx_import {
namespace {

/// Stands for all constants with the same values: the first one seen.
using ConstantKey = ValueId;

class Cleaner {
 public:
  explicit Cleaner(OperatorGraph& graph) : graph_(graph) {}

  void run() {
    clean(graph_.main);
    if (undone_ > 0) {
      graph_.notes.push_back(
          fmt::format("left out {} step(s) to integers and back between equal scales", undone_));
    }
    if (stands_for_.empty()) return;
    for (Value& value : graph_.values) {
      if (value.view_of) value.view_of = current(*value.view_of);
    }
  }

 private:
  /// What a step multiplies by and adds, and the integers' type; the axis of several scales.
  using Scale = std::tuple<ConstantKey, std::optional<ConstantKey>, models::ElementType,
                           std::int64_t, std::int64_t>;
  using Known = std::tuple<models::ElementType, Shape, std::vector<std::uint64_t>>;

  void clean(Block& block) {
    const std::set<ValueId> leaving(block.outputs.begin(), block.outputs.end());
    std::map<std::pair<ValueId, Scale>, ValueId> made;
    const auto is_needless = [&](Node& node) {
      read_current(node);
      for (auto& [name, inner] : node.blocks) clean(*inner);
      if (!is_step(node)) return false;
      const ValueId from = *node.inputs[0];
      const ValueId result = *node.outputs[0];
      if (node.op == "DequantizeLinear") {
        decoded_.emplace(result, std::pair(from, scale_of(node, from)));
        return false;
      }
      const Scale scale = scale_of(node, result);
      const auto [first, is_new] = made.emplace(std::pair(from, scale), result);
      if (leaving.contains(result)) return false;
      if (!is_new) {
        stands_for_.emplace(result, first->second);
        return true;
      }
      return undoes(node, scale);
    };
    // In order, each once: what a node reads has been seen before it.
    std::vector<Node> kept;
    kept.reserve(block.nodes.size());
    for (Node& node : block.nodes) {
      if (!is_needless(node)) kept.push_back(std::move(node));
    }
    block.nodes = std::move(kept);
  }

  /// Makes the result of a step to integers a view of the integers that it had been before.
  bool undoes(const Node& node, const Scale& scale) {
    const auto before = decoded_.find(graph_.root(*node.inputs[0]));
    const bool one_scale = element_count(graph_.value(*node.inputs[1]).shape) == 1;
    if (!one_scale || before == decoded_.end() || before->second.second != scale) return false;
    graph_.value(*node.outputs[0]).view_of = graph_.root(before->second.first);
    ++undone_;
    return true;
  }

  [[nodiscard]] ValueId current(ValueId id) const {
    const auto found = stands_for_.find(id);
    return found == stands_for_.end() ? id : found->second;
  }

  void read_current(Node& node) const {
    for (auto& input : node.inputs) {
      if (input) input = current(*input);
    }
    for (ValueId& id : node.captures) id = current(id);
  }

  /// The node makes or reads integers by a constant scale.
  [[nodiscard]] bool is_step(const Node& node) const {
    return (node.op == "QuantizeLinear" || node.op == "DequantizeLinear") &&
           node.inputs.size() > 1 && node.inputs[0] && node.inputs[1] &&
           graph_.value(*node.inputs[1]).constant && node.outputs.size() == 1 && node.outputs[0] &&
           !graph_.value(*node.outputs[0]).constant;
  }

  Scale scale_of(const Node& node, ValueId integers) {
    std::optional<ConstantKey> zero_point;
    if (node.inputs.size() > 2 && node.inputs[2]) zero_point = constant_key(*node.inputs[2]);
    const bool one_scale = element_count(graph_.value(*node.inputs[1]).shape) == 1;
    return {constant_key(*node.inputs[1]), zero_point, graph_.value(integers).type,
            one_scale ? 0 : node.attributes.integer_or("axis", 1),
            node.attributes.integer_or("block_size", 0)};
  }

  ConstantKey constant_key(ValueId id) {
    const Value& value = graph_.value(id);
    std::vector<std::uint64_t> numbers;
    if (value.floats) {
      numbers.resize(value.floats->size());
      // By their bits, which have an order where a file has NaN too.
      std::transform(value.floats->begin(), value.floats->end(), numbers.begin(),
                     [](double number) { return std::bit_cast<std::uint64_t>(number); });
    } else if (value.integers) {
      numbers.assign(value.integers->begin(), value.integers->end());
    } else {
      return id;
    }
    return constants_.emplace(Known{value.type, value.shape, std::move(numbers)}, id).first->second;
  }

  OperatorGraph& graph_;
  std::unordered_map<ValueId, ValueId> stands_for_;
  std::map<Known, ValueId> constants_;
  /// Results of steps from integers: of which, and how.
  std::unordered_map<ValueId, std::pair<ValueId, Scale>> decoded_;
  std::size_t undone_ = 0;
};

}  // namespace

void remove_needless_steps(OperatorGraph& graph) { Cleaner(graph).run(); }

}  // namespace mensa::onnx_import
