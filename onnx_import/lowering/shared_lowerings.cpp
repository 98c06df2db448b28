#include "onnx_import/lowering/shared_lowerings.h"

#include <numeric>
#include <vector>

namespace mensa::onnx_import {

void infer_same(TypeContext& node) { node.set_output(0, node.input(0).type, node.shape(0)); }

void lower_move(LayerContext& node) { node.add_move_layer({0}); }

void lower_move_of_all(LayerContext& node) {
  std::vector<std::size_t> all(node.node().inputs.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  node.add_move_layer(all);
}

}  // namespace mensa::onnx_import
