#include "onnx_import/execution/executor.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "models/base/error.h"
#include "onnx_import/execution/constants.h"
#include "onnx_import/operator_graph/element_types.h"
#include "onnx_import/operator_graph/limits.h"

namespace mensa::onnx_import {
namespace {

/// One execution of a planned graph.
class Run {
 public:
  Run(OperatorGraph& graph, const ExecutionPlan& plan, const Executor::Observer& observer)
      : graph_(graph), plan_(plan), observer_(observer), tensors_(graph.values.size()) {}

  Executor::Tensors from(const Executor::Tensors& inputs) {
    take_inputs(inputs);
    for (const PlannedNode& planned : plan_.nodes) execute(planned);
    for (const ValueId id : plan_.constant_outputs) load(id);
    Executor::Tensors outputs;
    for (const ValueId id : graph_.main.outputs) {
      outputs.emplace(graph_.value(id).name, *tensors_[id.index()]);
    }
    return outputs;
  }

 private:
  [[noreturn]] void fail(const Value& input, std::string_view message) const {
    throw base::Error({graph_.path}, fmt::format("input '{}'", input.name), message);
  }

  void take_inputs(const Executor::Tensors& inputs) {
    std::vector<std::string> known;
    known.reserve(graph_.main.inputs.size());
    for (const ValueId id : graph_.main.inputs) {
      const Value& input = graph_.value(id);
      known.push_back(input.name);
      const auto given = inputs.find(input.name);
      if (given == inputs.end()) fail(input, "no tensor is given for it");
      check_input(input, given->second);
      tensors_[id.index()] = given->second;
    }
    for (const auto& [name, tensor] : inputs) {
      if (std::find(known.begin(), known.end(), name) != known.end()) continue;
      throw base::Error({graph_.path}, "", base::unknown_name_message("input", name, known));
    }
  }

  void check_input(const Value& input, const TensorValue& given) const {
    if (given.shape != input.shape) {
      fail(input, fmt::format("is given with shape [{}]; the model's is [{}]",
                              fmt::join(given.shape, ", "), fmt::join(input.shape, ", ")));
    }
    const auto count = static_cast<std::size_t>(element_count(input.shape).value_or(0));
    if (given.size() != count) {
      fail(input, fmt::format("is given with {} elements; its shape [{}] has {}", given.size(),
                              fmt::join(input.shape, ", "), count));
    }
    const auto* integers = std::get_if<std::vector<std::int64_t>>(&given.elements);
    if (is_float(input.type) != (integers == nullptr)) {
      fail(input,
           fmt::format("is given as {}; the model's is of {}",
                       integers != nullptr ? "integers" : "floats", models::to_string(input.type)));
    }
    if (integers == nullptr) return;
    for (const std::int64_t number : *integers) {
      if (fits_type(number, input.type)) continue;
      fail(input, fmt::format("holds {}, which is no {}", number, models::to_string(input.type)));
    }
  }

  void load(ValueId id) { tensors_[id.index()] = load_constant(graph_.value(id)); }

  void execute(const PlannedNode& planned) {
    for (const ValueId id : planned.loads) load(id);
    Node& node = graph_.main.nodes[planned.node];
    std::vector<const TensorValue*> inputs;
    inputs.reserve(node.inputs.size());
    for (const auto& id : node.inputs) inputs.push_back(id ? &*tensors_[id->index()] : nullptr);
    const TypeContext types = inferred_context(graph_, node);
    KernelContext context(types, std::move(inputs));
    try {
      planned.kernel->execute(context);
    } catch (const base::Error& error) {
      throw base::Error({graph_.path}, fmt::format("node '{}' ({})", node.name, node.op),
                        error.what());
    } catch (const Unsupported& reason) {
      throw base::Error({graph_.path}, fmt::format("node '{}' ({})", node.name, node.op),
                        "cannot be executed: " + reason.why);
    }
    keep(node, context.results());
    for (const ValueId id : planned.frees) tensors_[id.index()].reset();
  }

  void keep(const Node& node, std::vector<std::optional<TensorElements>>& results) {
    for (std::size_t i = 0; i < results.size(); ++i) {
      if (!results[i]) continue;
      const ValueId id = *node.outputs[i];
      const Value& value = graph_.value(id);
      tensors_[id.index()] = TensorValue{value.shape, std::move(*results[i])};
      if (observer_ && !value.constant) observer_(value, *tensors_[id.index()]);
    }
  }

  OperatorGraph& graph_;
  const ExecutionPlan& plan_;
  const Executor::Observer& observer_;
  std::vector<std::optional<TensorValue>> tensors_;
};

}  // namespace

Executor::Executor(OperatorGraph graph, std::int64_t most_bytes)
    : graph_(std::move(graph)), plan_(plan_execution(graph_, most_bytes)) {}

Executor::Tensors Executor::run(const Tensors& inputs, const Observer& observer) {
  return Run(graph_, plan_, observer).from(inputs);
}

}  // namespace mensa::onnx_import
