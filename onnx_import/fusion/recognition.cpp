#include "onnx_import/fusion/recognition.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "onnx_import/fusion/patterns/families.h"
#include "onnx_import/fusion/value_uses.h"

namespace mensa::onnx_import {
namespace {

std::vector<DecomposedOperator> all_forms() {
  std::vector<DecomposedOperator> all;
  for (const auto& forms : {gelu_forms, gated_activation_forms, layer_normalization_forms,
                            rms_normalization_forms, lp_normalization_forms}) {
    std::vector<DecomposedOperator> family = forms();
    std::move(family.begin(), family.end(), std::back_inserter(all));
  }
  return all;
}

/// Of the search over a whole model: some seconds. Networks take fewer than 100 for each node.
constexpr std::int64_t kMostStepsInAll = 10'000'000;

class Recognition {
 public:
  explicit Recognition(OperatorGraph& graph) : graph_(graph), uses_(graph), forms_(all_forms()) {}

  void run() {
    search(graph_.main);
    apply(graph_.main);
    if (steps_left_ < 0) {
      graph_.notes.emplace_back(
          "stopped looking for operators written out in parts: the search takes too long");
    }
    std::vector<std::string> found;
    found.reserve(counts_.size());
    for (const auto& [op, count] : counts_) found.push_back(fmt::format("{} {}", count, op));
    if (found.empty()) return;
    graph_.notes.push_back(fmt::format("recognised in operators that write them out in parts: {}",
                                       fmt::join(found, ", ")));
  }

 private:
  void search(const Block& block) {
    Matcher matcher(graph_, block, uses_, steps_left_);
    // From the last node to the first: what ends later may hold what ends before it as a part.
    for (std::size_t i = block.nodes.size(); i-- > 0;) {
      const Node& node = block.nodes[i];
      for (const auto& [name, inner] : node.blocks) search(*inner);
      if (!merged_.contains(&node)) search(matcher, node);
    }
  }

  void search(Matcher& matcher, const Node& root) {
    for (const DecomposedOperator& form : forms_) {
      const auto accept = [&](const Match& match) {
        const bool free = std::none_of(match.nodes.begin(), match.nodes.end(),
                                       [&](const Node* node) { return merged_.contains(node); });
        auto node = free ? form.compose(graph_, match) : std::nullopt;
        if (!node) return false;
        finish(*node, root, match);
        return true;
      };
      if (matcher.find(root, form.pattern, accept)) return;
    }
  }

  void finish(Node& node, const Node& root, const Match& match) {
    node.name = root.name;
    node.opset = root.opset;
    node.outputs = root.outputs;
    for (const Node* part : match.nodes) merged_.insert(part);
    node.merged.reserve(match.nodes.size());
    for (const Node* part : match.nodes) {
      if (part != &root) node.merged.push_back(part->name);
      node.merged.insert(node.merged.end(), part->merged.begin(), part->merged.end());
    }
    // In the order of the file, or nearly so: they were found from the last on.
    std::reverse(node.merged.begin(), node.merged.end());
    ++counts_[node.op];
    composed_.emplace(&root, std::move(node));
  }

  /// Changes the blocks, after which the addresses of nodes mean nothing any more.
  void apply(Block& block) {
    std::vector<Node> nodes;
    nodes.reserve(block.nodes.size());
    for (Node& node : block.nodes) {
      for (auto& [name, inner] : node.blocks) apply(*inner);
      if (const auto found = composed_.find(&node); found != composed_.end()) {
        nodes.push_back(std::move(found->second));
      } else if (!merged_.contains(&node)) {
        nodes.push_back(std::move(node));
      }
    }
    block.nodes = std::move(nodes);
  }

  OperatorGraph& graph_;
  ValueUses uses_;
  std::vector<DecomposedOperator> forms_;
  std::unordered_set<const Node*> merged_;
  std::unordered_map<const Node*, Node> composed_;
  std::map<std::string, int> counts_;
  std::int64_t steps_left_ = kMostStepsInAll;
};

}  // namespace

void recognize_operators(OperatorGraph& graph) { Recognition(graph).run(); }

}  // namespace mensa::onnx_import
