#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "models/graph/graph.h"
#include "onnx_import/import.h"

namespace mensa::onnx_import {

// Numbers of element types.
inline constexpr std::int32_t kInt8 = onnx::TensorProto::INT8;
inline constexpr std::int32_t kUint8 = onnx::TensorProto::UINT8;
inline constexpr std::int32_t kInt32 = onnx::TensorProto::INT32;
/// TensorProto::INT4, which libonnx 1.12 does not have yet.
inline constexpr std::int32_t kInt4 = 22;

/// A node under construction; each call adds one attribute.
class NodeBuilder {
 public:
  explicit NodeBuilder(onnx::NodeProto& node) : node_(&node) {}
  NodeBuilder& integer(const std::string& name, std::int64_t value);
  NodeBuilder& integers(const std::string& name, const std::vector<std::int64_t>& values);
  NodeBuilder& string(const std::string& name, const std::string& value);
  NodeBuilder& strings(const std::string& name, const std::vector<std::string>& values);
  NodeBuilder& real(const std::string& name, float value);
  /// A tensor filled with one integer.
  NodeBuilder& tensor(const std::string& name, std::int32_t type, std::int64_t value);
  NodeBuilder& graph(const std::string& name, const onnx::GraphProto& body);
  NodeBuilder& domain(const std::string& domain);

 private:
  onnx::AttributeProto& add(const std::string& name);
  onnx::NodeProto* node_;
};

/// A graph under construction, or the body of a Loop.
class GraphBuilder {
 public:
  explicit GraphBuilder(onnx::GraphProto& graph) : graph_(&graph) {}
  /// Extents of -1 are open, without a name.
  GraphBuilder& input(const std::string& name, const std::vector<std::int64_t>& shape,
                      std::int32_t type = onnx::TensorProto::FLOAT);
  /// Extents by name or number: {"batch", "3", "seq"}.
  GraphBuilder& open_input(const std::string& name, const std::vector<std::string>& shape);
  GraphBuilder& output(const std::string& name);
  /// A tensor of several values, none of them zero.
  GraphBuilder& weights(const std::string& name, const std::vector<std::int64_t>& shape,
                        std::int32_t type = onnx::TensorProto::FLOAT);
  /// A float tensor whose data are in another file.
  GraphBuilder& external(const std::string& name, const std::vector<std::int64_t>& shape);
  GraphBuilder& integers(const std::string& name, const std::vector<std::int64_t>& shape,
                         const std::vector<std::int64_t>& values,
                         std::int32_t type = onnx::TensorProto::INT64);
  /// A float tensor of these values.
  GraphBuilder& floats(const std::string& name, const std::vector<std::int64_t>& shape,
                       const std::vector<float>& values);
  /// A tensor whose raw data are these bytes.
  GraphBuilder& raw(const std::string& name, const std::vector<std::int64_t>& shape,
                    std::int32_t type, const std::string& bytes);
  /// The node is named after its first output where `name` is empty.
  NodeBuilder node(const std::string& op, const std::vector<std::string>& inputs,
                   const std::vector<std::string>& outputs, const std::string& name = {});
  onnx::GraphProto& proto() { return *graph_; }

 private:
  onnx::GraphProto* graph_;
};

/// Comes before GraphBuilder among ModelBuilder's bases: that refers to the model's graph.
struct ModelHolder {
  onnx::ModelProto model_proto;
};

/// A model under construction: operator set 13, IR version 7.
class ModelBuilder : private ModelHolder, public GraphBuilder {
 public:
  explicit ModelBuilder(std::int64_t opset = 13);
  ModelBuilder(const ModelBuilder&) = delete;
  ModelBuilder& operator=(const ModelBuilder&) = delete;
  onnx::ModelProto& model() { return model_proto; }
  [[nodiscard]] std::string bytes() const;
  /// Writes the model to a temporary file and imports it.
  [[nodiscard]] models::Graph import(const ImportOptions& options = {}) const;
  /// The text of the error that this ends with, the file's name cut off; "no error" without one.
  [[nodiscard]] std::string import_error(const ImportOptions& options = {}) const;
};

/// Writes the bytes to a temporary file and imports it; as ModelBuilder::import_error.
[[nodiscard]] std::string import_error_of(const std::string& bytes);

/// The bytes of the values, as raw data have them.
template <class T>
[[nodiscard]] std::string bytes_of(const std::vector<T>& values) {
  std::string bytes(values.size() * sizeof(T), '\0');
  if (!bytes.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

/// The layer of that name; fails the test by an exception where there is none.
[[nodiscard]] const models::Layer& layer_named(const models::Graph& graph, const std::string& name);
/// Names of all layers in topological order.
[[nodiscard]] std::vector<std::string> layer_names(const models::Graph& graph);
[[nodiscard]] const models::ProblemShape& mac_shape(const models::Layer& layer);
[[nodiscard]] const models::VectorWork& vector_work(const models::Layer& layer);
[[nodiscard]] std::int64_t moved(const models::Layer& layer);
/// Shape of the graph's only output.
[[nodiscard]] std::vector<std::int64_t> output_shape(const models::Graph& graph);
/// Names of tensors.
[[nodiscard]] std::vector<std::string> names_of(const models::Graph& graph,
                                                const std::vector<models::TensorId>& ids);
/// What is known of the zeros of the tensor called so; fails the test by an exception where there
/// is none.
[[nodiscard]] const models::SparsityProfile& profile_of(const models::Graph& graph,
                                                        const std::string& tensor);
/// The same of a layer's first parameter.
[[nodiscard]] const models::SparsityProfile& weights_profile_of(const models::Graph& graph,
                                                                const std::string& layer);
/// "Bias:1 Relu:1": fused operators with their operations per element.
[[nodiscard]] std::string fused_text(const models::Layer& layer);

}  // namespace mensa::onnx_import
