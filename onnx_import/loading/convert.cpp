#include "onnx_import/loading/convert.h"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "models/base/error.h"
#include "onnx_import/loading/tensor_data.h"
#include "onnx_import/operator_graph/element_types.h"
#include "onnx_import/operator_graph/limits.h"

namespace mensa::onnx_import {
namespace {

/// The names of one graph, seen from the graphs inside its nodes too.
struct Scope {
  struct Definition {
    ValueId value;
    std::string by;  ///< "input", "initializer", "node 'x'"
  };
  Scope* outer = nullptr;
  std::unordered_map<std::string_view, Definition> names;
  /// What the graph reads from outside, in the order of first use.
  std::vector<ValueId> captures;
  std::unordered_set<ValueId> captured;
};

class Converter {
 public:
  Converter(const onnx::ModelProto& model, const std::filesystem::path& path)
      : model_(model), path_(path.string()) {}

  OperatorGraph convert(int opset) {
    graph_.path = path_;
    graph_.name = std::filesystem::path(path_).stem().string();
    graph_.opset = opset;
    count_nodes(model_.graph(), 0);
    collect_node_names(model_.graph());
    Scope scope;
    graph_.main = convert_block(model_.graph(), scope);
    return std::move(graph_);
  }

 private:
  [[noreturn]] void fail(std::string_view key, std::string_view what) const {
    throw base::Error({path_}, key, what);
  }

  void count_nodes(const onnx::GraphProto& proto, int depth) {
    if (depth > kDeepestNesting) {
      fail("", fmt::format("graphs are nested more than {} deep", kDeepestNesting));
    }
    nodes_ += static_cast<std::size_t>(proto.node_size());
    if (nodes_ > kMostNodes) fail("", fmt::format("has more than {} nodes", kMostNodes));
    for (const auto& node : proto.node()) {
      for (const auto& attribute : node.attribute()) {
        if (attribute.has_g()) count_nodes(attribute.g(), depth + 1);
      }
    }
  }

  /// Names that the file gives are taken before any are made up.
  void collect_node_names(const onnx::GraphProto& proto) {
    for (const auto& node : proto.node()) {
      if (!node.name().empty()) taken_names_.try_emplace(node.name(), 0);
      for (const auto& attribute : node.attribute()) {
        if (attribute.has_g()) collect_node_names(attribute.g());
      }
    }
  }

  /// The file's name for the node, or that of its first result; with "#2" where it was seen before.
  std::string unique_name(const onnx::NodeProto& node) {
    std::string name = node.name();
    if (name.empty()) {
      const auto named = std::find_if(node.output().begin(), node.output().end(),
                                      [](const std::string& output) { return !output.empty(); });
      name = named == node.output().end() ? node.op_type() : *named;
    }
    int& uses = taken_names_[name];
    if (++uses == 1) return name;
    std::string other = fmt::format("{}#{}", name, uses);
    while (taken_names_.contains(other)) other = fmt::format("{}#{}", name, ++uses);
    taken_names_[other] = 1;
    return other;
  }

  ValueId define(Scope& scope, const std::string& name, std::string by) {
    const ValueId id(graph_.values.size());
    const auto [at, is_new] = scope.names.try_emplace(name, Scope::Definition{id, by});
    if (!is_new) {
      fail(fmt::format("value '{}'", name),
           fmt::format("is defined twice, by {} and by {}", at->second.by, by));
    }
    graph_.values.emplace_back().name = name;
    return id;
  }

