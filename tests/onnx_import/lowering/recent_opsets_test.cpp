#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "onnx_import/operator_graph/constant_data.h"
#include "tests/onnx_import/model_builder.h"

// What operator sets 18 to 23 changed or added; the recorded cases of tests/onnx_import/oracle end
// at 17. Expected shapes follow ONNX's specification (docs/Operators.md and docs/Changelog.md).

namespace mensa::onnx_import {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using SetAttributes = std::function<void(NodeBuilder&)>;

/// One node "node" from x and constants to y.
class OneNode {
 public:
  OneNode(std::int64_t opset, std::string op, const Shape& x,
          std::int32_t type = onnx::TensorProto::FLOAT)
      : model_(opset), op_(std::move(op)) {
    model_.input("x", x, type).output("y");
  }
  OneNode& integers(const Shape& values, bool scalar = false) {
    const std::string name = "c" + std::to_string(inputs_.size());
    model_.integers(name, scalar ? Shape{} : Shape{std::ssize(values)}, values);
    inputs_.push_back(name);
    return *this;
  }
  OneNode& floats(const std::vector<float>& values) {
    const std::string name = "c" + std::to_string(inputs_.size());
    model_.floats(name, {std::ssize(values)}, values);
    inputs_.push_back(name);
    return *this;
  }
  OneNode& left_out() {
    inputs_.emplace_back();
    return *this;
  }
  OneNode& activation(const Shape& shape, std::int32_t type = onnx::TensorProto::FLOAT) {
    const std::string name = "a" + std::to_string(inputs_.size());
    model_.input(name, shape, type);
    inputs_.push_back(name);
    return *this;
  }
  models::Graph import(const SetAttributes& attributes = {}) {
    add_node(attributes);
    return model_.import();
  }
  Shape shape(const SetAttributes& attributes = {}) { return output_shape(import(attributes)); }
  std::string error(const SetAttributes& attributes = {}) {
    add_node(attributes);
    return model_.import_error();
  }

 private:
  void add_node(const SetAttributes& attributes) {
    NodeBuilder node = model_.node(op_, inputs_, {"y"}, "node");
    if (attributes) attributes(node);
  }

