#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "tests/onnx_import/model_builder.h"

namespace mensa::onnx_import {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using Build = std::function<void(ModelBuilder&)>;

/// Imports a model that turns x into h by what `build` adds, followed by a Softmax, whose shape is
/// that of h even where h is a view.
models::Graph import_between(const std::vector<std::int64_t>& shape, const Build& build,
                             std::int64_t opset = 13) {
  ModelBuilder model(opset);
  model.input("x", shape).output("y");
  build(model);
  model.node("Softmax", {"h"}, {"y"}, "end");
  return model.import();
}

std::vector<std::int64_t> view_shape(const std::vector<std::int64_t>& shape, const Build& build,
                                     std::int64_t opset = 13) {
  const models::Graph graph = import_between(shape, build, opset);
  EXPECT_THAT(layer_names(graph), ElementsAre("end")) << "a view makes no layer";
  EXPECT_THAT(names_of(graph, graph.layers()[0].inputs), ElementsAre("x"));
  return output_shape(graph);
}

Build node(const std::string& op, const std::function<void(NodeBuilder&)>& attributes = {}) {
  return [=](ModelBuilder& model) {
    NodeBuilder made = model.node(op, {"x"}, {"h"}, "node");
    if (attributes) attributes(made);
  };
}

Build reshape(const std::vector<std::int64_t>& target) {
  return [=](ModelBuilder& model) {
    model.integers("target", {static_cast<std::int64_t>(target.size())}, target);
    model.node("Reshape", {"x", "target"}, {"h"}, "node");
  };
}

/// A node whose axes are an attribute up to operator set 12 and an input from 13 on.
Build with_axes(const std::string& op, const std::vector<std::int64_t>& axes, std::int64_t opset) {
  return [=](ModelBuilder& model) {
    if (opset < 13) {
      model.node(op, {"x"}, {"h"}, "node").integers("axes", axes);
      return;
    }
    model.integers("axes", {static_cast<std::int64_t>(axes.size())}, axes);
    model.node(op, {"x", "axes"}, {"h"}, "node");
  };
}

TEST(Views, reshape_keeps_and_infers_extents) {
  EXPECT_THAT(view_shape({2, 3, 4}, reshape({6, 4})), ElementsAre(6, 4));
  EXPECT_THAT(view_shape({2, 3, 4}, reshape({0, -1})), ElementsAre(2, 12));
  EXPECT_THAT(view_shape({2, 3, 4}, reshape({-1})), ElementsAre(24));
  EXPECT_THAT(view_shape({2, 3, 4}, node("Flatten")), ElementsAre(2, 12));
  EXPECT_THAT(view_shape({2, 3, 4}, node("Flatten", [](auto& n) { n.integer("axis", 3); })),
              ElementsAre(24, 1));
  EXPECT_THAT(view_shape({2, 3}, node("Identity")), ElementsAre(2, 3));
  EXPECT_THAT(view_shape({2, 3}, node("Dropout")), ElementsAre(2, 3));
}

TEST(Views, squeeze_and_unsqueeze_take_axes_either_way) {
  for (const std::int64_t opset : {9, 13}) {
    EXPECT_THAT(view_shape({2, 1, 3, 1}, with_axes("Squeeze", {1}, opset), opset),
                ElementsAre(2, 3, 1));
    EXPECT_THAT(view_shape({2, 3}, with_axes("Unsqueeze", {0, -1}, opset), opset),
                ElementsAre(1, 2, 3, 1));
  }
  EXPECT_THAT(view_shape({2, 1, 3, 1}, node("Squeeze")), ElementsAre(2, 3));
}

TEST(Views, refuse_what_does_not_fit) {
  const auto error = [](const std::vector<std::int64_t>& target) {
    ModelBuilder model;
    model.input("x", {2, 3}).output("h");
    reshape(target)(model);
    return model.import_error();
  };
  EXPECT_EQ(error({4, 2}), "node 'node' (Reshape): cannot reshape 2x3 to 4x2");
  EXPECT_THAT(error({-1, -1}), HasSubstr("cannot reshape"));
  EXPECT_THAT(error({-1, 4}), HasSubstr("cannot reshape"));
  EXPECT_THAT(error({2, 3, 0}), HasSubstr("cannot reshape"));
  EXPECT_THAT(error({-2, -3}), HasSubstr("cannot reshape"));
  EXPECT_THAT(error({std::int64_t{1} << 62, 8}), HasSubstr("cannot reshape"));
}

TEST(Transpose, moves_unless_the_order_stays) {
  const auto perm = [](std::vector<std::int64_t> order) {
    return node("Transpose", [=](auto& n) { n.integers("perm", order); });
  };
  EXPECT_THAT(view_shape({100, 1, 2048}, perm({1, 0, 2})), ElementsAre(1, 100, 2048));
  const models::Graph graph = import_between({2, 3, 4}, perm({0, 2, 1}));
  EXPECT_EQ(moved(layer_named(graph, "node")), 24);
  EXPECT_THAT(output_shape(graph), ElementsAre(2, 4, 3));
  EXPECT_THAT(output_shape(import_between({2, 3, 4}, node("Transpose"))), ElementsAre(4, 3, 2));
}

TEST(Transpose, of_weights_is_done_ahead) {
  ModelBuilder model;
  model.input("x", {1, 4}).output("y").weights("w", {3, 4});
  model.node("Transpose", {"w"}, {"wt"});
  model.node("MatMul", {"x", "wt"}, {"h"}, "one");
  model.node("Softmax", {"h"}, {"s"});
  model.node("MatMul", {"s", "w"}, {"y"}, "two");
  const models::Graph graph = model.import();
  EXPECT_EQ(graph.layers().size(), 3U);
  EXPECT_EQ(graph.parameter_elements(), 12);  // both read one tensor
}

TEST(Concat, moves_all_of_its_inputs) {
  const models::Graph graph = import_between({2, 3}, [](ModelBuilder& model) {
    model.weights("more", {2, 5});
    model.node("Concat", {"x", "more", "x"}, {"h"}, "node").integer("axis", -1);
  });
  const models::Layer& layer = layer_named(graph, "node");
  EXPECT_EQ(moved(layer), 22);
  EXPECT_THAT(output_shape(graph), ElementsAre(2, 11));
  EXPECT_THAT(names_of(graph, layer.inputs), ElementsAre("x", "x"));
  EXPECT_THAT(names_of(graph, layer.parameters), ElementsAre("more"));
}

TEST(Split, makes_equal_or_given_parts) {
  const auto shapes = [](const Build& build, std::int64_t opset) {
    ModelBuilder model(opset);
    model.input("x", {2, 7}).output("a").output("b");
    build(model);
    const models::Graph graph = model.import();
    EXPECT_EQ(moved(layer_named(graph, "node")), 14);
    return std::vector{graph.tensor(graph.outputs()[0]).shape[1],
                       graph.tensor(graph.outputs()[1]).shape[1]};
  };
  EXPECT_THAT(
      shapes(
          [](ModelBuilder& m) {
            m.node("Split", {"x"}, {"a", "b"}, "node").integer("axis", 1).integers("split", {3, 4});
          },
          11),
      ElementsAre(3, 4));
  EXPECT_THAT(shapes(
                  [](ModelBuilder& m) {
                    m.integers("parts", {2}, {2, 5});
                    m.node("Split", {"x", "parts"}, {"a", "b"}, "node").integer("axis", 1);
                  },
                  13),
              ElementsAre(2, 5));
  EXPECT_THAT(
      shapes(
          [](ModelBuilder& m) {
            m.node("Split", {"x"}, {"a", "b"}, "node").integer("axis", 1).integer("num_outputs", 2);
          },
          18),
      ElementsAre(4, 3));
  ModelBuilder uneven;
  uneven.input("x", {2, 7}).output("a").output("b");
  uneven.node("Split", {"x"}, {"a", "b"}, "node").integer("axis", 1);
  EXPECT_EQ(uneven.import_error(),
            "node 'node' (Split): cannot split an axis of 7 into 2 equal parts");
}

TEST(Slice, takes_ranges_as_numpy_does) {
  const auto sliced = [](std::int64_t start, std::int64_t end, std::int64_t step) {
    const models::Graph graph = import_between({10, 2}, [=](ModelBuilder& model) {
      model.integers("starts", {1}, {start}).integers("ends", {1}, {end});
      model.integers("axes", {1}, {0}).integers("steps", {1}, {step});
      model.node("Slice", {"x", "starts", "ends", "axes", "steps"}, {"h"}, "node");
    });
    return output_shape(graph)[0];
  };
  constexpr std::int64_t kLast = std::numeric_limits<std::int64_t>::max();
  constexpr std::int64_t kFirst = std::numeric_limits<std::int64_t>::min();
  EXPECT_EQ(sliced(2, 5, 1), 3);
  EXPECT_EQ(sliced(-3, kLast, 1), 3);
  EXPECT_EQ(sliced(0, kLast, 3), 4);
  EXPECT_EQ(sliced(0, kLast, kLast), 1);
  EXPECT_EQ(sliced(kLast, kFirst, -1), 10);
  EXPECT_EQ(sliced(8, 2, -4), 2);
  EXPECT_EQ(sliced(kLast, kFirst, kFirst), 1);
  EXPECT_THAT(view_shape({10, 2},
                         [](ModelBuilder& model) {
                           model.integers("starts", {1}, {0}).integers("ends", {1}, {kLast});
                           model.node("Slice", {"x", "starts", "ends"}, {"h"}, "node");
                         }),
              ElementsAre(10, 2));
  EXPECT_THAT(output_shape(import_between(
                  {10, 2},
                  [](ModelBuilder& model) {
                    model.node("Slice", {"x"}, {"h"}, "node")
                        .integers("starts", {1, 0})
                        .integers("ends", {4, 1});
                  },
                  9)),
              ElementsAre(3, 1));
}

TEST(Slice, of_nothing_is_an_error) {
  ModelBuilder model;
  model.input("x", {10}).output("h").integers("starts", {1}, {5}).integers("ends", {1}, {5});
  model.node("Slice", {"x", "starts", "ends"}, {"h"}, "node");
  EXPECT_EQ(model.import_error(), "its results are empty: 'h' (0)");
}

TEST(Gather, moves_the_rows_that_it_reads) {
  ModelBuilder model;
  model.input("ids", {3}, onnx::TensorProto::INT64).output("h").weights("table", {29, 320});
  model.node("Gather", {"table", "ids"}, {"h"}, "embedding");
  const models::Graph graph = model.import();
  const models::Layer& layer = layer_named(graph, "embedding");
  EXPECT_EQ(moved(layer), 3 * 320);
  EXPECT_THAT(output_shape(graph), ElementsAre(3, 320));
  EXPECT_THAT(names_of(graph, layer.parameters), ElementsAre("table"));
  EXPECT_THAT(names_of(graph, layer.inputs), ElementsAre("ids"));
}

TEST(Gather, checks_known_indices) {
  const auto import_at = [](std::int64_t index) {
    ModelBuilder model;
    model.input("x", {2, 5, 3}).output("h").integers("at", {}, {index});
    model.node("Gather", {"x", "at"}, {"h"}, "node").integer("axis", 1);
    return model.import_error();
  };
  EXPECT_EQ(import_at(4), "no error");
  EXPECT_EQ(import_at(-5), "no error");
  EXPECT_EQ(import_at(5), "node 'node' (Gather): index 5 is outside of axis 1 of 2x5x3");
}

TEST(Pad, moves_the_padded_result) {
  const auto pads = [](const std::vector<std::int64_t>& values) {
    return [=](ModelBuilder& model) {
      model.integers("pads", {4}, values);
      model.node("Pad", {"x", "pads"}, {"h"}, "node");
    };
  };
  const models::Graph graph = import_between({2, 3}, pads({0, 1, 1, 2}));
  EXPECT_THAT(output_shape(graph), ElementsAre(3, 6));
  EXPECT_EQ(moved(layer_named(graph, "node")), 18);
  EXPECT_THAT(view_shape({2, 3}, pads({0, 0, 0, 0})), ElementsAre(2, 3));
}

}  // namespace
}  // namespace mensa::onnx_import
