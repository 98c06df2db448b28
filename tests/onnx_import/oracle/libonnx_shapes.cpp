#include "tests/onnx_import/oracle/libonnx_shapes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <onnx/shape_inference/implementation.h>

#include <exception>
#include <optional>
#include <utility>

#include "onnx_import/operator_graph/element_types.h"

namespace mensa::onnx_import {
namespace {

std::optional<LibonnxType> read_type(const onnx::ValueInfoProto& value) {
  if (!value.type().has_tensor_type() || !value.type().tensor_type().has_shape()) {
    return std::nullopt;
  }
  LibonnxType type{value.type().tensor_type().elem_type(), {}};
  for (const auto& dim : value.type().tensor_type().shape().dim()) {
    type.shape.push_back(dim.has_dim_value() ? dim.dim_value() : -1);
  }
  return type;
}

void forget_types(onnx::GraphProto& graph) {
  graph.clear_value_info();
  for (auto& output : *graph.mutable_output()) {
    if (output.type().has_tensor_type()) {
      output.mutable_type()->mutable_tensor_type()->clear_shape();
    }
  }
}

bool agree(const LibonnxType& theirs, const Value& ours) {
  if (element_type(theirs.type) != ours.type || theirs.shape.size() != ours.shape.size()) {
    return false;
  }
  for (std::size_t i = 0; i < ours.shape.size(); ++i) {
    if (theirs.shape[i] >= 0 && theirs.shape[i] != ours.shape[i]) return false;
  }
  return true;
}

}  // namespace

std::map<std::string, LibonnxType> libonnx_types(onnx::ModelProto model) {
  forget_types(*model.mutable_graph());
  try {
    onnx::shape_inference::InferShapes(model, onnx::OpSchemaRegistry::Instance(),
                                       onnx::ShapeInferenceOptions{false, 0, true});
  } catch (const std::exception&) {
    return {};
  }
  std::map<std::string, LibonnxType> types;
  const auto add = [&](const auto& values) {
    for (const auto& value : values) {
      if (auto type = read_type(value)) types.emplace(value.name(), std::move(*type));
    }
  };
  add(model.graph().value_info());
  add(model.graph().output());
  return types;
}

std::string libonnx_differences(const onnx::ModelProto& model, const OperatorGraph& graph,
                                int& compared) {
  const auto theirs = libonnx_types(model);
  std::string text;
  for (const Node& node : graph.main.nodes) {
    for (const auto& output : node.outputs) {
      if (!output) continue;
      const Value& ours = graph.value(*output);
      const auto found = theirs.find(ours.name);
      if (found == theirs.end() || !ours.typed) continue;
      ++compared;
      if (agree(found->second, ours)) continue;
      text += fmt::format("{} '{}': ours {} [{}], libonnx {} [{}]\n", node.op, ours.name,
                          models::to_string(ours.type), fmt::join(ours.shape, ", "),
                          onnx_type_name(found->second.type), fmt::join(found->second.shape, ", "));
    }
  }
  return text;
}

}  // namespace mensa::onnx_import
