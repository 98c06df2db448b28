#include "onnx_import/lowering/recurrent.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "onnx_import/execution/kernel.h"
#include "onnx_import/execution/matrix_product.h"
#include "onnx_import/operator_graph/elementary_functions.h"

// LSTM, GRU and RNN, step by step. Sequences of a batch that are shorter keep their state once they
// have ended, and their results are zero from there on; in reverse they start at their own end.

namespace mensa::onnx_import {
namespace {

using Activation = float (*)(float);

/// Those that need no parameters; names are taken without regard to case.
Activation activation_named(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (name == "sigmoid") return sigmoid;
  if (name == "tanh") return hyperbolic_tangent;
  if (name == "relu") return rectified;
  return nullptr;
}

Attributes::Strings activation_names(const Attributes& attributes,
                                     const Attributes::Strings& fallback) {
  const auto* given = attributes.find("activations");
  const auto* names = given == nullptr ? nullptr : std::get_if<Attributes::Strings>(given);
  return names == nullptr ? fallback : *names;
}

struct Extents {
  std::int64_t steps = 0;
  std::int64_t batch = 0;
  std::int64_t inputs = 0;
  std::int64_t hidden = 0;
  std::int64_t directions = 1;
  bool batch_first = false;
};

Extents extents_of(const KernelContext& node) {
  const Shape& x = node.shape(kRecurrentX);
  const Shape& r = node.shape(kRecurrentR);
  const bool batch_first = node.attributes().integer_or("layout", 0) != 0;
  return {x[batch_first ? 1 : 0], x[batch_first ? 0 : 1], x[2], r[2], r[0], batch_first};
}

/// What the step of a cell sees: [batch, ...] of one direction.
struct CellStep {
  std::int64_t batch;
  std::int64_t hidden;
  const float* r;           ///< [gates hidden, hidden]
  const float* r_biases;    ///< [gates hidden]
  const float* peepholes;   ///< [3 hidden]; null where there are none
  std::vector<float> sums;  ///< [batch, gates hidden]: the products of the input, with biases of W
  std::vector<float> h;     ///< old state; the step sets the new one
  std::vector<float> c;     ///< of an LSTM
  const Activation* functions;
};

/// sums += h R' and the biases of R, for gates from `begin` to before `end`.
void add_hidden(CellStep& step, const std::vector<float>& h, std::int64_t gates, std::int64_t begin,
                std::int64_t end, std::vector<float>& sums) {
  const std::int64_t width = gates * step.hidden;
  const std::int64_t first = begin * step.hidden;
  const std::int64_t columns = (end - begin) * step.hidden;
  add_product(step.batch, columns, step.hidden, {h.data(), step.hidden, 1},
              {step.r + first * step.hidden, 1, step.hidden}, sums.data() + first, width);
  for (std::int64_t b = 0; b < step.batch; ++b) {
    for (std::int64_t j = first; j < first + columns; ++j) {
      sums[static_cast<std::size_t>(b * width + j)] += step.r_biases[j];
    }
  }
}

/// Gates in ONNX's order: input, output, forget, cell.
void step_lstm(CellStep& step) {
  add_hidden(step, step.h, 4, 0, 4, step.sums);
  const Activation f = step.functions[0];
  const Activation g = step.functions[1];
  const Activation h = step.functions[2];
  const std::int64_t width = step.hidden;
  const auto peephole = [&](std::int64_t gate, std::int64_t j) {
    return step.peepholes == nullptr ? 0 : step.peepholes[gate * width + j];
  };
  for (std::int64_t b = 0; b < step.batch; ++b) {
    const float* sums = step.sums.data() + b * 4 * width;
    for (std::int64_t j = 0; j < width; ++j) {
      float& c = step.c[static_cast<std::size_t>(b * width + j)];
      const float input = f(sums[j] + peephole(0, j) * c);
      const float forget = f(sums[2 * width + j] + peephole(2, j) * c);
      c = forget * c + input * g(sums[3 * width + j]);
      const float output = f(sums[width + j] + peephole(1, j) * c);
      step.h[static_cast<std::size_t>(b * width + j)] = output * h(c);
    }
  }
}

/// Gates in ONNX's order: update, reset, hidden.
template <bool kResetAfter>
void step_gru(CellStep& step) {
  const std::int64_t width = step.hidden;
  add_hidden(step, step.h, 3, 0, 2, step.sums);
  const Activation f = step.functions[0];
  const Activation g = step.functions[1];
  const auto reset = [&](std::int64_t b, std::int64_t j) {
    return f(step.sums[static_cast<std::size_t>((b * 3 + 1) * width + j)]);
  };
  std::vector<float> h = step.h;
  std::vector<float> hidden(step.sums.size(), 0.0F);
  for (std::int64_t b = 0; !kResetAfter && b < step.batch; ++b) {
    for (std::int64_t j = 0; j < width; ++j) {
      h[static_cast<std::size_t>(b * width + j)] *= reset(b, j);
    }
  }
  add_hidden(step, h, 3, 2, 3, hidden);
  for (std::int64_t b = 0; b < step.batch; ++b) {
    const float* sums = step.sums.data() + b * 3 * width;
    for (std::int64_t j = 0; j < width; ++j) {
      const float product = hidden[static_cast<std::size_t>((b * 3 + 2) * width + j)];
      const float candidate =
          g(sums[2 * width + j] + (kResetAfter ? reset(b, j) * product : product));
      const float update = f(sums[j]);
      float& state = step.h[static_cast<std::size_t>(b * width + j)];
      state = (1 - update) * candidate + update * state;
    }
  }
}

void step_rnn(CellStep& step) {
  add_hidden(step, step.h, 1, 0, 1, step.sums);
  std::transform(step.sums.begin(), step.sums.end(), step.h.begin(), step.functions[0]);
}

/// Runs a node, one direction after the other.
class RecurrentRun {
 public:
  RecurrentRun(KernelContext& node, std::int64_t gates, Attributes::Strings activations,
               void (*step)(CellStep&))
      : node_(node), extents_(extents_of(node)), gates_(gates), step_(step) {
    per_direction_ = activations.size();
    Attributes::Strings both = activations;
    both.insert(both.end(), activations.begin(), activations.end());
    for (const std::string& name : activation_names(node.attributes(), both)) {
      functions_.push_back(activation_named(name));
    }
    lengths_.assign(static_cast<std::size_t>(extents_.batch), extents_.steps);
    if (node.has_input(kRecurrentLengths)) lengths_ = node.integers(kRecurrentLengths);
    for (const std::int64_t length : lengths_) {
      if (length >= 0 && length <= extents_.steps) continue;
      TypeContext::fail(fmt::format("a sequence length is {}; the sequence has {} steps", length,
                                    extents_.steps));
    }
  }

