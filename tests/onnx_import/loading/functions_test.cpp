#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/onnx_import/model_builder.h"

namespace mensa::onnx_import {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// A function of domain "local" under construction.
class FunctionBuilder {
 public:
  FunctionBuilder(ModelBuilder& model, const std::string& name,
                  const std::vector<std::string>& inputs, const std::vector<std::string>& outputs)
      : proto_(*model.model().add_functions()) {
    proto_.set_domain("local");
    proto_.set_name(name);
    for (const std::string& input : inputs) proto_.add_input(input);
    for (const std::string& output : outputs) proto_.add_output(output);
  }

  onnx::NodeProto& node(const std::string& op, const std::vector<std::string>& inputs,
                        const std::vector<std::string>& outputs, const std::string& name = {}) {
    onnx::NodeProto& node = *proto_.add_node();
    node.set_op_type(op);
    node.set_name(name);
    for (const std::string& input : inputs) node.add_input(input);
    for (const std::string& output : outputs) node.add_output(output);
    return node;
  }
  /// A call of another function.
  onnx::NodeProto& call(const std::string& function, const std::vector<std::string>& inputs,
                        const std::vector<std::string>& outputs) {
    onnx::NodeProto& made = node(function, inputs, outputs);
    made.set_domain("local");
    return made;
  }
  onnx::FunctionProto& proto() { return proto_; }

