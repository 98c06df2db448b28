#include "models/graph/graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "tests/models/base/error_of.h"

namespace mensa::models {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TensorId tensor(Graph& graph, const std::string& name, std::vector<std::int64_t> shape = {4}) {
  Tensor made;
  made.name = name;
  made.shape = std::move(shape);
  return graph.add_tensor(std::move(made));
}

TensorId constant(Graph& graph, const std::string& name, std::vector<std::int64_t> shape) {
  Tensor made;
  made.name = name;
  made.shape = std::move(shape);
  made.constant = true;
  return graph.add_tensor(std::move(made));
}

TensorId state(Graph& graph, const std::string& name, RecurrenceId recurrence,
               std::optional<TensorId> initial, std::optional<TensorId> next) {
  Tensor made;
  made.name = name;
  made.shape = {4};
  made.per_step_of = recurrence;
  made.recurrent_state = RecurrentState{initial, next};
  return graph.add_tensor(std::move(made));
}

Layer vector_layer(const std::string& name, std::vector<TensorId> inputs,
                   std::vector<TensorId> outputs) {
  Layer layer;
  layer.name = name;
  layer.op = "Relu";
  layer.work = VectorWork{4, 4, 1};
  layer.inputs = std::move(inputs);
  layer.outputs = std::move(outputs);
  return layer;
}

std::vector<std::string> names_in_order(const Graph& graph) {
  std::vector<std::string> names;
  for (const LayerId id : graph.topological_order()) names.push_back(graph.layer(id).name);
  return names;
}

std::string finish_error(Graph& graph) {
  return error_of([&] {
    graph.finish();
    return 0;
  });
}

TEST(Graph, orders_producers_first_and_the_lowest_id_among_the_ready) {
  Graph graph("g");
  const TensorId in = tensor(graph, "in");
  const TensorId a = tensor(graph, "a");
  const TensorId b = tensor(graph, "b");
  const TensorId c = tensor(graph, "c");
  const TensorId d = tensor(graph, "d");
  graph.mark_input(in);
  graph.add_layer(vector_layer("last", {a, b}, {c}));  // id 0, needs ids 2 and 3
  graph.add_layer(vector_layer("free", {in}, {d}));
  graph.add_layer(vector_layer("left", {in}, {a}));
  graph.add_layer(vector_layer("right", {in}, {b}));
  graph.mark_output(c);
  graph.finish();
  EXPECT_THAT(names_in_order(graph), ElementsAre("free", "left", "right", "last"));
  EXPECT_EQ(graph.producer(a), LayerId(2));
  EXPECT_EQ(graph.producer(in), std::nullopt);
  EXPECT_THAT(graph.consumers(in), ElementsAre(LayerId(1), LayerId(2), LayerId(3)));
  EXPECT_THAT(graph.predecessors(LayerId(0)), ElementsAre(LayerId(2), LayerId(3)));
  EXPECT_THAT(graph.successors(LayerId(2)), ElementsAre(LayerId(0)));
}

TEST(Graph, operands_of_fused_work_are_edges) {
  Graph graph("g");
  const TensorId in = tensor(graph, "in");
  const TensorId a = tensor(graph, "a");
  const TensorId b = tensor(graph, "b");
  graph.mark_input(in);
  Layer sum = vector_layer("sum", {in}, {b});
  Epilogue add;
  add.op = "Add";
  add.work = {8, 4, 1};
  add.extra_inputs = {a};
  sum.epilogue.push_back(add);
  graph.add_layer(sum);
  graph.add_layer(vector_layer("shortcut", {in}, {a}));
  graph.finish();
  EXPECT_THAT(names_in_order(graph), ElementsAre("shortcut", "sum"));
  EXPECT_THAT(graph.activation_inputs(graph.layer(LayerId(0))), ElementsAre(in, a));
}

TEST(Graph, names_the_layers_of_a_cycle) {
  Graph graph("g");
  const TensorId a = tensor(graph, "a");
  const TensorId b = tensor(graph, "b");
  const TensorId c = tensor(graph, "c");
  graph.add_layer(vector_layer("one", {b}, {a}));
  graph.add_layer(vector_layer("two", {a}, {b}));
  graph.add_layer(vector_layer("behind", {b}, {c}));
  const std::string error = finish_error(graph);
  EXPECT_THAT(error, HasSubstr("the layers form a cycle"));
  EXPECT_THAT(error, HasSubstr("'one'"));
  EXPECT_THAT(error, HasSubstr("'two'"));
  EXPECT_THAT(error, testing::Not(HasSubstr("behind")));
}

/// A recurrence of two layers, a and b, with a layer of another branch between them by id.
TEST(Graph, layers_that_recur_in_sequence_stand_together) {
  Graph graph("g");
  const RecurrenceId loop = graph.add_recurrence("loop", 10);
  const TensorId in = tensor(graph, "in");
  graph.mark_input(in);
  const TensorId all = tensor(graph, "all", {10, 4});
  const TensorId a = tensor(graph, "a");
  const TensorId b = tensor(graph, "b", {10, 4});
  const TensorId other = tensor(graph, "other");
  const TensorId h = state(graph, "h", loop, std::nullopt, b);
  Layer batched = vector_layer("batched", {in}, {all});
  batched.recurrence = loop;
  batched.time_batchable = true;
  Layer first = vector_layer("first", {h}, {a});
  first.recurrence = loop;
  Layer second = vector_layer("second", {a, all}, {b});
  second.recurrence = loop;
  graph.add_layer(first);  // ready from the start
  graph.add_layer(vector_layer("between", {in}, {other}));
  graph.add_layer(second);
  graph.add_layer(batched);  // second waits for it
  graph.finish();
  EXPECT_THAT(names_in_order(graph), ElementsAre("between", "batched", "first", "second"));
  EXPECT_EQ(graph.steps(graph.layer(LayerId(0))), 10);
  EXPECT_EQ(graph.elements_per_step(graph.layer(LayerId(2)), all), 4);  // of 40
  EXPECT_EQ(graph.elements_per_step(graph.layer(LayerId(2)), b), 4);
  EXPECT_EQ(graph.elements_per_step(graph.layer(LayerId(0)), h), 4);
  EXPECT_EQ(graph.elements_per_step(graph.layer(LayerId(3)), in), 4);
}

TEST(Graph, a_recurrence_that_needs_its_own_results_from_outside_is_an_error) {
  Graph graph("g");
  const RecurrenceId loop = graph.add_recurrence("loop", 3);
  const TensorId in = tensor(graph, "in");
  graph.mark_input(in);
  const TensorId a = tensor(graph, "a");
  const TensorId b = tensor(graph, "b");
  const TensorId c = tensor(graph, "c");
  Layer first = vector_layer("first", {in}, {a});
  Layer second = vector_layer("second", {b}, {c});
  first.recurrence = second.recurrence = loop;
  graph.add_layer(first);
  graph.add_layer(vector_layer("outside", {a}, {b}));
  graph.add_layer(second);
  const std::string error = finish_error(graph);
  EXPECT_THAT(error, HasSubstr("recurrence 'loop'"));
  EXPECT_THAT(error, HasSubstr("'outside'"));
}

TEST(Graph, a_state_waits_for_its_initial_value_and_not_for_its_next) {
  Graph graph("g");
  const RecurrenceId loop = graph.add_recurrence("loop", 3);
  const TensorId in = tensor(graph, "in");
  graph.mark_input(in);
  const TensorId start = tensor(graph, "start");
  const TensorId next = tensor(graph, "next");
  const TensorId h = state(graph, "h", loop, start, next);
  Layer step = vector_layer("step", {h}, {next});
  step.recurrence = loop;
  graph.add_layer(step);
  graph.add_layer(vector_layer("prepare", {in}, {start}));
  graph.finish();
  EXPECT_THAT(names_in_order(graph), ElementsAre("prepare", "step"));
  EXPECT_THAT(graph.consumers(start), ElementsAre(LayerId(0)));
  EXPECT_THAT(graph.consumers(h), ElementsAre(LayerId(0)));
  EXPECT_THAT(graph.predecessors(LayerId(0)), ElementsAre(LayerId(1)));
}

TEST(Graph, counts_macs_over_steps_and_shared_parameters_once) {
  Graph graph("g");
  const RecurrenceId loop = graph.add_recurrence("loop", 5);
  const TensorId in = tensor(graph, "in");
  graph.mark_input(in);
  const TensorId weights = constant(graph, "weights", {3, 4});
  const TensorId bias = constant(graph, "bias", {3});
  for (const bool recurs : {false, true}) {
    Layer layer;
    layer.name = recurs ? "recurs" : "once";
    layer.work = MacWork{gemm_shape(1, 3, 4)};
    layer.inputs = {in};
    layer.parameters = {weights};
    layer.outputs = {tensor(graph, layer.name, {3})};
    if (recurs) {
      layer.recurrence = loop;
      Epilogue add;
      add.op = "Bias";
      add.work = {3, 3, 1};
      add.parameters = {bias};
      layer.epilogue = {add};
    }
    graph.add_layer(layer);
  }
  graph.finish();
  EXPECT_EQ(graph.macs(graph.layer(LayerId(0))), 12);
  EXPECT_EQ(graph.macs(graph.layer(LayerId(1))), 60);
  EXPECT_EQ(graph.macs(), 72);
  EXPECT_EQ(graph.parameter_elements(graph.layer(LayerId(0))), 12);
  EXPECT_EQ(graph.parameter_elements(graph.layer(LayerId(1))), 15);
  EXPECT_EQ(graph.parameter_elements(), 15);
}

TEST(Graph, refuses_what_does_not_fit_together) {
  {
    Graph graph("g");
    const TensorId a = tensor(graph, "a");
    graph.add_layer(vector_layer("reader", {a}, {tensor(graph, "b")}));
    EXPECT_EQ(finish_error(graph), "layer 'reader': reads 'a', which nothing writes");
  }
  {
    Graph graph("g");
    const TensorId in = tensor(graph, "in");
    graph.mark_input(in);
    const TensorId a = tensor(graph, "a");
    graph.add_layer(vector_layer("one", {in}, {a}));
    graph.add_layer(vector_layer("two", {in}, {a}));
    EXPECT_EQ(finish_error(graph), "tensor 'a': is written by layers 'one' and 'two'");
  }
  {
    Graph graph("g");
    const TensorId in = tensor(graph, "in", {2, 0});
    graph.mark_input(in);
    EXPECT_EQ(finish_error(graph), "tensor 'in': an axis has extent 0");
  }
  {
    Graph graph("g");
    const TensorId in = tensor(graph, "in");
    graph.mark_input(in);
    Layer layer = vector_layer("big", {in}, {tensor(graph, "a")});
    layer.work = VectorWork{4, std::int64_t{1} << 40, std::int64_t{1} << 40};
    graph.add_layer(layer);
    EXPECT_EQ(finish_error(graph), "layer 'big': its operations over all time steps exceed 2^53");
  }
  EXPECT_THAT(error_of([] { return Graph("g").add_recurrence("loop", 0); }),
              HasSubstr("recurrence 'loop': has 0 steps"));
}

TEST(Graph, draws_layers_tensors_and_recurrences) {
  Graph graph("a \"quoted\" name");
  const RecurrenceId loop = graph.add_recurrence("loop", 3);
  const TensorId in = tensor(graph, "in");
  graph.mark_input(in);
  const TensorId a = tensor(graph, "a", {2, 3});
  const TensorId next = tensor(graph, "next");
  graph.add_layer(vector_layer("first", {in}, {a}));
  Layer step = vector_layer("step", {a, state(graph, "h", loop, std::nullopt, next)}, {next});
  step.recurrence = loop;
  graph.add_layer(step);
  graph.finish();
  std::ostringstream dot;
  graph.write_dot(dot);
  EXPECT_EQ(dot.str(),
            "digraph \"a \\\"quoted\\\" name\" {\n"
            "  subgraph cluster_0 {\n"
            "  label=\"loop (3 steps)\";\n"
            "  l1 [shape=ellipse, label=\"step\\nRelu\\n4 operations\"];\n"
            "  }\n"
            "  l0 [shape=ellipse, label=\"first\\nRelu\\n4 operations\"];\n"
            "  l0 -> l1 [label=\"2x3\"];\n"
            "  l1 -> l1 [style=dashed, constraint=false, label=\"h\"];\n"
            "}\n");
}

TEST(Tensor, knows_the_storage_of_its_elements) {
  Tensor scalar;
  EXPECT_EQ(scalar.elements(), 1);
  scalar.shape = {2, 3, 4};
  EXPECT_EQ(scalar.elements(), 24);
  EXPECT_EQ(bits(ElementType::kFloat32), 32);
  EXPECT_EQ(bits(ElementType::kInt4), 4);
  EXPECT_EQ(bits(ElementType::kBool), 8);
  EXPECT_EQ(to_string(ElementType::kBfloat16), "bfloat16");
  EXPECT_EQ(to_string(DensityOrigin::kUnknown), "unknown");
}

}  // namespace
}  // namespace mensa::models
