#include <fmt/format.h>
#include <fmt/ranges.h>

#include "onnx_import/lowering/bias.h"
#include "onnx_import/lowering/lowering.h"
#include "onnx_import/lowering/window.h"

namespace mensa::onnx_import {
namespace {

using models::Dim;

constexpr std::size_t kData = 0;
constexpr std::size_t kWeights = 1;
constexpr std::size_t kBias = 2;

Shape kernel_of(const Shape& weights) { return {weights.begin() + 2, weights.end()}; }

void infer_conv(TypeContext& node) {
  const Shape& data = node.shape(kData);
  const Shape& weights = node.shape(kWeights);
  if (data.size() < 3 || weights.size() != data.size()) {
    TypeContext::fail(fmt::format(
        "its input has shape {} and its weights {}; both need a batch or output axis, channels and "
        "the same spatial axes",
        fmt::join(data, "x"), fmt::join(weights, "x")));
  }
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
  if (node.has_input(kBias) && node.shape(kBias) != Shape{weights[0]}) {
    TypeContext::fail(fmt::format("its bias has shape {}; {} values are needed",
                                  fmt::join(node.shape(kBias), "x"), weights[0]));
  }
  if (node.input(kData).constant && !node.input(kWeights).constant) {
    TypeContext::unsupported("a constant input under computed weights");
  }
  const auto window = read_window(node.attributes(), data, kernel_of(weights));
  node.set_output(0, node.input(kData).type, window_output(data[0], weights[0], window));
}

void lower_conv(LayerContext& node) {
  const Shape& data = node.shape(kData);
  const Shape& weights = node.shape(kWeights);
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
    channels.inner *= window[i].output;
  }

  DraftLayer entry = node.new_layer();
  entry.layer.work = models::MacWork{shape};
  entry.channels = channels;
  if (node.input(kWeights).constant) {
    entry.layer.inputs = node.read(kData);
    entry.layer.parameters = node.read(kWeights);
  } else {
    entry.layer.inputs = {node.read_whole(kData), node.read_whole(kWeights)};
  }
  entry.layer.outputs = {node.write(0)};
  if (node.has_input(kBias)) add_bias(node, entry, kBias);
  node.add(std::move(entry));
}

}  // namespace

Lowering convolution_lowering() { return {"", {{"Conv", infer_conv, lower_conv}}}; }

}  // namespace mensa::onnx_import
