#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/onnx_import/model_builder.h"

namespace mensa::onnx_import {
namespace {

using models::Layer;
using models::Tensor;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::int64_t kTrips = 7;

/// A Loop "loop" of kTrips iterations; its body is built by the test after `begin_body`.
struct Loop : testing::Test {
  Loop() : inner(body) { model.integers("trips", {}, {kTrips}); }

  /// Adds the inputs and the output that every body has.
  void begin_body() {
    inner.input("i", {}, onnx::TensorProto::INT64).input("go", {}, onnx::TensorProto::BOOL);
    inner.output("go_on");
    inner.node("Identity", {"go"}, {"go_on"});
  }
  void end_body(const std::vector<std::string>& carried, const std::vector<std::string>& outputs) {
    std::vector<std::string> inputs = {"trips", ""};
    inputs.insert(inputs.end(), carried.begin(), carried.end());
    model.node("Loop", inputs, outputs, "loop").graph("body", body);
  }
  void import() { graph.emplace(model.import()); }
  [[nodiscard]] const Layer& layer(const std::string& name) const {
    return layer_named(*graph, name);
  }
  [[nodiscard]] const Tensor& tensor(models::TensorId id) const { return graph->tensor(id); }

  ModelBuilder model;
  onnx::GraphProto body;
  GraphBuilder inner;
  std::optional<models::Graph> graph;
};

/// h' = tanh(h w), started from relu(x); each h' is given out.
struct CarriedLoop : Loop {
  CarriedLoop() {
    begin_body();
    inner.input("h", {1, 4}).output("h_next").output("seen");
    inner.node("MatMul", {"h", "w"}, {"p"}, "product");
    inner.node("Tanh", {"p"}, {"h_next"}, "tanh");
    inner.node("Sigmoid", {"h_next"}, {"seen"}, "look");
    model.input("x", {1, 4}).output("last").output("all").weights("w", {4, 4});
    model.node("Relu", {"x"}, {"start"}, "start");
    end_body({"start"}, {"last", "all"});
    import();
  }
};

TEST_F(CarriedLoop, body_is_lowered_once_into_a_recurrence) {
  EXPECT_THAT(layer_names(*graph), ElementsAre("start", "product", "look"));
  ASSERT_EQ(graph->recurrences().size(), 1U);
  EXPECT_EQ(graph->recurrences()[0].name, "loop");
  EXPECT_EQ(graph->recurrences()[0].steps, kTrips);
  EXPECT_EQ(graph->macs(), kTrips * 16);
  EXPECT_EQ(graph->parameter_elements(), 16);
  EXPECT_FALSE(layer("start").recurrence);
  EXPECT_EQ(fused_text(layer("product")), "Tanh:4");
}

TEST_F(CarriedLoop, carried_values_are_states) {
  const Layer& product = layer("product");
  EXPECT_FALSE(product.time_batchable);
  EXPECT_EQ(mac_shape(product).bound(models::Dim::P), 1);  // of one step
  const Tensor& state = tensor(product.inputs[0]);
  ASSERT_TRUE(state.recurrent_state);
  EXPECT_EQ(tensor(state.recurrent_state->initial.value()).name, "start");
  EXPECT_EQ(state.recurrent_state->next, product.outputs[0]);
  EXPECT_EQ(state.per_step_of, graph->recurrences()[0].id);
  EXPECT_THAT(graph->predecessors(product.id), ElementsAre(layer("start").id));
}

TEST_F(CarriedLoop, results_are_the_last_step_or_all_steps) {
  const Tensor& last = tensor(graph->outputs()[0]);
  EXPECT_EQ(last.id, layer("product").outputs[0]);
  EXPECT_TRUE(last.per_step_of);
  const Tensor& all = tensor(graph->outputs()[1]);
  EXPECT_THAT(layer("look").outputs, ElementsAre(all.id));
  EXPECT_FALSE(all.per_step_of);
  EXPECT_THAT(all.shape, ElementsAre(kTrips, 1, 4));
  EXPECT_EQ(graph->elements_per_step(layer("look"), all.id), 4);
}

TEST_F(Loop, what_depends_on_no_carried_value_is_time_batchable) {
  begin_body();
  inner.input("h", {1, 4}).output("h_next");
  inner.node("Gather", {"frames", "i"}, {"frame"}, "frame").integer("axis", 0);
  inner.node("MatMul", {"frame", "w"}, {"p"}, "project");
  inner.node("Add", {"p", "h"}, {"h_next"}, "accumulate");
  model.input("frames", {20, 1, 3}).output("last").weights("w", {3, 4}).weights("zero", {1, 4});
  end_body({"zero"}, {"last"});
  import();
  EXPECT_TRUE(layer("frame").time_batchable);
  EXPECT_TRUE(layer("project").time_batchable);
  EXPECT_FALSE(layer("accumulate").time_batchable);  // and so is not fused into the product
  const Tensor& frames = tensor(layer("frame").inputs[0]);
  EXPECT_EQ(graph->elements_per_step(layer("frame"), frames.id), 3);
  const Tensor& projected = tensor(layer("project").outputs[0]);
  EXPECT_THAT(projected.shape, ElementsAre(kTrips, 1, 4));
  EXPECT_FALSE(projected.per_step_of);
  EXPECT_EQ(graph->elements_per_step(layer("accumulate"), projected.id), 4);
  EXPECT_FALSE(tensor(layer("accumulate").inputs[1]).recurrent_state->initial);  // a constant
}

TEST_F(Loop, an_lstm_of_one_step_joins_it) {
  begin_body();
  inner.input("h", {1, 1, 5}).input("c", {1, 1, 5}).input("x", {1, 1, 5});
  inner.output("h_next").output("c_next").output("y");
  inner.node("LSTM", {"x", "w", "r", "", "", "h", "c"}, {"y4", "h_next", "c_next"}, "lstm")
      .integer("hidden_size", 5);
  inner.node("Squeeze", {"y4", "axis"}, {"y"});
  model.integers("axis", {1}, {0}).weights("w", {1, 20, 5}).weights("r", {1, 20, 5});
  model.input("x0", {1, 1, 5}).output("last_x").weights("zero", {1, 1, 5});
  end_body({"zero", "zero", "x0"}, {"last_h", "", "last_x"});
  import();
  EXPECT_THAT(layer_names(*graph),
              ElementsAre("lstm/input_product", "lstm/hidden_product", "lstm/gates"));
  for (const Layer& each : graph->layers()) {
    EXPECT_EQ(each.recurrence, graph->recurrences().at(0).id);
    EXPECT_FALSE(each.time_batchable) << each.name;  // its input is its own earlier output
  }
  EXPECT_EQ(graph->macs(), kTrips * 20 * 10);
  // One tensor is the result, the state, and what the next step reads.
  const Layer& gates = layer("lstm/gates");
  EXPECT_EQ(tensor(layer("lstm/hidden_product").inputs[0]).recurrent_state->next, gates.outputs[0]);
  EXPECT_EQ(tensor(layer("lstm/input_product").inputs[0]).recurrent_state->next, gates.outputs[0]);
  EXPECT_EQ(tensor(gates.inputs[2]).recurrent_state->next, gates.outputs[1]);
  EXPECT_TRUE(tensor(layer("lstm/input_product").outputs[0]).accumulator_width);
  EXPECT_THAT(tensor(layer("lstm/input_product").outputs[0]).shape, ElementsAre(1, 20));
}

TEST_F(Loop, an_lstm_fed_from_outside_has_a_batchable_input_product) {
  begin_body();
  inner.input("h", {1, 1, 5}).output("h_next");
  inner.node("Gather", {"frames", "i"}, {"frame"}, "frame");
  inner.node("Unsqueeze", {"frame", "axis"}, {"x"});
  inner.node("LSTM", {"x", "w", "r", "", "", "h"}, {"", "h_next"}, "lstm")
      .integer("hidden_size", 5);
  model.integers("axis", {1}, {0}).weights("w", {1, 20, 3}).weights("r", {1, 20, 5});
  model.input("frames", {7, 1, 3}).output("last").weights("zero", {1, 1, 5});
  end_body({"zero"}, {"last"});
  import();
  EXPECT_TRUE(layer("lstm/input_product").time_batchable);
  EXPECT_FALSE(layer("lstm/hidden_product").time_batchable);
  EXPECT_THAT(tensor(layer("lstm/input_product").outputs[0]).shape, ElementsAre(kTrips, 1, 20));
}

TEST_F(Loop, values_that_only_pass_through_are_views) {
  begin_body();
  inner.input("same", {1, 4}).input("h", {1, 4}).output("same").output("h_next");
  inner.node("Add", {"h", "same"}, {"h_next"}, "sum");
  model.input("x", {1, 4}).output("out").output("last").weights("zero", {1, 4});
  model.node("Sigmoid", {"x"}, {"s"}, "before");
  end_body({"s", "zero"}, {"same_out", "last"});
  model.node("Softmax", {"same_out"}, {"out"}, "after");
  import();
  EXPECT_EQ(layer("after").inputs, layer("before").outputs);
}

TEST_F(Loop, states_that_change_places_are_copied) {
  begin_body();
  inner.input("a", {1, 4}).input("b", {1, 4}).output("b").output("b_next");
  inner.node("Tanh", {"a"}, {"b_next"}, "tanh");
  model.input("x", {1, 4}).output("last_a").weights("zero", {1, 4});
  end_body({"x", "zero"}, {"last_a", "last_b"});
  import();
  EXPECT_EQ(moved(layer("loop/copy_of_b")), 4);
  EXPECT_EQ(layer("loop/copy_of_b").outputs[0], graph->outputs()[0]);
}

TEST_F(Loop, the_number_of_the_iteration_may_be_given_out) {
  begin_body();
  inner.output("i").output("j");
  inner.node("Cast", {"i"}, {"j"}, "cast").integer("to", onnx::TensorProto::FLOAT);
  model.output("numbers").output("cast_numbers");
  end_body({}, {"numbers", "cast_numbers"});
  import();
  EXPECT_THAT(output_shape(*graph), ElementsAre(kTrips));
  EXPECT_TRUE(layer("cast").time_batchable);
}

TEST_F(Loop, unused_results_are_not_made) {
  begin_body();
  inner.input("h", {1, 4}).output("h_next").output("seen");
  inner.node("Tanh", {"h"}, {"h_next"}, "tanh");
  inner.node("Identity", {"h_next"}, {"seen"});
  model.input("x", {1, 4}).output("last");
  end_body({"x"}, {"last", "all"});
  import();
  EXPECT_EQ(layer("tanh").outputs.size(), 1U);
}

TEST_F(Loop, dead_nodes_of_the_body_need_nothing_from_outside) {
  begin_body();
  inner.input("h", {1, 4}).output("h_next");
  inner.node("Tanh", {"h"}, {"h_next"}, "tanh");
  inner.node("Add", {"h", "outside"}, {"unread"}, "dead");
  model.input("x", {1, 4}).output("last");
  model.node("Sigmoid", {"x"}, {"outside"}, "dead_too");
  end_body({"x"}, {"last"});
  import();
  EXPECT_THAT(layer_names(*graph), ElementsAre("tanh"));
}

TEST_F(Loop, without_a_constant_trip_count_is_refused) {
  begin_body();
  inner.input("h", {1, 4}).output("h_next");
  inner.node("Tanh", {"h"}, {"h_next"});
  model.input("x", {1, 4}).input("n", {}, onnx::TensorProto::INT64).output("last");
  model.node("Loop", {"n", "", "x"}, {"last"}, "loop").graph("body", body);
  EXPECT_THAT(model.import_error(),
              HasSubstr("loop: Loop: its trip count ('n') is not known before run time"));
  model.proto().mutable_node(0)->set_input(0, "");
  EXPECT_THAT(model.import_error(), HasSubstr("no trip count, and no end"));
}

TEST_F(Loop, that_may_end_early_is_refused) {
  inner.input("i", {}, onnx::TensorProto::INT64).input("go", {}, onnx::TensorProto::BOOL);
  inner.input("h", {1}, onnx::TensorProto::INT64).output("go_on").output("h");
  inner.node("Equal", {"h", "trips"}, {"go_on"});
  model.input("x", {1}, onnx::TensorProto::INT64).output("last");
  end_body({"x"}, {"last"});
  EXPECT_THAT(model.import_error(),
              HasSubstr("its condition ('go_on') may end it before its 7 iterations"));
}

/// Steps of a loop over `h` that goes on while (i + 1) * 2 < limit.
std::int64_t steps_of_while(std::int64_t limit, const std::string& trips) {
  onnx::GraphProto body;
  GraphBuilder inner(body);
  inner.input("i", {}, onnx::TensorProto::INT64).input("go", {}, onnx::TensorProto::BOOL);
  inner.input("h", {1, 4}).input("n", {1}, onnx::TensorProto::INT64);
  inner.output("go_on").output("h_next").output("n_next");
  inner.integers("one", {1}, {1}).integers("two", {}, {2});
  inner.node("Add", {"n", "one"}, {"n_next"});
  inner.node("Squeeze", {"n_next"}, {"single"});
  inner.node("Mul", {"single", "two"}, {"doubled"});
  inner.node("Less", {"doubled", "limit"}, {"in_range"});
  inner.node("And", {"in_range", "go"}, {"go_on"});
  inner.node("Tanh", {"h"}, {"h_next"}, "tanh");
  ModelBuilder model;
  model.input("x", {1, 4}).output("last").integers("zero", {1}, {0});
  model.integers("limit", {}, {limit}).integers("most", {}, {5});
  model.node("Loop", {trips, "", "x", "zero"}, {"last", ""}, "loop").graph("body", body);
  const models::Graph graph = model.import();
  // Nothing computes the condition, which is known; the counter is carried like any other value.
  EXPECT_THAT(layer_names(graph), testing::UnorderedElementsAre("n_next", "tanh"));
  return graph.recurrences().at(0).steps;
}

TEST_F(Loop, whose_condition_follows_from_counters_ends_where_they_say) {
  EXPECT_EQ(steps_of_while(6, ""), 3);  // 2 and 4 are below 6
  EXPECT_EQ(steps_of_while(7, ""), 4);
  EXPECT_EQ(steps_of_while(6, "most"), 3);
  EXPECT_EQ(steps_of_while(100, "most"), 5);
  EXPECT_EQ(steps_of_while(0, ""), 1);  // the condition is asked behind the body
}

TEST_F(Loop, on_counters_without_an_end_in_sight_is_refused) {
  inner.input("i", {}, onnx::TensorProto::INT64).input("go", {}, onnx::TensorProto::BOOL);
  inner.input("h", {1, 4}).output("go_on").output("h_next").integers("no", {}, {-1});
  inner.node("Greater", {"i", "no"}, {"go_on"});
  inner.node("Tanh", {"h"}, {"h_next"});
  model.input("x", {1, 4}).output("last");
  model.node("Loop", {"", "", "x"}, {"last"}, "loop").graph("body", body);
  EXPECT_THAT(model.import_error(), HasSubstr("may end it before its many iterations"));
}

TEST_F(Loop, inside_of_a_loop_is_refused) {
  onnx::GraphProto outer_body;
  begin_body();
  inner.input("h", {1, 4}).output("h_next");
  inner.node("Tanh", {"h"}, {"h_next"});
  GraphBuilder outer(outer_body);
  outer.input("i2", {}, onnx::TensorProto::INT64).input("go2", {}, onnx::TensorProto::BOOL);
  outer.input("h2", {1, 4}).output("go2").output("h2_next");
  outer.node("Loop", {"trips", "", "h2"}, {"h2_next"}, "nested").graph("body", body);
  model.input("x", {1, 4}).output("last");
  model.node("Loop", {"trips", "", "x"}, {"last"}, "outermost").graph("body", outer_body);
  EXPECT_EQ(model.import_error(),
            "1 node(s) are not supported: 1 Loop\n"
            "  nested: Loop: a Loop inside of a Loop; recurrences do not nest\n"
            "With --unsupported host they run on the host, as a guess by their bytes");
}

TEST_F(Loop, with_a_whole_sequence_inside_is_refused) {
  begin_body();
  inner.input("h", {1, 1, 5}).output("h_next");
  inner.node("LSTM", {"x", "w", "r", "", "", "h"}, {"", "h_next"}, "lstm");
  model.weights("w", {1, 20, 3}).weights("r", {1, 20, 5});
  model.input("x", {9, 1, 3}).output("last").weights("zero", {1, 1, 5});
  end_body({"zero"}, {"last"});
  EXPECT_THAT(model.import_error(),
              HasSubstr("lstm: LSTM: a sequence of 9 steps inside of a Loop"));
}

TEST_F(Loop, must_keep_the_shapes_of_what_it_carries) {
  begin_body();
  inner.input("h", {1, 4}).output("h_next");
  inner.node("Concat", {"h", "h"}, {"h_next"}).integer("axis", 1);
  model.input("x", {1, 4}).output("last");
  end_body({"x"}, {"last"});
  EXPECT_THAT(model.import_error(),
              HasSubstr("carried value 'x' changes from float32 1x4 to float32 1x8"));
}

TEST_F(Loop, must_fit_its_body) {
  begin_body();
  model.input("x", {1, 4}).output("last");
  end_body({"x"}, {"last"});
  EXPECT_EQ(model.import_error(),
            "node 'loop' (Loop): carries 1 value(s) and has 1 result(s), but its body has 2 "
            "input(s) and 1 output(s)");
}

}  // namespace
}  // namespace mensa::onnx_import
