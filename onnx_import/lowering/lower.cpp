#include "onnx_import/lowering/lower.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>

#include "models/base/error.h"
#include "onnx_import/lowering/builtins.h"
#include "onnx_import/lowering/host_node.h"
#include "onnx_import/lowering/layer_context.h"
#include "onnx_import/lowering/type_context.h"

namespace mensa::onnx_import {
namespace {

class Lowerer : public BlockLowering {
 public:
  explicit Lowerer(const OperatorGraph& graph) : graph_(graph), tensors_(graph, draft_) {}

  Draft run() {
    for (const ValueId id : graph_.main.inputs) draft_.inputs.push_back(tensors_.create(id));
    lower_block(graph_.main);
    for (const ValueId id : graph_.main.outputs) {
      const auto& written = tensors_.of(id);
      draft_.outputs.insert(draft_.outputs.end(), written.begin(), written.end());
    }
    return std::move(draft_);
  }

  Draft run_alone(const Block& block, const std::vector<ValueId>& captures, bool in_loop) {
    depth_ = in_loop ? 1 : 0;
    for (const ValueId id : captures) {
      capture(id);
      if (const auto& sequence = graph_.value(id).sequence) {
        for (const SequenceItem& item : *sequence) capture(item.source);
      }
    }
    lower_block(block);
    return std::move(draft_);
  }

  void lower_body(const Block& block) override {
    ++depth_;
    lower_block(block);
    --depth_;
  }

 private:
  void capture(ValueId id) {
    if (!graph_.value(id).constant) tensors_.create(graph_.root(id));
  }

  void lower_block(const Block& block) {
    for (const Node& node : block.nodes) {
      if (makes_something(node)) lower_node(node);
    }
  }

  [[nodiscard]] bool makes_something(const Node& node) const {
    return std::any_of(node.outputs.begin(), node.outputs.end(), [&](const auto& id) {
      if (!id) return false;
      const Value& value = graph_.value(*id);
      return value.used && !value.constant && !value.view_of;
    });
  }

  void lower_node(const Node& node) {
    if (node.unsupported) {
      LayerContext context(graph_, node, draft_, tensors_, *this, depth_ > 0);
      lower_on_host(context);
      return;
    }
    const Operator* op = find_operator(node.domain, node.op);
    assert(op != nullptr && op->lower != nullptr && "inference lets no such node through");
    LayerContext context(graph_, node, draft_, tensors_, *this, depth_ > 0);
    op->lower(context);
  }

  const OperatorGraph& graph_;
  Draft draft_;
  ValueTensors tensors_;
  int depth_ = 0;
};

}  // namespace

Draft lower_graph(const OperatorGraph& graph) { return Lowerer(graph).run(); }

Draft lower_alone(const OperatorGraph& graph, const Block& block,
                  const std::vector<ValueId>& captures, bool in_loop) {
  return Lowerer(graph).run_alone(block, captures, in_loop);
}

}  // namespace mensa::onnx_import
