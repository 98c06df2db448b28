#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "onnx_import/lowering/lowering.h"
#include "onnx_import/lowering/operation_counts.h"
#include "onnx_import/lowering/reduced_axes.h"

// Operators that leave one element of many: Reduce*, ArgMax, ArgMin, Det. CumSum leaves all.

namespace mensa::onnx_import {
namespace {

void infer_reduce(TypeContext& node) {
  const Shape& data = node.shape(0);
  const bool keep = node.attributes().integer_or("keepdims", 1) != 0;
  const auto reduced = reduced_axes(node);
  Shape shape;
  for (std::size_t i = 0; i < data.size(); ++i) {
    if (!reduced[i]) {
      shape.push_back(data[i]);
    } else if (keep) {
      shape.push_back(1);
    }
  }
  node.set_output(0, node.input(0).type, std::move(shape));
}

/// Elements that go into one result.
std::int64_t inputs_per_result(const LayerContext& node) {
  return node.elements(0) / node.output_elements(0);
}

template <Reduction kReduction>
void lower_reduce(LayerContext& node) {
  node.add_vector_layer_of({0}, kReduction.each * inputs_per_result(node) + kReduction.per_result);
}

void infer_arg(TypeContext& node) {
  Shape shape = node.shape(0);
  const std::size_t axis = node.checked_axis(node.attributes().integer_or("axis", 0), shape.size());
  if (shape[axis] < 1) TypeContext::fail("the axis that it reduces is empty");
  if (node.attributes().integer_or("keepdims", 1) != 0) {
    shape[axis] = 1;
  } else {
    shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(axis));
  }
  node.set_output(0, models::ElementType::kInt64, std::move(shape));
}

void infer_cumulative(TypeContext& node) {
  // Where the axis is not known the work is the same.
  if (node.input(1).integers) {
    if (node.input(1).integers->size() != 1) TypeContext::fail("its axis is no single integer");
    (void)node.checked_axis(node.input(1).integers->front(), node.shape(0).size());
  }
  node.set_output(0, node.input(0).type, node.shape(0));
}

void lower_cumulative(LayerContext& node) { node.add_vector_layer_of({0}, kArithmetic); }

/// Of the matrices on the last two axes.
void infer_determinant(TypeContext& node) {
  Shape shape = node.shape(0);
  if (shape.size() < 2 || shape.back() != shape[shape.size() - 2]) {
    TypeContext::fail(
        fmt::format("its input has shape {}; square matrices are needed", fmt::join(shape, "x")));
  }
  shape.resize(shape.size() - 2);
  node.set_output(0, node.input(0).type, std::move(shape));
}

/// Elimination: 2/3 n^3 operations (Golub and Van Loan, Matrix Computations, 3.2).
void lower_determinant(LayerContext& node) {
  const std::int64_t rows = node.shape(0).back();
  node.add_vector_layer_of({0}, (2 * inputs_per_result(node) * rows + 2) / 3);
}

}  // namespace

Lowering reduction_lowering() {
  return {"",
          {{"ReduceSum", infer_reduce, lower_reduce<kReduceSum>},
           {"ReduceMean", infer_reduce, lower_reduce<kReduceMean>},
           {"ReduceMax", infer_reduce, lower_reduce<kReduceSum>},
           {"ReduceMin", infer_reduce, lower_reduce<kReduceSum>},
           {"ReduceProd", infer_reduce, lower_reduce<kReduceSum>},
           {"ReduceL1", infer_reduce, lower_reduce<kReduceL1>},
           {"ReduceL2", infer_reduce, lower_reduce<kReduceL2>},
           {"ReduceSumSquare", infer_reduce, lower_reduce<kReduceSumSquare>},
           {"ReduceLogSum", infer_reduce, lower_reduce<kReduceLogSum>},
           {"ReduceLogSumExp", infer_reduce, lower_reduce<kReduceLogSumExp>},
           {"ArgMax", infer_arg, lower_reduce<kReduceSum>},
           {"ArgMin", infer_arg, lower_reduce<kReduceSum>},
           {"Det", infer_determinant, lower_determinant},
           {"CumSum", infer_cumulative, lower_cumulative}}};
}

}  // namespace mensa::onnx_import
