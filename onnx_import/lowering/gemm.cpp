#include <fmt/format.h>
#include <fmt/ranges.h>

#include "onnx_import/lowering/bias.h"
#include "onnx_import/lowering/broadcast.h"
#include "onnx_import/lowering/lowering.h"
#include "onnx_import/operator_graph/limits.h"

namespace mensa::onnx_import {
namespace {

constexpr std::size_t kA = 0;
constexpr std::size_t kB = 1;
constexpr std::size_t kC = 2;

/// A' [rows, inner] times B' [inner, columns], where ' transposes if the node says so.
struct Extents {
  std::int64_t rows;
  std::int64_t inner;
  std::int64_t columns;
};

template <class Context>
Extents extents_of(const Context& node) {
  const Shape& a = node.shape(kA);
  const Shape& b = node.shape(kB);
  const bool a_transposed = node.attributes().integer_or("transA", 0) != 0;
  const bool b_transposed = node.attributes().integer_or("transB", 0) != 0;
  if (a.size() != 2 || b.size() != 2 || a[a_transposed ? 0 : 1] != b[b_transposed ? 1 : 0]) {
    TypeContext::fail(fmt::format("cannot multiply {}{} by {}{}", fmt::join(a, "x"),
                                  a_transposed ? " transposed" : "", fmt::join(b, "x"),
                                  b_transposed ? " transposed" : ""));
  }
  return {a[a_transposed ? 1 : 0], a[a_transposed ? 0 : 1], b[b_transposed ? 0 : 1]};
}

void infer_gemm(TypeContext& node) {
  const Extents extents = extents_of(node);
  const Shape result = {extents.rows, extents.columns};
  if (node.has_input(kC) && broadcast_shape(node.shape(kC), result) != result) {
    TypeContext::fail(fmt::format("its bias of shape {} does not broadcast to {}",
                                  fmt::join(node.shape(kC), "x"), fmt::join(result, "x")));
  }
  node.set_output(0, node.input(kA).type, result);
}

void lower_gemm(LayerContext& node) {
  const Extents extents = extents_of(node);
  DraftLayer entry = node.new_layer();
  if (node.input(kA).constant) {
    // (A B)' = B' A': the constant factor is the weights, its rows are the channels.
    entry.layer.work =
        models::MacWork{models::gemm_shape(extents.columns, extents.rows, extents.inner)};
    entry.layer.inputs = node.read(kB);
    entry.layer.parameters = node.read(kA);
    entry.channels = {extents.rows, extents.columns};
  } else {
    entry.layer.work =
        models::MacWork{models::gemm_shape(extents.rows, extents.columns, extents.inner)};
    entry.channels = {extents.columns, 1};
    if (node.input(kB).constant) {
      entry.layer.inputs = node.read(kA);
      entry.layer.parameters = node.read(kB);
    } else {
      entry.layer.inputs = {node.read_whole(kA), node.read_whole(kB)};
    }
  }
  entry.layer.outputs = {node.write(0)};
  if (node.has_input(kC)) add_bias(node, entry, kC);
  node.add(std::move(entry));
}

}  // namespace

Lowering gemm_lowering() { return {"", {{"Gemm", infer_gemm, lower_gemm}}}; }

}  // namespace mensa::onnx_import
