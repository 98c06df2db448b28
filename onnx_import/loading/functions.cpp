#include "onnx_import/loading/functions.h"

#include <fmt/format.h>
#include <google/protobuf/repeated_field.h>
#include <google/protobuf/unknown_field_set.h>
#include <onnx/onnx_pb.h>

#include <utility>

#include "models/base/error.h"
#include "onnx_import/operator_graph/limits.h"

namespace mensa::onnx_import {
namespace {

// Fields of onnx.proto that are newer than the library that parses it (ONNX 1.13 and 1.16).
constexpr int kFunctionAttributeProto = 11;
constexpr int kFunctionOverload = 13;
constexpr int kNodeOverload = 8;

/// The last text in an unknown field of that number, as protobuf takes fields given twice.
std::string unknown_text(const google::protobuf::UnknownFieldSet& fields, int number) {
  std::string text;
  for (int i = 0; i < fields.field_count(); ++i) {
    const auto& field = fields.field(i);
    const bool found = field.number() == number &&
                       field.type() == google::protobuf::UnknownField::TYPE_LENGTH_DELIMITED;
    if (found) text = field.length_delimited();
  }
  return text;
}

[[noreturn]] void fail_function(const Function& function, std::string_view what) {
  throw base::Error(fmt::format("function '{}' {}", function.title, what));
}

void read_defaults(Function& function) {
  const auto& fields = function.proto->unknown_fields();
  for (int i = 0; i < fields.field_count(); ++i) {
    const auto& field = fields.field(i);
    if (field.number() != kFunctionAttributeProto) continue;
    const bool parsed = field.type() == google::protobuf::UnknownField::TYPE_LENGTH_DELIMITED &&
                        function.defaults.emplace_back().ParseFromString(field.length_delimited());
    if (!parsed) fail_function(function, "has a damaged attribute");
  }
}

std::int64_t opset_of(const Function& function, std::int64_t otherwise) {
  for (const auto& import : function.proto->opset_import()) {
    if (!plain_domain(import.domain()).empty()) continue;
    if (import.version() < kOldestOpset || import.version() > kNewestOpset) {
      fail_function(function, fmt::format("uses operator set {}; mensa reads {} to {}",
                                          import.version(), kOldestOpset, kNewestOpset));
    }
    return import.version();
  }
  return otherwise;
}

using Nodes = google::protobuf::RepeatedPtrField<onnx::NodeProto>;

/// Nodes and what they make, with what stands in graphs inside of them.
std::size_t names_in(const Nodes& nodes) {
  std::size_t names = 0;
  for (const auto& node : nodes) {
    names += 1 + static_cast<std::size_t>(node.output_size());
    for (const auto& attribute : node.attribute()) {
      const onnx::GraphProto& graph = attribute.g();
      names += static_cast<std::size_t>(graph.input_size() + graph.initializer_size() +
                                        graph.sparse_initializer_size()) +
               names_in(graph.node());
    }
  }
  return names;
}

}  // namespace

FunctionTable::FunctionTable(const onnx::ModelProto& model, std::int64_t opset) {
  for (const auto& proto : model.functions()) {
    Function function;
    function.proto = &proto;
    function.title = proto.domain().empty() ? proto.name() : proto.domain() + '.' + proto.name();
    read_defaults(function);
    function.opset = opset_of(function, opset);
    function.bytes = proto.SpaceUsedLong();
    function.names = names_in(proto.node());
    Key key(plain_domain(proto.domain()), proto.name(),
            unknown_text(proto.unknown_fields(), kFunctionOverload));
    const auto [at, is_new] = functions_.try_emplace(std::move(key), std::move(function));
    if (!is_new) fail_function(at->second, "is defined twice");
  }
}

const Function* FunctionTable::find(const onnx::NodeProto& node) const {
  if (functions_.empty()) return nullptr;
  const auto found = functions_.find(Key(plain_domain(node.domain()), node.op_type(),
                                         unknown_text(node.unknown_fields(), kNodeOverload)));
  return found == functions_.end() ? nullptr : &found->second;
}

}  // namespace mensa::onnx_import