  ValueId resolve(Scope& scope, const std::string& name, std::string_view reader) {
    const Scope* found = &scope;
    while (found != nullptr && !found->names.contains(name)) found = found->outer;
    if (found == nullptr) {
      fail(reader,
           fmt::format("reads value '{}', which no node, input or initializer makes", name));
    }
    const ValueId id = found->names.at(name).value;
    for (Scope* inner = &scope; inner != found; inner = inner->outer) {
      if (inner->captured.insert(id).second) inner->captures.push_back(id);
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
    value.values_unknown = data.values_unknown;
  }

  void define_initializers(const onnx::GraphProto& proto, Scope& scope) {
    for (const auto& tensor : proto.initializer()) {
      const ValueId id = define(scope, tensor.name(), "an initializer");
      located(fmt::format("initializer '{}'", tensor.name()),
              [&] { set_constant(id, read_tensor(tensor, budget_)); });
    }
    for (const auto& tensor : proto.sparse_initializer()) {
      const ValueId id = define(scope, tensor.values().name(), "a sparse initializer");
      located(fmt::format("sparse initializer '{}'", tensor.values().name()),
              [&] { set_constant(id, read_sparse_tensor(tensor)); });
    }
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

  void define_inputs(const onnx::GraphProto& proto, Scope& scope, Block& block) {
    // Up to IR version 3 initializers had to be inputs as well; they are no inputs to us.
    std::unordered_set<std::string_view> initialized;
    for (const auto& tensor : proto.initializer()) initialized.insert(tensor.name());
    for (const auto& tensor : proto.sparse_initializer()) {
      initialized.insert(tensor.values().name());
    }
    const bool outermost = scope.outer == nullptr;
    for (const auto& input : proto.input()) {
      if (outermost && initialized.contains(input.name())) continue;
      block.inputs.push_back(define(scope, input.name(), "an input"));
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
    if (!tensor.has_shape()) fail(place, "has no shape, not even its number of axes");
    graph_.value(id).type = *type;
    DeclaredInput declared{id, {}};
    for (const auto& dim : tensor.shape().dim()) {
      DeclaredAxis axis;
      if (dim.has_dim_value()) axis.extent = dim.dim_value();
      if (dim.has_dim_param()) axis.name = dim.dim_param();
      declared.axes.push_back(std::move(axis));
    }
    graph_.inputs.push_back(std::move(declared));
  }

  Block convert_block(const onnx::GraphProto& proto, Scope& scope) {
    Block block;
    define_inputs(proto, scope, block);
    define_initializers(proto, scope);
    block.nodes.resize(static_cast<std::size_t>(proto.node_size()));
    // All results are defined before any input is resolved: the file's nodes may be unsorted.
    for (int i = 0; i < proto.node_size(); ++i) {
      Node& node = block.nodes[static_cast<std::size_t>(i)];
      node.name = unique_name(proto.node(i));
      for (const std::string& output : proto.node(i).output()) {
        node.outputs.emplace_back();
        if (!output.empty()) {
          node.outputs.back() = define(scope, output, fmt::format("node '{}'", node.name));
        }
      }
    }
    for (int i = 0; i < proto.node_size(); ++i) {
      convert_node(proto.node(i), scope, block.nodes[static_cast<std::size_t>(i)]);
    }
    if (proto.output_size() == 0) fail("", fmt::format("graph '{}' has no outputs", proto.name()));
    for (const auto& output : proto.output()) {
      block.outputs.push_back(
          resolve(scope, output.name(), fmt::format("the output of graph '{}'", proto.name())));
    }
    return block;
  }

  void convert_node(const onnx::NodeProto& proto, Scope& scope, Node& node) {
    node.op = proto.op_type();
    if (proto.domain() != "ai.onnx") node.domain = proto.domain();
    const std::string place = fmt::format("node '{}' ({})", node.name, node.op);
    for (const std::string& input : proto.input()) {
      node.inputs.emplace_back();
      if (!input.empty()) node.inputs.back() = resolve(scope, input, place);
    }
    for (const auto& attribute : proto.attribute()) {
      if (attribute.has_g()) {
        Scope inner;
        inner.outer = &scope;
        auto block = std::make_unique<Block>(convert_block(attribute.g(), inner));
        if (!node.blocks.emplace(attribute.name(), std::move(block)).second) {
          fail(place, fmt::format("attribute '{}' is given twice", attribute.name()));
        }
        node.captures.insert(node.captures.end(), inner.captures.begin(), inner.captures.end());
        continue;
      }
      located(place, [&] { convert_attribute(attribute, node.attributes); });
    }
  }

  void convert_attribute(const onnx::AttributeProto& proto, Attributes& attributes) {
    const auto add = [&](Attributes::Value value) {
      if (attributes.add(proto.name(), std::move(value))) return;
      throw base::Error(fmt::format("attribute '{}' is given twice", proto.name()));
    };
    switch (proto.type()) {
      case onnx::AttributeProto::INT:
        return add(proto.i());
      case onnx::AttributeProto::FLOAT:
        return add(static_cast<double>(proto.f()));
      case onnx::AttributeProto::STRING:
        return add(proto.s());
      case onnx::AttributeProto::INTS:
        return add(Attributes::Integers(proto.ints().begin(), proto.ints().end()));
      case onnx::AttributeProto::FLOATS:
        return add(Attributes::Floats(proto.floats().begin(), proto.floats().end()));
      case onnx::AttributeProto::STRINGS:
        return add(Attributes::Strings(proto.strings().begin(), proto.strings().end()));
      case onnx::AttributeProto::TENSOR:
        return add(read_tensor(proto.t(), budget_));
      case onnx::AttributeProto::SPARSE_TENSOR:
        return add(read_sparse_tensor(proto.sparse_tensor()));
      default:
        throw base::Error(fmt::format("attribute '{}' is of a kind that mensa does not read ({})",
                                      proto.name(), static_cast<int>(proto.type())));
    }
  }

  const onnx::ModelProto& model_;
  std::string path_;
  OperatorGraph graph_;
  std::size_t nodes_ = 0;
  std::unordered_map<std::string, int> taken_names_;
  IntegerBudget budget_{kMostKeptIntegersInAll};
};

}  // namespace

OperatorGraph convert_model(const onnx::ModelProto& model, int opset,
                            const std::filesystem::path& path) {
  return Converter(model, path).convert(opset);
}

}  // namespace mensa::onnx_import
