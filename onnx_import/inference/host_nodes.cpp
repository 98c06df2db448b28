#include "onnx_import/inference/host_nodes.h"

#include <fmt/format.h>

#include "onnx_import/operator_graph/limits.h"

namespace mensa::onnx_import {
namespace {

/// What keeps a value from its declared type; none where it has it now.
std::optional<std::string> take_declared_type(OperatorGraph& graph, ValueId id,
                                              const ImportOptions& options) {
  Value& value = graph.value(id);
  const auto declared = graph.declared.find(id);
  if (declared == graph.declared.end()) {
    return fmt::format(
        "the file does not say the shape of its result '{}'; shape inference of the exporter, or "
        "onnx.shape_inference, writes it",
        value.name);
  }
  Shape shape;
  shape.reserve(declared->second.axes.size());
  for (const DeclaredAxis& axis : declared->second.axes) {
    const auto bound = graph.dimensions.find(axis.name);
    const auto set = options.dimensions.find(axis.name);
    if (axis.extent && *axis.extent > 0) {
      shape.push_back(*axis.extent);
    } else if (!axis.name.empty() && bound != graph.dimensions.end()) {
      shape.push_back(bound->second);
    } else if (!axis.name.empty() && set != options.dimensions.end()) {
      shape.push_back(set->second);
    } else if (axis.name.empty()) {
      return fmt::format("the file leaves axis {} of its result '{}' open", shape.size(),
                         value.name);
    } else {
      return fmt::format(
          "dimension '{}' of its result '{}' has no value; give it one with --set "
          "{}=VALUE",
          axis.name, value.name, axis.name);
    }
  }
  if (shape.size() > kHighestRank || !element_count(shape)) {
    return fmt::format("the file declares its result '{}' too large", value.name);
  }
  value.type = declared->second.type;
  value.shape = std::move(shape);
  value.typed = true;
  return std::nullopt;
}

}  // namespace

std::optional<std::string> take_declared_types(OperatorGraph& graph, const Node& node,
                                               const ImportOptions& options) {
  if (!node.blocks.empty()) return "it has a body, whose work nobody would count";
  for (const auto& output : node.outputs) {
    if (!output || !graph.value(*output).used) continue;
    if (auto missing = take_declared_type(graph, *output, options)) return missing;
  }
  return std::nullopt;
}

}  // namespace mensa::onnx_import
