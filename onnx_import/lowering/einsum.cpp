#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "onnx_import/lowering/einsum_equation.h"
#include "onnx_import/lowering/lowering.h"
#include "onnx_import/lowering/operation_counts.h"
#include "onnx_import/lowering/product.h"
#include "onnx_import/operator_graph/limits.h"

// Two operands: axes that both and the result have are a batch, those of one operand are rows or
// columns, and what the result lacks is summed over, a batched product of matrices whatever the
// order of the axes, since operands are read and results written in any order. Where nothing is
// summed over it is an elementwise product. One operand: a transpose, a diagonal, or a sum.

namespace mensa::onnx_import {
namespace {

using Labels = std::vector<EinsumLabel>;

bool has(const Labels& labels, EinsumLabel label) {
  return std::find(labels.begin(), labels.end(), label) != labels.end();
}

template <class Context>
EinsumEquation equation_of(const Context& node) {
  std::vector<Shape> shapes;
  for (std::size_t i = 0; i < node.node().inputs.size(); ++i) shapes.push_back(node.shape(i));
  return read_einsum(node.attributes().string_or("equation", ""), shapes);
}

bool repeats(Labels labels) {
  std::sort(labels.begin(), labels.end());
  return std::adjacent_find(labels.begin(), labels.end()) != labels.end();
}

void check_two_operands(const EinsumEquation& equation) {
  for (const Labels& operand : equation.operands) {
    if (repeats(operand)) TypeContext::unsupported("a diagonal of one of several operands");
    const Labels& other =
        &operand == &equation.operands[0] ? equation.operands[1] : equation.operands[0];
    for (const EinsumLabel label : operand) {
      if (!has(other, label) && !has(equation.result, label) && equation.extents.at(label) > 1) {
        TypeContext::unsupported("a sum over an axis of one operand alone");
      }
    }
  }
}

void infer_einsum(TypeContext& node) {
  const EinsumEquation equation = equation_of(node);
  if (equation.operands.size() > 2) {
    TypeContext::unsupported(
        fmt::format("{} operands; at most two are multiplied at once", equation.operands.size()));
  }
  if (equation.operands.size() == 2) check_two_operands(equation);
  Shape shape = equation.result_shape();
  if (equation.operands.size() == 1 && equation.operands[0] == equation.result) {
    return node.set_view(0, 0, std::move(shape));
  }
  node.set_output(0, node.input(0).type, std::move(shape));
}

/// A copy of the elements that stay, or a sum over those that do not.
void lower_one(LayerContext& node, const EinsumEquation& equation) {
  std::int64_t summed = 1;
  for (const auto& [label, extent] : equation.extents) {
    if (!has(equation.result, label)) summed *= extent;
  }
  if (summed == 1) {
    node.add_move_layer({0});
  } else {
    node.add_vector_layer_of({0}, summed * kArithmetic);
  }
}

Product einsum_product(const LayerContext& node, const EinsumEquation& equation) {
  const Labels& a = equation.operands[0];
  const Labels& b = equation.operands[1];
  Product product;
  const auto extent_in = [&](const Labels& labels, std::size_t input, EinsumLabel label) {
    const auto at = std::find(labels.begin(), labels.end(), label);
    if (at == labels.end()) return std::int64_t{1};
    return node.shape(input)[static_cast<std::size_t>(at - labels.begin())];
  };
  for (const auto& [label, extent] : equation.extents) {
    // An axis of extent 1 is stretched: that operand does not vary along it.
    const bool in_a = extent_in(a, 0, label) > 1;
    const bool in_b = extent_in(b, 1, label) > 1;
    if (!has(equation.result, label)) {
      product.inner *= extent;
    } else if (in_a && in_b) {
      product.batch_of_both *= extent;
    } else if (in_a) {
      product.rows *= extent;
    } else {
      product.columns *= extent;
    }
  }
  return product;
}

void lower_two(LayerContext& node, const EinsumEquation& equation) {
  const Product product = einsum_product(node, equation);
  if (product.inner == 1) {
    node.add_vector_layer_of({0, 1}, kArithmetic);
    return;
  }
  DraftLayer entry = product_layer(node, 0, 1, product);
  entry.channels = {};  // the result may have them anywhere
  entry.layer.outputs = {node.write(0)};
  node.add(std::move(entry));
}

void lower_einsum(LayerContext& node) {
  const EinsumEquation equation = equation_of(node);
  equation.operands.size() == 1 ? lower_one(node, equation) : lower_two(node, equation);
}

}  // namespace

Lowering einsum_lowering() { return {"", {{"Einsum", infer_einsum, lower_einsum}}}; }

}  // namespace mensa::onnx_import
