#include "onnx_import/operator_graph/prune.h"

#include <algorithm>
#include <utility>

namespace mensa::onnx_import {
namespace {

class Pruner {
 public:
  explicit Pruner(OperatorGraph& graph) : graph_(graph) {}

  void prune(Block& block) {
    for (const ValueId id : block.outputs) use(id);
    // From the last node to the first: all readers of a node's results have been seen before it.
    for (std::size_t i = block.nodes.size(); i-- > 0;) {
      const Node& node = block.nodes[i];
      if (!is_live(node)) continue;
      for (const auto& input : node.inputs) {
        if (input) use(*input);
      }
      for (auto& [name, inner] : node.blocks) prune(*inner);
    }
    dropped_ += std::erase_if(block.nodes, [&](const Node& node) { return !is_live(node); });
  }

  [[nodiscard]] std::size_t dropped() const { return dropped_; }

 private:
  [[nodiscard]] bool is_live(const Node& node) const {
    return std::any_of(node.outputs.begin(), node.outputs.end(), [&](const auto& output) {
      return output && graph_.value(*output).used && !graph_.value(*output).constant;
    });
  }

  /// What a value is a view of is used too, whichever node said so: an If leaves none.
  void use(ValueId id) {
    graph_.value(id).used = true;
    graph_.value(graph_.root(id)).used = true;
  }

  OperatorGraph& graph_;
  std::size_t dropped_ = 0;
};

}  // namespace

std::size_t prune_dead_nodes(OperatorGraph& graph) {
  for (Value& value : graph.values) value.used = false;
  Pruner pruner(graph);
  pruner.prune(graph.main);
  return pruner.dropped();
}

}  // namespace mensa::onnx_import
