#include "onnx_import/loading/convert.h"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "models/base/error.h"
#include "onnx_import/loading/attribute_value.h"
#include "onnx_import/loading/declared_types.h"
#include "onnx_import/loading/functions.h"
#include "onnx_import/loading/node_names.h"
#include "onnx_import/loading/scope.h"
#include "onnx_import/loading/tensor_reader.h"
#include "onnx_import/operator_graph/element_types.h"
#include "onnx_import/operator_graph/limits.h"

namespace mensa::onnx_import {
namespace {

using Nodes = google::protobuf::RepeatedPtrField<onnx::NodeProto>;

class Converter {
 public:
  Converter(const ModelFile& file, std::int64_t opset, bool weights_required)
      : model_(*file.model),
        path_(file.path.string()),
        opset_(opset),
        tensors_(file, weights_required) {}

  OperatorGraph convert() {
    graph_.path = path_;
    graph_.name = std::filesystem::path(path_).stem().string();
    graph_.opset = opset_;
    for (const auto& import : model_.opset_import()) {
      std::int64_t& version = graph_.opsets[plain_domain(import.domain())];
      version = std::max<std::int64_t>(version, import.version());
    }
    located("", [&] { functions_.emplace(model_, opset_); });
    collect_node_names(model_.graph(), 0);
    Scope scope;
    graph_.main = convert_block(model_.graph(), scope, nullptr);
    return std::move(graph_);
  }

 private:
  [[noreturn]] void fail(std::string_view key, std::string_view what) const {
    throw base::Error({path_}, key, what);
  }

  /// Runs `action`; an Error in it gets file and place put before its text.
  template <class Action>
  void located(const std::string& place, Action&& action) const {
    try {
      action();
    } catch (const base::Error& error) {
      fail(place, error.what());
    }
  }

  /// Names that the file gives are taken before any are made up. Also checks how deep graphs nest:
  /// text models come here unchecked.
  void collect_node_names(const onnx::GraphProto& proto, int depth) {
    check_depth(depth);
    for (const auto& node : proto.node()) {
      if (!node.name().empty()) names_.reserve(node.name());
      for (const auto& attribute : node.attribute()) {
        if (attribute.has_g()) collect_node_names(attribute.g(), depth + 1);
      }
    }
  }

  void check_depth(int depth) const {
    if (depth <= kDeepestNesting) return;
    fail("", fmt::format("graphs are nested more than {} deep", kDeepestNesting));
  }

  void count_node() {
    if (++nodes_ > kMostNodes) fail("", fmt::format("has more than {} nodes", kMostNodes));
  }

  /// The file's name for the node, or that of its first result.
  std::string name_of(const onnx::NodeProto& node, const Call* call) {
    std::string name = node.name();
    if (name.empty()) {
      const auto named = std::find_if(node.output().begin(), node.output().end(),
                                      [](const std::string& output) { return !output.empty(); });
      name = named == node.output().end() ? node.op_type() : *named;
    }
    return names_.take(call != nullptr ? call->prefix + name : name);
  }

  ValueId new_value(std::string name) {
    graph_.values.emplace_back().name = std::move(name);
    return ValueId(graph_.values.size() - 1);
  }

  ValueId define(Scope& scope, const std::string& name, std::string by, const Call* call) {
    const auto [at, is_new] = scope.names.try_emplace(name);
    if (!is_new) {
      fail(fmt::format("value '{}'", name),
           fmt::format("is defined twice, by {} and by {}", at->second.by, by));
    }
    at->second.by = std::move(by);
    const auto promised = scope.promised.find(name);
    at->second.value = promised != scope.promised.end()
                           ? promised->second
                           : new_value(call != nullptr ? call->prefix + name : name);
    return *at->second.value;
  }

  std::optional<ValueId> resolve(Scope& scope, const std::string& name, std::string_view reader) {
    Scope* found = &scope;
    while (found != nullptr && !found->names.contains(name)) found = found->outer;
    if (found == nullptr) {
      fail(reader,
           fmt::format("reads value '{}', which no node, input or initializer makes", name));
    }
    const std::optional<ValueId> id = found->names.at(name).value;
    if (!id) return id;
    for (Scope* inner = scope.block(); inner != found->block(); inner = inner->enclosing) {
      if (inner->captured.insert(*id).second) inner->captures.push_back(*id);
    }
    return id;
  }

