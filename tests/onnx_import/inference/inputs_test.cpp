#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/onnx_import/model_builder.h"

namespace mensa::onnx_import {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Relu over an input with these axes.
void build_relu(ModelBuilder& model, const std::vector<std::string>& axes) {
  model.open_input("x", axes).output("y");
  model.node("Relu", {"x"}, {"y"});
}

std::vector<std::int64_t> shape_with(const std::vector<std::string>& axes,
                                     const ImportOptions& options) {
  ModelBuilder model;
  build_relu(model, axes);
  return output_shape(model.import(options));
}

std::string error_with_options(const std::vector<std::string>& axes, const ImportOptions& options) {
  ModelBuilder model;
  build_relu(model, axes);
  return model.import_error(options);
}

TEST(ModelInputs, open_axes_take_the_values_of_their_names) {
  EXPECT_THAT(shape_with({"batch", "3", "seq", "seq"}, {.batch = 0, .dimensions = {{"seq", 7}}}),
              ElementsAre(1, 3, 7, 7));
  EXPECT_THAT(shape_with({"seq", "3"}, {.batch = 0, .dimensions = {{"seq", 7}}}),
              ElementsAre(7, 3));
  EXPECT_THAT(error_with_options({"batch", "3"}, {.batch = 2, .dimensions = {{"batch", 5}}}),
              HasSubstr("batch 2 cannot be set"));
}

TEST(ModelInputs, the_batch_takes_a_first_axis_that_is_open_or_1) {
  EXPECT_THAT(shape_with({"1", "3"}, {.batch = 4, .dimensions = {}}), ElementsAre(4, 3));
  EXPECT_THAT(shape_with({"rows", "3"}, {.batch = 4, .dimensions = {}}), ElementsAre(4, 3));
  EXPECT_THAT(shape_with({"4", "3"}, {.batch = 4, .dimensions = {}}), ElementsAre(4, 3));
  EXPECT_EQ(error_with_options({"5", "3"}, {.batch = 4, .dimensions = {}}),
            "batch 4 cannot be set: no input has a first axis that is open or 1 ('x' 5x3)");
}

TEST(ModelInputs, an_open_batch_is_1_and_noted) {
  ModelBuilder model;
  build_relu(model, {"N", "3"});
  const models::Graph graph = model.import();
  EXPECT_THAT(output_shape(graph), ElementsAre(1, 3));
  EXPECT_THAT(graph.notes(), ElementsAre("open batch dimension 'N' of input 'x' taken as 1"));
}

TEST(ModelInputs, all_open_axes_without_a_value_are_listed) {
  EXPECT_EQ(error_with_options({"seq", "3", "height", "width"},
                               {.batch = 0, .dimensions = {{"width", 5}}}),
            "2 dynamic dimension(s) without a value: 'seq' (axis 0 of input 'x'), 'height' (axis 2 "
            "of input 'x'). Give each a value with --set height=VALUE --set seq=VALUE, "
            "or whole inputs a shape, as --input x=128x3x128x128");
}

TEST(ModelInputs, an_axis_without_a_name_goes_by_its_place) {
  ModelBuilder model;
  model.input("x", {1, 3, -1}).output("y");
  model.node("Relu", {"x"}, {"y"});
  EXPECT_THAT(model.import_error(), HasSubstr("--set x.2=VALUE"));
  EXPECT_THAT(output_shape(model.import({.batch = 0, .dimensions = {{"x.2", 9}}})),
              ElementsAre(1, 3, 9));
}

TEST(ModelInputs, names_that_no_axis_has_are_errors) {
  EXPECT_EQ(error_with_options({"1", "seq"}, {.batch = 0, .dimensions = {{"seq", 2}, {"sec", 3}}}),
            "unknown dimension 'sec'; did you mean 'seq'? (known: seq)");
  EXPECT_EQ(error_with_options({"1", "3"}, {.batch = 0, .dimensions = {{"seq", 2}}}),
            "no dimension 'seq' to set: all dimensions of its inputs are fixed");
}

TEST(ModelInputs, values_must_be_extents) {
  EXPECT_EQ(error_with_options({"1", "seq"}, {.batch = 0, .dimensions = {{"seq", -2}}}),
            "dimension 'seq': is set to -2; it must be at least 0 and at most 2^40");
  EXPECT_THAT(error_with_options({"1", "seq"}, {.batch = -1, .dimensions = {{"seq", 1}}}),
              HasSubstr("dimension 'batch': is set to -1"));
  EXPECT_THAT(
      error_with_options({"4096", "seq", "4096"}, {.batch = 0, .dimensions = {{"seq", 1 << 20}}}),
      HasSubstr("at most 32 axes and 2^40 elements"));
}

TEST(ModelInputs, must_be_tensors_with_a_rank) {
  ModelBuilder model;
  model.input("x", {1}).output("y");
  model.node("Relu", {"x"}, {"y"});
  auto& type = *model.proto().mutable_input(0)->mutable_type();
  type.mutable_tensor_type()->clear_shape();
  EXPECT_THAT(model.import_error(), HasSubstr("input 'x': has no shape in the file"));
  type.mutable_sequence_type();
  EXPECT_EQ(model.import_error(), "input 'x': is no tensor; mensa reads tensors only");
}

TEST(ModelInputs, exported_reshapes_follow_the_batch) {
  ModelBuilder model;
  model.input("x", {1, 4, 2}).output("y").integers("shape", {2}, {1, 8}).weights("w", {8, 3});
  model.node("Reshape", {"x", "shape"}, {"flat"});
  model.node("MatMul", {"flat", "w"}, {"y"});
  EXPECT_EQ(model.import({.batch = 5, .dimensions = {}}).macs(), 5 * 8 * 3);
}

TEST(ModelInputs, a_batch_by_name_is_one_wherever_it_stands) {
  EXPECT_THAT(shape_with({"seq", "batch", "3"}, {.batch = 0, .dimensions = {{"seq", 7}}}),
              ElementsAre(7, 1, 3));
  EXPECT_THAT(shape_with({"seq", "batch_size", "3"}, {.batch = 4, .dimensions = {{"seq", 7}}}),
              ElementsAre(7, 4, 3));
  // The states of one layer: 1 is how many layers there are.
  EXPECT_THAT(shape_with({"1", "batch", "3"}, {.batch = 4, .dimensions = {}}),
              ElementsAre(1, 4, 3));
  EXPECT_THAT(error_with_options({"seq", "batch"}, {.batch = 4, .dimensions = {}}),
              HasSubstr("'seq' (axis 0 of input 'x'). Give each a value with --set seq=VALUE"));
}

TEST(ModelInputs, the_name_of_the_batch_counts_in_all_inputs) {
  ModelBuilder model;
  model.open_input("state", {"2", "N", "3"}).open_input("x", {"N", "3"}).output("y");
  model.node("Add", {"state", "x"}, {"y"});
  EXPECT_THAT(output_shape(model.import()), ElementsAre(2, 1, 3));
  EXPECT_THAT(output_shape(model.import({.batch = 5, .dimensions = {}})), ElementsAre(2, 5, 3));
}

TEST(ModelInputs, axes_named_by_others_are_computed) {
  const auto last = [](const std::string& name) {
    return shape_with({"batch_size", "past", "seq-len", name},
                      {.batch = 3, .dimensions = {{"past", 15}, {"seq-len", 4}}})
        .back();
  };
  EXPECT_EQ(last("past + 1"), 16);
  EXPECT_EQ(last("past+seq-len"), 19);
  EXPECT_EQ(last("2*(past - 1)"), 28);
  EXPECT_EQ(last("past//seq-len"), 3);
  EXPECT_EQ(last("past / 2 + batch_size"), 10);
  EXPECT_EQ(error_with_options({"1", "past + new"}, {.batch = 0, .dimensions = {{"past", 15}}}),
            "1 dynamic dimension(s) without a value: 'past + new' (axis 1 of input 'x'). Give each "
            "a value with --set new=VALUE, or whole inputs a shape, as --input x=1x128");
  // By its whole name it can always be set.
  EXPECT_THAT(shape_with({"1", "floor(a/2)"}, {.batch = 0, .dimensions = {{"floor(a/2)", 6}}}),
              ElementsAre(1, 6));
}

TEST(ModelInputs, that_are_empty_leave_nothing_to_read) {
  ModelBuilder model;
  model.open_input("past", {"1", "length", "8"}).input("x", {1, 2, 8}).output("present");
  model.node("Concat", {"past", "x"}, {"all"}).integer("axis", 1);
  model.node("Relu", {"all"}, {"present"}, "relu");
  const auto with = [&](std::int64_t length) {
    return model.import({.batch = 0, .dimensions = {{"length", length}}});
  };
  EXPECT_EQ(with(3).layers().size(), 2U);
  const models::Graph first = with(0);
  EXPECT_THAT(layer_names(first), ElementsAre("relu"));
  EXPECT_THAT(output_shape(first), ElementsAre(1, 2, 8));
  EXPECT_EQ(first.inputs().size(), 1U);
  EXPECT_THAT(first.notes(), ElementsAre("empty inputs, which nothing reads: 'past' (1x0x8)"));
  EXPECT_EQ(error_with_options({"1", "seq"}, {.batch = 0, .dimensions = {{"seq", 0}}}),
            "its results are empty: 'y' (1x0)");
}

}  // namespace
}  // namespace mensa::onnx_import
