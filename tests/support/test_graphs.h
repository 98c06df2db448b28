#pragma once

#include <string>
#include <vector>

#include "models/graph/graph.h"

namespace mensa::models::test {

/// Builds small layer graphs by hand.
class GraphBuilder {
 public:
  explicit GraphBuilder(const std::string& name) : graph_(name) {}

  TensorId input(const std::string& name, std::vector<std::int64_t> shape) {
    const TensorId id = graph_.add_tensor(named(name, std::move(shape)));
    graph_.mark_input(id);
    return id;
  }

  TensorId constant(const std::string& name, std::vector<std::int64_t> shape) {
    Tensor tensor = named(name, std::move(shape));
    tensor.constant = true;
    return graph_.add_tensor(tensor);
  }

  /// A 1 x 1 convolution of `channels` to `filters` on `side` x `side` pixels.
  TensorId pointwise(const std::string& name, TensorId from, std::int64_t channels,
                     std::int64_t filters, std::int64_t side, std::vector<Epilogue> epilogue = {}) {
    ProblemShape shape;
    shape.bounds[index(Dim::K)] = filters;
    shape.bounds[index(Dim::C)] = channels;
    shape.bounds[index(Dim::P)] = shape.bounds[index(Dim::Q)] = side;
    shape.input_size = {1, side, side};
    return mac(name, from, shape, {filters, channels}, {1, filters, side, side},
               std::move(epilogue));
  }

  TensorId mac(const std::string& name, TensorId from, const ProblemShape& shape,
               std::vector<std::int64_t> weights, std::vector<std::int64_t> output,
               std::vector<Epilogue> epilogue = {}) {
    Layer layer;
    layer.name = name;
    layer.op = "Conv";
    layer.group = graph_.add_group(name);
    layer.work = MacWork{shape};
    layer.inputs = {from};
    layer.parameters = {constant(name + "/weights", std::move(weights))};
    layer.outputs = {graph_.add_tensor(named(name + "/output", std::move(output)))};
    layer.epilogue = std::move(epilogue);
    graph_.add_layer(layer);
    return layer.outputs.front();
  }

  /// An elementwise layer over tensors of one size.
  TensorId elementwise(const std::string& name, std::vector<TensorId> from, std::int64_t elements) {
    Layer layer;
    layer.name = name;
    layer.op = "Add";
    layer.group = graph_.add_group(name);
    layer.work = VectorWork{elements * static_cast<std::int64_t>(from.size()), elements, 1};
    layer.inputs = std::move(from);
    layer.outputs = {graph_.add_tensor(named(name + "/output", {elements}))};
    graph_.add_layer(layer);
    return layer.outputs.front();
  }

  /// An LSTM over `steps` steps at batch 1, as the importer lowers it.
  TensorId lstm(const std::string& name, TensorId from, std::int64_t inputs, std::int64_t hidden,
                std::int64_t steps) {
    const GroupId group = graph_.add_group(name);
    const RecurrenceId recurrence = graph_.add_recurrence(name, steps);
    const auto product = [&](const std::string& part, TensorId in, std::int64_t inner,
                             bool batchable) {
      Layer layer;
      layer.name = name + "/" + part;
      layer.op = "LSTM";
      layer.group = group;
      layer.work = MacWork{gemm_shape(1, 4 * hidden, inner)};
      layer.inputs = {in};
      layer.parameters = {constant(layer.name + "/weights", {4 * hidden, inner})};
      Tensor output = named(layer.name + "/output", {batchable ? steps : 1, 4 * hidden});
      output.accumulator_width = true;
      if (!batchable) output.per_step_of = recurrence;
      layer.outputs = {graph_.add_tensor(output)};
      layer.recurrence = recurrence;
      layer.time_batchable = batchable;
      graph_.add_layer(layer);
      return layer.outputs.front();
    };
    const TensorId by_input = product("input_product", from, inputs, true);
    Tensor state = named(name + "/state", {1, hidden});
    state.per_step_of = recurrence;
    state.recurrent_state = RecurrentState{};
    const TensorId hidden_state = graph_.add_tensor(state);
    const TensorId by_state = product("hidden_product", hidden_state, hidden, false);
    Layer gates;
    gates.name = name + "/gates";
    gates.op = "LSTM";
    gates.group = group;
    gates.work = VectorWork{8 * hidden, hidden, 20};
    gates.inputs = {by_input, by_state};
    gates.outputs = {graph_.add_tensor(named(name + "/output", {steps, hidden}))};
    gates.recurrence = recurrence;
    graph_.add_layer(gates);
    return gates.outputs.front();
  }

  Graph finish(TensorId output) {
    graph_.mark_output(output);
    graph_.finish();
    return std::move(graph_);
  }

 private:
  static Tensor named(const std::string& name, std::vector<std::int64_t> shape) {
    Tensor tensor;
    tensor.name = name;
    tensor.shape = std::move(shape);
    return tensor;
  }

  Graph graph_;
};

/// input -> a -> b -> between -> c, with a's result added to c's.
inline Graph residual_chain() {
  GraphBuilder build("residual_chain");
  const TensorId x = build.input("input", {1, 16, 8, 8});
  const TensorId a = build.pointwise("a", x, 16, 32, 8);
  const TensorId b = build.pointwise("b", a, 32, 32, 8);
  const TensorId between = build.pointwise("between", b, 32, 32, 8);
  Epilogue add{"Add", "add", VectorWork{2 * 32 * 64, 32 * 64, 1}, {a}, {}};
  return build.finish(build.pointwise("c", between, 32, 32, 8, {add}));
}

}  // namespace mensa::models::test
