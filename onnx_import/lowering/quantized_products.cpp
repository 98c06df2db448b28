#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "models/base/units.h"
#include "onnx_import/lowering/convolution.h"
#include "onnx_import/lowering/epilogue.h"
#include "onnx_import/lowering/gemm.h"
#include "onnx_import/lowering/lowering.h"
#include "onnx_import/lowering/operation_counts.h"
#include "onnx_import/lowering/product.h"
#include "onnx_import/operator_graph/limits.h"

// Products of integers of few bits. Where the result is of few bits too, scaling it back
// (requantization) takes no operation: every accelerator's output path does it for all layers,
// those of models in floats as well. Where it is in floats, that is one multiplication. Zero points
// are folded into the accumulators' start.

namespace mensa::onnx_import {
namespace {

using models::ElementType;
using models::TensorId;

/// Places of the operands among a node's inputs.
struct FactorPlaces {
  std::size_t a;
  std::size_t b;
};

constexpr FactorPlaces kQLinearMatMul{0, 3};  // a, a_scale, a_zero_point, b, ...
constexpr FactorPlaces kPlain{0, 1};

DraftLayer integer_product_layer(LayerContext& node, const FactorPlaces& operands) {
  const Product product = product_of(node.shape(operands.a), node.shape(operands.b));
  DraftLayer entry = product_layer(node, operands.a, operands.b, product);
  entry.layer.outputs = {node.write(0)};
  return entry;
}

void infer_integer_product(TypeContext& node, const FactorPlaces& operands, ElementType result) {
  node.set_output(0, result, product_of(node.shape(operands.a), node.shape(operands.b)).result);
}

// --- ai.onnx ------------------------------------------------------------------------------------

void infer_qlinear_matmul(TypeContext& node) {
  constexpr std::size_t kResultZeroPoint = 7;
  infer_integer_product(node, kQLinearMatMul, node.input(kResultZeroPoint).type);
}
void lower_qlinear_matmul(LayerContext& node) {
  node.add(integer_product_layer(node, kQLinearMatMul));
}

void infer_matmul_integer(TypeContext& node) {
  infer_integer_product(node, kPlain, ElementType::kInt32);
}
void lower_matmul_integer(LayerContext& node) { node.add(integer_product_layer(node, kPlain)); }

constexpr ConvolutionOperands kQLinearConv{0, 3, 8};  // x, x_scale, x_zero_point, w, ..., bias
constexpr ConvolutionOperands kConvInteger{0, 1, std::nullopt};

void infer_qlinear_conv(TypeContext& node) {
  constexpr std::size_t kResultZeroPoint = 7;
  infer_convolution(node, kQLinearConv, node.input(kResultZeroPoint).type);
}
void lower_qlinear_conv(LayerContext& node) { node.add(convolution_layer(node, kQLinearConv)); }

void infer_conv_integer(TypeContext& node) {
  infer_convolution(node, kConvInteger, ElementType::kInt32);
}
void lower_conv_integer(LayerContext& node) { node.add(convolution_layer(node, kConvInteger)); }

// --- com.microsoft ------------------------------------------------------------------------------

/// a, a_scale, a_zero_point, b, b_scale, b_zero_point, bias, y_scale, y_zero_point: in floats where
/// the result's scale is left out.
struct QGemm {
  static constexpr std::size_t kA = 0;
  static constexpr std::size_t kB = 3;
  static constexpr std::size_t kBScale = 4;
  static constexpr std::size_t kBias = 6;
  static constexpr std::size_t kResultZeroPoint = 8;
};

void infer_qgemm(TypeContext& node) {
  const Product product =
      gemm_product(node.attributes(), node.shape(QGemm::kA), node.shape(QGemm::kB));
  check_gemm_bias(node, QGemm::kBias, product.result);
  node.set_output(0,
                  node.has_input(QGemm::kResultZeroPoint) ? node.input(QGemm::kResultZeroPoint).type
                                                          : ElementType::kFloat32,
                  product.result);
}

void lower_qgemm(LayerContext& node) {
  DraftLayer entry =
      product_layer(node, QGemm::kA, QGemm::kB,
                    gemm_product(node.attributes(), node.shape(QGemm::kA), node.shape(QGemm::kB)));
  entry.layer.outputs = {node.write(0)};
  if (node.has_input(QGemm::kBias)) add_bias(node, entry, QGemm::kBias);
  if (!node.has_input(QGemm::kResultZeroPoint)) add_dequantization(node, entry, QGemm::kBScale);
  node.add(std::move(entry));
}

/// A, B, a_scale, b_scale, a_zero_point, b_zero_point, bias.
struct ToFloat {
  static constexpr std::size_t kBScale = 3;
  static constexpr std::size_t kBias = 6;
};

void infer_matmul_to_float(TypeContext& node) {
  infer_integer_product(node, kPlain, ElementType::kFloat32);
}

void lower_matmul_to_float(LayerContext& node) {
  DraftLayer entry = integer_product_layer(node, kPlain);
  add_dequantization(node, entry, ToFloat::kBScale);
  if (node.has_input(ToFloat::kBias)) add_bias(node, entry, ToFloat::kBias);
  node.add(std::move(entry));
}

/// A in floats, B, b_scale, b_zero_point, bias: A is quantized first.
struct DynamicQuantizeMatMul {
  static constexpr std::size_t kA = 0;
  static constexpr std::size_t kB = 1;
  static constexpr std::size_t kBScale = 2;
  static constexpr std::size_t kBias = 4;
};

void infer_dynamic_matmul(TypeContext& node) {
  if (node.input(DynamicQuantizeMatMul::kA).constant) {
    TypeContext::unsupported("a constant factor to quantize");
  }
  infer_integer_product(node, kPlain, node.input(DynamicQuantizeMatMul::kA).type);
}

void lower_dynamic_matmul(LayerContext& node) {
  using Inputs = DynamicQuantizeMatMul;
  const std::int64_t elements = node.elements(Inputs::kA);
  DraftLayer quantize = node.new_layer("quantize");
  quantize.layer.op = "DynamicQuantizeLinear";
  quantize.layer.work = models::VectorWork{elements, elements, kDynamicQuantize};
  quantize.layer.inputs = node.read(Inputs::kA);
  const TensorId quantized =
      node.new_tensor("quantized", node.shape(Inputs::kA), ElementType::kUint8);
  quantize.layer.outputs = {quantized};
  node.add(std::move(quantize));

  const Product product = product_of(node.shape(Inputs::kA), node.shape(Inputs::kB));
  DraftLayer entry =
      product_layer(node, "product", quantized, node.read_whole(Inputs::kB), product);
  entry.channels = {product.columns, 1};
  entry.layer.outputs = {node.write(0)};
  add_dequantization(node, entry, Inputs::kBScale);
  if (node.has_input(Inputs::kBias)) add_bias(node, entry, Inputs::kBias);
  node.add(std::move(entry));
}

/// A [.., K] by B, packed as [N, K / block_size, block_size bits / 8], with scales, zero points,
/// the order of the rows, and a bias.
struct MatMulNBits {
  static constexpr std::size_t kA = 0;
  static constexpr std::size_t kB = 1;
  static constexpr std::size_t kScales = 2;
  static constexpr std::size_t kZeroPoints = 3;
  static constexpr std::size_t kBias = 5;

