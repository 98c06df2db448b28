#include "onnx_import/annotate/weight_use.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace mensa::onnx_import {
namespace {

enum class Form : std::uint8_t {
  kChannelsFirst,   ///< output channels, reduction, ...: convolutions
  kReductionFirst,  ///< reduction, output channels, ...: transposed convolutions
  kLeftFactor,      ///< ..., output rows, reduction
  kRightFactor,     ///< ..., reduction, output columns
  kLeftGemm,        ///< a left factor, unless transA is set
  kRightGemm,       ///< a right factor, unless transB is set
  kRecurrent,       ///< direction, gates, reduction
  kPacked,          ///< several elements in one
};

struct OperatorUse {
  std::string_view op;
  std::size_t input;
  Form form;
  std::optional<std::size_t> zero_point = std::nullopt;
};

// The definitions of ONNX's operators and of those of ONNX Runtime (domain com.microsoft), which
// have no names in common but for one meaning.
constexpr std::array kOperatorUses = {
    OperatorUse{"Conv", 1, Form::kChannelsFirst},
    OperatorUse{"FusedConv", 1, Form::kChannelsFirst},
    OperatorUse{"DeformConv", 1, Form::kChannelsFirst},
    OperatorUse{"ConvInteger", 1, Form::kChannelsFirst, 3},
    OperatorUse{"QLinearConv", 3, Form::kChannelsFirst, 5},
    OperatorUse{"ConvTranspose", 1, Form::kReductionFirst},
    OperatorUse{"MatMul", 0, Form::kLeftFactor},
    OperatorUse{"MatMul", 1, Form::kRightFactor},
    OperatorUse{"MatMulInteger", 0, Form::kLeftFactor, 2},
    OperatorUse{"MatMulInteger", 1, Form::kRightFactor, 3},
    OperatorUse{"QLinearMatMul", 0, Form::kLeftFactor, 2},
    OperatorUse{"QLinearMatMul", 3, Form::kRightFactor, 5},
    OperatorUse{"DynamicQuantizeMatMul", 1, Form::kRightFactor, 3},
    OperatorUse{"MatMulIntegerToFloat", 1, Form::kRightFactor, 5},
    OperatorUse{"MatMulNBits", 1, Form::kPacked},
    OperatorUse{"FusedMatMul", 0, Form::kLeftGemm},
    OperatorUse{"FusedMatMul", 1, Form::kRightGemm},
    OperatorUse{"Gemm", 0, Form::kLeftGemm},
    OperatorUse{"Gemm", 1, Form::kRightGemm},
    OperatorUse{"FusedGemm", 1, Form::kRightGemm},
    OperatorUse{"QGemm", 3, Form::kRightGemm, 5},
    OperatorUse{"LSTM", 1, Form::kRecurrent},
    OperatorUse{"LSTM", 2, Form::kRecurrent},
    OperatorUse{"GRU", 1, Form::kRecurrent},
    OperatorUse{"GRU", 2, Form::kRecurrent},
    OperatorUse{"RNN", 1, Form::kRecurrent},
    OperatorUse{"RNN", 2, Form::kRecurrent},
    OperatorUse{"DynamicQuantizeLSTM", 1, Form::kRightFactor, 9},
    OperatorUse{"DynamicQuantizeLSTM", 2, Form::kRightFactor, 11},
    OperatorUse{"Attention", 1, Form::kRightFactor},
    OperatorUse{"QAttention", 1, Form::kRightFactor, 7},
};

WeightLayout layout_of(Form form, const Node& node, std::size_t rank) {
  const WeightLayout rows = {rank - 2, rank - 1};
  const WeightLayout columns = {rank - 1, rank - 2};
  switch (form) {
    case Form::kReductionFirst:
      return {1, 0};
    case Form::kLeftFactor:
    case Form::kRecurrent:
      return rows;
    case Form::kRightFactor:
      return columns;
    case Form::kLeftGemm:
      return node.attributes.integer_or("transA", 0) != 0 ? columns : rows;
    case Form::kRightGemm:
      return node.attributes.integer_or("transB", 0) != 0 ? rows : columns;
    default:
      return {0, 1};
  }
}

}  // namespace

WeightUse weight_use(const Node& node, std::size_t input, const Shape& shape) {
  const auto* const row = std::find_if(
      kOperatorUses.begin(), kOperatorUses.end(),
      [&](const OperatorUse& known) { return known.op == node.op && known.input == input; });
  const bool known = row != kOperatorUses.end();
  WeightUse use;
  if (known) use.zero_point = row->zero_point;
  use.product = known;
  use.packed = known && row->form == Form::kPacked;
  if (shape.size() >= 2) {
    use.layout = layout_of(known ? row->form : Form::kChannelsFirst, node, shape.size());
  }
  return use;
}

}  // namespace mensa::onnx_import
