#include "onnx_import/annotate/network_depth.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace mensa::onnx_import {
namespace {

/// Operators of all domains that sum up products of their inputs or weights.
bool is_product(std::string_view op) {
  constexpr std::array<std::string_view, 29> kProducts = {"Attention",
                                                          "Conv",
                                                          "ConvInteger",
                                                          "ConvTranspose",
                                                          "DeformConv",
                                                          "DynamicQuantizeLSTM",
                                                          "Einsum",
                                                          "FusedConv",
                                                          "FusedGemm",
                                                          "FusedMatMul",
                                                          "GRU",
                                                          "Gemm",
                                                          "LSTM",
                                                          "MatMul",
                                                          "MatMulInteger",
                                                          "MatMulInteger16",
                                                          "MatMulNBits",
                                                          "MatMulIntegerToFloat",
                                                          "QAttention",
                                                          "QGemm",
                                                          "QLinearConv",
                                                          "QLinearMatMul",
                                                          "RNN",
                                                          "TransposeMatMul",
                                                          "MultiHeadAttention",
                                                          "GroupQueryAttention",
                                                          "DynamicQuantizeMatMul",
                                                          "DFT",
                                                          "STFT"};
  return std::find(kProducts.begin(), kProducts.end(), op) != kProducts.end();
}

class DepthCounter {
 public:
  explicit DepthCounter(const OperatorGraph& graph)
      : graph_(graph), products_(graph.values.size()) {
    visit(graph.main);
  }

  [[nodiscard]] std::vector<double> relative() const {
    std::vector<double> depths(products_.size());
    const int most = products_.empty() ? 0 : *std::max_element(products_.begin(), products_.end());
    if (most == 0) return depths;
    std::transform(products_.begin(), products_.end(), depths.begin(),
                   [most](int count) { return static_cast<double>(count) / most; });
    return depths;
  }

 private:
  void visit(const Block& block) {
    for (const Node& node : block.nodes) visit(node);
  }

  void visit(const Node& node) {
    int deepest = 0;
    const auto read = [&](ValueId id) {
      deepest = std::max({deepest, products_[id.index()], products_[graph_.root(id).index()]});
    };
    for (const auto& input : node.inputs) {
      if (input) read(*input);
    }
    for (const ValueId id : node.captures) read(id);
    for (const auto& [name, inner] : node.blocks) {
      for (const ValueId id : inner->inputs) products_[id.index()] = deepest;
      visit(*inner);
    }
    for (const auto& [name, inner] : node.blocks) {
      for (const ValueId id : inner->outputs) read(id);
    }
    if (is_product(node.op)) ++deepest;
    for (const auto& output : node.outputs) {
      if (output) products_[output->index()] = deepest;
    }
  }

  const OperatorGraph& graph_;
  std::vector<int> products_;  ///< on the longest way, by value
};

}  // namespace

std::vector<double> relative_depths(const OperatorGraph& graph) {
  return DepthCounter(graph).relative();
}

}  // namespace mensa::onnx_import
