#include "onnx_import/fusion/value_uses.h"

namespace mensa::onnx_import {

ValueUses::ValueUses(const OperatorGraph& graph)
    : makers_(graph.values.size()), readers_(graph.values.size()) {
  add(graph.main);
}

void ValueUses::add(const Block& block) {
  for (std::size_t i = 0; i < block.nodes.size(); ++i) {
    const Node& node = block.nodes[i];
    for (const auto& input : node.inputs) {
      if (input) ++readers_[input->index()];
    }
    for (const auto& output : node.outputs) {
      if (output) makers_[output->index()] = {&block, i};
    }
    for (const auto& [name, inner] : node.blocks) add(*inner);
  }
  for (const ValueId id : block.outputs) ++readers_[id.index()];
}

}  // namespace mensa::onnx_import
