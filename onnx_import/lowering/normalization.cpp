#include <fmt/format.h>
#include <fmt/ranges.h>

#include "onnx_import/lowering/lowering.h"
#include "onnx_import/lowering/operation_counts.h"
#include "onnx_import/lowering/shared_lowerings.h"
#include "onnx_import/operator_graph/limits.h"

namespace mensa::onnx_import {
namespace {

constexpr std::size_t kBatchNormScale = 1;
constexpr std::size_t kBatchNormShift = 2;
constexpr std::size_t kBatchNormVariance = 4;

void infer_batch_norm(TypeContext& node) {
  const Shape& data = node.shape(0);
  if (data.size() < 2) {
    TypeContext::fail(
        fmt::format("its input has shape {}; batch and channels are needed", fmt::join(data, "x")));
  }
  for (std::size_t i = kBatchNormScale; i <= kBatchNormVariance; ++i) {
    if (node.shape(i) != Shape{data[1]}) {
      TypeContext::fail(fmt::format("its input {} has shape {}; {} channels are needed", i,
                                    fmt::join(node.shape(i), "x"), data[1]));
    }
    if (!node.input(i).constant) TypeContext::unsupported("its parameters are not constant");
  }
  bool training = node.attributes().integer_or("training_mode", 0) != 0;
  for (std::size_t i = 1; i < node.output_count(); ++i) training |= node.output_used(i);
  if (training) TypeContext::unsupported("training mode");
  node.set_output(0, node.input(0).type, data);
}

/// Mean and variance fold into scale and shift before the network runs: two parameters a channel.
void lower_batch_norm(LayerContext& node) {
  DraftLayer entry = node.new_layer();
  const std::int64_t elements = node.output_elements(0);
  entry.layer.work = models::VectorWork{elements, elements, kBatchNorm};
  entry.layer.inputs = node.read(0);
  entry.layer.parameters = {node.read(kBatchNormScale).front(), node.read(kBatchNormShift).front()};
  entry.layer.outputs = {node.write(0)};
  entry.role = FusionRole::kBatchNorm;
  const std::int64_t channels = node.shape(0)[1];
  entry.channels = {channels, elements / node.shape(0)[0] / channels};
  node.add(std::move(entry));
}

void infer_lrn(TypeContext& node) {
  const std::int64_t size = node.attributes().integer_or("size", 0);
  if (size < 1 || size > kLongestWindow) {
    TypeContext::fail(fmt::format("size is {}; it must be at least 1 and at most 2^31", size));
  }
  infer_same(node);
}

void lower_lrn(LayerContext& node) {
  node.add_vector_layer(lrn_operations(node.attributes().integer_or("size", 1)));
}

}  // namespace

Lowering normalization_lowering() {
  return {
      "",
      {{"BatchNormalization", infer_batch_norm, lower_batch_norm}, {"LRN", infer_lrn, lower_lrn}}};
}

}  // namespace mensa::onnx_import
