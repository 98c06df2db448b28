#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "onnx_import/lowering/lowering.h"
#include "onnx_import/lowering/operation_counts.h"

// An LSTM node becomes three layers of one group for each direction:
//
//   NAME/input_product   MAC, [batch, I] x [I, 4 H] in each step; all steps at once where allowed
//   NAME/hidden_product  MAC, [batch, H] x [H, 4 H] in each step; reads the state NAME/h
//   NAME/gates           vector work on [batch, H] in each step; reads both products and the state
//                        NAME/c, writes what the node's results need
//
// tied by a recurrence of as many steps as the sequence has. The states are tensors that nobody
// writes (models::RecurrentState). With two directions each has a triple and a recurrence of its
// own, and their results stand side by side as parts of one value. In the body of a Loop a sequence
// has one step: the layers then belong to the Loop's recurrence and its states.

namespace mensa::onnx_import {
namespace {

using models::TensorId;

enum Input : std::size_t { kX, kW, kR, kB, kLengths, kInitialH, kInitialC, kP };
enum Output : std::size_t { kY, kYH, kYC };

/// Extents of an LSTM node.
struct Lstm {
  std::int64_t steps = 0;
  std::int64_t batch = 0;
  std::int64_t inputs = 0;
  std::int64_t hidden = 0;
  std::int64_t directions = 1;
  bool batch_first = false;
};

template <class Context>
Lstm read_lstm(const Context& node) {
  const Attributes& attributes = node.attributes();
  const Shape& x = node.shape(kX);
  const Shape& r = node.shape(kR);
  const std::string direction = attributes.string_or("direction", "forward");
  if (direction != "forward" && direction != "reverse" && direction != "bidirectional") {
    TypeContext::fail(
        fmt::format("direction is '{}'; it must be forward, reverse or bidirectional", direction));
  }
  if (x.size() != 3 || r.size() != 3) {
    TypeContext::fail(fmt::format("its input has shape {} and its R {}; both need three axes",
                                  fmt::join(x, "x"), fmt::join(r, "x")));
  }
  Lstm lstm;
  lstm.batch_first = attributes.integer_or("layout", 0) != 0;
  lstm.steps = x[lstm.batch_first ? 1 : 0];
  lstm.batch = x[lstm.batch_first ? 0 : 1];
  lstm.inputs = x[2];
  lstm.hidden = attributes.integer_or("hidden_size", r[2]);
  lstm.directions = direction == "bidirectional" ? 2 : 1;
  return lstm;
}

void check_shape(const TypeContext& node, std::size_t index, std::string_view name,
                 const Shape& needed) {
  if (!node.has_input(index) || node.shape(index) == needed) return;
  TypeContext::fail(fmt::format("its {} has shape {}; {} is needed", name,
                                fmt::join(node.shape(index), "x"), fmt::join(needed, "x")));
}

void check_supported(const TypeContext& node, const Lstm& lstm) {
  for (const std::size_t index : {kW, kR, kB, kP}) {
    if (node.has_input(index) && !node.input(index).constant) {
      TypeContext::unsupported("its weights are not constant");
    }
  }
  if (node.has_input(kLengths)) {
    const auto& lengths = node.integers(kLengths, "sequence lengths");
    if (std::any_of(lengths.begin(), lengths.end(),
                    [&](std::int64_t length) { return length != lstm.steps; })) {
      TypeContext::unsupported("sequence lengths shorter than the sequence");
    }
  }
  if (node.in_loop() && lstm.steps > 1) {
    TypeContext::unsupported(fmt::format(
        "a sequence of {} steps inside of a Loop; recurrences do not nest", lstm.steps));
  }
}

void infer_lstm(TypeContext& node) {
  const Lstm lstm = read_lstm(node);
  const auto [steps, batch, inputs, hidden, directions, batch_first] = lstm;
  // Also keeps 8 H in range.
  if (hidden < 1 || node.shape(kR)[2] != hidden || node.shape(kR)[1] % 4 != 0 ||
      node.shape(kR)[1] / 4 != hidden) {
    TypeContext::fail(fmt::format("hidden_size is {}, but its R has shape {}", hidden,
                                  fmt::join(node.shape(kR), "x")));
  }
  const Shape state =
      batch_first ? Shape{batch, directions, hidden} : Shape{directions, batch, hidden};
  check_shape(node, kW, "W", {directions, 4 * hidden, inputs});
  check_shape(node, kR, "R", {directions, 4 * hidden, hidden});
  check_shape(node, kB, "B", {directions, 8 * hidden});
  check_shape(node, kInitialH, "initial_h", state);
  check_shape(node, kInitialC, "initial_c", state);
  check_shape(node, kP, "P", {directions, 3 * hidden});
  if (steps < 1 || batch < 1 || inputs < 1) {
    TypeContext::fail(
        fmt::format("its input of shape {} is empty", fmt::join(node.shape(kX), "x")));
  }
  check_supported(node, lstm);
  const models::ElementType type = node.input(kX).type;
  node.set_output(kY, type,
                  batch_first ? Shape{batch, steps, directions, hidden}
                              : Shape{steps, directions, batch, hidden});
  node.set_output(kYH, type, state);
  node.set_output(kYC, type, state);
}

/// Makes the layers of one direction after the other and gathers the parts of the results.
class LstmLowering {
 public:
  explicit LstmLowering(LayerContext& node) : node_(node), lstm_(read_lstm(node)) {}