  void run() {
    for (std::size_t i = kRecurrentY; i <= kRecurrentYC; ++i) {
      if (node_.types().has_output(i) && node_.types().output_used(i)) {
        results_[i].assign(node_.output_size(i), 0.0F);
      }
    }
    const std::string direction = node_.attributes().string_or("direction", "forward");
    run_direction(0, direction == "reverse");
    if (direction == "bidirectional") run_direction(1, true);
    for (std::size_t i = kRecurrentY; i <= kRecurrentYC; ++i) {
      if (!results_[i].empty()) node_.set(i, std::move(results_[i]));
    }
  }

 private:
  /// This direction's part of an input [directions, ...]; null where it is left out.
  [[nodiscard]] const float* part(std::size_t input, std::int64_t direction) const {
    if (!node_.has_input(input)) return nullptr;
    const std::vector<float>& all = node_.floats(input);
    return all.data() + direction * (std::ssize(all) / extents_.directions);
  }

  /// Place of the state of one sequence in initial states, Y_h and Y_c.
  [[nodiscard]] std::int64_t state_place(std::int64_t direction, std::int64_t b) const {
    return (extents_.batch_first ? b * extents_.directions + direction
                                 : direction * extents_.batch + b) *
           extents_.hidden;
  }

  [[nodiscard]] std::vector<float> initial_state(std::size_t input, std::int64_t direction) const {
    std::vector<float> state(static_cast<std::size_t>(extents_.batch * extents_.hidden), 0.0F);
    if (!node_.has_input(input)) return state;
    for (std::int64_t b = 0; b < extents_.batch; ++b) {
      std::copy_n(node_.floats(input).data() + state_place(direction, b), extents_.hidden,
                  state.data() + b * extents_.hidden);
    }
    return state;
  }

  void run_direction(std::int64_t direction, bool reverse) {
    const std::int64_t width = gates_ * extents_.hidden;
    const std::vector<float> no_biases(static_cast<std::size_t>(2 * width), 0.0F);
    const float* biases = part(kRecurrentB, direction);
    if (biases == nullptr) biases = no_biases.data();
    const bool lstm = gates_ == 4;
    CellStep step{extents_.batch,
                  extents_.hidden,
                  part(kRecurrentR, direction),
                  biases + width,
                  lstm ? part(kRecurrentP, direction) : nullptr,
                  std::vector<float>(static_cast<std::size_t>(extents_.batch * width)),
                  initial_state(kRecurrentInitialH, direction),
                  lstm ? initial_state(kRecurrentInitialC, direction) : std::vector<float>(),
                  functions_.data() + static_cast<std::size_t>(direction) * per_direction_};
    const std::int64_t longest = *std::max_element(lengths_.begin(), lengths_.end());
    for (std::int64_t i = 0; i < longest; ++i) {
      const std::vector<float> old_h = step.h;
      const std::vector<float> old_c = step.c;
      add_inputs(step, i, reverse, part(kRecurrentW, direction), biases);
      step_(step);
      for (std::int64_t b = 0; b < extents_.batch; ++b) {
        if (i < lengths_[static_cast<std::size_t>(b)]) {
          write_step(step, direction, b, time_of(i, b, reverse));
        } else {
          restore(step.h, old_h, b);
          if (lstm) restore(step.c, old_c, b);
        }
      }
    }
    write_state(kRecurrentYH, step.h, direction);
    if (lstm) write_state(kRecurrentYC, step.c, direction);
  }

