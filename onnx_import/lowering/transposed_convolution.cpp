#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "onnx_import/lowering/convolution.h"
#include "onnx_import/lowering/epilogue.h"
#include "onnx_import/lowering/lowering.h"
#include "onnx_import/lowering/window.h"
#include "onnx_import/operator_graph/limits.h"

// A transposed convolution multiplies each input element with each kernel position: that many MACs
// it has, and neither zeros between the inputs nor what is cropped off the result count.
//
// Its work is stated as compilers run it, split by phases. Outputs s apart (the stride) use the
// same kernel positions, so each of the s phases of an axis is an ordinary convolution of stride 1
// with its share of the kernel, and phases with equally many positions are one layer whose phases
// are output channels. With stride 2, a kernel of 4 is one layer (2 phases of 2 positions: twice
// the channels, kernel 2), one of 3 two layers (a phase of 2 positions, and one of 1). As many
// positions of the input as it has are gone through: what the kernel reaches over the edges beyond
// is not in the nest. So MACs, weights and inputs are exact, and inputs are reused along the axis
// as they really are; outputs are exact but for the edges.
//
// Where the kernel reaches over the edges by more than there is (a kernel of 4 over one element),
// all kernel positions of the axis are output channels instead, that is one product for each input
// whose results are added up where they meet. Of the two forms each axis takes the one with outputs
// closer to the real ones.

namespace mensa::onnx_import {
namespace {

using models::Dim;
using models::TensorId;

/// Phases of one axis with equally many kernel positions.
struct PhaseClass {
  std::int64_t phases = 1;
  std::int64_t taps = 1;      ///< kernel positions
  std::int64_t dilation = 1;  ///< inputs from one to the next
  std::int64_t outputs = 0;   ///< positions along the axis that are of these phases
};

/// Output positions o with (o + pad) % stride == residue.
std::int64_t outputs_of_residue(const WindowAxis& axis, std::int64_t residue) {
  const std::int64_t first = ((residue - axis.pad_begin) % axis.stride + axis.stride) % axis.stride;
  return first >= axis.output ? 0 : (axis.output - 1 - first) / axis.stride + 1;
}

std::vector<PhaseClass> phase_classes(const WindowAxis& axis) {
  const std::int64_t common = std::gcd(axis.stride, axis.dilation);
  // Kernel positions that far apart are of one phase.
  const std::int64_t period = axis.stride / common;
  const std::int64_t hit = std::min(period, axis.kernel);
  // Where stride and dilation have a common factor the outputs in between get no product.
  const std::int64_t outputs = axis.output / common;
  if (std::abs(axis.input * axis.kernel - outputs) < std::abs(axis.input * hit - outputs)) {
    return {{axis.kernel, 1, 1, axis.output}};
  }
  const std::int64_t dilation = axis.dilation / common;
  const std::int64_t longer = axis.kernel % period;  // phases with one position more
  std::vector<PhaseClass> classes;
  if (longer > 0) classes.push_back({longer, axis.kernel / period + 1, dilation, 0});
  if (axis.kernel >= period) {
    classes.push_back({period - longer, axis.kernel / period, dilation, 0});
  }
  // Outputs of the second class; those of no phase (bias only) are the first's.
  if (classes.size() == 2) {
    for (std::int64_t j = longer; j < period; ++j) {
      classes[1].outputs +=
          outputs_of_residue(axis, j * (axis.dilation % axis.stride) % axis.stride);
    }
  }
  classes[0].outputs = axis.output - (classes.size() == 2 ? classes[1].outputs : 0);
  return classes;
}

void infer_transposed(TypeContext& node) {
  const Shape& data = node.shape(kConvolutionData);
  const Shape& weights = node.shape(kConvolutionWeights);
  if (data.size() < 3 || weights.size() != data.size()) {
    TypeContext::fail(fmt::format(
        "its input has shape {} and its weights {}; both need a batch or input axis, channels and "
        "the same spatial axes",
        fmt::join(data, "x"), fmt::join(weights, "x")));
  }
  if (data.size() > 5) {
    TypeContext::unsupported(fmt::format("{} spatial axes; at most 3", data.size() - 2));
  }
  const std::int64_t groups = node.attributes().integer_or("group", 1);
  if (groups < 1 || data[1] != weights[0] || data[1] % groups != 0 || weights[1] < 1 ||
      groups > kMostElements / weights[1]) {
    TypeContext::fail(
        fmt::format("{} input channels in {} group(s) do not fit weights of shape {} (input "
                    "channels, output channels per group, kernel)",
                    data[1], groups, fmt::join(weights, "x")));
  }
  constexpr std::int64_t kLongestKernel = std::int64_t{1} << 20;  // as ProblemShape's
  for (const std::int64_t extent : kernel_of(weights)) {
    if (extent > kLongestKernel) {
      TypeContext::unsupported(fmt::format("a kernel of {}; at most 2^20", extent));
    }
  }
  const std::int64_t channels = weights[1] * groups;
  if (node.has_input(kConvolutionBias) && node.shape(kConvolutionBias) != Shape{channels}) {
    TypeContext::fail(fmt::format("its bias has shape {}; {} values are needed",
                                  fmt::join(node.shape(kConvolutionBias), "x"), channels));
  }
  if (node.input(kConvolutionData).constant && !node.input(kConvolutionWeights).constant) {
    TypeContext::unsupported("a constant input under computed weights");
  }
  const auto window = read_transposed_window(node.attributes(), data, kernel_of(weights));
  node.set_output(0, node.input(kConvolutionData).type, window_output(data[0], channels, window));
}

/// One layer for each combination of the axes' phase classes.
class TransposedLowering {
 public:
  explicit TransposedLowering(LayerContext& node)
      : node_(node),
        window_(read_transposed_window(node.attributes(), node.shape(kConvolutionData),
                                       kernel_of(node.shape(kConvolutionWeights)))),
        groups_(node.attributes().integer_or("group", 1)) {
    for (const WindowAxis& axis : window_) classes_.push_back(phase_classes(axis));
  }

