#include "onnx_import/inference/inference.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <iterator>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "models/base/error.h"
#include "onnx_import/inference/constant_folding.h"
#include "onnx_import/inference/empty_values.h"
#include "onnx_import/inference/host_nodes.h"
#include "onnx_import/inference/unsupported_nodes.h"
#include "onnx_import/lowering/builtins.h"
#include "onnx_import/lowering/type_context.h"
#include "onnx_import/operator_graph/limits.h"

namespace mensa::onnx_import {
namespace {

class Inference : public BlockInference {
 public:
  Inference(OperatorGraph& graph, const ImportOptions& options)
      : graph_(graph), options_(options) {}

  void run() {
    infer_block(graph_.main);
    if (!unsupported_.empty()) {
      throw base::Error({graph_.path}, "", unsupported_.text(options_.unsupported_on_host));
    }
    for (const auto& [name, branch] : options_.branches) {
      if (!open_branches_.contains(name)) report_unused_branch(name);
    }
    for (const ValueId id : graph_.main.outputs) {
      const Value& output = graph_.value(id);
      if (!output.sequence) continue;
      throw base::Error({graph_.path}, fmt::format("output '{}'", output.name),
                        "is a sequence; mensa gives tensors only");
    }
  }

  bool infer_body(Block& block) override {
    ++depth_;
    infer_block(block);
    --depth_;
    return has_typed_outputs(block);
  }

  bool infer_branch(Block& block) override {
    infer_block(block);
    return has_typed_outputs(block);
  }

  std::optional<Branch> chosen_branch(const Node& node) override {
    open_branches_.insert(node.name);
    const auto found = options_.branches.find(node.name);
    if (found == options_.branches.end()) return std::nullopt;
    return found->second;
  }

 private:
  [[nodiscard]] bool has_typed_outputs(const Block& block) const {
    return std::all_of(block.outputs.begin(), block.outputs.end(),
                       [&](ValueId id) { return graph_.value(id).typed; });
  }

  void infer_block(Block& block) {
    std::vector<Node> nodes;
    nodes.reserve(block.nodes.size());
    for (Node& node : block.nodes) {
      infer_node(node);
      if (node.inlined) {
        std::vector<Node>& taken = node.blocks.begin()->second->nodes;
        std::move(taken.begin(), taken.end(), std::back_inserter(nodes));
      } else {
        nodes.push_back(std::move(node));
      }
    }
    block.nodes = std::move(nodes);
  }

  [[noreturn]] void report_unused_branch(const std::string& name) const {
    throw base::Error({graph_.path}, "",
                      open_branches_.empty()
                          ? fmt::format("no If '{}' whose branch is open", name)
                          : base::unknown_name_message(
                                "If", name, {open_branches_.begin(), open_branches_.end()}));
  }

  void infer_node(Node& node) {
    const Operator* op = find_operator(node.domain, node.op);
    if (op == nullptr) {
      refuse(node, "unknown operator");
      return;
    }
    // What follows an unsupported node has inputs of unknown type; there is no more to say of it.
    if (!has_typed_inputs(node)) {
      assert(!unsupported_.empty());
      return;
    }
    try {
      TypeContext context(graph_, node, *this, options_.batch, depth_ > 0);
      op->infer(context);
      folding_.fold(context);
      finish_outputs(node, *op);
    } catch (const Unsupported& reason) {
      for (const auto& output : node.outputs) {
        if (output) forget(graph_.value(*output));
      }
      refuse(node, reason.why);
    } catch (const base::Error& error) {
      // An error from inside of a body names its own node already.
      if (located_) throw;
      located_ = true;
      throw base::Error({graph_.path}, fmt::format("node '{}' ({})", node.name, node.op),
                        error.what());
    }
  }

  [[nodiscard]] bool has_typed_inputs(const Node& node) const {
    // What dead nodes of a body captured is not made any more, and not used.
    const auto is_typed = [&](ValueId id) {
      return graph_.value(id).typed || !graph_.value(id).used;
    };
    return std::all_of(node.inputs.begin(), node.inputs.end(),
                       [&](const auto& id) { return !id || is_typed(*id); }) &&
           std::all_of(node.captures.begin(), node.captures.end(), is_typed);
  }

  /// What holds for the results of all operators alike.
  void finish_outputs(const Node& node, const Operator& op) {
    bool folded = node.blocks.empty() && !op.random;
    bool unknown = false;
    for (const auto& input : node.inputs) {
      if (!input) continue;
      folded = folded && graph_.value(*input).constant;
      unknown = unknown || graph_.value(*input).values_unknown;
    }
    for (const auto& output : node.outputs) {
      if (!output) continue;
      Value& value = graph_.value(*output);
      if (!value.typed) {
        // Left open where something in the node's body is not supported, which is on the list.
        if (!value.used || !unsupported_.empty()) continue;
        TypeContext::fail(fmt::format("has no result for '{}': too many outputs", value.name));
      }
      // What an operator that makes no layers has for a result is a view or known.
      const bool known = op.lower == nullptr && !value.view_of;
      const bool has_values = value.integers || value.floats;
      value.constant = value.constant || folded || known || has_values;
      value.values_unknown = value.values_unknown || (folded && unknown);
      if (has_values) folding_.limit(value);
      if (!value.constant && element_count(value.shape) == 0) make_empty_constant(value);
    }
  }

  /// What inference set of a result before it found the node not supported.
  static void forget(Value& value) {
    value.typed = value.constant = value.values_unknown = false;
    value.integers.reset();
    value.floats.reset();
    value.contents.reset();
    value.view_of.reset();
    value.decoded_by.reset();
  }

  /// Lists a node that is not supported, or leaves it to the host where that is asked for. What
  /// that makes of it is approximate: a note says so.
  void refuse(Node& node, const std::string& why) {
    if (!options_.unsupported_on_host) {
      unsupported_.add(node, why);
      return;
    }
    if (!has_typed_inputs(node)) return;
    if (const auto missing = take_declared_types(graph_, node, options_)) {
      unsupported_.add(node, fmt::format("{}; and it cannot run on the host: {}", why, *missing));
      return;
    }
    node.unsupported = why;
    graph_.notes.push_back(
        fmt::format("node '{}' ({}) is not supported ({}): approximate, as work of the host that "
                    "reads and writes its bytes",
                    node.name, node.op, why));
  }

  OperatorGraph& graph_;
  const ImportOptions& options_;
  std::set<std::string> open_branches_;
  int depth_ = 0;
  bool located_ = false;
  ConstantFolding folding_;
  UnsupportedNodes unsupported_;
};

}  // namespace

void infer_types(OperatorGraph& graph, const ImportOptions& options) {
  Inference(graph, options).run();
}

}  // namespace mensa::onnx_import
