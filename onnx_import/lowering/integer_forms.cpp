#include "onnx_import/lowering/integer_forms.h"

#include <algorithm>
#include <array>

namespace mensa::onnx_import {
namespace {

struct OperatorForm {
  std::string_view op;
  IntegerForm form;
};

// TensorFlow Lite's 8-bit quantization specification, which lists the operators that have such
// kernels, and the operators that ONNX Runtime replaces between DequantizeLinear and
// QuantizeLinear. Normalisations with statistics are in neither.
constexpr std::array kOperatorForms = {OperatorForm{"Add", IntegerForm::kKernel},
                                       OperatorForm{"ArgMax", IntegerForm::kKernel},
                                       OperatorForm{"ArgMin", IntegerForm::kKernel},
                                       OperatorForm{"AveragePool", IntegerForm::kKernel},
                                       OperatorForm{"Div", IntegerForm::kKernel},
                                       OperatorForm{"GlobalAveragePool", IntegerForm::kKernel},
                                       OperatorForm{"GlobalMaxPool", IntegerForm::kSelects},
                                       OperatorForm{"LogSoftmax", IntegerForm::kKernel},
                                       OperatorForm{"LpNormalization", IntegerForm::kKernel},
                                       OperatorForm{"Max", IntegerForm::kKernel},
                                       OperatorForm{"MaxPool", IntegerForm::kSelects},
                                       OperatorForm{"Min", IntegerForm::kKernel},
                                       OperatorForm{"Mul", IntegerForm::kKernel},
                                       OperatorForm{"ReduceMax", IntegerForm::kSelects},
                                       OperatorForm{"ReduceMean", IntegerForm::kKernel},
                                       OperatorForm{"ReduceMin", IntegerForm::kSelects},
                                       OperatorForm{"ReduceSum", IntegerForm::kKernel},
                                       OperatorForm{"Resize", IntegerForm::kKernel},
                                       OperatorForm{"Softmax", IntegerForm::kKernel},
                                       OperatorForm{"Sub", IntegerForm::kKernel},
                                       OperatorForm{"Sum", IntegerForm::kKernel},
                                       OperatorForm{"Upsample", IntegerForm::kKernel}};

}  // namespace

IntegerForm integer_form(std::string_view op) {
  const auto* const found = std::find_if(kOperatorForms.begin(), kOperatorForms.end(),
                                         [&](const OperatorForm& row) { return row.op == op; });
  return found == kOperatorForms.end() ? IntegerForm::kNone : found->form;
}

}  // namespace mensa::onnx_import
