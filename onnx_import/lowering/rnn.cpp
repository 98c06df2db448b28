#include <utility>

#include "onnx_import/lowering/lowering.h"
#include "onnx_import/lowering/operation_counts.h"
#include "onnx_import/lowering/recurrent.h"

namespace mensa::onnx_import {
namespace {

using models::TensorId;

const RecurrentCell& rnn_cell() {
  static const RecurrentCell kCell{1, false, {"Tanh"}};
  return kCell;
}

void infer_rnn(TypeContext& node) { infer_recurrent(node, rnn_cell()); }

void lower_rnn_cell(RecurrentDirection& direction) {
  const TensorId from_input = direction.add_input_product();
  const TensorId h = direction.state("h", kRecurrentInitialH);
  const TensorId from_hidden =
      direction.add_hidden_product("hidden_product", h, direction.parameter(kRecurrentR), 1);
  DraftLayer gates = direction.new_layer("gates");
  const std::int64_t cells = direction.extents().batch * direction.extents().hidden;
  gates.layer.work = models::VectorWork{
      2 * cells, cells, rnn_operations(direction.activation_operations(0), direction.has_biases())};
  gates.layer.inputs = {from_input, from_hidden};
  if (direction.has_biases()) gates.layer.parameters = {direction.parameter(kRecurrentB)};
  direction.write_hidden(gates.layer, h);
  direction.node().add(std::move(gates));
}

void lower_rnn(LayerContext& node) { lower_recurrent(node, rnn_cell(), lower_rnn_cell); }

}  // namespace

Lowering rnn_lowering() { return {"", {{"RNN", infer_rnn, lower_rnn}}}; }

}  // namespace mensa::onnx_import
