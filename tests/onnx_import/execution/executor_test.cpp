// What the executor does around its kernels.

#include "onnx_import/execution/executor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/onnx_import/execution/model_run.h"

namespace mensa::onnx_import {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

/// x + c, twice the activation of it.
ModelBuilder& small_network(ModelBuilder& model) {
  model.input("x", {1, 2}).floats("c", {2}, {-2, 0}).output("y");
  model.node("Add", {"x", "c"}, {"sum"});
  model.node("Relu", {"sum"}, {"active"});
  model.node("Neg", {"c"}, {"known"});
  model.node("Add", {"active", "known"}, {"y"});
  return model;
}

TEST(Executor, shows_each_tensor_that_depends_on_the_inputs) {
  ModelBuilder model;
  ModelRun run(small_network(model));
  std::vector<std::string> names;
  const auto outputs = run.executor().run({{"x", counting({1, 2})}},
                                          [&](const Value& value, const TensorValue& tensor) {
                                            names.push_back(value.name);
                                            EXPECT_EQ(tensor.shape, value.shape);
                                          });
  EXPECT_THAT(names, ElementsAre("sum", "active", "y"));
  EXPECT_THAT(std::get<std::vector<float>>(outputs.at("y").elements), ElementsAre(2, 2));
}

TEST(Executor, runs_again) {
  ModelBuilder model;
  ModelRun run(small_network(model));
  const auto first = run.executor().run({{"x", counting({1, 2})}});
  const auto again = run.executor().run({{"x", counting({1, 2})}});
  EXPECT_EQ(first.at("y").elements, again.at("y").elements);
}

TEST(Executor, reads_weights_of_several_widths) {
  // 2000 elements: more than import keeps by value.
  constexpr std::size_t kCount = 2000;
  std::string halves;
  std::string bytes;
  std::string doubles;
  for (std::size_t i = 0; i < kCount; ++i) {
    halves += {'\x00', '\x3E'};  // 1.5
    bytes += '\xFD';             // -3
    const double quarter = 0.25;
    doubles.append(reinterpret_cast<const char*>(&quarter), sizeof(quarter));
  }
  ModelBuilder model;
  model.input("x", {kCount}).output("y");
  model.raw("h", {kCount}, onnx::TensorProto::FLOAT16, halves);
  model.raw("b", {kCount}, onnx::TensorProto::INT8, bytes);
  model.raw("d", {kCount}, onnx::TensorProto::DOUBLE, doubles);
  const auto add = [&](const std::string& name, const std::string& to, const std::string& from) {
    model.node("Cast", {name}, {name + "f"}).integer("to", onnx::TensorProto::FLOAT);
    model.node("Add", {from, name + "f"}, {to});
  };
  add("h", "t", "x");
  add("b", "u", "t");
  add("d", "y", "u");
  const auto y = executed(model, floats_of({kCount}, std::vector<float>(kCount, 10)));
  EXPECT_THAT(y, testing::Each(8.75F));
}

TEST(Executor, lists_all_operators_without_kernels) {
  ModelBuilder model;
  model.input("x", {2, 2}).output("y");
  model.node("Hardmax", {"x"}, {"a"});
  model.node("Relu", {"a"}, {"b"});
  model.node("Det", {"b"}, {"y"});
  const std::string error = execution_error(model);
  EXPECT_THAT(error, StartsWith("cannot be executed: 2 node(s) are not supported: 1 Det, 1 "
                                "Hardmax"));
  EXPECT_THAT(error, HasSubstr("a: Hardmax: is not executed"));
}

TEST(Executor, names_both_shapes_of_a_wrong_input) {
  ModelBuilder model;
  small_network(model);
  EXPECT_EQ(execution_error(model, {{"x", counting({2, 2})}}),
            "input 'x': is given with shape [2, 2]; the model's is [1, 2]");
  EXPECT_EQ(execution_error(model, {{"x", floats_of({1, 2}, {1})}}),
            "input 'x': is given with 1 elements; its shape [1, 2] has 2");
  EXPECT_EQ(execution_error(model, {{"x", {{1, 2}, std::vector<std::int64_t>{1, 2}}}}),
            "input 'x': is given as integers; the model's is of float32");
  EXPECT_EQ(execution_error(model), "input 'x': no tensor is given for it");
  EXPECT_THAT(execution_error(model, {{"x", counting({1, 2})}, {"z", counting({1})}}),
              HasSubstr("unknown input 'z'"));
}

/// x and c are held at the first sum: 8 bytes each and 8 of the sum. Later c is held still.
TEST(Executor, refuses_what_takes_more_memory_than_allowed) {
  ModelBuilder model;
  small_network(model);
  EXPECT_EQ(ModelRun(model).executor().peak_bytes(), 24);
  EXPECT_EQ(execution_error(model, {{"x", counting({1, 2})}}, 24), "no error");
  EXPECT_THAT(execution_error(model, {{"x", counting({1, 2})}}, 23),
              HasSubstr("takes 8 bytes beside 16 held already; at most 23 are allowed at a time"));
}

TEST(Executor, refuses_a_tensor_of_a_hostile_shape) {
  ModelBuilder model;
  model.input("x", {1}).integers("shape", {2}, {1 << 20, 1 << 20}).output("y");
  model.node("Expand", {"x", "shape"}, {"y"});
  EXPECT_THAT(execution_error(model, {{"x", counting({1})}}),
              HasSubstr("value 'y': its shape [1048576, 1048576] takes 4398046511104 bytes"));
}

TEST(Executor, names_the_node_of_an_index_outside_of_its_axis) {
  ModelBuilder model;
  model.input("x", {2}, onnx::TensorProto::INT64).floats("table", {3}, {1, 2, 3}).output("y");
  model.node("Gather", {"table", "x"}, {"y"}, "lookup");
  EXPECT_EQ(execution_error(model, {{"x", {{2}, std::vector<std::int64_t>{0, 3}}}}),
            "node 'lookup' (Gather): index 3 is outside of an axis of 3");
}

}  // namespace
}  // namespace mensa::onnx_import
