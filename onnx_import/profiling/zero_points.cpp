#include "onnx_import/profiling/zero_points.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

#include "onnx_import/annotate/moving_operators.h"

namespace mensa::onnx_import {
namespace {

using ZeroPoint = std::optional<std::int64_t>;

/// An operand or result of an operator and the input that holds its zero point.
struct QuantizedPlace {
  std::string_view op;
  std::size_t tensor = 0;
  std::size_t zero_point = 0;
};
constexpr std::array kQuantizedResults = {QuantizedPlace{"QuantizeLinear", 0, 2},
                                          QuantizedPlace{"QLinearConv", 0, 7},
                                          QuantizedPlace{"QLinearMatMul", 0, 7}};
constexpr std::array kQuantizedOperands = {
    QuantizedPlace{"DequantizeLinear", 0, 2}, QuantizedPlace{"QLinearConv", 0, 2},
    QuantizedPlace{"QLinearMatMul", 0, 2},    QuantizedPlace{"QLinearMatMul", 3, 5},
    QuantizedPlace{"ConvInteger", 0, 2},      QuantizedPlace{"MatMulInteger", 0, 2},
    QuantizedPlace{"MatMulInteger", 1, 3}};

class Finder {
 public:
  explicit Finder(const OperatorGraph& graph)
      : graph_(graph), zero_points_(graph.values.size(), 0) {
    for (const Node& node : graph.main.nodes) read_inputs(node);
    for (const Node& node : graph.main.nodes) {
      for (std::size_t i = 0; i < node.outputs.size(); ++i) {
        if (node.outputs[i]) zero_points_[node.outputs[i]->index()] = of_result(node, i);
      }
    }
  }

  [[nodiscard]] std::vector<ZeroPoint> take() { return std::move(zero_points_); }

 private:
  /// Inputs of the model have the zero points that they are read with.
  void read_inputs(const Node& node) {
    for (const QuantizedPlace& place : kQuantizedOperands) {
      if (node.op != place.op || place.tensor >= node.inputs.size() || !node.inputs[place.tensor]) {
        continue;
      }
      const ValueId id = *node.inputs[place.tensor];
      const auto& inputs = graph_.main.inputs;
      if (std::find(inputs.begin(), inputs.end(), id) == inputs.end()) continue;
      zero_points_[id.index()] = of_input(node, place.zero_point);
    }
  }

  [[nodiscard]] ZeroPoint of_input(const Node& node, std::size_t input) const {
    if (input >= node.inputs.size() || !node.inputs[input]) return 0;
    const auto& points = graph_.value(*node.inputs[input]).integers;
    if (!points || points->empty()) return std::nullopt;
    const bool same = std::all_of(points->begin(), points->end(),
                                  [&](std::int64_t point) { return point == points->front(); });
    return same ? ZeroPoint(points->front()) : std::nullopt;
  }

  [[nodiscard]] ZeroPoint of_result(const Node& node, std::size_t output) const {
    for (const QuantizedPlace& place : kQuantizedResults) {
      if (node.op == place.op && output == place.tensor) return of_input(node, place.zero_point);
    }
    if (node.op == "DynamicQuantizeLinear") return output == 0 ? std::nullopt : ZeroPoint(0);
    if (node.op == "DequantizeLinear") return 0;
    if (node.op == "Concat") return common(node);
    if (moves_elements(node) || node.op == "MaxPool" || node.op == "Pad") {
      return node.inputs.empty() || !node.inputs[0] ? ZeroPoint(0)
                                                    : zero_points_[node.inputs[0]->index()];
    }
    return 0;
  }

  [[nodiscard]] ZeroPoint common(const Node& node) const {
    ZeroPoint point;
    for (const auto& input : node.inputs) {
      if (!input) continue;
      const ZeroPoint each = zero_points_[input->index()];
      if (!each || (point && *point != *each)) return std::nullopt;
      point = each;
    }
    return point;
  }

  const OperatorGraph& graph_;
  std::vector<ZeroPoint> zero_points_;
};

}  // namespace

std::vector<ZeroPoint> zero_points(const OperatorGraph& graph) { return Finder(graph).take(); }

}  // namespace mensa::onnx_import
