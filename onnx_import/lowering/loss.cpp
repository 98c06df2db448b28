#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>

#include "models/base/units.h"
#include "onnx_import/lowering/lowering.h"
#include "onnx_import/lowering/operation_counts.h"

// Losses, which models exported for training still carry.

namespace mensa::onnx_import {
namespace {

/// Scores [N, classes, ...], classes [N, ...]: a loss for each, or one of all.
void set_loss(TypeContext& node) {
  const Shape& scores = node.shape(0);
  const Shape& classes = node.shape(1);
  Shape needed = scores;
  if (needed.size() >= 2) needed.erase(needed.begin() + 1);
  if (scores.size() < 2 || classes != needed) {
    TypeContext::fail(fmt::format("classes of shape {} do not fit scores of shape {}",
                                  fmt::join(classes, "x"), fmt::join(scores, "x")));
  }
  const bool each = node.attributes().string_or("reduction", "mean") == "none";
  node.set_output(0, node.input(0).type, each ? classes : Shape{});
}

void infer_cross_entropy(TypeContext& node) {
  set_loss(node);
  node.set_output(1, node.input(0).type, node.shape(0));  // logarithms of the softmax
}

std::vector<std::size_t> data_inputs(const LayerContext& node) {
  std::vector<std::size_t> inputs = {0, 1};
  if (node.has_input(2)) inputs.push_back(2);  // weights of the classes
  return inputs;
}

/// Per class: pick, weigh, add.
constexpr std::int64_t kLoss = 3;

/// Adds one layer that reads all and does `operations` in all, spread over its results.
void add_loss_layer(LayerContext& node, std::int64_t operations) {
  std::int64_t results = 0;
  for (std::size_t i = 0; i < node.node().outputs.size(); ++i) {
    if (node.output_used(i)) results += node.output_elements(i);
  }
  node.add_vector_layer_of(data_inputs(node),
                           base::ceil_div(operations, std::max<std::int64_t>(1, results)));
}

void lower_negative_log_likelihood(LayerContext& node) {
  add_loss_layer(node, kLoss * node.elements(1));
}

void lower_cross_entropy(LayerContext& node) {
  add_loss_layer(node, kSoftmax * node.elements(0) + kLoss * node.elements(1));
}

}  // namespace

Lowering loss_lowering() {
  return {"",
          {{"NegativeLogLikelihoodLoss", set_loss, lower_negative_log_likelihood},
           {"SoftmaxCrossEntropyLoss", infer_cross_entropy, lower_cross_entropy}}};
}

}  // namespace mensa::onnx_import