  ModelBuilder model_;
  std::string op_;
  std::vector<std::string> inputs_ = {"x"};
};

TEST(Opset18, reductions_take_their_axes_as_input) {
  for (const char* op : {"ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceL1",
                         "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceSumSquare"}) {
    EXPECT_THAT(OneNode(18, op, {2, 3, 4}).integers({-1, 0}).shape(), ElementsAre(1, 3, 1)) << op;
    EXPECT_THAT(OneNode(18, op, {2, 3, 4}).shape([](auto& n) { n.integer("keepdims", 0); }),
                ElementsAre())
        << op;
    EXPECT_THAT(OneNode(18, op, {2, 3, 4}).integers({}).shape([](auto& n) {
      n.integer("noop_with_empty_axes", 1);
    }),
                ElementsAre(2, 3, 4))
        << op;
  }
  const models::Graph mean = OneNode(18, "ReduceMean", {2, 3, 4}).integers({2}).import();
  EXPECT_EQ(vector_work(layer_named(mean, "node")).operations_per_element,
            5);  // 4 sums, 1 division
  EXPECT_EQ(mean.parameter_elements(), 0) << "axes are no parameters";
}

TEST(Opset18, pad_names_its_axes) {
  EXPECT_THAT(
      OneNode(18, "Pad", {2, 3, 4}).integers({1, 2, 3, 4}).left_out().integers({2, 0}).shape(),
      ElementsAre(2 + 2 + 4, 3, 4 + 1 + 3));
}

TEST(Opset19, pad_wraps) {
  const auto mode = [](const char* name) {
    return [=](NodeBuilder& n) { n.string("mode", name); };
  };
  EXPECT_THAT(OneNode(19, "Pad", {4}).integers({2, 1}).shape(mode("wrap")), ElementsAre(7));
  EXPECT_THAT(OneNode(19, "Pad", {4}).integers({2, 1}).error(mode("mirror")),
              HasSubstr("mode is 'mirror'; it must be constant, reflect, edge or wrap"));
}

TEST(Opset18, split_into_a_number_of_outputs) {
  ModelBuilder model(18);
  model.input("x", {7, 2}).output("a").output("b").output("c");
  model.node("Split", {"x"}, {"a", "b", "c"}, "node").integer("num_outputs", 3);
  const models::Graph graph = model.import();
  EXPECT_THAT(graph.tensor(graph.outputs()[0]).shape, ElementsAre(3, 2));
  EXPECT_THAT(graph.tensor(graph.outputs()[2]).shape, ElementsAre(1, 2));
}

TEST(Opset18, resize_names_its_axes_and_keeps_the_ratio) {
  const auto sizes = [](const char* policy) {
    return OneNode(18, "Resize", {1, 2, 10, 20})
        .left_out()
        .left_out()
        .integers({30, 30})
        .shape([&](NodeBuilder& n) {
          n.integers("axes", {2, 3}).string("keep_aspect_ratio_policy", policy);
        });
  };
  EXPECT_THAT(sizes("stretch"), ElementsAre(1, 2, 30, 30));
  EXPECT_THAT(sizes("not_larger"), ElementsAre(1, 2, 15, 30));
  EXPECT_THAT(sizes("not_smaller"), ElementsAre(1, 2, 30, 60));
  const auto scales = [](NodeBuilder& n) { n.integers("axes", {3}); };
  EXPECT_THAT(OneNode(18, "Resize", {1, 2, 10, 20}).left_out().floats({0.33F}).shape(scales),
              ElementsAre(1, 2, 10, 6));
}

TEST(Opset18, antialias_widens_the_filter) {
  // 40 to 10: four times as many neighbours along one axis, 2 x 4 = 8, 16 operations.
  const models::Graph graph =
      OneNode(18, "Resize", {1, 1, 1, 40})
          .left_out()
          .floats({1, 1, 1, 0.25F})
          .import([](NodeBuilder& n) { n.string("mode", "linear").integer("antialias", 1); });
  EXPECT_EQ(vector_work(layer_named(graph, "node")).operations_per_element, 16);
}

TEST(Opset18, new_operators) {
  EXPECT_THAT(OneNode(18, "CenterCropPad", {10, 7, 3}).integers({8, 9}).shape([](auto& n) {
    n.integers("axes", {0, 1});
  }),
              ElementsAre(8, 9, 3));
  // 5 x 5 image from 2 x 2 blocks: 16 places.
  EXPECT_THAT(OneNode(18, "Col2Im", {1, 12, 16}).integers({5, 5}).integers({2, 2}).shape(),
              ElementsAre(1, 3, 5, 5));
  EXPECT_THAT(OneNode(18, "Mish", {2, 3}).shape(), ElementsAre(2, 3));
  for (const char* op : {"BitwiseAnd", "BitwiseOr", "BitwiseXor"}) {
    EXPECT_THAT(OneNode(18, op, {2, 1}, onnx::TensorProto::INT32)
                    .activation({3}, onnx::TensorProto::INT32)
                    .shape(),
                ElementsAre(2, 3));
    EXPECT_THAT(OneNode(18, op, {2, 1}).activation({3}).error(), HasSubstr("needs integers"));
  }
  EXPECT_THAT(OneNode(18, "BitwiseNot", {4}, onnx::TensorProto::INT32).shape(), ElementsAre(4));
}

TEST(Opset18, scatter_reduces_by_maximum) {
  for (const char* reduction : {"none", "add", "mul", "max", "min"}) {
    const models::Graph graph =
        OneNode(18, "ScatterElements", {4, 5})
            .activation({2, 5}, onnx::TensorProto::INT64)
            .activation({2, 5})
            .import([&](NodeBuilder& n) { n.string("reduction", reduction); });
    EXPECT_THAT(output_shape(graph), ElementsAre(4, 5));
    if (std::string(reduction) == "none") {
      EXPECT_EQ(moved(layer_named(graph, "node")), 20 + 10);
    } else {
      EXPECT_EQ(vector_work(layer_named(graph, "node")).operations_per_element, 1);
    }
  }
}

TEST(Opset20, grids) {
  EXPECT_THAT(OneNode(20, "AffineGrid", {2, 2, 3}).integers({2, 3, 5, 6}).shape(),
              ElementsAre(2, 5, 6, 2));
  EXPECT_THAT(OneNode(20, "AffineGrid", {2, 3, 4}).integers({2, 3, 4, 5, 6}).shape(),
              ElementsAre(2, 4, 5, 6, 3));
  EXPECT_THAT(OneNode(20, "GridSample", {1, 2, 4, 5, 6}).activation({1, 7, 8, 9, 3}).shape(),
              ElementsAre(1, 2, 7, 8, 9));
  EXPECT_THAT(OneNode(20, "GridSample", {1, 2, 4, 5}).activation({1, 7, 8, 3}).error(),
              HasSubstr("a grid of shape 1x7x8x3 does not fit an image of shape 1x2x4x5"));
}

TEST(Opset20, transform_axis_is_an_input) {
  EXPECT_THAT(OneNode(20, "DFT", {1, 10, 8, 1}).left_out().integers({1}, true).shape([](auto& n) {
    n.integer("onesided", 1);
  }),
              ElementsAre(1, 6, 8, 2));
  EXPECT_THAT(OneNode(20, "DFT", {1, 10, 8, 1}).integers({16}, true).shape(),
              ElementsAre(1, 10, 16, 2));
}

TEST(Opset20, gelu_is_one_function) {
  const models::Graph graph = OneNode(20, "Gelu", {2, 3}).import();
  EXPECT_EQ(vector_work(layer_named(graph, "node")).operations_per_element, 4);
}

TEST(Opset19, views_keep_their_form) {
  ModelBuilder model(21);
  model.input("x", {2, 3, 4}).output("y").integers("target", {2}, {0, -1});
  model.node("Reshape", {"x", "target"}, {"h"}).integer("allowzero", 0);
  model.node("Softmax", {"h"}, {"y"});
  EXPECT_THAT(output_shape(model.import()), ElementsAre(2, 12));
  ModelBuilder zero(21);
  zero.input("x", {2, 3, 4}).output("y").integers("target", {2}, {0, -1});
  zero.node("Reshape", {"x", "target"}, {"h"}).integer("allowzero", 1);
  zero.node("Softmax", {"h"}, {"y"});
  EXPECT_THAT(zero.import_error(), HasSubstr("cannot reshape 2x3x4 to 0x-1"));
}

TEST(Opset23, elementwise_families_stay) {
  for (const char* op : {"Add", "Mul", "Greater", "Max", "Pow"}) {
    EXPECT_THAT(OneNode(23, op, {2, 1}).activation({3}).shape(), ElementsAre(2, 3)) << op;
  }
  for (const char* op : {"Elu", "Erf", "HardSwish", "Round", "Sqrt", "Softplus"}) {
    EXPECT_THAT(OneNode(23, op, {2, 3}).shape(), ElementsAre(2, 3)) << op;
  }
}

}  // namespace
}  // namespace mensa::onnx_import
