#include "models/graph/join.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/models/base/error_of.h"
#include "tests/support/test_graphs.h"

namespace mensa::models {
namespace {

using test::GraphBuilder;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Graph lstm_model() {
  GraphBuilder build("lstm_model");
  const TensorId x = build.input("input", {20, 1, 64});
  return build.finish(build.lstm("lstm", x, 64, 96, 20));
}

/// Ids against the order: the first layer needs the second.
Graph backwards() {
  Graph graph("backwards");
  Tensor made;
  made.shape = {4};
  std::vector<TensorId> tensors;
  for (const char* name : {"in", "middle", "out"}) {
    made.name = name;
    tensors.push_back(graph.add_tensor(made));
  }
  graph.mark_input(tensors[0]);
  Layer layer;
  layer.work = VectorWork{4, 4, 1};
  layer.group = graph.add_group("node");
  for (std::size_t i : {1U, 0U}) {
    layer.name = i == 1 ? "second" : "first";
    layer.inputs = {tensors[i]};
    layer.outputs = {tensors[i + 1]};
    graph.add_layer(layer);
  }
  graph.mark_output(tensors[2]);
  graph.add_note("made by hand");
  graph.finish();
  return graph;
}

std::vector<std::string> joined_names(const Graph& graph) {
  std::vector<std::string> names;
  for (const LayerId id : graph.topological_order()) names.push_back(graph.layer(id).name);
  return names;
}

/// All layers of a graph come before those of the next, though the next could begin at once.
TEST(Join, GraphsStandOneAfterTheOther) {
  const Graph a = backwards();
  const Graph b = test::residual_chain();
  const Graph joint = join("both", {{"x", &a}, {"y", &b}});
  EXPECT_EQ(joint.name(), "both");
  EXPECT_THAT(joined_names(joint),
              ElementsAre("x/first", "x/second", "y/a", "y/b", "y/between", "y/c"));
  EXPECT_THAT(joined_names(join("both", {{"y", &b}, {"x", &a}})),
              ElementsAre("y/a", "y/b", "y/between", "y/c", "x/first", "x/second"));
  EXPECT_EQ(joint.macs(), a.macs() + b.macs());
  EXPECT_EQ(joint.parameter_elements(), b.parameter_elements());
  EXPECT_THAT(joint.notes(), ElementsAre("x: made by hand"));
}

/// Two copies of a graph in one: edges, operands and states of each are its own.
TEST(Join, CopiesOfAGraphShareNothing) {
  for (const bool recurs : {false, true}) {
    const Graph one = recurs ? lstm_model() : test::residual_chain();
    const Graph joint = join("twice", {{"x", &one}, {"y", &one}});
    const std::size_t layers = one.layers().size();
    const std::size_t tensors = one.tensors().size();
    ASSERT_EQ(joint.layers().size(), 2 * layers);
    ASSERT_EQ(joint.tensors().size(), 2 * tensors);
    ASSERT_EQ(joint.recurrences().size(), 2 * one.recurrences().size());
    ASSERT_EQ(joint.group_count(), 2 * one.group_count());
    ASSERT_EQ(joint.inputs().size(), 2 * one.inputs().size());
    ASSERT_EQ(joint.outputs().size(), 2 * one.outputs().size());
    for (const std::size_t copy : {0U, 1U}) {
      const std::string prefix = copy == 0 ? "x/" : "y/";
      const auto moved = [&](const std::vector<LayerId>& ids) {
        std::vector<LayerId> result;
        result.reserve(ids.size());
        for (const LayerId id : ids) result.emplace_back(id.index() + copy * layers);
        return result;
      };
      const auto moved_tensors = [&](const std::vector<TensorId>& ids) {
        std::vector<TensorId> result;
        result.reserve(ids.size());
        for (const TensorId id : ids) result.emplace_back(id.index() + copy * tensors);
        return result;
      };
      for (const Layer& layer : one.layers()) {
        const LayerId id(layer.id.index() + copy * layers);
        const Layer& its = joint.layer(id);
        EXPECT_EQ(its.id, id);
        EXPECT_EQ(its.name, prefix + layer.name);
        EXPECT_EQ(its.op, layer.op);
        EXPECT_EQ(joint.group_name(its.group), prefix + one.group_name(layer.group));
        EXPECT_EQ(its.work.index(), layer.work.index());
        EXPECT_EQ(joint.steps(its), one.steps(layer));
        EXPECT_EQ(joint.macs(its), one.macs(layer));
        EXPECT_EQ(its.inputs, moved_tensors(layer.inputs));
        EXPECT_EQ(its.parameters, moved_tensors(layer.parameters));
        EXPECT_EQ(its.outputs, moved_tensors(layer.outputs));
        EXPECT_EQ(joint.activation_inputs(its), moved_tensors(one.activation_inputs(layer)));
        EXPECT_EQ(joint.predecessors(id), moved(one.predecessors(layer.id)));
        EXPECT_EQ(joint.successors(id), moved(one.successors(layer.id)));
      }
      for (const Tensor& tensor : one.tensors()) {
        const Tensor& its = joint.tensor(TensorId(tensor.id.index() + copy * tensors));
        EXPECT_EQ(its.name, prefix + tensor.name);
        EXPECT_EQ(its.shape, tensor.shape);
        EXPECT_EQ(its.constant, tensor.constant);
        EXPECT_EQ(its.sparsity, tensor.sparsity);
        EXPECT_EQ(its.accumulator_width, tensor.accumulator_width);
        ASSERT_EQ(its.per_step_of.has_value(), tensor.per_step_of.has_value());
        if (its.per_step_of) {
          EXPECT_EQ(joint.recurrence(*its.per_step_of).name,
                    prefix + one.recurrence(*tensor.per_step_of).name);
        }
        EXPECT_EQ(its.recurrent_state.has_value(), tensor.recurrent_state.has_value());
      }
    }
  }
}

/// The state of the second copy starts from its own input and goes on with its own result.
TEST(Join, RecurrentStatesAreMoved) {
  Graph one("loop");
  const RecurrenceId loop = one.add_recurrence("loop", 10);
  Tensor made;
  made.shape = {4};
  made.name = "start";
  const TensorId start = one.add_tensor(made);
  made.name = "all";
  made.shape = {10, 4};
  const TensorId all = one.add_tensor(made);
  made.name = "state";
  made.shape = {4};
  made.per_step_of = loop;
  made.recurrent_state = RecurrentState{start, all};
  const TensorId state = one.add_tensor(made);
  one.mark_input(start);
  Layer layer;
  layer.name = "step";
  layer.work = VectorWork{4, 4, 1};
  layer.recurrence = loop;
  layer.inputs = {state};
  layer.outputs = {all};
  one.add_layer(layer);
  one.mark_output(all);
  one.finish();
  const Graph joint = join("twice", {{"x", &one}, {"y", &one}});
  const Tensor& moved = joint.tensor(TensorId(3 + state.index()));
  ASSERT_TRUE(moved.recurrent_state.has_value());
  EXPECT_EQ(moved.recurrent_state->initial, TensorId(3 + start.index()));
  EXPECT_EQ(moved.recurrent_state->next, TensorId(3 + all.index()));
  EXPECT_EQ(moved.per_step_of, RecurrenceId(1));
  EXPECT_EQ(joint.layer(LayerId(1)).recurrence, RecurrenceId(1));
  EXPECT_THAT(joint.predecessors(LayerId(1)), IsEmpty());
}

/// Two of nearly 2^52 MACs each fit in a graph; three do not.
TEST(Join, AllTogetherMayBeTooLarge) {
  GraphBuilder build("large");
  const TensorId x = build.input("input", {1, 1 << 20});
  const ProblemShape shape = gemm_shape(1 << 11, 1 << 20, 1 << 20);
  const Graph large =
      build.finish(build.mac("fc", x, shape, {1 << 20, 1 << 20}, {1 << 11, 1 << 20}));
  EXPECT_EQ(join("two", {{"x", &large}, {"y", &large}}).macs(), 2 * large.macs());
  EXPECT_THAT(error_of([&] {
                return join(
                    "many",
                    {{"x", &large}, {"y", &large}, {"z", &large}, {"w", &large}, {"v", &large}});
              }),
              HasSubstr("2^53 MACs"));
}

}  // namespace
}  // namespace mensa::models
