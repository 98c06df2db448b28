#include "onnx_import/fusion/padding.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "onnx_import/fusion/patterns/pattern.h"
#include "onnx_import/fusion/value_uses.h"
#include "onnx_import/operator_graph/limits.h"

namespace mensa::onnx_import {
namespace {

constexpr std::size_t kFirstSpatialAxis = 2;  // behind batch and channels

/// Pads at both ends of all axes, as ONNX orders them: every axis' begin, then every axis' end.
using Pads = std::vector<std::int64_t>;

std::optional<Pads> pads_of(const OperatorGraph& graph, const Node& pad) {
  const std::size_t rank = graph.value(*pad.inputs[0]).shape.size();
  const auto known = [&](std::size_t input) -> std::optional<std::vector<std::int64_t>> {
    if (pad.inputs.size() <= input || !pad.inputs[input]) return std::nullopt;
    return graph.value(*pad.inputs[input]).integers;
  };
  const auto given = pad.attributes.has("pads") ? pad.attributes.integers_or("pads", {}) : known(1);
  const bool names_axes = pad.inputs.size() > 3 && pad.inputs[3];
  if (!given || (!names_axes && given->size() != 2 * rank)) return std::nullopt;
  if (!names_axes) return *given;
  const auto axes = known(3);
  if (!axes || given->size() != 2 * axes->size()) return std::nullopt;
  Pads pads(2 * rank);
  for (std::size_t i = 0; i < axes->size(); ++i) {
    const std::int64_t axis = (*axes)[i] < 0 ? (*axes)[i] + std::ssize(pads) / 2 : (*axes)[i];
    pads[static_cast<std::size_t>(axis)] = (*given)[i];
    pads[static_cast<std::size_t>(axis) + rank] = (*given)[i + axes->size()];
  }
  return pads;
}

/// What the pad fills in; none where it is not known or no constant.
std::optional<double> filler_of(const OperatorGraph& graph, const Node& pad) {
  if (pad.attributes.string_or("mode", "constant") != "constant") return std::nullopt;
  if (pad.inputs.size() > 2 && pad.inputs[2]) return known_number(graph.value(*pad.inputs[2]));
  return pad.attributes.number_or("value", 0);
}

/// The pads of the spatial axes alone; none where other axes are padded or something is cut off.
std::optional<Pads> spatial(const Pads& pads) {
  const std::size_t rank = pads.size() / 2;
  Pads kept;
  for (std::size_t i = 0; i < pads.size(); ++i) {
    if (pads[i] < 0 || pads[i] > kLongestWindow) return std::nullopt;
    if (i % rank >= kFirstSpatialAxis) {
      kept.push_back(pads[i]);
    } else if (pads[i] != 0) {
      return std::nullopt;
    }
  }
  return kept;
}

class PaddingFolder {
 public:
  explicit PaddingFolder(OperatorGraph& graph) : graph_(graph), uses_(graph) {}

  void run() {
    find_readers(graph_.main);
    fold(graph_.main);
    drop_folded(graph_.main);
  }

 private:
  void find_readers(Block& block) {
    for (Node& node : block.nodes) {
      for (auto& [name, inner] : node.blocks) find_readers(*inner);
      if (node.inputs.empty() || !node.inputs[0]) continue;
      // Of several readers none is asked for.
      readers_[*node.inputs[0]] = &node;
    }
  }

  void fold(Block& block) {
    for (Node& node : block.nodes) {
      for (auto& [name, inner] : node.blocks) fold(*inner);
      if (node.op == "Pad" && node.domain.empty()) fold_pad(block, node);
    }
  }

  void fold_pad(const Block& block, Node& pad) {
    const auto all = pads_of(graph_, pad);
    const auto filler = filler_of(graph_, pad);
    if (!all || !filler) return;
    const auto pads = spatial(*all);
    if (!pads || pads->empty()) return;
    // Values of the padded shape on the way to the window.
    std::vector<ValueId> between = {*pad.outputs[0]};
    Node* window = only_reader(block, between.back());
    while (window != nullptr && is_step(*window) && *filler == 0) {
      between.push_back(*window->outputs[0]);
      window = only_reader(block, between.back());
    }
    if (window == nullptr) return;
    auto sums = window->attributes.integers_or("pads", Pads(pads->size()));
    if (sums.size() != pads->size()) return;
    const bool has_own = sums != Pads(sums.size());
    for (std::size_t i = 0; i < sums.size(); ++i) {
      sums[i] += (*pads)[i];
      if (sums[i] < 0 || sums[i] > kLongestWindow) return;
    }
    if (!takes(block, *window, pad, *filler, sums, has_own)) return;
    // Averages count what the pad filled in.
    if (window->op == "AveragePool") {
      window->attributes.set("count_include_pad", std::int64_t{1});
    }
    window->attributes.set("pads", std::move(sums));
    window->attributes.set("auto_pad", std::string("NOTSET"));
    window->merged.push_back(pad.name);
    window->merged.insert(window->merged.end(), pad.merged.begin(), pad.merged.end());
    // The first of these has no maker any more; its readers read what the pad read.
    const ValueId before = *pad.inputs[0];
    readers_[between.front()]->inputs[0] = before;
    for (const ValueId id : between) graph_.value(id).shape = graph_.value(before).shape;
    folded_.insert(&pad);
  }

