#include "onnx_import/lowering/integer_forms.h"

#include <algorithm>
#include <array>

namespace mensa::onnx_import {
namespace {

struct Row {
  std::string_view op;
  IntegerForm form;
};

// TensorFlow Lite's 8-bit quantization specification, which lists the operators that have such
// kernels, and the operators that ONNX Runtime replaces between DequantizeLinear and
// QuantizeLinear. Normalisations with statistics are in neither.
constexpr std::array kRows = {Row{"Add", IntegerForm::kKernel},
                              Row{"ArgMax", IntegerForm::kKernel},
                              Row{"ArgMin", IntegerForm::kKernel},
                              Row{"AveragePool", IntegerForm::kKernel},
                              Row{"Div", IntegerForm::kKernel},
                              Row{"GlobalAveragePool", IntegerForm::kKernel},
                              Row{"GlobalMaxPool", IntegerForm::kSelects},
                              Row{"LogSoftmax", IntegerForm::kKernel},
                              Row{"LpNormalization", IntegerForm::kKernel},
                              Row{"Max", IntegerForm::kKernel},
                              Row{"MaxPool", IntegerForm::kSelects},
                              Row{"Min", IntegerForm::kKernel},
                              Row{"Mul", IntegerForm::kKernel},
                              Row{"ReduceMax", IntegerForm::kSelects},
                              Row{"ReduceMean", IntegerForm::kKernel},
                              Row{"ReduceMin", IntegerForm::kSelects},
                              Row{"ReduceSum", IntegerForm::kKernel},
                              Row{"Resize", IntegerForm::kKernel},
                              Row{"Softmax", IntegerForm::kKernel},
                              Row{"Sub", IntegerForm::kKernel},
                              Row{"Sum", IntegerForm::kKernel},
                              Row{"Upsample", IntegerForm::kKernel}};

}  // namespace

IntegerForm integer_form(std::string_view op) {
  const auto* const found =
      std::find_if(kRows.begin(), kRows.end(), [&](const Row& row) { return row.op == op; });
  return found == kRows.end() ? IntegerForm::kNone : found->form;
}

}  // namespace mensa::onnx_import
