#include "onnx_import/lowering/bias.h"

#include <utility>

namespace mensa::onnx_import {

void add_bias(LayerContext& node, DraftLayer& entry, std::size_t index) {
  const std::int64_t elements = node.output_elements(0);
  models::Epilogue bias;
  bias.op = "Bias";
  bias.node = node.node().name;
  bias.work = {elements, elements, 1};
  if (node.input(index).constant) {
    bias.parameters = node.read(index);
  } else {
    bias.extra_inputs = node.read(index);
    bias.work.elements_in += node.elements(index);
  }
  entry.layer.epilogue.push_back(std::move(bias));
}

}  // namespace mensa::onnx_import
