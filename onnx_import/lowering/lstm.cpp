#include <fmt/format.h>

#include "onnx_import/lowering/lowering.h"
#include "onnx_import/lowering/operation_counts.h"
#include "onnx_import/lowering/recurrent.h"

// NAME/gates of an LSTM also reads and leaves the state NAME/c. The quantized form of
// com.microsoft has its weights transposed and in 8 bits; it quantizes what goes into the products,
// which accelerators do as they write.

namespace mensa::onnx_import {
namespace {

using models::TensorId;

constexpr std::int64_t kLstmGates = 4;

const RecurrentCell& float_cell() {
  static const RecurrentCell kCell{kLstmGates, false, {"Sigmoid", "Tanh", "Tanh"}};
  return kCell;
}

const RecurrentCell& quantized_cell() {
  static const RecurrentCell kCell{kLstmGates, true, {"Sigmoid", "Tanh", "Tanh"}};
  return kCell;
}

void infer_lstm_cell(TypeContext& node, const RecurrentCell& cell) {
  const RecurrentExtents extents = infer_recurrent(node, cell);
  check_input_shape(node, kRecurrentInitialC, "initial_c", extents.state_shape());
  check_input_shape(node, kRecurrentP, "P", {extents.directions, 3 * extents.hidden});
  if (node.attributes().integer_or("input_forget", 0) != 0) {
    node.note(
        fmt::format("LSTM '{}' couples its input and forget gates (input_forget): three gates "
                    "would do, but its "
                    "weights are those of four, and all four are counted",
                    node.node().name));
  }
  node.set_output(kRecurrentYC, node.input(kRecurrentX).type, extents.state_shape());
}

void lower_lstm_cell(RecurrentDirection& direction) {
  const TensorId from_input = direction.add_input_product();
  const TensorId h = direction.state("h", kRecurrentInitialH);
  const TensorId from_hidden = direction.add_hidden_product(
      "hidden_product", h, direction.parameter(kRecurrentR), kLstmGates);
  const TensorId c = direction.state("c", kRecurrentInitialC);

  DraftLayer gates = direction.new_layer("gates");
  const std::int64_t cells = direction.extents().batch * direction.extents().hidden;
  const bool peepholes = direction.node().has_input(kRecurrentP);
  const std::int64_t activations = 3 * direction.activation_operations(0) +
                                   direction.activation_operations(1) +
                                   direction.activation_operations(2);
  gates.layer.work = models::VectorWork{
      9 * cells, cells, lstm_operations(activations, direction.has_biases(), peepholes)};
  gates.layer.inputs = {from_input, from_hidden, c};
  for (const std::size_t index : {kRecurrentB, kRecurrentP}) {
    if (!direction.node().has_input(index)) continue;
    gates.layer.parameters.push_back(direction.parameter(index));
  }
  direction.write_hidden(gates.layer, h);
  direction.write_cell_state(gates.layer, c);
  direction.node().add(std::move(gates));
}

void infer_lstm(TypeContext& node) { infer_lstm_cell(node, float_cell()); }
void lower_lstm(LayerContext& node) { lower_recurrent(node, float_cell(), lower_lstm_cell); }

void infer_quantized_lstm(TypeContext& node) { infer_lstm_cell(node, quantized_cell()); }
void lower_quantized_lstm(LayerContext& node) {
  lower_recurrent(node, quantized_cell(), lower_lstm_cell);
}

}  // namespace

Lowering lstm_lowering() { return {"", {{"LSTM", infer_lstm, lower_lstm}}}; }

Lowering dynamic_quantize_lstm_lowering() {
  return {"com.microsoft", {{"DynamicQuantizeLSTM", infer_quantized_lstm, lower_quantized_lstm}}};
}

}  // namespace mensa::onnx_import