  void lower() {
    for (std::int64_t direction = 0; direction < lstm_.directions; ++direction) {
      direction_ = static_cast<std::size_t>(direction);
      part_ = lstm_.directions == 1 ? "" : direction == 0 ? "forward/" : "reverse/";
      recurrence_.reset();
      if (!node_.in_loop()) {
        std::string name = node_.node().name;
        if (lstm_.directions > 1) name += direction == 0 ? "/forward" : "/reverse";
        recurrence_ = node_.draft().add_recurrence(std::move(name), lstm_.steps);
      }
      lower_direction();
    }
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      if (parts_[i].empty() || !node_.output_used(i)) continue;
      node_.tensors().bind(*node_.node().outputs[i], parts_[i]);
    }
  }

 private:
  void lower_direction() {
    const TensorId from_input = add_input_product();
    const TensorId h = state_tensor("h", kInitialH);
    const TensorId from_hidden = add_hidden_product(h);
    const TensorId c = state_tensor("c", kInitialC);

    DraftLayer gates = new_layer("gates");
    const std::int64_t cells = lstm_.batch * lstm_.hidden;
    gates.layer.work = models::VectorWork{
        9 * cells, cells, lstm_operations(node_.has_input(kB), node_.has_input(kP))};
    gates.layer.inputs = {from_input, from_hidden, c};
    for (const std::size_t index : {kB, kP}) {
      if (node_.has_input(index)) gates.layer.parameters.push_back(direction_parameter(index));
    }
    const TensorId next_h = write_hidden(gates.layer);
    const TensorId next_c = new_result(kYC, "c_next", {1, lstm_.batch, lstm_.hidden}, true);
    gates.layer.outputs.push_back(next_c);
    parts_[kYC].push_back(next_c);
    if (!node_.in_loop()) {  // there each iteration starts from the states that the Loop hands on
      node_.draft().tensor(h).recurrent_state->next = next_h;
      node_.draft().tensor(c).recurrent_state->next = next_c;
    }
    node_.add(std::move(gates));
  }

  TensorId add_input_product() {
    DraftLayer entry = new_layer("input_product");
    entry.layer.work =
        models::MacWork{models::gemm_shape(lstm_.batch, 4 * lstm_.hidden, lstm_.inputs)};
    entry.layer.inputs = node_.read(kX);
    entry.layer.parameters = {direction_parameter(kW)};
    entry.layer.time_batchable = !node_.in_loop();
    Shape shape = {lstm_.batch, 4 * lstm_.hidden};
    if (!node_.in_loop()) shape.insert(shape.begin(), lstm_.steps);
    const TensorId product = new_tensor("input_product", std::move(shape), false);
    node_.draft().tensor(product).accumulator_width = true;
    entry.layer.outputs = {product};
    node_.add(std::move(entry));
    return product;
  }

