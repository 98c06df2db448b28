#include "onnx_import/fusion/fusion.h"

#include "onnx_import/fusion/epilogues.h"
#include "onnx_import/fusion/integer_kernels.h"
#include "onnx_import/fusion/needless_steps.h"
#include "onnx_import/fusion/padding.h"
#include "onnx_import/fusion/recognition.h"

namespace mensa::onnx_import {

void fuse_operators(OperatorGraph& graph) {
  remove_needless_steps(graph);
  recognize_operators(graph);
  fold_padding(graph);
}

void fuse_layers(Draft& draft) {
  place_integer_steps(draft);
  fuse_epilogues(draft);
  finish_integer_kernels(draft);
}

}  // namespace mensa::onnx_import
