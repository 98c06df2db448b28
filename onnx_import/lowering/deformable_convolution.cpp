#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "onnx_import/lowering/epilogue.h"
#include "onnx_import/lowering/lowering.h"
#include "onnx_import/lowering/operation_counts.h"
#include "onnx_import/lowering/window.h"
#include "onnx_import/operator_graph/limits.h"

// A deformable convolution samples its input at computed places, one for each output and kernel
// position, and then multiplies:
//
//   NAME/sample   vector work: what each output's window holds, interpolated (and masked)
//   NAME          MAC, a convolution of those samples with a kernel of one position
//
// Sampled windows share no elements, so that nothing slides.

namespace mensa::onnx_import {
namespace {

using models::Dim;

enum DeformableInput : std::size_t {
  kDeformableData,
  kDeformableWeights,
  kDeformableOffsets,
  kDeformableBias,
  kDeformableMask
};

template <class Context>
std::vector<WindowAxis> window_of(const Context& node) {
  const Shape& weights = node.shape(kDeformableWeights);
  return read_window(node.attributes(), node.shape(kDeformableData), kernel_of(weights));
}

/// [batch, channels x kernel, outputs].
template <class Context>
Shape samples_of(const Context& node, const std::vector<WindowAxis>& window) {
  const Shape& data = node.shape(kDeformableData);
  Shape samples = window_output(data[0], data[1], window);
  const auto elements = element_count(samples);
  const std::int64_t kernel = kernel_size(window);
  if (!elements || *elements == 0 || kernel > kMostElements / *elements) {
    TypeContext::fail("would sample nothing, or more than 2^40 elements");
  }
  samples[1] *= kernel;
  return samples;
}

void infer_deformable(TypeContext& node) {
  const Shape& data = node.shape(kDeformableData);
  const Shape& weights = node.shape(kDeformableWeights);
  if (data.size() != weights.size() || data.size() < 3 || data.size() > 5) {
    TypeContext::fail(fmt::format("its input has shape {} and its weights {}", fmt::join(data, "x"),
                                  fmt::join(weights, "x")));
  }
  const std::int64_t groups = node.attributes().integer_or("group", 1);
  const std::int64_t offset_groups = node.attributes().integer_or("offset_group", 1);
  if (groups < 1 || offset_groups < 1 || data[1] % groups != 0 || weights[0] % groups != 0 ||
      weights[0] < groups || weights[1] != data[1] / groups || data[1] % offset_groups != 0) {
    TypeContext::fail(
        fmt::format("{} input channels in {} group(s), {} of offsets, do not fit "
                    "weights of shape {}",
                    data[1], groups, offset_groups, fmt::join(weights, "x")));
  }
  const auto window = window_of(node);
  (void)samples_of(node, window);
  const std::int64_t places = offset_groups * kernel_size(window);
  const Shape outputs = window_output(data[0], weights[0], window);
  const auto check = [&](std::size_t index, std::int64_t channels) {
    if (!node.has_input(index)) return;
    Shape needed = outputs;
    needed[1] = channels;
    if (node.shape(index) == needed) return;
    TypeContext::fail(fmt::format("its input {} has shape {}; {} is needed", index,
                                  fmt::join(node.shape(index), "x"), fmt::join(needed, "x")));
  };
  check(kDeformableOffsets, places * static_cast<std::int64_t>(window.size()));
  check(kDeformableMask, places);
  node.set_output(0, node.input(kDeformableData).type, outputs);
}

void lower_deformable(LayerContext& node) {
  const Shape& weights = node.shape(kDeformableWeights);
  const auto window = window_of(node);
  const std::int64_t groups = node.attributes().integer_or("group", 1);
  const Shape samples = samples_of(node, window);
  const std::int64_t neighbours = std::int64_t{1} << window.size();

  DraftLayer sample = node.new_layer("sample");
  models::VectorWork work{
      0, element_count(samples).value(),
      interpolation_operations(neighbours) + (node.has_input(kDeformableMask) ? kArithmetic : 0)};
  for (const std::size_t index : {kDeformableData, kDeformableOffsets, kDeformableMask}) {
    if (!node.has_input(index)) continue;
    node.add_operand(sample, index);
    if (!node.input(index).constant) work.elements_in += node.elements(index);
  }
  sample.layer.work = work;
  const models::TensorId sampled =
      node.new_tensor("sample", samples, node.input(kDeformableData).type);
  sample.layer.outputs = {sampled};
  node.add(std::move(sample));

  models::ProblemShape shape;
  shape.bounds[index(Dim::G)] = groups;
  shape.bounds[index(Dim::N)] = samples[0];
  shape.bounds[index(Dim::K)] = weights[0] / groups;
  shape.bounds[index(Dim::C)] = samples[1] / groups;
  const std::size_t first_axis = models::kSlidingAxes.size() - window.size();
  Channels channels{weights[0], 1};
  for (std::size_t i = 0; i < window.size(); ++i) {
    shape.bounds[index(models::kSlidingAxes[first_axis + i].output)] = window[i].output;
    shape.input_size[first_axis + i] = window[i].output;
    channels.inner *= window[i].output;
  }
  DraftLayer product = node.new_layer();
  product.layer.work = models::MacWork{shape};
  product.channels = channels;
  if (node.input(kDeformableWeights).constant) {
    product.layer.inputs = {sampled};
    product.layer.parameters = node.read(kDeformableWeights);
  } else {
    product.layer.inputs = {sampled, node.read_whole(kDeformableWeights)};
  }
  product.layer.outputs = {node.write(0)};
  if (node.has_input(kDeformableBias)) add_bias(node, product, kDeformableBias);
  node.add(std::move(product));
}

}  // namespace

Lowering deformable_convolution_lowering() {
  return {"", {{"DeformConv", infer_deformable, lower_deformable}}};
}

}  // namespace mensa::onnx_import