  [[nodiscard]] std::int64_t time_of(std::int64_t i, std::int64_t b, bool reverse) const {
    return reverse ? lengths_[static_cast<std::size_t>(b)] - 1 - i : i;
  }

  /// Sets the sums to the products of this step's inputs, with the biases of W.
  void add_inputs(CellStep& step, std::int64_t i, bool reverse, const float* w,
                  const float* biases) {
    const std::int64_t width = gates_ * extents_.hidden;
    inputs_.assign(static_cast<std::size_t>(extents_.batch * extents_.inputs), 0.0F);
    for (std::int64_t b = 0; b < extents_.batch; ++b) {
      std::copy_n(biases, width, step.sums.data() + b * width);
      const std::int64_t time = time_of(i, b, reverse);
      if (i >= lengths_[static_cast<std::size_t>(b)]) continue;
      const std::int64_t row =
          extents_.batch_first ? b * extents_.steps + time : time * extents_.batch + b;
      std::copy_n(node_.floats(kRecurrentX).data() + row * extents_.inputs, extents_.inputs,
                  inputs_.data() + b * extents_.inputs);
    }
    add_product(extents_.batch, width, extents_.inputs, {inputs_.data(), extents_.inputs, 1},
                {w, 1, extents_.inputs}, step.sums.data(), width);
  }

  void write_step(const CellStep& step, std::int64_t direction, std::int64_t b, std::int64_t time) {
    std::vector<float>& y = results_[kRecurrentY];
    if (y.empty()) return;
    const std::int64_t row = extents_.batch_first
                                 ? (b * extents_.steps + time) * extents_.directions + direction
                                 : (time * extents_.directions + direction) * extents_.batch + b;
    std::copy_n(step.h.data() + b * extents_.hidden, extents_.hidden,
                y.data() + row * extents_.hidden);
  }

  void restore(std::vector<float>& state, const std::vector<float>& old, std::int64_t b) const {
    std::copy_n(old.data() + b * extents_.hidden, extents_.hidden,
                state.data() + b * extents_.hidden);
  }

  void write_state(std::size_t output, const std::vector<float>& state, std::int64_t direction) {
    std::vector<float>& result = results_[output];
    for (std::int64_t b = 0; !result.empty() && b < extents_.batch; ++b) {
      std::copy_n(state.data() + b * extents_.hidden, extents_.hidden,
                  result.data() + state_place(direction, b));
    }
  }

  KernelContext& node_;
  Extents extents_;
  std::int64_t gates_;
  void (*step_)(CellStep&);
  std::size_t per_direction_ = 0;
  std::vector<Activation> functions_;
  std::vector<std::int64_t> lengths_;
  std::array<std::vector<float>, 3> results_;
  std::vector<float> inputs_;
};

void execute_lstm(KernelContext& node) {
  RecurrentRun(node, 4, {"Sigmoid", "Tanh", "Tanh"}, step_lstm).run();
}

void execute_gru(KernelContext& node) {
  const bool after = node.attributes().integer_or("linear_before_reset", 0) != 0;
  RecurrentRun(node, 3, {"Sigmoid", "Tanh"}, after ? step_gru<true> : step_gru<false>).run();
}

void execute_rnn(KernelContext& node) { RecurrentRun(node, 1, {"Tanh"}, step_rnn).run(); }

void check_recurrent(const TypeContext& node) {
  check_floats(node);
  if (node.attributes().has("clip")) TypeContext::unsupported("with its clip");
  if (node.attributes().integer_or("input_forget", 0) != 0) {
    TypeContext::unsupported("with input_forget");
  }
  for (const std::string& name : activation_names(node.attributes(), {})) {
    if (activation_named(name) != nullptr) continue;
    TypeContext::unsupported(
        fmt::format("with the activation '{}'; Sigmoid, Tanh and Relu are executed", name));
  }
}

}  // namespace

std::vector<Kernel> recurrent_kernels() {
  return {{"LSTM", execute_lstm, check_recurrent},
          {"GRU", execute_gru, check_recurrent},
          {"RNN", execute_rnn, check_recurrent}};
}

}  // namespace mensa::onnx_import