  void lower() {
    std::vector<TensorId> parts;
    for_each_combination({}, parts);
    if (!parts.empty()) node_.tensors().bind(*node_.node().outputs[0], std::move(parts));
  }

 private:
  void for_each_combination(const std::vector<PhaseClass>& chosen, std::vector<TensorId>& parts) {
    if (chosen.size() == classes_.size()) {
      add_layer(chosen, parts);
      return;
    }
    for (const PhaseClass& phase_class : classes_[chosen.size()]) {
      std::vector<PhaseClass> longer = chosen;
      longer.push_back(phase_class);
      for_each_combination(longer, parts);
    }
  }

  void add_layer(const std::vector<PhaseClass>& chosen, std::vector<TensorId>& parts) {
    const bool is_whole = std::all_of(classes_.begin(), classes_.end(),
                                      [](const auto& classes) { return classes.size() == 1; });
    const Shape& weights = node_.shape(kConvolutionWeights);
    const std::int64_t channels = weights[1] * groups_;
    Shape outputs = {node_.shape(kConvolutionData)[0], channels};
    std::vector<std::int64_t> taps;
    for (const PhaseClass& axis : chosen) {
      outputs.push_back(axis.outputs);
      taps.push_back(axis.taps);
    }
    const std::int64_t elements = element_count(outputs).value();
    if (elements == 0) return;  // cropped off as a whole
    const std::string name = is_whole ? "" : fmt::format("{}_taps", fmt::join(taps, "x"));

    DraftLayer entry = node_.new_layer(name);
    entry.layer.work = models::MacWork{shape_of(chosen)};
    if (node_.input(kConvolutionWeights).constant) {
      entry.layer.inputs = node_.read(kConvolutionData);
      entry.layer.parameters = {weights_of(chosen, name)};
    } else {
      entry.layer.inputs = {node_.read_whole(kConvolutionData),
                            node_.read_whole(kConvolutionWeights)};
    }
    if (is_whole) {
      entry.layer.outputs = {node_.write(0)};
      entry.channels = {channels, elements / outputs[0] / channels};
    } else {
      entry.layer.outputs = {node_.new_tensor(name, std::move(outputs), node_.output(0).type)};
      parts.push_back(entry.layer.outputs.front());
    }
    if (node_.has_input(kConvolutionBias)) add_bias(node_, entry, kConvolutionBias, elements);
    node_.add(std::move(entry));
  }

  [[nodiscard]] models::ProblemShape shape_of(const std::vector<PhaseClass>& chosen) const {
    const Shape& weights = node_.shape(kConvolutionWeights);
    models::ProblemShape shape;
    shape.bounds[index(Dim::G)] = groups_;
    shape.bounds[index(Dim::N)] = node_.shape(kConvolutionData)[0];
    shape.bounds[index(Dim::K)] = weights[1];
    shape.bounds[index(Dim::C)] = weights[0] / groups_;
    const std::size_t first_axis = models::kSlidingAxes.size() - window_.size();
    for (std::size_t i = 0; i < window_.size(); ++i) {
      const std::size_t axis = first_axis + i;
      shape.bounds[index(Dim::K)] *= chosen[i].phases;
      shape.bounds[index(models::kSlidingAxes[axis].output)] = window_[i].input;
      shape.bounds[index(models::kSlidingAxes[axis].kernel)] = chosen[i].taps;
      shape.dilation[axis] = chosen[i].taps > 1 ? chosen[i].dilation : 1;
      shape.pad_begin[axis] = (chosen[i].taps - 1) * shape.dilation[axis] / 2;
      shape.input_size[axis] = window_[i].input;
    }
    return shape;
  }

  TensorId weights_of(const std::vector<PhaseClass>& chosen, const std::string& name) {
    const TensorId whole = node_.read(kConvolutionWeights).front();
    if (name.empty()) return whole;
    const Shape& weights = node_.shape(kConvolutionWeights);
    Shape shape = {weights[0], weights[1]};
    for (const PhaseClass& axis : chosen) shape.push_back(axis.phases * axis.taps);
    return node_.tensors().part(whole, name, std::move(shape));
  }

  LayerContext& node_;
  std::vector<WindowAxis> window_;
  std::int64_t groups_;
  std::vector<std::vector<PhaseClass>> classes_;  ///< by axis
};

void lower_transposed(LayerContext& node) { TransposedLowering(node).lower(); }

}  // namespace

Lowering transposed_convolution_lowering() {
  return {"", {{"ConvTranspose", infer_transposed, lower_transposed}}};
}

}  // namespace mensa::onnx_import