  std::int64_t inner = 0;
  std::int64_t columns = 0;
  std::int64_t blocks = 0;  ///< along the inner axis
  ElementType type = ElementType::kUint4;
};

template <class Context>
MatMulNBits read_nbits(const Context& node) {
  const Attributes& attributes = node.attributes();
  MatMulNBits packed;
  packed.inner = attributes.integer_or("K", 0);
  packed.columns = attributes.integer_or("N", 0);
  const std::int64_t bits = attributes.integer_or("bits", 4);
  const std::int64_t block = attributes.integer_or("block_size", 0);
  if (bits != 4 && bits != 8) TypeContext::unsupported(fmt::format("weights of {} bits", bits));
  const Shape& a = node.shape(MatMulNBits::kA);
  const auto misfit = [&] {
    TypeContext::fail(fmt::format(
        "K is {}, N {} and block_size {}, but its input has shape {} and its weights {}",
        packed.inner, packed.columns, block, fmt::join(a, "x"),
        fmt::join(node.shape(MatMulNBits::kB), "x")));
  };
  if (packed.inner < 1 || packed.columns < 1 || block < 16 || block > kLongestWindow || a.empty() ||
      a.back() != packed.inner) {
    misfit();
  }
  packed.blocks = base::ceil_div(packed.inner, block);
  const auto bytes = element_count(std::vector{packed.columns, packed.blocks, block * bits / 8});
  if (!bytes || bytes != element_count(node.shape(MatMulNBits::kB))) misfit();
  packed.type = bits == 4 ? ElementType::kUint4 : ElementType::kUint8;
  return packed;
}

void infer_matmul_nbits(TypeContext& node) {
  const MatMulNBits packed = read_nbits(node);
  if (!node.input(MatMulNBits::kB).constant) {
    TypeContext::unsupported("its weights are not constant");
  }
  Shape result = node.shape(MatMulNBits::kA);
  result.back() = packed.columns;
  node.set_output(0, node.input(MatMulNBits::kA).type, std::move(result));
}

/// Each block's sum is scaled before it joins the others: one operation for each block.
void lower_matmul_nbits(LayerContext& node) {
  const MatMulNBits packed = read_nbits(node);
  const TensorId weights = node.tensors().part(node.read(MatMulNBits::kB).front(), "unpacked",
                                               {packed.columns, packed.inner});
  node.draft().tensor(weights).type = packed.type;
  node.draft().tensor(weights).sparsity.reset();  // that of the packed bytes says nothing
  Product product;
  product.rows = node.elements(MatMulNBits::kA) / packed.inner;
  product.inner = packed.inner;
  product.columns = packed.columns;
  DraftLayer entry = product_layer(node, {}, node.read_whole(MatMulNBits::kA), weights, product);
  entry.channels = {product.columns, 1};
  entry.layer.outputs = {node.write(0)};
  add_dequantization(node, entry, MatMulNBits::kScales);
  models::Epilogue& scales = entry.layer.epilogue.back();
  scales.work.operations_per_element = packed.blocks;
  if (node.has_input(MatMulNBits::kZeroPoints) && node.input(MatMulNBits::kZeroPoints).constant) {
    scales.parameters.push_back(node.read(MatMulNBits::kZeroPoints).front());
  }
  if (node.has_input(MatMulNBits::kBias)) add_bias(node, entry, MatMulNBits::kBias);
  node.add(std::move(entry));
}

}  // namespace

Lowering quantized_products_lowering() {
  return {"",
          {{"QLinearMatMul", infer_qlinear_matmul, lower_qlinear_matmul},
           {"MatMulInteger", infer_matmul_integer, lower_matmul_integer},
           {"QLinearConv", infer_qlinear_conv, lower_qlinear_conv},
           {"ConvInteger", infer_conv_integer, lower_conv_integer}}};
}

Lowering contrib_quantized_products_lowering() {
  return {"com.microsoft",
          {{"QLinearConv", infer_qlinear_conv, lower_qlinear_conv},
           {"QGemm", infer_qgemm, lower_qgemm},
           {"MatMulInteger16", infer_matmul_integer, lower_matmul_integer},
           {"MatMulIntegerToFloat", infer_matmul_to_float, lower_matmul_to_float},
           {"DynamicQuantizeMatMul", infer_dynamic_matmul, lower_dynamic_matmul},
           {"MatMulNBits", infer_matmul_nbits, lower_matmul_nbits}}};
}

}  // namespace mensa::onnx_import