 private:
  onnx::FunctionProto& proto_;
};

/// Lets attribute `name` of the node be what the call gives as `of_function`.
void refer(onnx::NodeProto& node, const std::string& name, const std::string& of_function,
           onnx::AttributeProto::AttributeType type) {
  onnx::AttributeProto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_ref_attr_name(of_function);
  attribute.set_type(type);
}

TEST(Functions, stand_in_the_place_of_their_calls) {
  ModelBuilder model;
  model.input("x", {1, 4}).output("y").weights("w", {4, 3}).weights("v", {3, 2});
  FunctionBuilder dense(model, "Dense", {"a", "b"}, {"c"});
  dense.node("MatMul", {"a", "b"}, {"product"}, "matmul");
  dense.node("Softmax", {"product"}, {"c"});
  model.node("Dense", {"x", "w"}, {"h"}, "one").domain("local");
  model.node("Dense", {"h", "v"}, {"y"}, "two").domain("local");
  const models::Graph graph = model.import();
  // Names of the body come after those of the calls; unnamed nodes have those of their results.
  EXPECT_THAT(layer_names(graph), ElementsAre("one/matmul", "one/c", "two/matmul", "two/c"));
  EXPECT_EQ(graph.macs(), 4 * 3 + 3 * 2);
  EXPECT_THAT(names_of(graph, graph.outputs()), ElementsAre("y"));
}

TEST(Functions, call_others_whatever_their_names_and_order) {
  ModelBuilder model;
  model.input("x", {1, 4}).output("y").weights("w", {4, 4});
  FunctionBuilder outer(model, "Outer", {"x", "w"}, {"y"});
  // Unsorted, and with the names of the caller's values for others.
  outer.call("Inner", {"h", "w"}, {"y"});
  outer.call("Inner", {"x", "w"}, {"h"});
  FunctionBuilder inner(model, "Inner", {"y", "x"}, {"w"});
  inner.node("MatMul", {"y", "x"}, {"w"}, "product");
  model.node("Outer", {"x", "w"}, {"y"}, "call").domain("local");
  const models::Graph graph = model.import();
  EXPECT_THAT(layer_names(graph), ElementsAre("call/h/product", "call/y/product"));
  EXPECT_EQ(graph.macs(), 2 * 4 * 4);
}

TEST(Functions, take_attributes_from_calls_and_defaults) {
  ModelBuilder model;
  model.input("x", {1, 2, 6}).output("y");
  FunctionBuilder flat(model, "Flat", {"a"}, {"b"});
  flat.proto().add_attribute("at");
  refer(flat.node("Flatten", {"a"}, {"f"}), "axis", "at", onnx::AttributeProto::INT);
  flat.node("Relu", {"f"}, {"b"}, "relu");
  model.node("Flat", {"x"}, {"y"}, "call").domain("local").integer("at", 2);
  EXPECT_THAT(output_shape(model.import()), ElementsAre(2, 6));
  // Left out at the call it is left out in the body: Flatten's own default is 1.
  model.proto().mutable_node(0)->clear_attribute();
  EXPECT_THAT(output_shape(model.import()), ElementsAre(1, 12));
  // A default of the function's (field 11, which Debian's ONNX does not know).
  onnx::AttributeProto fallback;
  fallback.set_name("at");
  fallback.set_type(onnx::AttributeProto::INT);
  fallback.set_i(3);
  flat.proto().mutable_unknown_fields()->AddLengthDelimited(11, fallback.SerializeAsString());
  EXPECT_THAT(output_shape(model.import()), ElementsAre(12, 1));
}

TEST(Functions, hand_attributes_on_through_calls) {
  ModelBuilder model;
  model.input("x", {1, 2, 6}).output("y");
  FunctionBuilder outer(model, "Outer", {"a"}, {"b"});
  refer(outer.call("Inner", {"a"}, {"b"}), "deep", "high", onnx::AttributeProto::INT);
  FunctionBuilder inner(model, "Inner", {"a"}, {"b"});
  refer(inner.node("Flatten", {"a"}, {"f"}), "axis", "deep", onnx::AttributeProto::INT);
  inner.node("Relu", {"f"}, {"b"});
  model.node("Outer", {"x"}, {"y"}, "call").domain("local").integer("high", 2);
  EXPECT_THAT(output_shape(model.import()), ElementsAre(2, 6));
}

TEST(Functions, constants_in_them_are_measured) {
  ModelBuilder model;
  model.input("x", {1, 64}).output("y");
  FunctionBuilder dense(model, "Dense", {"a"}, {"c"});
  onnx::AttributeProto& value = *dense.node("Constant", {}, {"w"}).add_attribute();
  value.set_name("value");
  value.set_type(onnx::AttributeProto::TENSOR);
  value.mutable_t()->set_data_type(onnx::TensorProto::FLOAT);
  value.mutable_t()->add_dims(64);
  value.mutable_t()->add_dims(1);
  std::string raw(256, '\0');
  raw.back() = '\1';
  value.mutable_t()->set_raw_data(raw);
  dense.node("MatMul", {"a", "w"}, {"c"}, "product");
  model.node("Dense", {"x"}, {"y"}, "call").domain("local");
  const models::Graph graph = model.import();
  EXPECT_DOUBLE_EQ(
      graph.tensor(layer_named(graph, "call/product").parameters.at(0)).sparsity->density,
      1.0 / 64);
}

TEST(Functions, may_leave_inputs_out_and_hand_them_on) {
  ModelBuilder model;
  model.input("x", {1, 4}).output("y").output("same").weights("w", {4, 3}).weights("c", {3});
  FunctionBuilder gemm(model, "MyGemm", {"a", "b", "bias"}, {"y", "a"});
  gemm.node("Gemm", {"a", "b", "bias"}, {"y"}, "gemm");
  model.node("MyGemm", {"x", "w"}, {"y", "same"}, "call").domain("local");
  const models::Graph graph = model.import();
  EXPECT_EQ(layer_named(graph, "call/gemm").parameters.size(), 1U);
  model.proto().mutable_node(0)->add_input("c");
  EXPECT_EQ(layer_named(model.import(), "call/gemm").epilogue.size(), 1U);
}

TEST(Functions, hide_operators_of_their_name) {
  ModelBuilder model;
  model.input("x", {1, 4}).output("y");
  FunctionBuilder gelu(model, "Gelu", {"a"}, {"b"});
  gelu.proto().set_domain("com.microsoft");
  gelu.node("Tanh", {"a"}, {"b"}, "tanh");
  model.node("Gelu", {"x"}, {"y"}, "call").domain("com.microsoft");
  EXPECT_THAT(layer_names(model.import()), ElementsAre("call/tanh"));
}

TEST(Functions, are_told_apart_by_overload) {
  ModelBuilder model;
  model.input("x", {1, 4}).output("y");
  for (const std::string op : {"Tanh", "Relu"}) {
    FunctionBuilder f(model, "F", {"a"}, {"b"});
    f.node(op, {"a"}, {"b"}, op);
    f.proto().mutable_unknown_fields()->AddLengthDelimited(13, op);
  }
  model.node("F", {"x"}, {"y"}, "call").domain("local");
  auto& call = *model.proto().mutable_node(0);
  call.mutable_unknown_fields()->AddLengthDelimited(8, "Relu");
  EXPECT_THAT(layer_names(model.import()), ElementsAre("call/Relu"));
  call.mutable_unknown_fields()->Clear();
  EXPECT_THAT(model.import_error(), HasSubstr("call: F (local)"));
}

TEST(Functions, may_have_an_operator_set_of_their_own) {
  ModelBuilder model(13);
  model.input("x", {1, 4, 4}).output("y");
  FunctionBuilder f(model, "F", {"a"}, {"b"});
  // Up to 12 Squeeze had its axes in an attribute and no second input.
  f.proto().add_opset_import()->set_version(11);
  auto& axes = *f.node("Squeeze", {"a"}, {"s"}).add_attribute();
  axes.set_name("axes");
  axes.set_type(onnx::AttributeProto::INTS);
  axes.add_ints(0);
  f.node("Relu", {"s"}, {"b"});
  model.node("F", {"x"}, {"y"}, "call").domain("local");
  EXPECT_THAT(output_shape(model.import()), ElementsAre(4, 4));
  f.proto().mutable_opset_import(0)->set_version(24);
  EXPECT_EQ(model.import_error(), "function 'local.F' uses operator set 24; mensa reads 1 to 23");
}

TEST(Functions, that_call_themselves_are_errors) {
  ModelBuilder model;
  model.input("x", {1, 4}).output("y");
  FunctionBuilder(model, "F", {"a"}, {"b"}).call("G", {"a"}, {"b"});
  FunctionBuilder(model, "G", {"a"}, {"b"}).call("F", {"a"}, {"b"});
  model.node("F", {"x"}, {"y"}, "call").domain("local");
  EXPECT_EQ(model.import_error(), "node 'call/b/b' (F): function 'local.F' calls itself");
}

TEST(Functions, that_multiply_are_errors) {
  // Each calls the next ten times: 10^9 nodes from a file of some kB.
  ModelBuilder model;
  model.input("x", {1, 4}).output("y");
  for (int level = 0; level < 9; ++level) {
    FunctionBuilder f(model, fmt::format("F{}", level), {"a"}, {"b"});
    for (int i = 0; i < 10; ++i) {
      const std::string result = i == 9 ? "b" : fmt::format("r{}", i);
      if (level == 8) {
        f.node("Relu", {"a"}, {result});
      } else {
        f.call(fmt::format("F{}", level + 1), {"a"}, {result});
      }
    }
  }
  model.node("F0", {"x"}, {"y"}, "call").domain("local");
  EXPECT_EQ(model.import_error(), "has more than 100000 nodes");
}

TEST(Functions, that_grow_by_what_they_copy_are_errors) {
  ModelBuilder model;
  model.input("x", {1, 4}).output("y");
  FunctionBuilder f(model, "F", {"a"}, {"b"});
  auto& attribute = *f.node("Relu", {"a"}, {"b"}).add_attribute();
  attribute.set_name("padding");
  attribute.set_type(onnx::AttributeProto::STRING);
  attribute.set_s(std::string(std::size_t{1} << 20, 'x'));
  for (int i = 0; i < 300; ++i) {
    model.node("F", {"x"}, {i == 0 ? "y" : fmt::format("y{}", i)}).domain("local");
  }
  EXPECT_THAT(model.import_error(), HasSubstr("its functions make more than 256 MiB"));
}

TEST(Functions, that_nest_too_deep_are_errors) {
  ModelBuilder model;
  model.input("x", {1, 4}).output("y");
  for (int level = 0; level < 20; ++level) {
    FunctionBuilder f(model, fmt::format("F{}", level), {"a"}, {"b"});
    if (level == 19) {
      f.node("Relu", {"a"}, {"b"});
    } else {
      f.call(fmt::format("F{}", level + 1), {"a"}, {"b"});
    }
  }
  model.node("F0", {"x"}, {"y"}, "call").domain("local");
  EXPECT_THAT(model.import_error(), HasSubstr("functions call each other more than 16 deep"));
  model.proto().mutable_node(0)->set_op_type("F4");
  EXPECT_EQ(model.import_error(), "no error");
}

TEST(Functions, must_make_what_they_promise) {
  ModelBuilder model;
  model.input("x", {1, 4}).output("y");
  FunctionBuilder f(model, "F", {"a"}, {"b"});
  f.node("Relu", {"a"}, {"c"});
  model.node("F", {"x"}, {"y"}, "call").domain("local");
  EXPECT_EQ(model.import_error(),
            "node 'call' (F): function 'local.F' does not make its output 'b'");
  model.proto().mutable_node(0)->add_input("x");
  EXPECT_EQ(model.import_error(),
            "node 'call' (F): has 2 input(s) and 1 output(s), but its function 'local.F' has 1 and "
            "1");
  FunctionBuilder again(model, "F", {"a"}, {"b"});
  EXPECT_EQ(model.import_error(), "function 'local.F' is defined twice");
}

TEST(Functions, see_nothing_of_the_caller) {
  ModelBuilder model;
  model.input("x", {1, 4}).output("y").weights("w", {4, 4});
  FunctionBuilder f(model, "F", {"a"}, {"b"});
  f.node("MatMul", {"a", "w"}, {"b"}, "product");
  model.node("F", {"x"}, {"y"}, "call").domain("local");
  EXPECT_EQ(model.import_error(),
            "node 'call/product' (MatMul): reads value 'w', which no node, input or initializer "
            "makes");
}

TEST(Functions, references_to_attributes_need_a_function) {
  ModelBuilder model;
  model.input("x", {1, 4}).output("y");
  model.node("Flatten", {"x"}, {"y"}, "flat");
  refer(*model.proto().mutable_node(0), "axis", "at", onnx::AttributeProto::INT);
  EXPECT_EQ(model.import_error(),
            "node 'flat' (Flatten): attribute 'axis' refers to 'at' of a function, but is in none");
}

/// A Loop of four steps whose body adds what it reads from around it to what it carries.
onnx::GraphProto adding_body(const std::string& from_outside) {
  onnx::GraphProto proto;
  GraphBuilder body(proto);
  body.input("i", {}, onnx::TensorProto::INT64).input("go", {}, onnx::TensorProto::BOOL);
  body.input("carried", {1, 4});
  body.node("Identity", {"go"}, {"on"});
  body.node("Add", {"carried", from_outside}, {"sum"}, "sum");
  body.output("on").output("sum");
  return proto;
}

TEST(Functions, graphs_in_them_read_what_stands_around_them) {
  ModelBuilder model;
  model.input("x", {1, 4}).output("y").integers("steps", {}, {4});
  FunctionBuilder f(model, "F", {"a", "n"}, {"b"});
  f.node("Relu", {"a"}, {"r"}, "relu");
  auto& attribute = *f.node("Loop", {"n", "", "a"}, {"b"}, "loop").add_attribute();
  attribute.set_name("body");
  attribute.set_type(onnx::AttributeProto::GRAPH);
  *attribute.mutable_g() = adding_body("r");
  model.node("F", {"x", "steps"}, {"y"}, "call").domain("local");
  EXPECT_THAT(layer_names(model.import()), ElementsAre("call/relu", "call/sum"));
}

TEST(Functions, a_graph_that_a_call_gives_reads_what_stands_around_the_call) {
  ModelBuilder model;
  model.input("x", {1, 4}).output("y").integers("steps", {}, {4});
  FunctionBuilder f(model, "F", {"a", "n"}, {"b"});
  f.node("Tanh", {"a"}, {"r"}, "tanh");
  f.node("Relu", {"r"}, {"rr"}, "relu");
  refer(f.node("Loop", {"n", "", "rr"}, {"b"}, "loop"), "body", "what",
        onnx::AttributeProto::GRAPH);
  // Stands behind its call in the file, and is sorted before what the call becomes.
  model.node("F", {"x", "steps"}, {"y"}, "call").domain("local").graph("what", adding_body("r"));
  model.node("Sigmoid", {"x"}, {"r"}, "sigmoid");
  const auto names = layer_names(model.import());
  EXPECT_THAT(names, testing::UnorderedElementsAre("sigmoid", "call/tanh", "sum"));
}

}  // namespace
}  // namespace mensa::onnx_import
