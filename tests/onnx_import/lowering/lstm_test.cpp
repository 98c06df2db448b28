#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/onnx_import/model_builder.h"

namespace mensa::onnx_import {
namespace {

using models::Layer;
using models::Tensor;
using testing::ElementsAre;
using testing::HasSubstr;

/// An LSTM node "lstm" of x; results that `outputs` leaves empty have no name.
struct Lstm : testing::Test {
  static constexpr std::int64_t kSteps = 10;
  static constexpr std::int64_t kBatch = 2;
  static constexpr std::int64_t kInputs = 6;
  static constexpr std::int64_t kHidden = 5;

  NodeBuilder build(const std::vector<std::string>& outputs, std::int64_t directions = 1,
                    std::vector<std::string> more_inputs = {}) {
    model.input("x", {kSteps, kBatch, kInputs});
    model.weights("w", {directions, 4 * kHidden, kInputs});
    model.weights("r", {directions, 4 * kHidden, kHidden});
    for (const std::string& output : outputs) {
      if (!output.empty()) model.output(output);
    }
    std::vector<std::string> inputs = {"x", "w", "r"};
    inputs.insert(inputs.end(), more_inputs.begin(), more_inputs.end());
    NodeBuilder node = model.node("LSTM", inputs, outputs, "lstm");
    node.integer("hidden_size", kHidden);
    return node;
  }
  void import() { graph.emplace(model.import()); }
  [[nodiscard]] const Layer& layer(const std::string& name) const {
    return layer_named(*graph, name);
  }
  [[nodiscard]] const Tensor& tensor(models::TensorId id) const { return graph->tensor(id); }

