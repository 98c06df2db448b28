#include "onnx_import/lowering/builtins.h"

#include <array>
#include <cassert>
#include <map>
#include <string>
#include <utility>

namespace mensa::onnx_import {

// One in each .cpp of this folder.
Lowering activation_lowering();
Lowering attention_lowering();
Lowering branch_lowering();
Lowering constant_lowering();
Lowering contrib_embedding_lowering();
Lowering contrib_quantization_lowering();
Lowering contrib_quantized_products_lowering();
Lowering convolution_lowering();
Lowering deformable_convolution_lowering();
Lowering dynamic_quantize_lstm_lowering();
Lowering einsum_lowering();
Lowering elementwise_lowering();
Lowering fused_convolution_lowering();
Lowering fused_gemm_lowering();
Lowering fused_matmul_lowering();
Lowering gelu_lowering();
Lowering gemm_lowering();
Lowering generation_lowering();
Lowering gru_lowering();
Lowering indexing_lowering();
Lowering joining_lowering();
Lowering layer_normalization_lowering();
Lowering loop_lowering();
Lowering loss_lowering();
Lowering lstm_lowering();
Lowering matmul_lowering();
Lowering multi_head_attention_lowering();
Lowering normalization_lowering();
Lowering pooling_lowering();
Lowering projected_attention_lowering();
Lowering quantization_lowering();
Lowering quantized_elementwise_lowering();
Lowering quantized_products_lowering();
Lowering rearranging_lowering();
Lowering reduction_lowering();
Lowering replication_lowering();
Lowering resize_lowering();
Lowering rnn_lowering();
Lowering rotary_embedding_lowering();
Lowering sampling_lowering();
Lowering scan_lowering();
Lowering selection_lowering();
Lowering sequence_lowering();
Lowering skip_normalization_lowering();
Lowering slicing_lowering();
Lowering softmax_lowering();
Lowering spectral_lowering();
Lowering transpose_lowering();
Lowering transposed_convolution_lowering();
Lowering view_lowering();

namespace {

constexpr std::array kEntries = {
    LoweringEntry{
        "activation",
        "functions of one element: Relu to Mish, Clip, Abs to Atanh, tests, Cast, CastLike",
        activation_lowering},
    LoweringEntry{"attention", "Attention (operator set 23): grouped heads, mask, past and present",
                  attention_lowering},
    LoweringEntry{"branch", "If: one branch, by its condition, by option, or the costlier one",
                  branch_lowering},
    LoweringEntry{"constant", "Constant, ConstantOfShape, Shape, Size: known at import, no layer",
                  constant_lowering},
    LoweringEntry{"contrib_embedding", "RotaryEmbedding, EmbedLayerNormalization (com.microsoft)",
                  contrib_embedding_lowering},
    LoweringEntry{"contrib_quantization", "QuantizeLinear, DequantizeLinear of com.microsoft",
                  contrib_quantization_lowering},
    LoweringEntry{"contrib_quantized_products",
                  "QLinearConv, QGemm, MatMulInteger16, MatMulIntegerToFloat, "
                  "DynamicQuantizeMatMul, MatMulNBits",
                  contrib_quantized_products_lowering},
    LoweringEntry{"convolution", "Conv: 1-D to 3-D, grouped, dilated, any padding",
                  convolution_lowering},
    LoweringEntry{"deformable_convolution", "DeformConv: samples, then a product",
                  deformable_convolution_lowering},
    LoweringEntry{"dynamic_quantize_lstm",
                  "DynamicQuantizeLSTM (com.microsoft): an LSTM with weights of 8 bits",
                  dynamic_quantize_lstm_lowering},
    LoweringEntry{"einsum",
                  "Einsum: products of two operands; transposes, diagonals and sums of one",
                  einsum_lowering},
    LoweringEntry{"elementwise",
                  "arithmetic, comparison, logic, Pow, PRelu, Where and others, with broadcasting",
                  elementwise_lowering},
    LoweringEntry{"fused_convolution", "FusedConv (com.microsoft): with a sum and an activation",
                  fused_convolution_lowering},
    LoweringEntry{"fused_gemm", "FusedGemm (com.microsoft): with an activation",
                  fused_gemm_lowering},
    LoweringEntry{"fused_matmul", "FusedMatMul (com.microsoft): with transposed factors",
                  fused_matmul_lowering},
    LoweringEntry{"gelu", "Gelu, FastGelu, BiasGelu, QuickGelu (com.microsoft)", gelu_lowering},
    LoweringEntry{"gemm", "Gemm: either factor constant, bias of any shape", gemm_lowering},
    LoweringEntry{
        "generation",
        "Range, EyeLike, windows: constant; RandomNormal, RandomUniform, Bernoulli, Multinomial",
        generation_lowering},
    LoweringEntry{"gru", "GRU: all directions, reset before or after the product; constant weights",
                  gru_lowering},
    LoweringEntry{"indexing",
                  "Gather, GatherElements, GatherND, Scatter, ScatterElements, ScatterND, OneHot",
                  indexing_lowering},
    LoweringEntry{"joining", "Concat, Split: copies along one axis", joining_lowering},
    LoweringEntry{"layer_normalization",
                  "LayerNormalization, RMSNormalization, InstanceNormalization, "
                  "GroupNormalization, MeanVarianceNormalization, LpNormalization",
                  layer_normalization_lowering},
    LoweringEntry{"loop", "Loop: as often as a trip count or counters say, not nested",
                  loop_lowering},
    LoweringEntry{"loss", "NegativeLogLikelihoodLoss, SoftmaxCrossEntropyLoss", loss_lowering},
    LoweringEntry{"lstm", "LSTM: all directions, initial states, peepholes; constant weights",
                  lstm_lowering},
    LoweringEntry{"matmul", "MatMul: batched, with broadcasting", matmul_lowering},
    LoweringEntry{"multi_head_attention",
                  "MultiHeadAttention, GroupQueryAttention (com.microsoft): packed or apart, past "
                  "and present",
                  multi_head_attention_lowering},
    LoweringEntry{"normalization", "BatchNormalization (inference), LRN", normalization_lowering},
    LoweringEntry{"pooling",
                  "MaxPool, AveragePool, LpPool and their global forms, MaxUnpool, MaxRoiPool",
                  pooling_lowering},
    LoweringEntry{
        "quantization",
        "QuantizeLinear, DequantizeLinear (per tensor, axis or block), DynamicQuantizeLinear",
        quantization_lowering},
    LoweringEntry{"projected_attention",
                  "Attention, QAttention (com.microsoft): with their projection, past and present",
                  projected_attention_lowering},
    LoweringEntry{"quantized_elementwise",
                  "QLinearAdd, QLinearMul, QLinearSigmoid, QLinearLeakyRelu, QLinearSoftmax, "
                  "QLinearConcat, QLinearAveragePool, QLinearGlobalAveragePool",
                  quantized_elementwise_lowering},
    LoweringEntry{"quantized_products", "QLinearMatMul, MatMulInteger, QLinearConv, ConvInteger",
                  quantized_products_lowering},
    LoweringEntry{"rearranging", "DepthToSpace, SpaceToDepth, ReverseSequence, Col2Im",
                  rearranging_lowering},
    LoweringEntry{"reduction", "Reduce*, ArgMax, ArgMin, CumSum, Det", reduction_lowering},
    LoweringEntry{"replication", "Expand, Tile: copies of the whole", replication_lowering},
    LoweringEntry{"resize", "Resize, Upsample: by scales or sizes, all modes", resize_lowering},
    LoweringEntry{"rnn", "RNN: all directions; constant weights", rnn_lowering},
    LoweringEntry{"rotary_embedding", "RotaryEmbedding", rotary_embedding_lowering},
    LoweringEntry{"sampling", "GridSample, AffineGrid, RoiAlign: interpolation at computed places",
                  sampling_lowering},
    LoweringEntry{"scan", "Scan: any axes and directions, not nested", scan_lowering},
    LoweringEntry{"selection",
                  "TopK; NonMaxSuppression, NonZero, Compress, Unique: as many as they can pick",
                  selection_lowering},
    LoweringEntry{"sequence",
                  "sequences inside of the model: SplitToSequence, SequenceAt, ConcatFromSequence "
                  "and others; positions known at import",
                  sequence_lowering},
    LoweringEntry{
        "skip_normalization",
        "LayerNormalization, SimplifiedLayerNormalization and their Skip forms of com.microsoft",
        skip_normalization_lowering},
    LoweringEntry{"slicing", "Slice, Pad, CenterCropPad, Trilu: copies of a part",
                  slicing_lowering},
    LoweringEntry{"softmax", "Softmax, LogSoftmax, Hardmax", softmax_lowering},
    LoweringEntry{"spectral", "DFT, STFT", spectral_lowering},
    LoweringEntry{"transpose", "Transpose: a copy, or a view where the order stays",
                  transpose_lowering},
    LoweringEntry{"transposed_convolution",
                  "ConvTranspose: 1-D to 3-D, grouped, dilated, any padding",
                  transposed_convolution_lowering},
    LoweringEntry{"view", "Reshape, Flatten, Squeeze, Unsqueeze, Identity, Dropout: no layer",
                  view_lowering},
};

using Key = std::pair<std::string_view, std::string_view>;

std::map<Key, Operator> make_operator_table() {
  std::map<Key, Operator> table;
  for (const LoweringEntry& entry : kEntries) {
    const Lowering family = entry.make();
    for (const Operator& op : family.operators) {
      [[maybe_unused]] const bool added = table.emplace(Key(family.domain, op.name), op).second;
      assert(added && "two families claim one operator");
    }
  }
  return table;
}

}  // namespace

std::span<const LoweringEntry> lowerings() { return kEntries; }

const Operator* find_operator(std::string_view domain, std::string_view name) {
  static const std::map<Key, Operator> kOperators = make_operator_table();
  const auto found = kOperators.find(Key(domain, name));
  return found == kOperators.end() ? nullptr : &found->second;
}

}  // namespace mensa::onnx_import
