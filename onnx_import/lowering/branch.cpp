#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "onnx_import/lowering/lower.h"
#include "onnx_import/lowering/lowering.h"
#include "onnx_import/operator_graph/limits.h"

// An If takes one of its branches at import, and the nodes of that branch stand in its place: its
// results are those of the branch.

namespace mensa::onnx_import {
namespace {

Block& branch_block(Node& node, const std::string& name) {
  const auto found = node.blocks.find(name);
  if (found == node.blocks.end()) TypeContext::fail(fmt::format("has no {}", name));
  if (!found->second->inputs.empty()) TypeContext::fail(fmt::format("its {} has inputs", name));
  if (found->second->outputs.size() < node.outputs.size()) {
    TypeContext::fail(fmt::format("has {} result(s), but its {} leaves {}", node.outputs.size(),
                                  name, found->second->outputs.size()));
  }
  return *found->second;
}

constexpr const char* name_of(Branch branch) {
  return branch == Branch::kThen ? "then_branch" : "else_branch";
}

/// What a branch costs, to tell the heavier one: doubles, since a file may ask for anything.
struct Cost {
  double macs = 0;
  double bytes = 0;

  bool operator<(const Cost& other) const {
    return std::tie(macs, bytes) < std::tie(other.macs, other.bytes);
  }
};

double bytes_of(const Draft& draft, const std::vector<models::TensorId>& ids) {
  double bytes = 0;
  for (const models::TensorId id : ids) {
    const models::Tensor& tensor = draft.tensor(id);
    const auto elements = element_count(tensor.shape).value_or(kMostElements);
    bytes += static_cast<double>(elements) * models::bits(tensor.type) / 8;
  }
  return bytes;
}

Cost cost_of(TypeContext& node, const Block& block) {
  const Draft draft = lower_alone(node.graph(), block, node.node().captures, node.in_loop());
  Cost cost;
  for (const DraftLayer& entry : draft.layers) {
    if (const auto* mac = std::get_if<models::MacWork>(&entry.layer.work)) {
      double macs = 1;
      for (const std::int64_t bound : mac->shape.bounds) macs *= static_cast<double>(bound);
      if (const auto id = entry.layer.recurrence) {
        macs *= static_cast<double>(draft.recurrences[id->index()].steps);
      }
      cost.macs += macs;
    }
    cost.bytes += bytes_of(draft, entry.layer.inputs) + bytes_of(draft, entry.layer.parameters) +
                  bytes_of(draft, entry.layer.outputs);
  }
  return cost;
}

/// Both branches are typed.
void check_types(const TypeContext& node, OperatorGraph& graph, const Block& on_true,
                 const Block& on_false) {
  for (std::size_t i = 0; i < node.output_count(); ++i) {
    const models::ElementType a = graph.value(on_true.outputs[i]).type;
    const models::ElementType b = graph.value(on_false.outputs[i]).type;
    if (a == b) continue;
    TypeContext::fail(fmt::format("its result {} is {} in one branch and {} in the other", i,
                                  models::to_string(a), models::to_string(b)));
  }
}

void take_branch(TypeContext& node, Branch branch) {
  Node& self = node.mutable_node();
  const Block& taken = branch_block(self, name_of(branch));
  for (std::size_t i = 0; i < node.output_count(); ++i) node.set_alias(i, taken.outputs[i]);
  self.blocks.erase(name_of(branch == Branch::kThen ? Branch::kElse : Branch::kThen));
  self.inlined = true;
}

void take_costlier(TypeContext& node, Block& on_true, Block& on_false) {
  const bool true_typed = node.blocks().infer_branch(on_true);
  const bool false_typed = node.blocks().infer_branch(on_false);
  if (!true_typed || !false_typed) return;
  check_types(node, node.graph(), on_true, on_false);
  const Cost then_cost = cost_of(node, on_true);
  const Cost else_cost = cost_of(node, on_false);
  const Branch branch = then_cost < else_cost ? Branch::kElse : Branch::kThen;
  const auto& [heavy, light] =
      branch == Branch::kThen ? std::pair(then_cost, else_cost) : std::pair(else_cost, then_cost);
  node.note(fmt::format(
      "If '{}': its condition is not known before run time; took the branch '{}', the costlier one "
      "({:.0f} MACs and {:.0f} bytes against {:.0f} and {:.0f}); --branch {}={} takes the other",
      node.node().name, branch == Branch::kThen ? "then" : "else", heavy.macs, heavy.bytes,
      light.macs, light.bytes, node.node().name, branch == Branch::kThen ? "else" : "then"));
  take_branch(node, branch);
}

void infer_if(TypeContext& node) {
  Block& on_true = branch_block(node.mutable_node(), name_of(Branch::kThen));
  Block& on_false = branch_block(node.mutable_node(), name_of(Branch::kElse));
  const Value& condition = node.input(0);
  std::optional<Branch> branch;
  if (condition.integers && condition.integers->size() == 1) {
    branch = condition.integers->front() != 0 ? Branch::kThen : Branch::kElse;
  } else {
    branch = node.blocks().chosen_branch(node.node());
    if (!branch) return take_costlier(node, on_true, on_false);
    node.note(fmt::format("If '{}': took the branch '{}', as the options say", node.node().name,
                          *branch == Branch::kThen ? "then" : "else"));
  }
  if (node.blocks().infer_branch(*branch == Branch::kThen ? on_true : on_false)) {
    take_branch(node, *branch);
  }
}

}  // namespace

Lowering branch_lowering() { return {"", {{"If", infer_if, nullptr}}}; }

}  // namespace mensa::onnx_import
