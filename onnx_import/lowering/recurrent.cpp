#include "onnx_import/lowering/recurrent.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "onnx_import/lowering/epilogue.h"

namespace mensa::onnx_import {

using models::TensorId;

namespace {

template <class Context>
RecurrentExtents read_extents(const Context& node, const RecurrentCell& cell) {
  const Attributes& attributes = node.attributes();
  const Shape& x = node.shape(kRecurrentX);
  const Shape& r = node.shape(kRecurrentR);
  const std::string direction = attributes.string_or("direction", "forward");
  if (direction != "forward" && direction != "reverse" && direction != "bidirectional") {
    TypeContext::fail(
        fmt::format("direction is '{}'; it must be forward, reverse or bidirectional", direction));
  }
  if (x.size() != 3 || r.size() != 3) {
    TypeContext::fail(fmt::format("its input has shape {} and its R {}; both need three axes",
                                  fmt::join(x, "x"), fmt::join(r, "x")));
  }
  RecurrentExtents extents;
  extents.batch_first = attributes.integer_or("layout", 0) != 0;
  extents.padded_steps = x[extents.batch_first ? 1 : 0];
  extents.steps = extents.padded_steps;
  extents.batch = x[extents.batch_first ? 0 : 1];
  extents.inputs = x[2];
  extents.hidden = attributes.integer_or("hidden_size", r[cell.transposed_weights ? 1 : 2]);
  extents.directions = direction == "bidirectional" ? 2 : 1;
  if (node.has_input(kRecurrentLengths)) {
    const auto& lengths = node.input(kRecurrentLengths).integers;
    if (lengths && !lengths->empty()) {
      extents.steps = *std::max_element(lengths->begin(), lengths->end());
    }
  }
  return extents;
}

void check_lengths(TypeContext& node, const RecurrentExtents& extents) {
  if (!node.has_input(kRecurrentLengths)) return;
  check_input_shape(node, kRecurrentLengths, "sequence_lens", {extents.batch});
  const Value& lengths = node.input(kRecurrentLengths);
  if (!lengths.integers) {
    node.approximate(
        fmt::format("sequence lengths of '{}' are not known: taken as {} steps, the whole",
                    node.node().name, extents.steps));
    return;
  }
  for (const std::int64_t length : *lengths.integers) {
    if (length < 0 || length > extents.padded_steps || extents.steps < 1) {
      TypeContext::fail(fmt::format("its sequence lengths are {}; the sequence has {} steps",
                                    fmt::join(*lengths.integers, ","), extents.padded_steps));
    }
  }
}

void check_supported(TypeContext& node, const RecurrentExtents& extents) {
  for (const std::size_t index : {kRecurrentW, kRecurrentR, kRecurrentB, kRecurrentP}) {
    if (node.has_input(index) && !node.input(index).constant) {
      TypeContext::unsupported("its weights are not constant");
    }
  }
  bool all_constant = true;
  for (std::size_t i = 0; i < node.input_count(); ++i) {
    all_constant = all_constant && (!node.has_input(i) || node.input(i).constant);
  }
  if (node.input(kRecurrentX).constant && !all_constant) {
    TypeContext::unsupported("a constant sequence with computed initial states");
  }
  if (node.in_loop() && extents.steps > 1) {
    TypeContext::unsupported(fmt::format(
        "a sequence of {} steps inside of a Loop; recurrences do not nest", extents.steps));
  }
}

std::int64_t operations_of(std::string_view activation) {
  if (const auto operations = activation_operations(activation)) return *operations;
  TypeContext::unsupported(fmt::format("its activation '{}'", activation));
}

std::int64_t activation_operations_of(const Attributes& attributes, const RecurrentCell& cell,
                                      std::size_t direction, std::size_t place) {
  const auto* given = attributes.find("activations");
  const auto* names = given == nullptr ? nullptr : std::get_if<Attributes::Strings>(given);
  const std::size_t at = direction * cell.activations.size() + place;
  if (names == nullptr) return operations_of(cell.activations.at(place));
  if (at >= names->size()) {
    TypeContext::fail(fmt::format("names {} activations; each direction needs {}", names->size(),
                                  cell.activations.size()));
  }
  return operations_of((*names)[at]);
}

}  // namespace

void check_input_shape(const TypeContext& node, std::size_t index, std::string_view name,
                       const Shape& needed) {
  if (!node.has_input(index) || node.shape(index) == needed) return;
  TypeContext::fail(fmt::format("its {} has shape {}; {} is needed", name,
                                fmt::join(node.shape(index), "x"), fmt::join(needed, "x")));
}

RecurrentExtents infer_recurrent(TypeContext& node, const RecurrentCell& cell) {
  const RecurrentExtents extents = read_extents(node, cell);
  const Shape& r = node.shape(kRecurrentR);
  const std::int64_t hidden = extents.hidden;
  const std::int64_t outer = r[cell.transposed_weights ? 2 : 1];
  // Also keeps multiples of the hidden size in range.
  if (hidden < 1 || r[cell.transposed_weights ? 1 : 2] != hidden || outer % cell.gates != 0 ||
      outer / cell.gates != hidden) {
    TypeContext::fail(
        fmt::format("hidden_size is {}, but its R has shape {}", hidden, fmt::join(r, "x")));
  }
  Shape w = {extents.directions, outer, extents.inputs};
  Shape needed_r = {extents.directions, outer, hidden};
  if (cell.transposed_weights) {
    std::swap(w[1], w[2]);
    std::swap(needed_r[1], needed_r[2]);
  }
  (void)node.input(kRecurrentW);  // must be there
  check_input_shape(node, kRecurrentW, "W", w);
  check_input_shape(node, kRecurrentR, "R", needed_r);
  check_input_shape(node, kRecurrentB, "B", {extents.directions, 2 * outer});
  check_input_shape(node, kRecurrentInitialH, "initial_h", extents.state_shape());
  if (extents.padded_steps < 1 || extents.batch < 1 || extents.inputs < 1) {
    TypeContext::fail(
        fmt::format("its input of shape {} is empty", fmt::join(node.shape(kRecurrentX), "x")));
  }
  check_lengths(node, extents);
  check_supported(node, extents);
  for (std::int64_t direction = 0; direction < extents.directions; ++direction) {
    for (std::size_t place = 0; place < cell.activations.size(); ++place) {
      (void)activation_operations_of(node.attributes(), cell, static_cast<std::size_t>(direction),
                                     place);
    }
  }
  const models::ElementType type = node.input(kRecurrentX).type;
  node.set_output(kRecurrentY, type,
                  extents.batch_first
                      ? Shape{extents.batch, extents.padded_steps, extents.directions, hidden}
                      : Shape{extents.padded_steps, extents.directions, extents.batch, hidden});
  node.set_output(kRecurrentYH, type, extents.state_shape());
  return extents;
}

RecurrentDirection::RecurrentDirection(LayerContext& node, const RecurrentCell& cell,
                                       const RecurrentExtents& extents, std::size_t direction)
    : node_(node), cell_(cell), extents_(extents), direction_(direction) {
  if (extents.directions > 1) part_ = direction_name() + "/";
  if (node_.in_loop()) return;
  std::string name = node_.node().name;
  if (extents.directions > 1) name += "/" + direction_name();
  recurrence_ = node_.draft().add_recurrence(std::move(name), extents.steps);
}

std::string RecurrentDirection::direction_name() const {
  return direction_ == 0 ? "forward" : "reverse";
}

std::int64_t RecurrentDirection::activation_operations(std::size_t place) const {
  return activation_operations_of(node_.attributes(), cell_, direction_, place);
}

TensorId RecurrentDirection::add_input_product() {
  const std::int64_t columns = cell_.gates * extents_.hidden;
  DraftLayer entry = new_layer("input_product");
  entry.layer.work = models::MacWork{models::gemm_shape(extents_.batch, columns, extents_.inputs)};
  entry.layer.inputs = node_.read(kRecurrentX);
  entry.layer.parameters = {parameter(kRecurrentW)};
  entry.layer.time_batchable = !node_.in_loop();
  Shape shape = {extents_.batch, columns};
  if (!node_.in_loop()) shape.insert(shape.begin(), extents_.steps);
  const TensorId product = new_tensor("input_product", std::move(shape), false);
  node_.draft().tensor(product).accumulator_width = true;
  entry.layer.outputs = {product};
  node_.add(std::move(entry));
  return product;
}

TensorId RecurrentDirection::add_hidden_product(std::string_view name, TensorId hidden,
                                                TensorId weights, std::int64_t gates) {
  const std::int64_t columns = gates * extents_.hidden;
  DraftLayer entry = new_layer(name);
  entry.layer.work = models::MacWork{models::gemm_shape(extents_.batch, columns, extents_.hidden)};
  entry.layer.inputs = {hidden};
  entry.layer.parameters = {weights};
  const TensorId product = new_tensor(name, {extents_.batch, columns}, true);
  node_.draft().tensor(product).accumulator_width = true;
  entry.layer.outputs = {product};
  node_.add(std::move(entry));
  return product;
}

TensorId RecurrentDirection::state(std::string_view name, std::size_t initial) {
  const bool given = node_.has_input(initial) && !node_.input(initial).constant;
  std::optional<TensorId> source;
  if (given) {
    // Parts are directions here too, if the value comes from a node like this one.
    const std::vector<TensorId> parts = node_.read(initial);
    const bool by_direction = static_cast<std::int64_t>(parts.size()) == extents_.directions;
    source = by_direction ? parts[direction_] : node_.read_whole(initial);
  }
  if (given && node_.in_loop()) return *source;
  const TensorId made = new_tensor(name, {1, extents_.batch, extents_.hidden}, true);
  node_.draft().tensor(made).recurrent_state = models::RecurrentState{source, std::nullopt};
  return made;
}

void RecurrentDirection::write_hidden(models::Layer& gates, TensorId state) {
  const std::int64_t batch = extents_.batch;
  const std::int64_t hidden = extents_.hidden;
  const auto write = [&](std::size_t output, std::string_view name, Shape shape, bool per_step) {
    const TensorId made = new_result(output, name, std::move(shape), per_step);
    gates.outputs.push_back(made);
    results_[output].push_back(made);
    return made;
  };
  if (node_.in_loop()) {
    // One step: both results are the same elements.
    const TensorId step = write(kRecurrentY, "y", {1, batch, hidden}, true);
    results_[kRecurrentYH].push_back(step);
    return;
  }
  std::optional<TensorId> next;
  if (node_.output_used(kRecurrentY)) {
    next = write(kRecurrentY, "y",
                 extents_.batch_first ? Shape{batch, extents_.padded_steps, 1, hidden}
                                      : Shape{extents_.padded_steps, 1, batch, hidden},
                 false);
  }
  if (node_.output_used(kRecurrentYH) || !next) {
    next = write(kRecurrentYH, "h_next", {1, batch, hidden}, true);
  }
  hand_on(state, *next);
}

void RecurrentDirection::write_cell_state(models::Layer& gates, TensorId state) {
  const TensorId next =
      new_result(kRecurrentYC, "c_next", {1, extents_.batch, extents_.hidden}, true);
  gates.outputs.push_back(next);
  results_[kRecurrentYC].push_back(next);
  hand_on(state, next);
}

/// In a Loop each iteration starts from the states that the Loop hands on.
void RecurrentDirection::hand_on(TensorId state, TensorId next) {
  if (!node_.in_loop()) node_.draft().tensor(state).recurrent_state->next = next;
}

TensorId RecurrentDirection::parameter(std::size_t index) {
  const TensorId whole = node_.read(index).front();
  if (extents_.directions == 1) return whole;
  Shape shape = node_.draft().tensor(whole).shape;
  shape.front() = 1;
  return node_.tensors().part(whole, direction_name(), std::move(shape));
}

TensorId RecurrentDirection::parameter_rows(std::size_t index, std::string_view name,
                                            std::int64_t rows) {
  const TensorId whole = node_.read(index).front();
  Shape shape = node_.draft().tensor(whole).shape;
  shape.front() = 1;
  shape[1] = rows;
  return node_.tensors().part(whole, part_ + std::string(name), std::move(shape));
}

TensorId RecurrentDirection::new_tensor(std::string_view name, Shape shape, bool per_step) {
  models::Tensor tensor;
  tensor.name = fmt::format("{}/{}{}", node_.node().name, part_, name);
  tensor.shape = std::move(shape);
  tensor.type = node_.input(kRecurrentX).type;
  if (per_step) tensor.per_step_of = recurrence_;
  return node_.draft().add_tensor(std::move(tensor));
}

TensorId RecurrentDirection::new_result(std::size_t output, std::string_view name, Shape shape,
                                        bool per_step) {
  const TensorId made = new_tensor(name, std::move(shape), per_step);
  if (extents_.directions == 1 && node_.output_used(output)) {
    node_.draft().tensor(made).name = node_.output(output).name;
  }
  return made;
}

DraftLayer RecurrentDirection::new_layer(std::string_view name) {
  DraftLayer entry = node_.new_layer(part_ + std::string(name));
  entry.layer.recurrence = recurrence_;
  return entry;
}

/// Gathers the parts of the results that the directions leave.
class RecurrentLowering {
 public:
  static void lower(LayerContext& node, const RecurrentCell& cell,
                    void (*lower_cell)(RecurrentDirection&)) {
    const RecurrentExtents extents = read_extents(node, cell);
    std::array<std::vector<TensorId>, 3> results;
    for (std::int64_t i = 0; i < extents.directions; ++i) {
      RecurrentDirection direction(node, cell, extents, static_cast<std::size_t>(i));
      lower_cell(direction);
      for (std::size_t output = 0; output < results.size(); ++output) {
        const auto& parts = direction.results_[output];
        results[output].insert(results[output].end(), parts.begin(), parts.end());
      }
    }
    for (std::size_t output = 0; output < results.size(); ++output) {
      if (results[output].empty() || !node.output_used(output)) continue;
      node.tensors().bind(*node.node().outputs[output], results[output]);
    }
  }
};

void lower_recurrent(LayerContext& node, const RecurrentCell& cell,
                     void (*lower_cell)(RecurrentDirection&)) {
  RecurrentLowering::lower(node, cell, lower_cell);
}

}  // namespace mensa::onnx_import