  void set_constant(ValueId id, ConstantData data) {
    Value& value = graph_.value(id);
    value.typed = true;
    value.constant = true;
    value.type = data.type;
    value.shape = std::move(data.shape);
    value.integers = std::move(data.integers);
    value.floats = std::move(data.floats);
    value.values_unknown = data.values_unknown;
    value.contents = std::move(data.contents);
  }

  void define_initializers(const onnx::GraphProto& proto, Scope& scope, const Call* call) {
    for (const auto& tensor : proto.initializer()) {
      const ValueId id = define(scope, tensor.name(), "an initializer", call);
      located(fmt::format("initializer '{}'", tensor.name()),
              [&] { set_constant(id, tensors_.read(tensor)); });
    }
    for (const auto& tensor : proto.sparse_initializer()) {
      const ValueId id = define(scope, tensor.values().name(), "a sparse initializer", call);
      located(fmt::format("sparse initializer '{}'", tensor.values().name()),
              [&] { set_constant(id, tensors_.read_sparse(tensor)); });
    }
  }

  void define_inputs(const onnx::GraphProto& proto, Scope& scope, const Call* call, Block& block) {
    // Up to IR version 3 initializers had to be inputs as well; they are no inputs to us.
    std::unordered_set<std::string_view> initialized;
    for (const auto& tensor : proto.initializer()) initialized.insert(tensor.name());
    for (const auto& tensor : proto.sparse_initializer()) {
      initialized.insert(tensor.values().name());
    }
    const bool outermost = scope.outer == nullptr;
    for (const auto& input : proto.input()) {
      if (outermost && initialized.contains(input.name())) continue;
      block.inputs.push_back(define(scope, input.name(), "an input", call));
      if (outermost) declare_input(input, block.inputs.back());
    }
  }

  void declare_input(const onnx::ValueInfoProto& input, ValueId id) {
    const std::string place = fmt::format("input '{}'", input.name());
    if (!input.type().has_tensor_type()) fail(place, "is no tensor; mensa reads tensors only");
    const auto& tensor = input.type().tensor_type();
    const auto type = element_type(tensor.elem_type());
    if (!type) {
      fail(place, fmt::format("has element type {}, which mensa does not know",
                              onnx_type_name(tensor.elem_type())));
    }
    graph_.value(id).type = *type;
    graph_.inputs.push_back({id, declared_axes(tensor)});
  }

  /// Types of what the nodes of a graph make, as far as the file declares them.
  void note_declared_types(const google::protobuf::RepeatedPtrField<onnx::ValueInfoProto>& values,
                           const Scope& scope) {
    for (const auto& value : values) {
      const auto found = scope.names.find(value.name());
      if (found == scope.names.end() || !found->second.value) continue;
      if (auto type = declared_type(value)) {
        graph_.declared.try_emplace(*found->second.value, *std::move(type));
      }
    }
  }

  Block convert_block(const onnx::GraphProto& proto, Scope& scope, const Call* call) {
    Block block;
    define_inputs(proto, scope, call, block);
    define_initializers(proto, scope, call);
    convert_nodes(proto.node(), scope, call, block.nodes);
    note_declared_types(proto.value_info(), scope);
    note_declared_types(proto.output(), scope);
    if (proto.output_size() == 0) fail("", fmt::format("graph '{}' has no outputs", proto.name()));
    for (const auto& output : proto.output()) {
      const std::string place = fmt::format("the output of graph '{}'", proto.name());
      const auto id = resolve(scope, output.name(), place);
      if (!id) fail(place, fmt::format("is '{}', which the call leaves out", output.name()));
      block.outputs.push_back(*id);
    }
    return block;
  }

