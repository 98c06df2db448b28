#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>

#include "tests/onnx_import/loading/bomb.h"

// Models of a few kilobytes whose parts multiply: functions that call each other, graphs in graphs,
// loops, constants computed from constants.

namespace mensa::onnx_import {
namespace {

using testing::HasSubstr;

onnx::NodeProto& add_node(onnx::FunctionProto& function, const std::string& op,
                          const std::string& input, const std::string& output) {
  onnx::NodeProto& node = *function.add_node();
  node.set_op_type(op);
  node.add_input(input);
  node.add_output(output);
  return node;
}

/// 16 functions that each call the next `calls` times; the last one has a Relu as often.
struct NestedFunctions : ModelBuilder {
  static constexpr int kLevels = 16;

  explicit NestedFunctions(int calls) {
    for (int level = 0; level < kLevels; ++level) {
      onnx::FunctionProto& function = *model().add_functions();
      function.set_domain("local");
      function.set_name(fmt::format("F{}", level));
      function.add_input("a");
      function.add_output("r0");
      const bool last = level + 1 == kLevels;
      for (int i = 0; i < calls; ++i) {
        onnx::NodeProto& node =
            add_node(function, last ? "Relu" : fmt::format("F{}", level + 1),
                     i + 1 == calls ? "a" : fmt::format("r{}", i + 1), fmt::format("r{}", i));
        if (!last) node.set_domain("local");
      }
    }
    input("x", {1, 4}).output("y").node("F0", {"x"}, {"y"}, "call").domain("local");
  }
  onnx::FunctionProto& innermost() { return *model().mutable_functions(kLevels - 1); }
};

/// The body of a Loop that carries one value of this shape, and gives it out too.
onnx::GraphProto loop_body(const std::vector<std::int64_t>& shape) {
  onnx::GraphProto proto;
  GraphBuilder body(proto);
  body.input("i", {}, onnx::TensorProto::INT64).input("go", {}, onnx::TensorProto::BOOL);
  body.input("before", shape).output("still").output("after").output("after");
  body.node("Identity", {"go"}, {"still"});
  body.node("Tanh", {"before"}, {"after"}, "tanh");
  return proto;
}

TEST(Bombs, of_functions_that_call_functions) {
  EXPECT_EQ(defused(NestedFunctions(10)), "has more than 100000 nodes");
}

TEST(Bombs, of_functions_with_many_results) {
  NestedFunctions model(4);
  for (int i = 0; i < 300; ++i) {
    model.innermost().mutable_node(0)->add_output(fmt::format("z{}", i));
  }
  EXPECT_THAT(defused(model), HasSubstr("its functions make more than 256 MiB"));
}

TEST(Bombs, of_functions_with_many_attributes) {
  NestedFunctions model(4);
  for (int i = 0; i < 100; ++i) {
    onnx::AttributeProto& attribute = *model.innermost().mutable_node(0)->add_attribute();
    attribute.set_name(fmt::format("a{}", i));
    attribute.set_type(onnx::AttributeProto::INT);
    attribute.set_i(1);
  }
  EXPECT_THAT(defused(model), HasSubstr("its functions make more than 256 MiB"));
}

TEST(Bombs, of_functions_with_graphs_in_them) {
  NestedFunctions model(4);
  onnx::AttributeProto& attribute = *model.innermost().mutable_node(0)->add_attribute();
  attribute.set_name("body");
  attribute.set_type(onnx::AttributeProto::GRAPH);
  GraphBuilder graph(*attribute.mutable_g());
  graph.output("o").node("Relu", {"a"}, {"o"});
  for (int i = 0; i < 50; ++i) graph.input(fmt::format("i{}", i), {1});
  EXPECT_THAT(defused(model), HasSubstr("its functions make more than 256 MiB"));
}

TEST(Bombs, of_a_constant_in_a_function_that_is_called_often) {
  // 1 MiB that 2000 calls multiply by: measured for each that would be 2 GB to read.
  ModelBuilder model;
  model.input("x", {1, 512}).output("y");
  onnx::FunctionProto& function = *model.model().add_functions();
  function.set_domain("local");
  function.set_name("F");
  function.add_input("a");
  function.add_output("b");
  onnx::NodeProto& constant = *function.add_node();
  constant.set_op_type("Constant");
  constant.add_output("w");
  onnx::AttributeProto& value = *constant.add_attribute();
  value.set_name("value");
  value.set_type(onnx::AttributeProto::TENSOR);
  value.mutable_t()->set_data_type(onnx::TensorProto::FLOAT);
  value.mutable_t()->add_dims(512);
  value.mutable_t()->add_dims(512);
  std::string raw(4 * 512 * 512, '\0');
  for (std::size_t i = 0; i < raw.size(); i += 8) raw[i] = '\1';  // every second value
  value.mutable_t()->set_raw_data(raw);
  add_node(function, "MatMul", "a", "b").add_input("w");
  constexpr int kCalls = 2000;
  for (int i = 0; i < kCalls; ++i) {
    model
        .node("F", {i == 0 ? "x" : fmt::format("v{}", i)},
              {i + 1 == kCalls ? "y" : fmt::format("v{}", i + 1)}, fmt::format("call{}", i))
        .domain("local");
  }
  EXPECT_EQ(defused(model), "no error");
  const models::Graph graph = model.import();
  const auto profile = [&](const std::string& layer) {
    return graph.tensor(layer_named(graph, layer).parameters.at(0)).sparsity;
  };
  EXPECT_DOUBLE_EQ(profile("call1999/b")->density, 0.5);
  EXPECT_EQ(profile("call1999/b"), profile("call0/b"));
}

TEST(Bombs, of_branches_in_branches) {
  onnx::GraphProto inner;
  GraphBuilder(inner).output("r").node("Relu", {"x"}, {"r"});
  for (int depth = 0; depth < 15; ++depth) {
    onnx::GraphProto outer;
    GraphBuilder(outer)
        .output("r")
        .node("If", {"c"}, {"r"}, fmt::format("if{}", depth))
        .graph("then_branch", inner);
    onnx::GraphProto other;
    GraphBuilder(other).output("r").node("Relu", {"x"}, {"r"});
    onnx::AttributeProto& branch = *outer.mutable_node(0)->add_attribute();
    branch.set_name("else_branch");
    branch.set_type(onnx::AttributeProto::GRAPH);
    *branch.mutable_g() = other;
    inner = outer;
  }
  ModelBuilder model;
  model.input("x", {1, 4}).input("c", {}, onnx::TensorProto::BOOL).output("y");
  model.node("If", {"c"}, {"y"}, "if").graph("then_branch", inner).graph("else_branch", inner);
  EXPECT_EQ(defused(model), "no error");
}

TEST(Bombs, of_loops) {
  ModelBuilder endless;
  endless.input("x", {1, 4}).output("y");
  endless.integers("trips", {}, {std::numeric_limits<std::int64_t>::max()});
  endless.node("Loop", {"trips", "", "x"}, {"y"}, "loop").graph("body", loop_body({1, 4}));
  EXPECT_THAT(defused(endless), HasSubstr("one from 1 to 2^31 is needed"));
  ModelBuilder working;
  working.input("x", {1, kBillion}).output("y").integers("trips", {}, {kBillion});
  working.node("Loop", {"trips", "", "x"}, {"y"}, "loop").graph("body", loop_body({1, kBillion}));
  EXPECT_THAT(defused(working), HasSubstr("exceed 2^53"));
  ModelBuilder collecting;
  collecting.input("x", {1, kBillion}).output("y").integers("trips", {}, {kBillion});
  collecting.node("Loop", {"trips", "", "x"}, {"", "y"}, "loop")
      .graph("body", loop_body({1, kBillion}));
  EXPECT_THAT(defused(collecting), HasSubstr("at most 32 axes and 2^40 elements are taken"));
}

TEST(Bombs, of_sequences) {
  onnx::GraphProto proto;
  GraphBuilder body(proto);
  body.input("s", {4}).input("e", {}).output("t").output("t");
  body.node("Add", {"s", "e"}, {"t"});
  ModelBuilder model;
  model.input("x", {4}).input("all", {std::int64_t{1} << 40}).output("y").output("z");
  model.node("Scan", {"x", "all"}, {"y", "z"}, "scan")
      .integer("num_scan_inputs", 1)
      .graph("body", proto);
  EXPECT_THAT(defused(model), HasSubstr("would make a result of shape 1099511627776x4"));
}

TEST(Bombs, of_tensors_that_double) {
  ModelBuilder model;
  model.input("x", {1, 4}).output("c70");
  for (int i = 0; i < 70; ++i) {
    const std::string from = i == 0 ? "x" : fmt::format("c{}", i);
    model.node("Concat", {from, from}, {fmt::format("c{}", i + 1)}).integer("axis", 0);
  }
  EXPECT_THAT(defused(model), HasSubstr("node 'c39' (Concat): would make a result"));
}

TEST(Bombs, of_constants_that_double) {
  ModelBuilder model;
  model.input("x", {1}, onnx::TensorProto::INT64).output("y").integers("c0", {1}, {3});
  for (int i = 0; i < 39; ++i) {
    const std::string from = fmt::format("c{}", i);
    model.node("Concat", {from, from}, {fmt::format("c{}", i + 1)}).integer("axis", 0);
  }
  model.node("Add", {"x", "c39"}, {"y"}, "sum");
  EXPECT_EQ(defused(model), "no error");  // of unknown values past 2^16 of them
}

TEST(Bombs, of_many_large_constants) {
  ModelBuilder model;
  model.input("x", {1}, onnx::TensorProto::INT64).output("s1000").integers("n", {1}, {65'536});
  for (int i = 0; i < 1000; ++i) {
    model.node("ConstantOfShape", {"n"}, {fmt::format("c{}", i)})
        .tensor("value", onnx::TensorProto::INT64, 7);
    model.node("Add", {i == 0 ? "x" : fmt::format("s{}", i), fmt::format("c{}", i)},
               {fmt::format("s{}", i + 1)});
  }
  EXPECT_EQ(defused(model), "no error");
}

}  // namespace
}  // namespace mensa::onnx_import