  [[nodiscard]] Node* only_reader(const Block& block, ValueId id) const {
    const auto found = readers_.find(id);
    if (uses_.readers(id) != 1 || found == readers_.end()) return nullptr;
    const Node* first = block.nodes.data();
    Node* reader = found->second;
    return reader >= first && reader < first + block.nodes.size() ? reader : nullptr;
  }

  /// To or from integers with one scale: zero stays zero.
  [[nodiscard]] bool is_step(const Node& node) const {
    return (node.op == "QuantizeLinear" || node.op == "DequantizeLinear") &&
           node.inputs.size() > 1 && node.inputs[1] && node.outputs.size() == 1 &&
           node.outputs[0] && element_count(graph_.value(*node.inputs[1]).shape) == 1;
  }

  /// Whether the window may have `pads`, of which those of its own (`has_own`) are a part.
  [[nodiscard]] bool takes(const Block& block, const Node& window, const Node& pad, double filler,
                           const Pads& pads, bool has_own) const {
    const std::string auto_pad = window.attributes.string_or("auto_pad", "NOTSET");
    const bool own_pads = auto_pad == "NOTSET" || auto_pad.empty();
    if (!own_pads && (auto_pad != "VALID" || window.attributes.has("pads"))) return false;
    if (window.attributes.integer_or("channels_last", 0) != 0) return false;
    if (window.op == "Conv" || window.op == "FusedConv") return filler == 0;
    if (window.op == "ConvInteger") return filler == zero_point(window, 2);
    if (window.op == "QLinearConv") return filler == zero_point(window, 2);
    // Windows that hang over the end would be counted from another end.
    if (window.attributes.integer_or("ceil_mode", 0) != 0) return false;
    if (window.op == "AveragePool") {
      return filler == 0 && (!has_own || window.attributes.integer_or("count_include_pad", 0) != 0);
    }
    return window.op == "MaxPool" && window.outputs.size() == 1 &&
           each_window_has_input(window, pads) &&
           (filler <= std::numeric_limits<float>::lowest() ||
            (filler == 0 && is_not_negative(block, *pad.inputs[0])));
  }

  [[nodiscard]] std::optional<double> zero_point(const Node& node, std::size_t input) const {
    if (node.inputs.size() <= input || !node.inputs[input]) return 0;
    return known_number(graph_.value(*node.inputs[input]));
  }

  static bool each_window_has_input(const Node& window, const Pads& pads) {
    const auto kernel = window.attributes.integers_or("kernel_shape", {});
    for (std::size_t i = 0; i < pads.size(); ++i) {
      if (kernel.size() * 2 != pads.size() || pads[i] >= kernel[i % kernel.size()]) return false;
    }
    return true;
  }

  [[nodiscard]] bool is_not_negative(const Block& block, ValueId id) const {
    const Node* maker = uses_.maker(block, id);
    if (maker == nullptr) return false;
    if (maker->op == "Relu" || maker->op == "Sigmoid" || maker->op == "HardSigmoid") return true;
    if (maker->op != "Clip") return false;
    if (maker->inputs.size() > 1 && maker->inputs[1]) {
      return known_number(graph_.value(*maker->inputs[1])).value_or(-1) >= 0;
    }
    return maker->attributes.number_or("min", -1) >= 0;
  }

  void drop_folded(Block& block) {
    for (Node& node : block.nodes) {
      for (auto& [name, inner] : node.blocks) drop_folded(*inner);
    }
    if (folded_.empty()) return;
    std::vector<Node> kept;
    kept.reserve(block.nodes.size());
    for (Node& node : block.nodes) {
      if (!folded_.contains(&node)) kept.push_back(std::move(node));
    }
    block.nodes = std::move(kept);
  }

  OperatorGraph& graph_;
  ValueUses uses_;
  /// The last node that reads a value as its first input.
  std::unordered_map<ValueId, Node*> readers_;
  std::unordered_set<const Node*> folded_;
};

}  // namespace

void fold_padding(OperatorGraph& graph) { PaddingFolder(graph).run(); }

}  // namespace mensa::onnx_import