  /// Appends the nodes of a graph or of a function's body.
  void convert_nodes(const Nodes& protos, Scope& scope, const Call* call,
                     std::vector<Node>& nodes) {
    // All results are defined before any input is resolved: the file's nodes may be unsorted.
    std::vector<Node> heads(static_cast<std::size_t>(protos.size()));
    for (int i = 0; i < protos.size(); ++i) {
      count_node();
      Node& node = heads[static_cast<std::size_t>(i)];
      node.name = name_of(protos[i], call);
      for (const std::string& output : protos[i].output()) {
        node.outputs.emplace_back();
        if (!output.empty()) {
          node.outputs.back() = define(scope, output, fmt::format("node '{}'", node.name), call);
        }
      }
    }
    // Bodies of functions come into a vector that grows call by call: as push_back has it.
    if (nodes.empty()) nodes.reserve(heads.size());
    for (int i = 0; i < protos.size(); ++i) {
      Node& node = heads[static_cast<std::size_t>(i)];
      convert_inputs(protos[i], scope, node);
      if (const Function* function = functions_->find(protos[i])) {
        inline_call(protos[i], *function, scope, call, node, nodes);
      } else {
        convert_attributes(protos[i], scope, call, node);
        make_first_output(node);
        nodes.push_back(std::move(node));
      }
    }
  }

  /// Most operators tell the type of all results by that of the first. Where the file leaves it out
  /// it is made all the same, and nobody reads it.
  void make_first_output(Node& node) {
    if (node.outputs.empty() || node.outputs.front()) return;
    node.outputs.front() = new_value(fmt::format("{}/result", node.name));
  }

  void convert_inputs(const onnx::NodeProto& proto, Scope& scope, Node& node) {
    node.op = proto.op_type();
    node.domain = plain_domain(proto.domain());
    const std::string place = place_of(node);
    for (const std::string& input : proto.input()) {
      node.inputs.emplace_back();
      if (!input.empty()) node.inputs.back() = resolve(scope, input, place);
    }
  }

  static std::string place_of(const Node& node) {
    return fmt::format("node '{}' ({})", node.name, node.op);
  }

  void convert_attributes(const onnx::NodeProto& proto, Scope& scope, const Call* call,
                          Node& node) {
    node.opset = call != nullptr ? call->function->opset : opset_;
    for (const auto& attribute : proto.attribute()) {
      const auto actual = actual_attribute(attribute, scope, call, node);
      if (!actual) continue;
      const std::string& name = attribute.name();
      if (actual->proto->has_g()) {
        add_block(name, *actual, scope, node);
      } else {
        Attributes::Value value;
        located(fmt::format("{}: attribute '{}'", place_of(node), name),
                [&] { value = attribute_value(*actual->proto, tensors_); });
        if (!node.attributes.add(name, std::move(value))) fail_given_twice(node, name);
      }
    }
  }

  [[noreturn]] void fail_given_twice(const Node& node, std::string_view name) const {
    fail(place_of(node), fmt::format("attribute '{}' is given twice", name));
  }

  /// The attribute itself, or what the call gives for it where it refers to one of the function's;
  /// none where the call leaves it out.
  std::optional<ActualAttribute> actual_attribute(const onnx::AttributeProto& proto, Scope& scope,
                                                  const Call* call, const Node& node) const {
    if (proto.ref_attr_name().empty()) return ActualAttribute{&proto, &scope, call};
    if (call == nullptr) {
      fail(place_of(node),
           fmt::format("attribute '{}' refers to '{}' of a function, but is in none", proto.name(),
                       proto.ref_attr_name()));
    }
    const auto found = call->attributes.find(proto.ref_attr_name());
    if (found == call->attributes.end()) return std::nullopt;
    return found->second;
  }

  void add_block(const std::string& name, const ActualAttribute& actual, Scope& scope, Node& node) {
    check_depth(++depth_);
    Scope inner = Scope::of_inner_graph(*actual.scope, scope);
    auto block = std::make_unique<Block>(convert_block(actual.proto->g(), inner, actual.call));
    --depth_;
    if (!node.blocks.emplace(name, std::move(block)).second) {
      fail_given_twice(node, name);
    }
    node.captures.insert(node.captures.end(), inner.captures.begin(), inner.captures.end());
  }

