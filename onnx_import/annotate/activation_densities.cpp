#include "onnx_import/annotate/activation_densities.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "onnx_import/annotate/moving_operators.h"
#include "onnx_import/annotate/network_depth.h"
#include "onnx_import/annotate/relu_densities.h"
#include "onnx_import/operator_graph/limits.h"

namespace mensa::onnx_import {
namespace {

using models::DensityOrigin;
using models::SparsityProfile;
using Profile = std::shared_ptr<const SparsityProfile>;

/// The mean of several tensors by elements, with the weakest of their origins.
class MeanDensity {
 public:
  void add(double density, double elements, DensityOrigin origin) {
    nonzeros_ += density * elements;
    elements_ += elements;
    weakest_ = std::min(weakest_, origin);
  }
  /// Null where nothing is known of any of them.
  [[nodiscard]] Profile profile() const {
    if (elements_ <= 0 || nonzeros_ >= elements_) return nullptr;
    return std::make_shared<const SparsityProfile>(
        SparsityProfile{nonzeros_ / elements_, weakest_});
  }

 private:
  double nonzeros_ = 0;
  double elements_ = 0;
  DensityOrigin weakest_ = DensityOrigin::kMeasured;
};

class ActivationAnnotator {
 public:
  explicit ActivationAnnotator(OperatorGraph& graph) : graph_(graph) {}

  void run() { annotate(graph_.main); }

 private:
  void annotate(const Block& block) {
    for (const Node& node : block.nodes) {
      for (const auto& [name, inner] : node.blocks) annotate(*inner);
      for (std::size_t i = 0; i < node.outputs.size(); ++i) {
        if (node.outputs[i]) annotate(node, i);
      }
    }
  }

  void annotate(const Node& node, std::size_t output) {
    Value& value = graph_.value(*node.outputs[output]);
    if (value.constant || !value.typed || value.sparsity) return;
    if (value.view_of) {
      value.sparsity = graph_.value(*value.view_of).sparsity;
    } else {
      value.sparsity = profile_of(node, output);
    }
  }

  [[nodiscard]] Profile profile_of(const Node& node, std::size_t output) {
    if (is_relu(node)) return output == 0 ? relu_profile(*node.outputs[0]) : nullptr;
    if (node.op == "Split" || node.op == "SplitToSequence") return known(node, 0);
    if (output != 0) return nullptr;
    if (moves_elements(node)) return picked(node);
    if (!node.domain.empty()) return nullptr;
    if (node.op == "Concat") return mean(node);
    if (node.op == "Pad") return padded(node);
    if (node.op == "MaxPool" || node.op == "GlobalMaxPool") return pooled(node);
    return nullptr;
  }

  // --- what leaves zeros ----------------------------------------------------------------------

  [[nodiscard]] bool is_relu(const Node& node) const {
    if (node.op == "FusedConv" || node.op == "FusedGemm") {
      return node.attributes.string_or("activation", "") == "Relu";
    }
    if (!node.domain.empty()) return false;
    if (node.op == "Relu") return true;
    if (node.op == "Clip") return is_clip_from_zero(node);
    return node.op == "Max" && node.inputs.size() == 2 && (is_zero(node, 0) || is_zero(node, 1));
  }

  /// ReLU6 among them.
  [[nodiscard]] bool is_clip_from_zero(const Node& node) const {
    constexpr std::int64_t kLimitsAreInputs = 11;
    if (node.opset >= kLimitsAreInputs) return is_zero(node, 1);
    return node.attributes.has("min") && node.attributes.number_or("min", 1) == 0;
  }

  /// A constant that is known to hold zeros and nothing else.
  [[nodiscard]] bool is_zero(const Node& node, std::size_t input) const {
    if (input >= node.inputs.size() || !node.inputs[input]) return false;
    const Value& value = graph_.value(*node.inputs[input]);
    const auto all_zero = [](const auto& numbers) {
      return numbers && !numbers->empty() &&
             std::all_of(numbers->begin(), numbers->end(), [](auto number) { return number == 0; });
    };
    return value.constant && (all_zero(value.floats) || all_zero(value.integers));
  }

