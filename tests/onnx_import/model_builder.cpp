#include "tests/onnx_import/model_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <utility>

#include "models/base/error.h"
#include "onnx_import/operator_graph/element_types.h"
#include "tests/models/base/temporary_folder.h"

namespace mensa::onnx_import {

onnx::AttributeProto& NodeBuilder::add(const std::string& name) {
  onnx::AttributeProto& attribute = *node_->add_attribute();
  attribute.set_name(name);
  return attribute;
}

NodeBuilder& NodeBuilder::integer(const std::string& name, std::int64_t value) {
  onnx::AttributeProto& attribute = add(name);
  attribute.set_type(onnx::AttributeProto::INT);
  attribute.set_i(value);
  return *this;
}

NodeBuilder& NodeBuilder::integers(const std::string& name,
                                   const std::vector<std::int64_t>& values) {
  onnx::AttributeProto& attribute = add(name);
  attribute.set_type(onnx::AttributeProto::INTS);
  for (const std::int64_t value : values) attribute.add_ints(value);
  return *this;
}

NodeBuilder& NodeBuilder::string(const std::string& name, const std::string& value) {
  onnx::AttributeProto& attribute = add(name);
  attribute.set_type(onnx::AttributeProto::STRING);
  attribute.set_s(value);
  return *this;
}

NodeBuilder& NodeBuilder::strings(const std::string& name, const std::vector<std::string>& values) {
  onnx::AttributeProto& attribute = add(name);
  attribute.set_type(onnx::AttributeProto::STRINGS);
  for (const std::string& value : values) attribute.add_strings(value);
  return *this;
}

NodeBuilder& NodeBuilder::real(const std::string& name, float value) {
  onnx::AttributeProto& attribute = add(name);
  attribute.set_type(onnx::AttributeProto::FLOAT);
  attribute.set_f(value);
  return *this;
}

NodeBuilder& NodeBuilder::tensor(const std::string& name, std::int32_t type, std::int64_t value) {
  onnx::AttributeProto& attribute = add(name);
  attribute.set_type(onnx::AttributeProto::TENSOR);
  attribute.mutable_t()->set_data_type(type);
  attribute.mutable_t()->add_dims(1);
  attribute.mutable_t()->add_int64_data(value);
  return *this;
}

NodeBuilder& NodeBuilder::graph(const std::string& name, const onnx::GraphProto& body) {
  onnx::AttributeProto& attribute = add(name);
  attribute.set_type(onnx::AttributeProto::GRAPH);
  *attribute.mutable_g() = body;
  return *this;
}

NodeBuilder& NodeBuilder::domain(const std::string& domain) {
  node_->set_domain(domain);
  return *this;
}

GraphBuilder& GraphBuilder::input(const std::string& name, const std::vector<std::int64_t>& shape,
                                  std::int32_t type) {
  onnx::ValueInfoProto& value = *graph_->add_input();
  value.set_name(name);
  auto& tensor = *value.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(type);
  tensor.mutable_shape();
  for (const std::int64_t extent : shape) {
    auto& dim = *tensor.mutable_shape()->add_dim();
    if (extent >= 0) dim.set_dim_value(extent);
  }
  return *this;
}

GraphBuilder& GraphBuilder::open_input(const std::string& name,
                                       const std::vector<std::string>& shape) {
  input(name, {});
  auto& tensor = *graph_->mutable_input()->rbegin()->mutable_type()->mutable_tensor_type();
  for (const std::string& extent : shape) {
    auto& dim = *tensor.mutable_shape()->add_dim();
    if (extent.find_first_not_of("0123456789") == std::string::npos) {
      dim.set_dim_value(std::stoll(extent));
    } else {
      dim.set_dim_param(extent);
    }
  }
  return *this;
}

GraphBuilder& GraphBuilder::output(const std::string& name) {
  graph_->add_output()->set_name(name);
  return *this;
}

GraphBuilder& GraphBuilder::weights(const std::string& name, const std::vector<std::int64_t>& shape,
                                    std::int32_t type) {
  onnx::TensorProto& tensor = *graph_->add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(type);
  auto bits = static_cast<std::size_t>(models::bits(element_type(type).value()));
  for (const std::int64_t extent : shape) {
    tensor.add_dims(extent);
    bits *= static_cast<std::size_t>(extent);
  }
  // Of several values, none of them zero: a tensor of one value alone counts as having none.
  std::string bytes((bits + 7) / 8, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(0x11 + i % 14 * 2);
  tensor.set_raw_data(bytes);
  return *this;
}

GraphBuilder& GraphBuilder::external(const std::string& name,
                                     const std::vector<std::int64_t>& shape) {
  onnx::TensorProto& tensor = *graph_->add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(onnx::TensorProto::FLOAT);
  for (const std::int64_t extent : shape) tensor.add_dims(extent);
  tensor.set_data_location(onnx::TensorProto::EXTERNAL);
  auto& location = *tensor.add_external_data();
  location.set_key("location");
  location.set_value("not_there.bin");
  return *this;
}

GraphBuilder& GraphBuilder::integers(const std::string& name,
                                     const std::vector<std::int64_t>& shape,
                                     const std::vector<std::int64_t>& values, std::int32_t type) {
  onnx::TensorProto& tensor = *graph_->add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(type);
  for (const std::int64_t extent : shape) tensor.add_dims(extent);
  for (const std::int64_t value : values) {
    if (type == onnx::TensorProto::INT64) {
      tensor.add_int64_data(value);
    } else {
      tensor.add_int32_data(static_cast<std::int32_t>(value));
    }
  }
  return *this;
}

GraphBuilder& GraphBuilder::floats(const std::string& name, const std::vector<std::int64_t>& shape,
                                   const std::vector<float>& values) {
  onnx::TensorProto& tensor = *graph_->add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(onnx::TensorProto::FLOAT);
  for (const std::int64_t extent : shape) tensor.add_dims(extent);
  for (const float value : values) tensor.add_float_data(value);
  return *this;
}

GraphBuilder& GraphBuilder::raw(const std::string& name, const std::vector<std::int64_t>& shape,
                                std::int32_t type, const std::string& bytes) {
  onnx::TensorProto& tensor = *graph_->add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(type);
  for (const std::int64_t extent : shape) tensor.add_dims(extent);
  tensor.set_raw_data(bytes);
  return *this;
}

NodeBuilder GraphBuilder::node(const std::string& op, const std::vector<std::string>& inputs,
                               const std::vector<std::string>& outputs, const std::string& name) {
  onnx::NodeProto& node = *graph_->add_node();
  node.set_op_type(op);
  node.set_name(name);
  for (const std::string& input : inputs) node.add_input(input);
  for (const std::string& output : outputs) node.add_output(output);
  return NodeBuilder(node);
}

ModelBuilder::ModelBuilder(std::int64_t opset) : GraphBuilder(*model_proto.mutable_graph()) {
  model_proto.set_ir_version(7);
  model_proto.add_opset_import()->set_version(opset);
  model_proto.mutable_graph()->set_name("graph");
}

std::string ModelBuilder::bytes() const { return model_proto.SerializeAsString(); }

namespace {

models::Graph import_bytes(const std::string& bytes, const ImportOptions& options) {
  const TemporaryFolder folder;
  return import_file(folder.write("model.onnx", bytes), options);
}

std::string error_text(const std::string& bytes, const ImportOptions& options) {
  try {
    (void)import_bytes(bytes, options);
  } catch (const base::Error& error) {
    const std::string text = error.what();
    const auto file = text.find("model.onnx: ");
    return file == std::string::npos ? text
                                     : text.substr(file + std::string("model.onnx: ").size());
  }
  return "no error";
}

}  // namespace

models::Graph ModelBuilder::import(const ImportOptions& options) const {
  return import_bytes(bytes(), options);
}

std::string ModelBuilder::import_error(const ImportOptions& options) const {
  return error_text(bytes(), options);
}

std::string import_error_of(const std::string& bytes) { return error_text(bytes, {}); }

const models::Layer& layer_named(const models::Graph& graph, const std::string& name) {
  const auto found = std::find_if(graph.layers().begin(), graph.layers().end(),
                                  [&](const models::Layer& layer) { return layer.name == name; });
  if (found == graph.layers().end()) throw std::runtime_error("no layer " + name);
  return *found;
}

std::vector<std::string> layer_names(const models::Graph& graph) {
  std::vector<std::string> names;
  for (const models::LayerId id : graph.topological_order()) names.push_back(graph.layer(id).name);
  return names;
}

const models::ProblemShape& mac_shape(const models::Layer& layer) {
  return std::get<models::MacWork>(layer.work).shape;
}

const models::VectorWork& vector_work(const models::Layer& layer) {
  return std::get<models::VectorWork>(layer.work);
}

std::int64_t moved(const models::Layer& layer) {
  return std::get<models::MoveWork>(layer.work).elements;
}

std::vector<std::int64_t> output_shape(const models::Graph& graph) {
  return graph.tensor(graph.outputs().at(0)).shape;
}

std::vector<std::string> names_of(const models::Graph& graph,
                                  const std::vector<models::TensorId>& ids) {
  std::vector<std::string> names;
  names.reserve(ids.size());
  for (const models::TensorId id : ids) names.push_back(graph.tensor(id).name);
  return names;
}

const models::SparsityProfile& profile_of(const models::Graph& graph, const std::string& tensor) {
  for (const models::Tensor& each : graph.tensors()) {
    if (each.name == tensor) return *each.sparsity;
  }
  throw std::runtime_error("no tensor " + tensor);
}

const models::SparsityProfile& weights_profile_of(const models::Graph& graph,
                                                  const std::string& layer) {
  return *graph.tensor(layer_named(graph, layer).parameters.at(0)).sparsity;
}

std::string fused_text(const models::Layer& layer) {
  std::string text;
  for (const models::Epilogue& fused : layer.epilogue) {
    text += fmt::format("{}{}:{}", text.empty() ? "" : " ", fused.op,
                        fused.work.operations_per_element);
  }
  return text;
}

}  // namespace mensa::onnx_import
