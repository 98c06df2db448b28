#pragma once

#include <string_view>
#include <vector>

#include "onnx_import/lowering/layer_context.h"
#include "onnx_import/lowering/type_context.h"

namespace mensa::onnx_import {

/// How one operator is taken in.
struct Operator {
  std::string_view name;  ///< as nodes have it: "Conv"
  /// Sets the type of each named output, and where it can the values of integer constants and which
  /// outputs are views (TypeContext). Says here, not later, what is not supported of a node. Called
  /// once for each node, with the types of all its inputs known.
  void (*infer)(TypeContext&);
  /// Adds the layers that the node asks for. Called only where a result is neither constant nor a
  /// view, and only once the whole model has been found to be supported. Null where the operator
  /// never makes a layer.
  void (*lower)(LayerContext&);
  /// Its results differ from run to run (random numbers): they are never computed ahead.
  bool random = false;
};

/// A family of operators that are lowered alike: one .cpp, one row in builtins.cpp.
///
/// An operator must state work and operands as the user's model has them; nothing after it looks at
/// the operator's name again. Grouped work keeps K and C per group, a depthwise convolution has
/// G = channels and K = C = 1; a matrix product has its rows (batch included) in P; padding counts
/// in MACs. Constants of one element are immediates, no parameters.
struct Lowering {
  std::string_view domain;  ///< "" for ONNX's own
  std::vector<Operator> operators;
};

}  // namespace mensa::onnx_import
