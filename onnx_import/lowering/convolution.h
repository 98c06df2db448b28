#pragma once

#include <cstddef>
#include <optional>

#include "onnx_import/lowering/layer_context.h"
#include "onnx_import/lowering/type_context.h"

namespace mensa::onnx_import {

/// Inputs of Conv and ConvTranspose.
enum ConvolutionInput : std::size_t { kConvolutionData, kConvolutionWeights, kConvolutionBias };

/// Places of a convolution's operands among the inputs of a node.
struct ConvolutionOperands {
  std::size_t data = kConvolutionData;
  std::size_t weights = kConvolutionWeights;
  std::optional<std::size_t> bias = kConvolutionBias;  ///< where the node has one
};

/// Checks a convolution of data [batch, channels, ...] (or, by the attribute channels_last,
/// [batch, ..., channels]) with weights [output channels, input channels per group, kernel] and
/// sets the type of output 0, with elements of `result`.
void infer_convolution(TypeContext& node, const ConvolutionOperands& operands,
                       models::ElementType result);

/// The layer of such a convolution, which writes output 0, with its bias.
[[nodiscard]] DraftLayer convolution_layer(LayerContext& node, const ConvolutionOperands& operands);

}  // namespace mensa::onnx_import
