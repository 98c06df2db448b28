#include "onnx_import/lowering/epilogue.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "onnx_import/lowering/operation_counts.h"

namespace mensa::onnx_import {
namespace {

models::Epilogue new_epilogue(const LayerContext& node, std::string_view op,
                              std::int64_t operations, std::int64_t elements) {
  models::Epilogue epilogue;
  epilogue.op = std::string(op);
  epilogue.node = node.node().name;
  epilogue.work = {elements, elements, operations};
  return epilogue;
}

void add_sum(LayerContext& node, DraftLayer& entry, std::size_t index, std::string_view op,
             std::int64_t elements) {
  models::Epilogue sum = new_epilogue(node, op, kArithmetic, elements);
  if (node.input(index).constant) {
    sum.parameters = node.read(index);
  } else {
    sum.extra_inputs = node.read(index);
    sum.work.elements_in += node.elements(index);
  }
  entry.layer.epilogue.push_back(std::move(sum));
}

}  // namespace

void add_bias(LayerContext& node, DraftLayer& entry, std::size_t index) {
  add_bias(node, entry, index, node.output_elements(0));
}

void add_bias(LayerContext& node, DraftLayer& entry, std::size_t index, std::int64_t elements) {
  add_sum(node, entry, index, "Bias", elements);
}

void add_residual(LayerContext& node, DraftLayer& entry, std::size_t index) {
  add_sum(node, entry, index, "Add", node.output_elements(0));
}

void add_activation(LayerContext& node, DraftLayer& entry, std::string_view name,
                    std::int64_t operations) {
  entry.layer.epilogue.push_back(new_epilogue(node, name, operations, node.output_elements(0)));
}

void add_dequantization(LayerContext& node, DraftLayer& entry, std::size_t index) {
  models::Epilogue scale = new_epilogue(node, "Dequantize", kArithmetic, node.output_elements(0));
  if (node.has_input(index) && node.input(index).constant && node.elements(index) > 1) {
    scale.parameters = node.read(index);
  }
  entry.layer.epilogue.push_back(std::move(scale));
}

std::optional<std::int64_t> activation_operations(std::string_view name) {
  struct Row {
    std::string_view name;
    std::int64_t operations;
  };
  static constexpr std::array kRows = {Row{"Affine", 2 * kArithmetic},
                                       Row{"Clip", kClip},
                                       Row{"Elu", kTable},
                                       Row{"Gelu", kTable},
                                       Row{"HardSigmoid", 2 * kArithmetic + kClip},
                                       Row{"LeakyRelu", kLeakyRelu},
                                       Row{"Relu", kCompare},
                                       Row{"ScaledTanh", 2 * kArithmetic + kTable},
                                       Row{"Sigmoid", kTable},
                                       Row{"Softplus", kTable},
                                       Row{"Softsign", kTable},
                                       Row{"Tanh", kTable},
                                       Row{"ThresholdedRelu", kLeakyRelu}};
  const auto* const found =
      std::find_if(kRows.begin(), kRows.end(), [&](const Row& row) { return row.name == name; });
  if (found == kRows.end()) return std::nullopt;
  return found->operations;
}

}  // namespace mensa::onnx_import
