#include "onnx_import/lowering/builtins.h"

#include <array>
#include <cassert>
#include <map>
#include <string>
#include <utility>

namespace mensa::onnx_import {

// One in each .cpp of this folder.
Lowering activation_lowering();
Lowering constant_lowering();
Lowering convolution_lowering();
Lowering elementwise_lowering();
Lowering gemm_lowering();
Lowering joining_lowering();
Lowering loop_lowering();
Lowering lstm_lowering();
Lowering matmul_lowering();
Lowering normalization_lowering();
Lowering pooling_lowering();
Lowering reduction_lowering();
Lowering slicing_lowering();
Lowering transpose_lowering();
Lowering view_lowering();

namespace {

constexpr std::array kEntries = {
    LoweringEntry{"activation",
                  "Relu, LeakyRelu, Clip, Sigmoid, Tanh, Cast: elementwise on one input",
                  activation_lowering},
    LoweringEntry{"constant", "Constant, ConstantOfShape, Shape: known at import, no layer",
                  constant_lowering},
    LoweringEntry{"convolution", "Conv: 1-D to 3-D, grouped, dilated, any padding",
                  convolution_lowering},
    LoweringEntry{"elementwise", "Add, Sub, Mul, Div, Sum, Equal: with broadcasting",
                  elementwise_lowering},
    LoweringEntry{"gemm", "Gemm: either factor constant, bias of any shape", gemm_lowering},
    LoweringEntry{"joining", "Concat, Split: copies along one axis", joining_lowering},
    LoweringEntry{"loop", "Loop: constant trip count, no early end, not nested", loop_lowering},
    LoweringEntry{"lstm", "LSTM: all directions, initial states, peepholes; constant weights",
                  lstm_lowering},
    LoweringEntry{"matmul", "MatMul: batched, with broadcasting", matmul_lowering},
    LoweringEntry{"normalization", "BatchNormalization (inference), LRN, Softmax",
                  normalization_lowering},
    LoweringEntry{"pooling", "MaxPool, AveragePool, GlobalMaxPool, GlobalAveragePool",
                  pooling_lowering},
    LoweringEntry{"reduction", "ArgMax", reduction_lowering},
    LoweringEntry{"slicing", "Slice, Gather, Pad: copies of a part", slicing_lowering},
    LoweringEntry{"transpose", "Transpose: a copy, or a view where the order stays",
                  transpose_lowering},
    LoweringEntry{"view", "Reshape, Flatten, Squeeze, Unsqueeze, Identity, Dropout: no layer",
                  view_lowering},
};

using Key = std::pair<std::string_view, std::string_view>;

std::map<Key, Operator> make_table() {
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
  static const std::map<Key, Operator> kTable = make_table();
  const auto found = kTable.find(Key(domain, name));
  return found == kTable.end() ? nullptr : &found->second;
}

}  // namespace mensa::onnx_import