  ModelBuilder model;
  std::optional<models::Graph> graph;
};

TEST_F(Lstm, becomes_two_products_and_gates_in_one_group) {
  build({"y"});
  import();
  EXPECT_THAT(layer_names(*graph),
              ElementsAre("lstm/input_product", "lstm/hidden_product", "lstm/gates"));
  ASSERT_EQ(graph->recurrences().size(), 1U);
  EXPECT_EQ(graph->recurrences()[0].steps, kSteps);
  for (const Layer& each : graph->layers()) {
    EXPECT_EQ(graph->group_name(each.group), "lstm");
    EXPECT_EQ(each.group, graph->layers()[0].group);
    EXPECT_EQ(each.recurrence, graph->recurrences()[0].id);
  }
  EXPECT_EQ(graph->macs(), kSteps * kBatch * 4 * kHidden * (kInputs + kHidden));
  EXPECT_EQ(graph->parameter_elements(), 4 * kHidden * (kInputs + kHidden));
}

TEST_F(Lstm, input_product_is_time_batchable_and_leaves_all_steps) {
  build({"y"});
  import();
  const Layer& product = layer("lstm/input_product");
  EXPECT_EQ(mac_shape(product).to_string(), "K=20 C=6 P=2");  // of one step
  EXPECT_TRUE(product.time_batchable);
  EXPECT_THAT(names_of(*graph, product.inputs), ElementsAre("x"));
  const Tensor& result = tensor(product.outputs[0]);
  EXPECT_THAT(result.shape, ElementsAre(kSteps, kBatch, 4 * kHidden));
  EXPECT_TRUE(result.accumulator_width);
  EXPECT_FALSE(result.per_step_of);
  EXPECT_EQ(graph->elements_per_step(product, product.inputs[0]), kBatch * kInputs);
  EXPECT_EQ(graph->elements_per_step(layer("lstm/gates"), result.id), kBatch * 4 * kHidden);
}

TEST_F(Lstm, hidden_product_reads_the_state_of_the_step_before) {
  build({"y"});
  import();
  const Layer& product = layer("lstm/hidden_product");
  EXPECT_EQ(mac_shape(product).to_string(), "K=20 C=5 P=2");
  EXPECT_FALSE(product.time_batchable);
  const Tensor& state = tensor(product.inputs.at(0));
  ASSERT_TRUE(state.recurrent_state);
  EXPECT_FALSE(state.recurrent_state->initial);
  EXPECT_EQ(state.recurrent_state->next, graph->outputs()[0]);
  EXPECT_TRUE(state.per_step_of);
  EXPECT_EQ(state.elements(), kBatch * kHidden);
  EXPECT_EQ(graph->producer(state.id), std::nullopt);
  EXPECT_TRUE(tensor(product.outputs[0]).accumulator_width);
  EXPECT_TRUE(tensor(product.outputs[0]).per_step_of);
}

TEST_F(Lstm, gates_read_both_products_and_the_cell_state) {
  build({"y"});
  import();
  const Layer& gates = layer("lstm/gates");
  EXPECT_FALSE(gates.time_batchable);
  EXPECT_EQ(vector_work(gates).elements_in, 9 * kBatch * kHidden);
  EXPECT_EQ(vector_work(gates).elements_out, kBatch * kHidden);
  EXPECT_EQ(vector_work(gates).operations_per_element, 28);
  EXPECT_THAT(names_of(*graph, gates.inputs),
              ElementsAre("lstm/input_product", "lstm/hidden_product", "lstm/c"));
  EXPECT_THAT(names_of(*graph, gates.outputs), ElementsAre("y", "lstm/c_next"));
  EXPECT_THAT(tensor(gates.outputs[0]).shape, ElementsAre(kSteps, 1, kBatch, kHidden));
  EXPECT_EQ(tensor(gates.inputs[2]).recurrent_state->next, gates.outputs[1]);
  EXPECT_TRUE(gates.epilogue.empty());
}

TEST_F(Lstm, biases_and_peepholes_are_parameters_of_the_gates) {
  model.weights("b", {1, 8 * kHidden}).weights("p", {1, 3 * kHidden});
  build({"y"}, 1, {"b", "", "", "", "p"});
  import();
  const Layer& gates = layer("lstm/gates");
  EXPECT_THAT(names_of(*graph, gates.parameters), ElementsAre("b", "p"));
  EXPECT_EQ(vector_work(gates).operations_per_element, 28 + 8 + 6);
}

/// The operator's weights have all four gates whether they are coupled or not.
TEST_F(Lstm, coupled_gates_count_as_four_and_that_is_said) {
  build({"y"}).integer("input_forget", 1);
  import();
  EXPECT_EQ(graph->macs(), kSteps * kBatch * 4 * kHidden * (kInputs + kHidden));
  EXPECT_THAT(graph->notes(), testing::Contains(HasSubstr("'lstm' couples its input and forget")));
}

TEST_F(Lstm, computed_initial_states_are_waited_for) {
  model.input("h0", {1, kBatch, kHidden}).input("c0", {1, kBatch, kHidden});
  model.node("Tanh", {"h0"}, {"h1"}, "prepare");
  build({"y"}, 1, {"", "", "h1", "c0"});
  import();
  EXPECT_THAT(layer_names(*graph),
              ElementsAre("prepare", "lstm/input_product", "lstm/hidden_product", "lstm/gates"));
  const auto& state = tensor(layer("lstm/hidden_product").inputs[0]).recurrent_state;
  ASSERT_TRUE(state && state->initial);
  EXPECT_EQ(tensor(*state->initial).name, "h1");
  EXPECT_THAT(graph->predecessors(layer("lstm/hidden_product").id),
              ElementsAre(layer("prepare").id));
}

TEST_F(Lstm, constant_initial_states_cost_nothing) {
  model.weights("h0", {1, kBatch, kHidden});
  build({"y"}, 1, {"", "", "h0"});
  import();
  EXPECT_FALSE(tensor(layer("lstm/hidden_product").inputs[0]).recurrent_state->initial);
  EXPECT_EQ(graph->parameter_elements(), 4 * kHidden * (kInputs + kHidden));
}

TEST_F(Lstm, last_states_are_of_one_step) {
  build({"", "y_h", "y_c"});
  import();
  const Layer& gates = layer("lstm/gates");
  EXPECT_THAT(names_of(*graph, gates.outputs), ElementsAre("y_h", "y_c"));
  for (const models::TensorId id : gates.outputs) {
    EXPECT_TRUE(tensor(id).per_step_of);
    EXPECT_THAT(tensor(id).shape, ElementsAre(1, kBatch, kHidden));
  }
  EXPECT_EQ(tensor(layer("lstm/hidden_product").inputs[0]).recurrent_state->next, gates.outputs[0]);
}

TEST_F(Lstm, both_directions_stand_side_by_side) {
  build({"y"}, 2).string("direction", "bidirectional");
  model.weights("w2", {1, 4 * kHidden, 2 * kHidden}).weights("r2", {1, 4 * kHidden, kHidden});
  model.integers("shape", {3}, {kSteps, kBatch, 2 * kHidden});
  model.node("Transpose", {"y"}, {"t"}, "swap").integers("perm", {0, 2, 1, 3});
  model.node("Reshape", {"t", "shape"}, {"joined"});
  model.output("y2");
  model.node("LSTM", {"joined", "w2", "r2"}, {"y2"}, "next").integer("hidden_size", kHidden);
  import();
  EXPECT_THAT(
      layer_names(*graph),
      ElementsAre("lstm/forward/input_product", "lstm/forward/hidden_product", "lstm/forward/gates",
                  "lstm/reverse/input_product", "lstm/reverse/hidden_product", "lstm/reverse/gates",
                  "swap", "next/input_product", "next/hidden_product", "next/gates"));
  EXPECT_EQ(graph->recurrences().size(), 3U);
  EXPECT_THAT(names_of(*graph, layer("swap").inputs),
              ElementsAre("lstm/forward/y", "lstm/reverse/y"));
  EXPECT_THAT(names_of(*graph, layer("lstm/reverse/input_product").parameters),
              ElementsAre("w/reverse"));
  EXPECT_EQ(graph->parameter_elements(),
            2L * 4 * kHidden * (kInputs + kHidden) + 4 * kHidden * (2 * kHidden + kHidden));
  EXPECT_EQ(graph->macs(),
            kSteps * kBatch *
                (2L * 4 * kHidden * (kInputs + kHidden) + 4 * kHidden * (2 * kHidden + kHidden)));
}

TEST_F(Lstm, a_product_may_read_both_directions_at_once) {
  build({"y"}, 2).string("direction", "bidirectional");
  model.integers("shape", {2}, {kSteps * kBatch * 2, kHidden}).weights("v", {kHidden, 3});
  model.node("Reshape", {"y", "shape"}, {"rows"});
  model.node("MatMul", {"rows", "v"}, {"z"}, "project");
  model.output("z");
  import();
  EXPECT_THAT(names_of(*graph, layer("project").inputs),
              ElementsAre("lstm/forward/y", "lstm/reverse/y"));
}

TEST_F(Lstm, two_activations_of_which_one_has_parts_are_copied_together) {
  build({"y"}, 2).string("direction", "bidirectional");
  model.input("q", {kSteps, 2, kHidden, 3}).output("z");
  model.node("MatMul", {"y", "q"}, {"z"}, "project");
  import();
  const Layer& join = layer("project/join_y");
  EXPECT_EQ(moved(join), kSteps * 2 * kBatch * kHidden);
  EXPECT_EQ(layer("project").inputs[0], join.outputs[0]);
}

TEST_F(Lstm, batch_may_come_first) {
  model.model().mutable_opset_import(0)->set_version(14);
  model.input("x2", {kBatch, kSteps, kInputs});
  model.weights("w2", {1, 4 * kHidden, kInputs}).weights("r2", {1, 4 * kHidden, kHidden});
  model.output("y");
  model.node("LSTM", {"x2", "w2", "r2"}, {"y"}, "lstm").integer("layout", 1);
  import();
  EXPECT_THAT(output_shape(*graph), ElementsAre(kBatch, kSteps, 1, kHidden));
  EXPECT_EQ(graph->recurrences()[0].steps, kSteps);
}

TEST_F(Lstm, refuses_what_does_not_fit) {
  build({"y"}, 2);
  EXPECT_EQ(model.import_error(), "node 'lstm' (LSTM): its W has shape 2x20x6; 1x20x6 is needed");
}

TEST_F(Lstm, runs_as_long_as_its_longest_sequence) {
  model.integers("lengths", {2}, {kSteps - 3, kSteps - 2}, onnx::TensorProto::INT32);
  build({"y"}, 1, {"", "lengths"});
  import();
  EXPECT_EQ(graph->recurrences()[0].steps, kSteps - 2);
  EXPECT_EQ(graph->macs(), (kSteps - 2) * kBatch * 4 * kHidden * (kInputs + kHidden));
  EXPECT_THAT(output_shape(*graph), ElementsAre(kSteps, 1, kBatch, kHidden));  // padded
}

TEST_F(Lstm, refuses_sequences_longer_than_its_input) {
  model.integers("lengths", {2}, {kSteps, kSteps + 1}, onnx::TensorProto::INT32);
  build({"y"}, 1, {"", "lengths"});
  EXPECT_EQ(model.import_error(),
            "node 'lstm' (LSTM): its sequence lengths are 10,11; the sequence has 10 steps");
}

TEST_F(Lstm, takes_sequences_of_unknown_length_as_whole_and_says_so) {
  model.input("lengths", {kBatch}, onnx::TensorProto::INT32);
  build({"y"}, 1, {"", "lengths"});
  import();
  EXPECT_EQ(graph->recurrences()[0].steps, kSteps);
  EXPECT_THAT(graph->notes(), ElementsAre(HasSubstr("sequence lengths of 'lstm' are not known")));
}

TEST_F(Lstm, quantized_has_weights_of_8_bits_the_other_way_round) {
  model.input("x2", {kSteps, kBatch, kInputs}).output("y");
  model.weights("w2", {1, kInputs, 4 * kHidden}, onnx::TensorProto::INT8);
  model.weights("r2", {1, kHidden, 4 * kHidden}, onnx::TensorProto::INT8);
  model.weights("s", {1}).weights("z", {1}, onnx::TensorProto::INT8);
  model
      .node("DynamicQuantizeLSTM", {"x2", "w2", "r2", "", "", "", "", "", "s", "z", "s", "z"},
            {"y"}, "lstm")
      .domain("com.microsoft")
      .integer("hidden_size", kHidden);
  import();
  EXPECT_EQ(graph->macs(), kSteps * kBatch * 4 * kHidden * (kInputs + kHidden));
  EXPECT_EQ(tensor(layer("lstm/hidden_product").parameters[0]).type, models::ElementType::kInt8);
}

TEST_F(Lstm, weights_must_be_constant) {
  model.input("x2", {kSteps, kBatch, kInputs}).input("w2", {1, 4 * kHidden, kInputs});
  model.weights("r2", {1, 4 * kHidden, kHidden}).output("y");
  model.node("LSTM", {"x2", "w2", "r2"}, {"y"}, "lstm");
  EXPECT_THAT(model.import_error(), HasSubstr("lstm: LSTM: its weights are not constant"));
}

}  // namespace
}  // namespace mensa::onnx_import
