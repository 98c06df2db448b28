#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "models/base/error.h"
#include "onnx_import/operator_graph/element_types.h"
#include "onnx_import/operator_graph/limits.h"
#include "onnx_import/profiling/input_sets.h"
#include "onnx_import/profiling/normal_numbers.h"

namespace mensa::onnx_import {
namespace {

class RandomInputs : public InputSets {
 public:
  RandomInputs(const OperatorGraph& graph, std::size_t count, std::uint64_t seed)
      : count_(count), seed_(seed), numbers_(seed) {
    std::vector<std::string> others;
    for (const ValueId id : graph.main.inputs) {
      const Value& input = graph.value(id);
      inputs_.push_back({input.name, input.shape});
      if (is_float(input.type)) continue;
      others.push_back(fmt::format("'{}' ({})", input.name, models::to_string(input.type)));
    }
    if (others.empty()) return;
    throw base::Error({graph.path}, "",
                      fmt::format("random inputs are floats of a normal distribution, which these "
                                  "inputs are not: {}. Give files, or fix them with --constant",
                                  fmt::join(others, ", ")));
  }

  [[nodiscard]] std::size_t count() const override { return count_; }

  [[nodiscard]] Executor::Tensors next() override {
    Executor::Tensors tensors;
    for (const Input& input : inputs_) {
      std::vector<float> elements(static_cast<std::size_t>(element_count(input.shape).value_or(0)));
      std::generate(elements.begin(), elements.end(), [this] { return numbers_.next(); });
      tensors.emplace(input.name, TensorValue{input.shape, std::move(elements)});
    }
    return tensors;
  }

  [[nodiscard]] std::string description() const override {
    return fmt::format(
        "{} random input{} of a standard normal distribution, seed {}; real ones may leave other "
        "zeros",
        count_, count_ == 1 ? "" : "s", seed_);
  }

 private:
  struct Input {
    std::string name;
    Shape shape;
  };
  std::size_t count_;
  std::uint64_t seed_;
  NormalNumbers numbers_;
  std::vector<Input> inputs_;
};

}  // namespace

std::unique_ptr<InputSets> random_inputs(const OperatorGraph& graph, std::size_t count,
                                         std::uint64_t seed) {
  return std::make_unique<RandomInputs>(graph, count, seed);
}

}  // namespace mensa::onnx_import
