// Convolutions and poolings by hand.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/onnx_import/execution/model_run.h"

namespace mensa::onnx_import {
namespace {

using testing::ElementsAre;

/// One node on x of the given shape, with weights w.
ModelBuilder& with_weights(ModelBuilder& model, const Shape& x, const Shape& w,
                           const std::vector<float>& values) {
  model.input("x", x).floats("w", w, values).output("y");
  return model;
}

TEST(ExecuteConv, pads_strides_and_adds_the_bias) {
  ModelBuilder model;
  with_weights(model, {1, 1, 3, 3}, {1, 1, 2, 2}, {1, 10, 100, 1000}).floats("b", {1}, {0.5F});
  model.node("Conv", {"x", "w", "b"}, {"y"})
      .integers("pads", {1, 0, 0, 1})
      .integers("strides", {2, 2});
  // 1 2 3 / 4 5 6 / 7 8 9 under a row of zeros, and left of a column of them.
  EXPECT_THAT(executed(model, counting({1, 1, 3, 3})),
              ElementsAre(2100.5F, 300.5F, 8754.5F, 969.5F - 3 + 0 - 60.0F + 0));
}

TEST(ExecuteConv, reads_dilated_positions_along_one_axis) {
  ModelBuilder model;
  with_weights(model, {1, 1, 5}, {1, 1, 2}, {1, 10});
  model.node("Conv", {"x", "w"}, {"y"}).integers("dilations", {3});
  EXPECT_THAT(executed(model, counting({1, 1, 5})), ElementsAre(41, 52));
}

TEST(ExecuteConv, sums_over_the_channels_of_each_group) {
  ModelBuilder model;
  with_weights(model, {1, 4, 1, 2}, {2, 2, 1, 1}, {1, 10, 100, 1000});
  model.node("Conv", {"x", "w"}, {"y"}).integer("group", 2);
  // Channels 1 2 | 3 4 and 5 6 | 7 8.
  EXPECT_THAT(executed(model, counting({1, 4, 1, 2})), ElementsAre(31, 42, 7500, 8600));
}

TEST(ExecuteConv, makes_two_filters_of_one_depthwise_channel) {
  ModelBuilder model;
  with_weights(model, {1, 2, 3}, {4, 1, 2}, {1, 1, 1, -1, 2, 0, 0, 2});
  model.node("Conv", {"x", "w"}, {"y"}).integer("group", 2).string("auto_pad", "SAME_UPPER");
  EXPECT_THAT(executed(model, counting({1, 2, 3})),
              ElementsAre(3, 5, 3, -1, -1, 3, 8, 10, 12, 10, 12, 0));
}

TEST(ExecuteConv, slides_along_depth_too) {
  ModelBuilder model;
  with_weights(model, {1, 1, 2, 2, 2}, {1, 1, 2, 1, 2}, {1, 10, 100, 1000});
  model.node("Conv", {"x", "w"}, {"y"});
  EXPECT_THAT(executed(model, counting({1, 1, 2, 2, 2})), ElementsAre(6521, 8743));
}

TEST(ExecuteConvTranspose, writes_each_input_to_its_window) {
  ModelBuilder model;
  with_weights(model, {1, 1, 3}, {1, 1, 2}, {1, 10});
  model.node("ConvTranspose", {"x", "w"}, {"y"}).integers("strides", {2});
  EXPECT_THAT(executed(model, counting({1, 1, 3})), ElementsAre(1, 10, 2, 20, 3, 30));
}

TEST(ExecutePool, max_ignores_the_padding) {
  ModelBuilder model;
  model.input("x", {1, 1, 3}).output("y");
  model.node("MaxPool", {"x"}, {"y"}).integers("kernel_shape", {2}).integers("pads", {1, 1});
  EXPECT_THAT(executed(model, floats_of({1, 1, 3}, {-5, -7, -6})), ElementsAre(-5, -5, -6, -6));
}

TEST(ExecutePool, average_counts_the_padding_where_asked_for) {
  for (const std::int64_t counts : {0, 1}) {
    ModelBuilder model;
    model.input("x", {1, 1, 3}).output("y");
    model.node("AveragePool", {"x"}, {"y"})
        .integers("kernel_shape", {2})
        .integers("pads", {1, 1})
        .integer("count_include_pad", counts);
    const auto y = executed(model, floats_of({1, 1, 3}, {2, 4, 6}));
    EXPECT_THAT(y, counts == 1 ? ElementsAre(1, 3, 5, 3) : ElementsAre(2, 3, 5, 6));
  }
}

TEST(ExecutePool, average_does_not_count_what_hangs_over) {
  ModelBuilder model(19);
  model.input("x", {1, 1, 4}).output("y");
  model.node("AveragePool", {"x"}, {"y"})
      .integers("kernel_shape", {3})
      .integers("strides", {2})
      .integer("ceil_mode", 1)
      .integer("count_include_pad", 1);
  EXPECT_THAT(executed(model, floats_of({1, 1, 4}, {3, 6, 9, 12})), ElementsAre(6, 10.5F));
}

TEST(ExecutePool, global_is_over_all_positions) {
  ModelBuilder model;
  model.input("x", {1, 2, 2, 2}).output("y");
  model.node("GlobalAveragePool", {"x"}, {"mean"});
  model.node("GlobalMaxPool", {"x"}, {"most"});
  model.node("Concat", {"mean", "most"}, {"y"}).integer("axis", 1);
  EXPECT_THAT(executed(model, counting({1, 2, 2, 2})), ElementsAre(2.5F, 6.5F, 4, 8));
}

}  // namespace
}  // namespace mensa::onnx_import
