#include <utility>

#include "onnx_import/lowering/lowering.h"
#include "onnx_import/lowering/operation_counts.h"
#include "onnx_import/lowering/recurrent.h"

// A GRU has three gates: update z, reset r and the candidate. With linear_before_reset the reset
// gate scales the candidate's hidden product: the layers are those of recurrent.h. Without it r
// scales the hidden state before that product, which has to wait for it:
//
//   NAME/hidden_product     h x [H, 2 H], for z and r
//   NAME/reset              vector work: z, r, and r h
//   NAME/candidate_product  r h x [H, H]
//   NAME/gates              vector work: candidate, and the new h

namespace mensa::onnx_import {
namespace {

using models::TensorId;

constexpr std::int64_t kGruGates = 3;

const RecurrentCell& gru_cell() {
  static const RecurrentCell kCell{kGruGates, false, {"Sigmoid", "Tanh"}};
  return kCell;
}

void infer_gru(TypeContext& node) { infer_recurrent(node, gru_cell()); }

void lower_reset_after(RecurrentDirection& direction) {
  const TensorId from_input = direction.add_input_product();
  const TensorId h = direction.state("h", kRecurrentInitialH);
  const TensorId from_hidden = direction.add_hidden_product(
      "hidden_product", h, direction.parameter(kRecurrentR), kGruGates);
  DraftLayer gates = direction.new_layer("gates");
  const std::int64_t cells = direction.extents().batch * direction.extents().hidden;
  const bool biases = direction.has_biases();
  gates.layer.work =
      models::VectorWork{7 * cells, cells,
                         gru_reset_operations(direction.activation_operations(0), biases) +
                             gru_update_operations(direction.activation_operations(1), biases)};
  gates.layer.inputs = {from_input, from_hidden, h};
  if (biases) gates.layer.parameters = {direction.parameter(kRecurrentB)};
  direction.write_hidden(gates.layer, h);
  direction.node().add(std::move(gates));
}

void lower_reset_before(RecurrentDirection& direction) {
  const RecurrentExtents& extents = direction.extents();
  const std::int64_t cells = extents.batch * extents.hidden;
  const bool biases = direction.has_biases();
  const TensorId from_input = direction.add_input_product();
  const TensorId h = direction.state("h", kRecurrentInitialH);
  const TensorId from_hidden = direction.add_hidden_product(
      "hidden_product", h,
      direction.parameter_rows(kRecurrentR, "update_and_reset", 2 * extents.hidden), 2);

  DraftLayer reset = direction.new_layer("reset");
  reset.layer.work = models::VectorWork{
      5 * cells, cells, gru_reset_operations(direction.activation_operations(0), biases)};
  reset.layer.inputs = {from_input, from_hidden, h};
  if (biases) {
    reset.layer.parameters = {
        direction.parameter_rows(kRecurrentB, "update_and_reset", 4 * extents.hidden)};
  }
  const TensorId update = direction.new_tensor("z", {1, extents.batch, extents.hidden}, true);
  const TensorId scaled = direction.new_tensor("r_h", {1, extents.batch, extents.hidden}, true);
  reset.layer.outputs = {update, scaled};
  direction.node().add(std::move(reset));

  const TensorId candidate = direction.add_hidden_product(
      "candidate_product", scaled,
      direction.parameter_rows(kRecurrentR, "candidate", extents.hidden), 1);
  DraftLayer gates = direction.new_layer("gates");
  gates.layer.work = models::VectorWork{
      4 * cells, cells, gru_update_operations(direction.activation_operations(1), biases)};
  gates.layer.inputs = {from_input, candidate, update, h};
  if (biases) {
    gates.layer.parameters = {
        direction.parameter_rows(kRecurrentB, "candidate", 2 * extents.hidden)};
  }
  direction.write_hidden(gates.layer, h);
  direction.node().add(std::move(gates));
}

void lower_gru(LayerContext& node) {
  const bool reset_after = node.attributes().integer_or("linear_before_reset", 0) != 0;
  lower_recurrent(node, gru_cell(), reset_after ? lower_reset_after : lower_reset_before);
}

}  // namespace

Lowering gru_lowering() { return {"", {{"GRU", infer_gru, lower_gru}}}; }

}  // namespace mensa::onnx_import
