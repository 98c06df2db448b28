// Detectors as exporters write them down: sizes computed from shapes, and picking by the data.
// Expected figures are worked out by hand.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/onnx_import/model_builder.h"

namespace mensa::onnx_import {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// torchvision keeps scores above a threshold (NonZero), takes the best of them (TopK of the least
/// of 100 and as many as there are), and suppresses overlaps.
TEST(TorchExports, of_a_detector_pick_by_the_data) {
  ModelBuilder model(11);
  model.input("scores", {500}).input("boxes", {500, 4}).output("kept_boxes");
  model.floats("threshold", {}, {0.05F}).integers("0", {1}, {0}).integers("1", {1}, {1});
  model.integers("100", {1}, {100}).integers("-1", {1}, {-1}).integers("2", {1}, {2});
  model.integers("zero", {}, {0}).integers("10", {1}, {10}).integers("all", {1}, {INT64_MAX >> 8});
  model.node("Greater", {"scores", "threshold"}, {"above"});
  model.node("NonZero", {"above"}, {"places"}, "non_zero");
  model.node("Transpose", {"places"}, {"rows"}).integers("perm", {1, 0});
  model.node("Squeeze", {"rows"}, {"indices"}).integers("axes", {1});
  model.node("Gather", {"scores", "indices"}, {"candidates"}).integer("axis", 0);
  model.node("Shape", {"candidates"}, {"shape"});
  model.node("Gather", {"shape", "zero"}, {"count"}).integer("axis", 0);
  model.node("Unsqueeze", {"count"}, {"count1"}).integers("axes", {0});
  model.node("Concat", {"100", "count1"}, {"counts"}).integer("axis", 0);
  model.node("ReduceMin", {"counts"}, {"k"}).integers("axes", {0}).integer("keepdims", 1);
  model.node("TopK", {"candidates", "k"}, {"best", "order"}, "top_k").integer("axis", 0);
  model.node("Gather", {"indices", "order"}, {"best_rows"}).integer("axis", 0);
  model.node("Gather", {"boxes", "best_rows"}, {"best_boxes"}).integer("axis", 0);
  model.node("Unsqueeze", {"best_boxes"}, {"nms_boxes"}).integers("axes", {0});
  model.node("Unsqueeze", {"best"}, {"nms_scores"}).integers("axes", {0, 1});
  model.node("NonMaxSuppression", {"nms_boxes", "nms_scores", "all", "threshold"}, {"picked"},
             "nms");
  model.node("Gather", {"picked", "2"}, {"picked_rows"}).integer("axis", 1);
  model.node("Squeeze", {"picked_rows"}, {"kept"}).integers("axes", {1});
  model.node("Slice", {"kept", "0", "10", "0"}, {"first"});
  model.node("Gather", {"best_boxes", "first"}, {"kept_boxes"}).integer("axis", 0);

  const models::Graph graph = model.import();
  EXPECT_THAT(output_shape(graph), ElementsAre(10, 4));
  for (const char* name : {"non_zero", "top_k", "nms"}) {
    EXPECT_TRUE(layer_named(graph, name).host_only) << name;
  }
  EXPECT_THAT(graph.notes(), testing::IsSupersetOf(
                                 {HasSubstr("NonZero): how many elements it picks depends on the "
                                            "data; 500 is the most"),
                                  HasSubstr("NonMaxSuppression): how many boxes it leaves depends "
                                            "on the data; 100 is the most")}));
}

/// A feature pyramid scales one map to the size of another, which it reads off that one's shape.
TEST(TorchExports, of_a_feature_pyramid_compute_sizes_and_scales) {
  ModelBuilder model(11);
  model.open_input("x", {"N", "8", "H", "W"}).output("y").weights("w", {8, 8, 3, 3});
  model.node("Conv", {"x", "w"}, {"half"}, "conv")
      .integers("strides", {2, 2})
      .integers("pads", {1, 1, 1, 1});
  model.integers("0", {1}, {0}).integers("2", {1}, {2}).integers("4", {1}, {4});
  model.floats("none", {0}, {}).floats("1_1", {2}, {1, 1}).floats("2.0", {}, {2});
  model.node("Shape", {"x"}, {"x_shape"});
  model.node("Slice", {"x_shape", "2", "4", "0"}, {"size"});
  model.node("Shape", {"half"}, {"half_shape"});
  model.node("Slice", {"half_shape", "0", "2", "0"}, {"channels"});
  model.node("Concat", {"channels", "size"}, {"sizes"}).integer("axis", 0);
  model.node("Resize", {"half", "none", "none", "sizes"}, {"up"}, "to_sizes")
      .string("mode", "nearest");
  model.node("Add", {"up", "x"}, {"sum"});
  // F.interpolate(scale_factor=2): floor(size * 2) / size, as scales.
  model.node("Cast", {"size"}, {"size_f"}).integer("to", onnx::TensorProto::FLOAT);
  model.node("Mul", {"size_f", "2.0"}, {"doubled"});
  model.node("Floor", {"doubled"}, {"floor"});
  model.node("Div", {"floor", "size_f"}, {"factors"});
  model.node("Concat", {"1_1", "factors"}, {"scales"}).integer("axis", 0);
  model.node("Resize", {"sum", "", "scales"}, {"y"}, "by_scales").string("mode", "nearest");

  const models::Graph graph = model.import({.batch = 0, .dimensions = {{"H", 41}, {"W", 60}}});
  EXPECT_EQ(graph.macs(), 8 * 8 * 9 * 21 * 30);
  EXPECT_EQ(moved(layer_named(graph, "to_sizes")), 8 * 41 * 60);
  EXPECT_THAT(output_shape(graph), ElementsAre(1, 8, 82, 120));
}

/// A product of dynamically quantized numbers, as ONNX Runtime's quantizer leaves it: the sums are
/// cast and multiplied by both scales, one of which is known at run time alone.
TEST(OnnxRuntimeQuantizer, leaves_dynamic_scales_behind_integer_products) {
  ModelBuilder model(13);
  model.open_input("x", {"batch", "16", "64"}).output("y");
  model.weights("w", {64, 32}, onnx::TensorProto::INT8).weights("bias", {32});
  model.integers("w_zero", {}, {0}, onnx::TensorProto::INT8).floats("w_scale", {}, {0.01F});
  model.node("DynamicQuantizeLinear", {"x"}, {"x_q", "x_scale", "x_zero"}, "quantize");
  model.node("MatMulInteger", {"x_q", "w", "x_zero", "w_zero"}, {"sums"}, "product");
  model.node("Cast", {"sums"}, {"sums_f"}, "cast").integer("to", onnx::TensorProto::FLOAT);
  model.node("Mul", {"x_scale", "w_scale"}, {"scale"}, "scales");
  model.node("Mul", {"sums_f", "scale"}, {"product_f"}, "scaled");
  model.node("Add", {"bias", "product_f"}, {"biased"}, "biased");
  model.node("Relu", {"biased"}, {"y"}, "relu");

  const models::Graph graph = model.import();
  EXPECT_THAT(layer_names(graph), ElementsAre("quantize", "scales", "product"));
  const models::Layer& product = layer_named(graph, "product");
  EXPECT_EQ(fused_text(product), "Cast:1 Mul:1 Add:1 Relu:1");
  EXPECT_EQ(graph.tensor(product.inputs.at(0)).type, models::ElementType::kUint8);
  EXPECT_EQ(graph.tensor(product.parameters.at(0)).type, models::ElementType::kInt8);
  EXPECT_THAT(names_of(graph, product.epilogue.at(1).extra_inputs), ElementsAre("scale"));
  EXPECT_EQ(graph.macs(), 16 * 64 * 32);
}

}  // namespace
}  // namespace mensa::onnx_import
