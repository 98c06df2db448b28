#include "onnx_import/inference/inference.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <string>
#include <vector>

#include "models/base/error.h"
#include "onnx_import/lowering/builtins.h"
#include "onnx_import/lowering/type_context.h"
#include "onnx_import/operator_graph/limits.h"

namespace mensa::onnx_import {
namespace {

class Inference : public BlockInference {
 public:
  Inference(OperatorGraph& graph, std::int64_t batch) : graph_(graph), batch_(batch) {}

  void run() {
    infer_block(graph_.main);
    if (!unsupported_.empty()) report_unsupported();
  }

  bool infer_body(Block& block) override {
    ++depth_;
    infer_block(block);
    --depth_;
    return std::all_of(block.outputs.begin(), block.outputs.end(),
                       [&](ValueId id) { return graph_.value(id).typed; });
  }

 private:
  void infer_block(Block& block) {
    for (Node& node : block.nodes) infer_node(node);
  }

  void infer_node(Node& node) {
    const Operator* op = find_operator(node.domain, node.op);
    if (op == nullptr) {
      list_unsupported(node, "unknown operator");
      return;
    }
    // What follows an unsupported node has inputs of unknown type; there is no more to say of it.
    if (!has_typed_inputs(node)) {
      assert(!unsupported_.empty());
      return;
    }
    try {
      TypeContext context(graph_, node, *this, batch_, depth_ > 0);
      op->infer(context);
      finish_outputs(node, *op);
    } catch (const Unsupported& reason) {
      list_unsupported(node, reason.why);
      for (const auto& output : node.outputs) {
        if (output) graph_.value(*output).typed = false;
      }
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
    bool folded = node.blocks.empty();
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
      value.constant = value.constant || folded || known || value.integers.has_value();
      value.values_unknown = value.values_unknown || (folded && unknown);
      if (value.integers) limit_integers(value);
      if (!value.constant && value.used && element_count(value.shape) == 0) {
        TypeContext::fail(fmt::format("makes '{}', which is empty", value.name));
      }
    }
  }

  void limit_integers(Value& value) {
    const auto count = static_cast<std::int64_t>(value.integers->size());
    if (count > kMostKeptIntegers || count > integers_left_) {
      value.integers.reset();
    } else {
      integers_left_ -= count;
    }
  }

  void list_unsupported(const Node& node, const std::string& why) {
    unsupported_.push_back(fmt::format("  {}: {}{}: {}", node.name, node.op,
                                       node.domain.empty() ? "" : fmt::format(" ({})", node.domain),
                                       why));
  }

  [[noreturn]] void report_unsupported() const {
    constexpr std::size_t kMostListed = 1000;
    std::string text = fmt::format("{} node(s) are not supported:", unsupported_.size());
    for (std::size_t i = 0; i < std::min(unsupported_.size(), kMostListed); ++i) {
      text += '\n' + unsupported_[i];
    }
    if (unsupported_.size() > kMostListed) {
      text += fmt::format("\n  and {} more", unsupported_.size() - kMostListed);
    }
    throw base::Error({graph_.path}, "", text);
  }

  OperatorGraph& graph_;
  std::int64_t batch_;
  int depth_ = 0;
  bool located_ = false;
  std::int64_t integers_left_ = kMostKeptIntegersInAll;
  std::vector<std::string> unsupported_;
};

}  // namespace

void infer_types(OperatorGraph& graph, std::int64_t batch) { Inference(graph, batch).run(); }

}  // namespace mensa::onnx_import
