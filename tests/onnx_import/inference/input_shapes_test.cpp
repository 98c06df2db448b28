#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "tests/onnx_import/model_builder.h"

namespace mensa::onnx_import {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using Shapes = std::map<std::string, std::vector<std::int64_t>>;

ImportOptions with_shapes(const Shapes& shapes) {
  ImportOptions options;
  options.inputs = shapes;
  return options;
}

/// Two inputs with an axis in common.
class InputShapes : public testing::Test {
 protected:
  InputShapes() {
    model_.open_input("x", {"N", "3", "seq"}).open_input("mask", {"N", "1", "seq"}).output("y");
    model_.node("Mul", {"x", "mask"}, {"y"});
  }
  ModelBuilder model_;
};

TEST_F(InputShapes, give_their_names_values_everywhere) {
  const models::Graph graph = model_.import(with_shapes({{"x", {2, 3, 7}}}));
  EXPECT_THAT(output_shape(graph), ElementsAre(2, 3, 7));
  EXPECT_THAT(graph.notes(), IsEmpty());
}

TEST_F(InputShapes, replace_fixed_extents_with_a_note) {
  const models::Graph graph = model_.import(with_shapes({{"x", {2, 5, 7}}}));
  EXPECT_THAT(output_shape(graph), ElementsAre(2, 5, 7));
  EXPECT_THAT(graph.notes(), ElementsAre("input 'x' is Nx3xseq in the file, taken as 2x5x7"));
}

TEST_F(InputShapes, must_agree_with_one_another_and_with_names) {
  EXPECT_EQ(model_.import_error(with_shapes({{"x", {2, 3, 7}}, {"mask", {2, 1, 8}}})),
            "shape of input 'x': gives dimension 'seq' the value 7, but it is set to 8 elsewhere");
  ImportOptions options = with_shapes({{"x", {2, 3, 7}}});
  options.dimensions = {{"seq", 9}};
  EXPECT_EQ(model_.import_error(options),
            "shape of input 'x': gives dimension 'seq' the value 7, but it is set to 9 elsewhere");
  options.dimensions = {{"seq", 7}};
  EXPECT_THAT(output_shape(model_.import(options)), ElementsAre(2, 3, 7));
}

TEST_F(InputShapes, are_of_inputs_and_sound) {
  EXPECT_EQ(model_.import_error(with_shapes({{"X", {2, 3, 7}}})),
            "unknown input 'X'; did you mean 'x'? (known: x, mask)");
  EXPECT_EQ(model_.import_error(with_shapes({{"x", {2, 3}}})),
            "shape of input 'x': 2x3 has 2 axes, but the file declares 3: Nx3xseq");
  EXPECT_EQ(
      model_.import_error(with_shapes({{"x", {2, -1, 7}}})),
      "shape of input 'x': 2x-1x7: extents are at least 0, at most 32 axes and 2^40 elements");
  EXPECT_EQ(model_.import_error(with_shapes({{"x", {1 << 20, 1 << 20, 7}}})),
            "shape of input 'x': 1048576x1048576x7: extents are at least 0, at most 32 axes and "
            "2^40 elements");
}

TEST_F(InputShapes, are_not_changed_by_a_batch) {
  ImportOptions options = with_shapes({{"x", {1, 3, 7}}, {"mask", {1, 1, 7}}});
  options.batch = 4;
  EXPECT_EQ(model_.import_error(options),
            "batch 4 cannot be set: no input has a first axis that is open or 1 ('x' 1x3x7, 'mask' "
            "1x1x7)");
}

TEST(InputShapesOfUnknownRank, are_needed) {
  ModelBuilder model;
  model.input("x", {}).output("y");
  model.model()
      .mutable_graph()
      ->mutable_input(0)
      ->mutable_type()
      ->mutable_tensor_type()
      ->clear_shape();
  model.node("Softmax", {"x"}, {"y"});
  EXPECT_EQ(model.import_error(),
            "input 'x': has no shape in the file, not even its number of axes. Give it one, as "
            "--input x=1x3x224x224");
  EXPECT_THAT(output_shape(model.import(with_shapes({{"x", {4, 5}}}))), ElementsAre(4, 5));
}

}  // namespace
}  // namespace mensa::onnx_import