  [[nodiscard]] Profile relu_profile(ValueId id) {
    if (!densities_) {
      densities_ = ReluDensities::load();
      depths_ = relative_depths(graph_);
    }
    return std::make_shared<const SparsityProfile>(
        SparsityProfile{densities_->at(depths_[id.index()]), DensityOrigin::kDefault});
  }

  // --- what passes them on --------------------------------------------------------------------

  [[nodiscard]] Profile known(const Node& node, std::size_t input) const {
    if (input >= node.inputs.size() || !node.inputs[input]) return nullptr;
    const Value& value = graph_.value(*node.inputs[input]);
    const Profile& found =
        value.sparsity ? value.sparsity : graph_.value(graph_.root(*node.inputs[input])).sparsity;
    if (!found || found->origin == DensityOrigin::kUnknown) return nullptr;
    // Where the zeros are is another matter behind a move.
    return std::make_shared<const SparsityProfile>(SparsityProfile{found->density, found->origin});
  }

  /// Which elements of a constant are picked is not known before run time.
  [[nodiscard]] Profile picked(const Node& node) const {
    const bool of_constant =
        !node.inputs.empty() && node.inputs[0] && graph_.value(*node.inputs[0]).constant;
    return of_constant ? nullptr : known(node, 0);
  }

  [[nodiscard]] double elements(const Node& node, std::size_t input) const {
    if (input >= node.inputs.size() || !node.inputs[input]) return 0;
    const Value& value = graph_.value(*node.inputs[input]);
    return static_cast<double>(element_count(value.shape).value_or(0));
  }

  /// Adds an input to a mean, dense where nothing is known.
  void add(const Node& node, std::size_t input, MeanDensity& mean) const {
    const Profile profile = known(node, input);
    mean.add(profile ? profile->density : 1, elements(node, input),
             profile ? profile->origin : DensityOrigin::kAssumedDense);
  }

  [[nodiscard]] Profile mean(const Node& node) const {
    MeanDensity joined;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) add(node, i, joined);
    return joined.profile();
  }

  /// Zeros around what is known; where something is cut off, or other values are filled in, those
  /// that are new count as not zero.
  [[nodiscard]] Profile padded(const Node& node) const {
    constexpr std::size_t kFill = 2;
    const Profile before = known(node, 0);
    if (!before) return nullptr;
    const double inside = elements(node, 0);
    const double all =
        static_cast<double>(element_count(graph_.value(*node.outputs[0]).shape).value_or(0));
    if (all <= inside || node.attributes.string_or("mode", "constant") != "constant") return before;
    const bool is_input = node.inputs.size() > kFill && node.inputs[kFill];
    const bool zeros = is_input ? is_zero(node, kFill) : node.attributes.number_or("value", 0) == 0;
    MeanDensity joined;
    joined.add(before->density, inside, before->origin);
    joined.add(zeros ? 0 : 1, all - inside, before->origin);
    return joined.profile();
  }

  [[nodiscard]] Profile pooled(const Node& node) const {
    const Profile before = known(node, 0);
    if (!before) return nullptr;
    double window = 1;
    if (node.op == "MaxPool") {
      for (const std::int64_t extent : node.attributes.integers_or("kernel_shape", {})) {
        window *= static_cast<double>(extent);
      }
    } else {
      const Shape& shape = graph_.value(*node.inputs[0]).shape;
      for (std::size_t i = 2; i < shape.size(); ++i) window *= static_cast<double>(shape[i]);
    }
    const double density = 1 - std::pow(1 - before->density, window);
    return std::make_shared<const SparsityProfile>(SparsityProfile{density, before->origin});
  }

  OperatorGraph& graph_;
  std::optional<ReluDensities> densities_;  ///< read where there is a ReLU
  std::vector<double> depths_;
};

}  // namespace

void annotate_activations(OperatorGraph& graph) { ActivationAnnotator(graph).run(); }

}  // namespace mensa::onnx_import
