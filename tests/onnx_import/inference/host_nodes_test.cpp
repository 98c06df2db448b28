#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/onnx_import/model_builder.h"

namespace mensa::onnx_import {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

ImportOptions on_host() {
  ImportOptions options;
  options.unsupported_on_host = true;
  return options;
}

/// A value of the graph that some node makes, as files declare it.
void declare(ModelBuilder& model, const std::string& name, const std::vector<std::string>& shape) {
  auto& value = *model.model().mutable_graph()->add_value_info();
  value.set_name(name);
  auto& type = *value.mutable_type()->mutable_tensor_type();
  type.set_elem_type(onnx::TensorProto::FLOAT16);
  for (const std::string& extent : shape) {
    auto& dim = *type.mutable_shape()->add_dim();
    if (extent.find_first_not_of("0123456789") == std::string::npos) {
      dim.set_dim_value(std::stoll(extent));
    } else {
      dim.set_dim_param(extent);
    }
  }
}

/// An unknown operator of two inputs, one constant, between two known ones.
class HostNodes : public testing::Test {
 protected:
  HostNodes() {
    model_.open_input("x", {"N", "seq", "8"}).output("y").weights("table", {5, 3});
    model_.node("Relu", {"x"}, {"a"});
    model_.node("Wobble", {"a", "table"}, {"b", "rest"}, "odd").integer("axis", 1);
    model_.node("Softmax", {"b"}, {"y"});
  }
  ModelBuilder model_;
};

TEST_F(HostNodes, read_and_write_their_bytes) {
  declare(model_, "b", {"N", "4", "seq"});
  ImportOptions options = on_host();
  options.dimensions = {{"seq", 6}};
  const models::Graph graph = model_.import(options);
  EXPECT_THAT(output_shape(graph), ElementsAre(1, 4, 6));
  const models::Layer& odd = layer_named(graph, "odd");
  EXPECT_TRUE(odd.host_only);
  EXPECT_EQ(odd.op, "Wobble");
  EXPECT_EQ(odd.approximation,
            "not supported (unknown operator): counted as one operation for each element read or "
            "written");
  EXPECT_THAT(names_of(graph, odd.inputs), ElementsAre("a"));
  EXPECT_THAT(names_of(graph, odd.parameters), ElementsAre("table"));
  EXPECT_EQ(graph.tensor(odd.outputs.at(0)).type, models::ElementType::kFloat16);
  const auto& work = std::get<models::VectorWork>(odd.work);
  EXPECT_EQ(work.elements_in, 6 * 8);
  EXPECT_EQ(work.elements_out, 4 * 6);
  // 48 read, 15 constants and 24 written, by 24.
  EXPECT_EQ(work.operations_per_element, 4);
  EXPECT_THAT(graph.notes(),
              Contains("node 'odd' (Wobble) is not supported (unknown operator): approximate, as "
                       "work of the host that reads and writes its bytes"));
}

TEST_F(HostNodes, may_have_dimensions_of_their_own) {
  declare(model_, "b", {"N", "found"});
  ImportOptions options = on_host();
  options.dimensions = {{"seq", 6}, {"found", 11}};
  EXPECT_THAT(output_shape(model_.import(options)), ElementsAre(1, 11));
}

TEST_F(HostNodes, need_declared_shapes) {
  ImportOptions options = on_host();
  options.dimensions = {{"seq", 6}};
  EXPECT_EQ(model_.import_error(options),
            "1 node(s) are not supported: 1 Wobble\n"
            "  odd: Wobble: unknown operator; and it cannot run on the host: the file does not say "
            "the shape of its result 'b'; shape inference of the exporter, or "
            "onnx.shape_inference, writes it");
  declare(model_, "b", {"N", "found"});
  EXPECT_THAT(model_.import_error(options),
              HasSubstr("dimension 'found' of its result 'b' has no value; give it one with --set "
                        "found=VALUE"));
}

TEST_F(HostNodes, are_bounded) {
  declare(model_, "b", {"1000000000", "1000000000"});
  ImportOptions options = on_host();
  options.dimensions = {{"seq", 6}};
  EXPECT_THAT(model_.import_error(options), HasSubstr("declares its result 'b' too large"));
}

TEST(HostNodesOfKnownOperators, stand_in_for_forms_that_are_refused) {
  ModelBuilder model;
  model.input("x", {1, 9}).output("y");
  model.node("Clip", {"x", "", "x"}, {"clipped"}, "clip");
  declare(model, "clipped", {"1", "9"});
  model.node("Identity", {"clipped"}, {"y"});
  const models::Graph graph = model.import(on_host());
  EXPECT_THAT(output_shape(graph), ElementsAre(1, 9));
  EXPECT_THAT(layer_named(graph, "clip").approximation, HasSubstr("its limits are not constant"));
}

TEST(HostNodesOfConstants, are_layers_too) {
  ModelBuilder model;
  model.input("x", {1, 3}, onnx::TensorProto::FLOAT16).output("y").weights("w", {3});
  model.node("Wobble", {"w"}, {"v"}, "odd");
  declare(model, "v", {"3"});
  model.node("Add", {"x", "v"}, {"y"});
  const models::Graph graph = model.import(on_host());
  EXPECT_TRUE(layer_named(graph, "odd").host_only);
}

TEST(HostNodesWithBodies, are_refused_still) {
  onnx::GraphProto body;
  GraphBuilder inner(body);
  inner.input("i", {}, onnx::TensorProto::INT64).input("go", {}, onnx::TensorProto::BOOL);
  inner.input("s", {1, 4}).output("go").output("s");
  ModelBuilder model;
  model.input("x", {1, 4}).input("trips", {}, onnx::TensorProto::INT64).output("y");
  model.node("Loop", {"trips", "", "x"}, {"y"}, "loop").graph("body", body);
  declare(model, "y", {"1", "4"});
  EXPECT_THAT(model.import_error(on_host()),
              HasSubstr("cannot run on the host: it has a body, whose work nobody would count"));
}

}  // namespace
}  // namespace mensa::onnx_import
