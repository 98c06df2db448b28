#pragma once

#include <optional>
#include <vector>

#include "onnx_import/fusion/patterns/pattern.h"

namespace mensa::onnx_import {

/// How an operator is written in parts, and the node that says the same.
struct DecomposedOperator {
  Pattern pattern;
  /// Operator, inputs and attributes of the node; none where the match does not meet conditions
  /// that a pattern cannot state (axes, shapes). The rest of the node is its caller's.
  std::optional<Node> (*compose)(const OperatorGraph&, const Match&);
};

// One in each .cpp of this folder. Where one form is a part of another, the larger stands first.
std::vector<DecomposedOperator> gelu_forms();
std::vector<DecomposedOperator> gated_activation_forms();
std::vector<DecomposedOperator> layer_normalization_forms();
std::vector<DecomposedOperator> rms_normalization_forms();
std::vector<DecomposedOperator> lp_normalization_forms();

/// A node of operator `op` in ONNX's domain on the values that the match calls so; those it does
/// not have are left out.
[[nodiscard]] Node composed(std::string_view op, const Match& match,
                            const std::vector<std::string_view>& inputs);

/// The axes that a node reduces: from its attribute or input, none of them negative, ascending.
/// None where they are not known or the reduced axes are not kept.
[[nodiscard]] std::optional<std::vector<std::size_t>> kept_reduced_axes(const OperatorGraph& graph,
                                                                        const Node& node);

/// The first of the axes that all nodes of the match called `name` reduce, where these are all from
/// there to the last.
[[nodiscard]] std::optional<std::size_t> first_reduced_axis(const OperatorGraph& graph,
                                                            const Match& match,
                                                            std::string_view name);

/// Whether the constants that the match calls `names` (those that it has) broadcast to the axes of
/// `of` from `axis` on.
[[nodiscard]] bool lie_on_last_axes(const OperatorGraph& graph, const Match& match,
                                    const std::vector<std::string_view>& names, ValueId of,
                                    std::size_t axis);

}  // namespace mensa::onnx_import
