#pragma once

#include <cstddef>
#include <vector>

#include "onnx_import/operator_graph/operator_graph.h"

namespace mensa::onnx_import {

/// Who makes and who reads the values of a model. Holds as long as no node is moved or changed.
class ValueUses {
 public:
  explicit ValueUses(const OperatorGraph& graph);

  /// The node of that block that makes the value; null where another block's does, or none.
  [[nodiscard]] const Node* maker(const Block& block, ValueId id) const {
    const Maker& found = makers_[id.index()];
    return found.block == &block ? &block.nodes[found.node] : nullptr;
  }
  /// How often nodes of all blocks read the value; leaving a block counts as reading.
  [[nodiscard]] std::size_t readers(ValueId id) const { return readers_[id.index()]; }

 private:
  struct Maker {
    const Block* block = nullptr;
    std::size_t node = 0;
  };
  void add(const Block& block);

  std::vector<Maker> makers_;
  std::vector<std::size_t> readers_;
};

}  // namespace mensa::onnx_import