  TensorId add_hidden_product(TensorId h) {
    DraftLayer entry = new_layer("hidden_product");
    entry.layer.work =
        models::MacWork{models::gemm_shape(lstm_.batch, 4 * lstm_.hidden, lstm_.hidden)};
    entry.layer.inputs = {h};
    entry.layer.parameters = {direction_parameter(kR)};
    const TensorId product = new_tensor("hidden_product", {lstm_.batch, 4 * lstm_.hidden}, true);
    node_.draft().tensor(product).accumulator_width = true;
    entry.layer.outputs = {product};
    node_.add(std::move(entry));
    return product;
  }

  /// The tensors for Y and Y_h that somebody reads; returns the one that the next step starts from.
  TensorId write_hidden(models::Layer& gates) {
    const std::int64_t batch = lstm_.batch;
    const std::int64_t hidden = lstm_.hidden;
    if (node_.in_loop()) {
      // One step: both results are the same elements.
      const TensorId step = new_result(kY, "y", {1, batch, hidden}, true);
      gates.outputs.push_back(step);
      parts_[kY].push_back(step);
      parts_[kYH].push_back(step);
      return step;
    }
    std::optional<TensorId> next;
    if (node_.output_used(kY)) {
      next = new_result(kY, "y",
                        lstm_.batch_first ? Shape{batch, lstm_.steps, 1, hidden}
                                          : Shape{lstm_.steps, 1, batch, hidden},
                        false);
      gates.outputs.push_back(*next);
      parts_[kY].push_back(*next);
    }
    if (node_.output_used(kYH) || !next) {
      next = new_result(kYH, "h_next", {1, batch, hidden}, true);
      gates.outputs.push_back(*next);
      parts_[kYH].push_back(*next);
    }
    return *next;
  }

  /// The state that the step reads: the Loop's value where there is one, else one of our own.
  TensorId state_tensor(std::string_view name, std::size_t initial) {
    const bool given = node_.has_input(initial) && !node_.input(initial).constant;
    std::optional<TensorId> source;
    if (given) {
      // Parts are directions here too, if the value comes from an LSTM.
      const std::vector<TensorId> parts = node_.read(initial);
      const bool by_direction = static_cast<std::int64_t>(parts.size()) == lstm_.directions;
      source = by_direction ? parts[direction_] : node_.read_whole(initial);
    }
    if (given && node_.in_loop()) return *source;
    const TensorId state = new_tensor(name, {1, lstm_.batch, lstm_.hidden}, true);
    node_.draft().tensor(state).recurrent_state = models::RecurrentState{source, std::nullopt};
    return state;
  }

  /// With one direction the whole constant; else this direction's part of it, shared by all nodes
  /// that read it.
  TensorId direction_parameter(std::size_t index) {
    const TensorId whole = node_.read(index).front();
    if (lstm_.directions == 1) return whole;
    return node_.tensors().slice(whole, direction_, part_.substr(0, part_.size() - 1));
  }

  TensorId new_tensor(std::string_view name, Shape shape, bool per_step) {
    models::Tensor tensor;
    tensor.name = fmt::format("{}/{}{}", node_.node().name, part_, name);
    tensor.shape = std::move(shape);
    tensor.type = node_.input(kX).type;
    if (per_step) tensor.per_step_of = recurrence_;
    return node_.draft().add_tensor(std::move(tensor));
  }

  /// As new_tensor, with the model's own name where the tensor is the whole of a result.
  TensorId new_result(std::size_t output, std::string_view name, Shape shape, bool per_step) {
    const TensorId made = new_tensor(name, std::move(shape), per_step);
    if (lstm_.directions == 1 && node_.output_used(output)) {
      node_.draft().tensor(made).name = node_.output(output).name;
    }
    return made;
  }

  DraftLayer new_layer(std::string_view name) {
    DraftLayer entry = node_.new_layer(part_ + std::string(name));
    entry.layer.recurrence = recurrence_;
    return entry;
  }

  LayerContext& node_;
  Lstm lstm_;
  std::size_t direction_ = 0;
  std::string part_;  ///< "", "forward/" or "reverse/"
  std::optional<models::RecurrenceId> recurrence_;
  std::array<std::vector<TensorId>, 3> parts_;
};

void lower_lstm(LayerContext& node) { LstmLowering(node).lower(); }

}  // namespace

Lowering lstm_lowering() { return {"", {{"LSTM", infer_lstm, lower_lstm}}}; }

}  // namespace mensa::onnx_import
