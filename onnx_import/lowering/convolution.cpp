#include "onnx_import/lowering/convolution.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <utility>

#include "onnx_import/lowering/epilogue.h"
#include "onnx_import/lowering/lowering.h"
#include "onnx_import/lowering/window.h"

namespace mensa::onnx_import {
namespace {

using models::Dim;

bool channels_last(const Attributes& attributes) {
  return attributes.integer_or("channels_last", 0) != 0;
}

/// What FusedConv adds to Conv: the function of its attribute, behind the sum with Z.
constexpr std::size_t kResidual = 3;

}  // namespace

void infer_convolution(TypeContext& node, const ConvolutionOperands& operands,
                       models::ElementType result) {
  const Shape& weights = node.shape(operands.weights);
  if (node.shape(operands.data).size() < 3 || weights.size() != node.shape(operands.data).size()) {
    TypeContext::fail(fmt::format(
        "its input has shape {} and its weights {}; both need a batch or output axis, channels and "
        "the same spatial axes",
        fmt::join(node.shape(operands.data), "x"), fmt::join(weights, "x")));
  }
  const bool last = channels_last(node.attributes());
  const Shape data = last ? channels_first(node.shape(operands.data)) : node.shape(operands.data);
  if (data.size() > 5) {
    TypeContext::unsupported(fmt::format("{} spatial axes; at most 3", data.size() - 2));
  }
  const std::int64_t groups = node.attributes().integer_or("group", 1);
  if (groups < 1 || data[1] % groups != 0 || weights[0] % groups != 0 || weights[0] < groups ||
      weights[1] != data[1] / groups) {
    TypeContext::fail(
        fmt::format("{} input channels in {} group(s) do not fit weights of shape {} (output "
                    "channels, input channels per group, kernel)",
                    data[1], groups, fmt::join(weights, "x")));
  }
  if (operands.bias && node.has_input(*operands.bias) &&
      node.shape(*operands.bias) != Shape{weights[0]}) {
    TypeContext::fail(fmt::format("its bias has shape {}; {} values are needed",
                                  fmt::join(node.shape(*operands.bias), "x"), weights[0]));
  }
  if (node.input(operands.data).constant && !node.input(operands.weights).constant) {
    TypeContext::unsupported("a constant input under computed weights");
  }
  const auto window = read_window(node.attributes(), data, kernel_of(weights));
  const Shape output = window_output(data[0], weights[0], window);
  node.set_output(0, result, last ? channels_behind(output) : output);
}

DraftLayer convolution_layer(LayerContext& node, const ConvolutionOperands& operands) {
  const bool last = channels_last(node.attributes());
  const Shape data = last ? channels_first(node.shape(operands.data)) : node.shape(operands.data);
  const Shape& weights = node.shape(operands.weights);
  const auto window = read_window(node.attributes(), data, kernel_of(weights));
  const std::int64_t groups = node.attributes().integer_or("group", 1);

  models::ProblemShape shape;
  shape.bounds[index(Dim::G)] = groups;
  shape.bounds[index(Dim::N)] = data[0];
  shape.bounds[index(Dim::K)] = weights[0] / groups;
  shape.bounds[index(Dim::C)] = weights[1];
  // The last spatial axis is the width: a 1-D convolution slides along Q and S.
  const std::size_t first_axis = models::kSlidingAxes.size() - window.size();
  Channels channels{weights[0], 1};
  for (std::size_t i = 0; i < window.size(); ++i) {
    const std::size_t axis = first_axis + i;
    shape.bounds[index(models::kSlidingAxes[axis].output)] = window[i].output;
    shape.bounds[index(models::kSlidingAxes[axis].kernel)] = window[i].kernel;
    shape.stride[axis] = window[i].stride;
    shape.dilation[axis] = window[i].dilation;
    shape.pad_begin[axis] = window[i].pad_begin;
    shape.input_size[axis] = window[i].input;
    if (!last) channels.inner *= window[i].output;
  }

  DraftLayer entry = node.new_layer();
  entry.layer.work = models::MacWork{shape};
  entry.channels = channels;
  if (node.input(operands.weights).constant) {
    entry.layer.inputs = node.read(operands.data);
    entry.layer.parameters = node.read(operands.weights);
  } else {
    entry.layer.inputs = {node.read_whole(operands.data), node.read_whole(operands.weights)};
  }
  entry.layer.outputs = {node.write(0)};
  if (operands.bias && node.has_input(*operands.bias)) add_bias(node, entry, *operands.bias);
  return entry;
}

namespace {

void infer_conv(TypeContext& node) { infer_convolution(node, {}, node.input(0).type); }

void lower_conv(LayerContext& node) { node.add(convolution_layer(node, {})); }

void infer_fused_conv(TypeContext& node) {
  const std::string activation = node.attributes().string_or("activation", "");
  if (!activation.empty() && !activation_operations(activation)) {
    TypeContext::unsupported(fmt::format("its activation '{}'", activation));
  }
  infer_conv(node);
  if (node.has_input(kResidual) && node.shape(kResidual) != node.output(0).shape) {
    TypeContext::fail(fmt::format("its summand has shape {}; its result {}",
                                  fmt::join(node.shape(kResidual), "x"),
                                  fmt::join(node.output(0).shape, "x")));
  }
}

void lower_fused_conv(LayerContext& node) {
  DraftLayer entry = convolution_layer(node, {});
  if (node.has_input(kResidual)) add_residual(node, entry, kResidual);
  const std::string activation = node.attributes().string_or("activation", "");
  if (const auto operations = activation_operations(activation)) {
    add_activation(node, entry, activation, *operations);
  }
  node.add(std::move(entry));
}

}  // namespace

Lowering convolution_lowering() { return {"", {{"Conv", infer_conv, lower_conv}}}; }

Lowering fused_convolution_lowering() {
  return {"com.microsoft", {{"FusedConv", infer_fused_conv, lower_fused_conv}}};
}

}  // namespace mensa::onnx_import