  /// Puts the body of a function in the place of the node that calls it. Names of the body are
  /// those of the node, "/" and their own.
  void inline_call(const onnx::NodeProto& proto, const Function& function, Scope& scope,
                   const Call* caller, const Node& node, std::vector<Node>& nodes) {
    check_call(function, caller, node);
    Call call{&function, caller, node.name + '/', {}};
    for (const onnx::AttributeProto& attribute : function.defaults) {
      call.attributes[attribute.name()] = {&attribute, nullptr, nullptr};
    }
    for (const onnx::AttributeProto& attribute : proto.attribute()) {
      const auto actual = actual_attribute(attribute, scope, caller, node);
      if (actual) call.attributes[attribute.name()] = *actual;
    }
    Scope inner = Scope::of_call(scope);
    // What a default writes sees nothing but the body.
    for (auto& [name, actual] : call.attributes) {
      if (actual.scope == nullptr) actual = {actual.proto, &inner, &call};
    }
    bind_inputs(function, node, inner);
    bind_outputs(function, node, inner);
    convert_nodes(function.proto->node(), inner, &call, nodes);
    finish_outputs(function, node, inner, nodes);
  }

  void check_call(const Function& function, const Call* caller, const Node& node) {
    int depth = 0;
    for (const Call* outer = caller; outer != nullptr; outer = outer->caller) {
      if (outer->function == &function) {
        fail(place_of(node), fmt::format("function '{}' calls itself", function.title));
      }
      ++depth;
    }
    if (depth >= kDeepestNesting) {
      fail(place_of(node),
           fmt::format("functions call each other more than {} deep", kDeepestNesting));
    }
    inlined_bytes_ +=
        function.bytes + function.names * (node.name.size() + 1 + sizeof(Node) + sizeof(Value));
    if (inlined_bytes_ > kMostInlinedBytes) {
      fail(place_of(node), fmt::format("its functions make more than {} MiB once they stand in the "
                                       "place of their calls",
                                       kMostInlinedBytes >> 20));
    }
  }

  void bind_inputs(const Function& function, const Node& node, Scope& inner) const {
    const auto formal = static_cast<std::size_t>(function.proto->input_size());
    if (node.inputs.size() > formal ||
        node.outputs.size() > static_cast<std::size_t>(function.proto->output_size())) {
      fail(place_of(node),
           fmt::format("has {} input(s) and {} output(s), but its function '{}' has {} and {}",
                       node.inputs.size(), node.outputs.size(), function.title, formal,
                       function.proto->output_size()));
    }
    for (std::size_t i = 0; i < formal; ++i) {
      const std::string& name = function.proto->input(static_cast<int>(i));
      const auto value = i < node.inputs.size() ? node.inputs[i] : std::nullopt;
      if (!inner.names.emplace(name, Scope::Definition{value, "an input"}).second) {
        fail(place_of(node),
             fmt::format("function '{}' has two inputs '{}'", function.title, name));
      }
    }
  }

  static void bind_outputs(const Function& function, const Node& node, Scope& inner) {
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
      const std::string& name = function.proto->output(static_cast<int>(i));
      if (node.outputs[i]) inner.promised.emplace(name, *node.outputs[i]);
    }
  }

  /// Results that the body does not make as promised are handed on by an Identity.
  void finish_outputs(const Function& function, const Node& node, Scope& inner,
                      std::vector<Node>& nodes) {
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
      const auto output = node.outputs[i];
      if (!output) continue;
      const std::string& name = function.proto->output(static_cast<int>(i));
      const auto made = inner.names.find(name);
      if (made == inner.names.end() || !made->second.value) {
        fail(place_of(node),
             fmt::format("function '{}' does not make its output '{}'", function.title, name));
      }
      if (made->second.value == output) continue;
      count_node();
      Node copy;
      copy.name = fmt::format("{}/copy_of_{}", node.name, i);
      copy.op = "Identity";
      copy.opset = function.opset;
      copy.inputs = {made->second.value};
      copy.outputs = {output};
      nodes.push_back(std::move(copy));
    }
  }

  const onnx::ModelProto& model_;
  std::string path_;
  std::int64_t opset_;
  TensorReader tensors_;
  std::optional<FunctionTable> functions_;
  OperatorGraph graph_;
  std::size_t nodes_ = 0;
  std::size_t inlined_bytes_ = 0;
  int depth_ = 0;
  NodeNames names_;
};

}  // namespace

OperatorGraph convert_model(const ModelFile& file, int opset, bool weights_required) {
  return Converter(file, opset, weights_required).convert();
}

}  // namespace mensa::onnx_import
