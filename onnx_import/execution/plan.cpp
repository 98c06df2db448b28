#include "onnx_import/execution/plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <utility>

#include "models/base/error.h"
#include "onnx_import/execution/constants.h"
#include "onnx_import/inference/unsupported_nodes.h"
#include "onnx_import/operator_graph/limits.h"

namespace mensa::onnx_import {
namespace {

/// Nodes with blocks have no kernel: nobody asks.
class NoBlocks : public BlockInference {
 public:
  bool infer_body(Block& /*block*/) override { return false; }
  bool infer_branch(Block& /*block*/) override { return false; }
  std::optional<Branch> chosen_branch(const Node& /*node*/) override { return std::nullopt; }
};

/// Input values of a node, each once.
std::vector<ValueId> operands(const Node& node) {
  std::vector<ValueId> ids;
  for (const auto& input : node.inputs) {
    if (input && std::find(ids.begin(), ids.end(), *input) == ids.end()) ids.push_back(*input);
  }
  return ids;
}

class Planner {
 public:
  Planner(OperatorGraph& graph, std::int64_t most_bytes)
      : graph_(graph),
        most_bytes_(most_bytes),
        needed_(graph.values.size()),
        held_(graph.values.size()) {}

  ExecutionPlan make() {
    select_nodes();
    if (!unsupported_.empty()) {
      throw base::Error({graph_.path}, "", "cannot be executed: " + unsupported_.text(true));
    }
    for (const ValueId id : graph_.main.inputs) hold(id, "the inputs");
    for (PlannedNode& planned : plan_.nodes) place_loads(planned);
    for (const ValueId id : graph_.main.outputs) {
      if (held_[id.index()]) continue;
      require_elements(id);
      hold(id, "the outputs");
      plan_.constant_outputs.push_back(id);
    }
    place_frees();
    measure();
    return std::move(plan_);
  }

 private:
  /// From the outputs back to what they need.
  void select_nodes() {
    for (const ValueId id : graph_.main.outputs) need(id);
    auto& nodes = graph_.main.nodes;
    for (std::size_t i = nodes.size(); i-- > 0;) {
      const bool needed =
          std::any_of(nodes[i].outputs.begin(), nodes[i].outputs.end(),
                      [&](const auto& output) { return output && needed_[output->index()]; });
      if (!needed) continue;
      for (const ValueId id : operands(nodes[i])) need(id);
      for (const ValueId id : nodes[i].captures) need(id);
      plan_.nodes.push_back({i, nullptr, {}, {}});
    }
    std::reverse(plan_.nodes.begin(), plan_.nodes.end());
    for (PlannedNode& planned : plan_.nodes) check(planned);
  }

  void need(ValueId id) {
    if (!is_held(graph_.value(id))) needed_[id.index()] = true;
  }

  void check(PlannedNode& planned) {
    Node& node = graph_.main.nodes[planned.node];
    planned.kernel = find_kernel(node.domain, node.op);
    if (planned.kernel == nullptr || node.unsupported) {
      unsupported_.add(node, "is not executed");
      return;
    }
    for (const auto& ids : {node.inputs, node.outputs}) {
      for (const auto& id : ids) {
        if (!id || !graph_.value(*id).typed || is_executable(graph_.value(*id).type)) continue;
        unsupported_.add(node, fmt::format("is not executed with elements of {}",
                                           models::to_string(graph_.value(*id).type)));
        return;
      }
    }
    if (planned.kernel->check == nullptr) return;
    try {
      const TypeContext context = inferred_context(graph_, node);
      planned.kernel->check(context);
    } catch (const Unsupported& reason) {
      unsupported_.add(node, reason.why);
    } catch (const base::Error& error) {
      throw base::Error({graph_.path}, fmt::format("node '{}' ({})", node.name, node.op),
                        error.what());
    }
  }

  void require_elements(ValueId id) const {
    const Value& value = graph_.value(id);
    if (is_held(value)) return;
    if (value.view_of && !value.constant) {
      throw base::Error({graph_.path}, fmt::format("value '{}'", value.name),
                        "comes out of a branch; networks with branches are not executed");
    }
    throw base::Error({graph_.path}, fmt::format("constant '{}'", value.name),
                      "its elements are not in the model; to execute it, a file with weights is "
                      "needed");
  }

  void hold(ValueId id, const std::string& where) {
    const Value& value = graph_.value(id);
    if (!is_executable(value.type)) {
      throw base::Error({graph_.path}, fmt::format("value '{}'", value.name),
                        fmt::format("is of {}, which is not executed among {}",
                                    models::to_string(value.type), where));
    }
    held_[id.index()] = true;
  }

  void place_loads(PlannedNode& planned) {
    const Node& node = graph_.main.nodes[planned.node];
    for (const ValueId id : operands(node)) {
      if (held_[id.index()]) continue;
      require_elements(id);
      held_[id.index()] = true;
      planned.loads.push_back(id);
    }
    for (const auto& output : node.outputs) {
      if (output) held_[output->index()] = true;
    }
  }

  /// From the last node back: what is read there for the last time is freed behind it.
  void place_frees() {
    std::vector<bool> read_later(graph_.values.size());
    for (const ValueId id : graph_.main.outputs) read_later[id.index()] = true;
    for (std::size_t i = plan_.nodes.size(); i-- > 0;) {
      PlannedNode& planned = plan_.nodes[i];
      const Node& node = graph_.main.nodes[planned.node];
      const auto free = [&](ValueId id) {
        if (!read_later[id.index()]) planned.frees.push_back(id);
        read_later[id.index()] = true;
      };
      for (const auto& output : node.outputs) {
        if (output) free(*output);
      }
      for (const ValueId id : operands(node)) free(id);
    }
  }

  [[nodiscard]] std::int64_t bytes(ValueId id) const {
    // At most 2^40 elements: no overflow.
    const Value& value = graph_.value(id);
    return element_count(value.shape).value_or(0) * value_bytes(value.type);
  }

  void take(std::int64_t& held, ValueId id) {
    const Value& value = graph_.value(id);
    const std::int64_t more = bytes(id);
    if (more > most_bytes_ - held) {
      throw base::Error(
          {graph_.path}, fmt::format("value '{}'", value.name),
          fmt::format("its shape [{}] takes {} bytes beside {} held already; at most {} are "
                      "allowed at a time: make the inputs or the batch smaller",
                      fmt::join(value.shape, ", "), more, held, most_bytes_));
    }
    held += more;
    plan_.peak_bytes = std::max(plan_.peak_bytes, held);
  }

  void measure() {
    std::int64_t held = 0;
    for (const ValueId id : graph_.main.inputs) take(held, id);
    for (const PlannedNode& planned : plan_.nodes) {
      for (const ValueId id : planned.loads) take(held, id);
      for (const auto& output : graph_.main.nodes[planned.node].outputs) {
        if (output) take(held, *output);
      }
      for (const ValueId id : planned.frees) held -= bytes(id);
    }
    for (const ValueId id : plan_.constant_outputs) take(held, id);
  }

  OperatorGraph& graph_;
  std::int64_t most_bytes_;
  std::vector<bool> needed_;
  std::vector<bool> held_;
  UnsupportedNodes unsupported_;
  ExecutionPlan plan_;
};

}  // namespace

TypeContext inferred_context(OperatorGraph& graph, Node& node) {
  static NoBlocks no_blocks;
  return {graph, node, no_blocks, 0, false};
}

ExecutionPlan plan_execution(OperatorGraph& graph, std::int64_t most_bytes) {
  return Planner(graph, most_bytes).make();
}

}  // namespace mensa::onnx_import
