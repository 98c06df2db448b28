#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <ostream>
#include <string>
#include <vector>

#include "tests/onnx_import/loading/bomb.h"

// One node that a few bytes make ask for tensors of any size, by its inputs, constants or
// attributes.

namespace mensa::onnx_import {
namespace {

using Extents = std::vector<std::int64_t>;

constexpr std::int64_t kHighest = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kLowest = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kLarge = std::int64_t{1} << 40;  // as many elements as a tensor may have

struct Attribute {
  std::string name;
  Extents values = {};
  std::int64_t value = 0;  ///< where there are no `values`
};

struct HugeNode {
  const char* name;
  const char* op;
  std::vector<Extents> inputs;
  std::string says;                     ///< part of the error
  std::vector<Extents> constants = {};  ///< inputs behind those
  std::vector<Attribute> attributes = {};
  std::int64_t opset = 13;
  const char* domain = "";
};

void PrintTo(const HugeNode& what, std::ostream* out) { *out << what.name; }

const char* const kTooLarge = "at most 32 axes and 2^40 elements are taken";
const char* const kTaken = "no error";

const Extents kImage = {1, 4, 8, 8};
const Extents kKernel = {4, 4, 3, 3};
const Extents kSquare = {kBillion, kBillion};

// clang-format off
const std::vector<HugeNode> kHugeNodes = {
    {"expand", "Expand", {{1}}, kTooLarge, {{kLarge, kLarge}}},
    {"expand_most", "Expand", {{1}}, kTaken, {{kLarge}}},
    {"tile", "Tile", {{4, 4}}, "repeats axis 0 9223372036854775807 times", {{kHighest, kHighest}}},
    {"constant_of_shape", "Expand", {{1}}, kTooLarge, {kSquare}},
    {"eye", "EyeLike", {{1 << 20, 1 << 20}}, "no layers"},
    {"multinomial", "Multinomial", {{4, 4}}, kTooLarge, {}, {{"sample_size", {}, kHighest}}},
    {"top_k", "TopK", {{4}}, "takes 9223372036854775807 of an axis of 4", {{kHighest}}},
    {"gather", "Gather", {{4, kBillion}}, kTaken, {{0, 1, 2, 3}}},
    {"sum", "Add", {{kLarge, 1}, {1, kLarge}}, kTooLarge},
    {"reshape", "Reshape", {{4}}, "cannot reshape", {{kHighest, kHighest, -1}}},
    {"reshape_axes", "Reshape", {{4}}, "too many axes", {Extents(400, 1)}},
    {"unsqueeze_axes", "Unsqueeze", {{4}}, "too many axes", {Extents(400, 0)}},
    {"pad", "Pad", {{4, 4}}, "a pad exceeds 2^31", {{kHighest, 0, kHighest, 0}}},
    {"pad_most", "Pad", {{4, 4}}, kTooLarge, {{kBillion, kBillion, 0, 0}}},
    {"slice", "Slice", {{4}}, kTaken, {{kHighest}, {kLowest}, {0}, {kLowest}}},
    {"split", "Split", {{4}}, "num_outputs is 9223372036854775807", {}, {{"num_outputs", {}, kHighest}}, 18},
    {"depth_to_space", "DepthToSpace", {kImage}, "blocksize is", {}, {{"blocksize", {}, kHighest}}},
    {"space_to_depth", "SpaceToDepth", {kImage}, "blocksize is", {}, {{"blocksize", {}, 4 * kBillion}}},
    {"col2im", "Col2Im", {{1, 5, 5}}, "has extents", {{kHighest, kHighest}, {kHighest, 1}}, {}, 18},
    {"dft", "DFT", {{1, 4, 2}}, "its DFT length", {{kHighest}}, {}, 17},
    {"lrn", "LRN", {kImage}, "size is", {}, {{"size", {}, kHighest}}},
    {"pool", "AveragePool", {kImage}, kTooLarge, {},
     {{"kernel_shape", kSquare}, {"pads", {kBillion, kBillion, kBillion, kBillion}}}},
    {"unpool", "MaxPool", {kImage}, "kernel_shape is", {}, {{"kernel_shape", {kHighest, kHighest}}}},
    {"conv_pads", "Conv", {kImage, kKernel}, "pads is", {}, {{"pads", {kHighest, kHighest, kHighest, kHighest}}}},
    {"conv_pads_most", "Conv", {kImage, kKernel}, kTooLarge, {},
     {{"pads", {kBillion, kBillion, kBillion, kBillion}}}},
    {"conv_dilations", "Conv", {kImage, kKernel}, "dilations is", {}, {{"dilations", {kHighest, kHighest}}}},
    {"conv_dilations_most", "Conv", {kImage, kKernel}, "the span of the kernel exceeds 2^31", {},
     {{"dilations", kSquare}}},
    {"conv_group", "Conv", {kImage, kKernel}, "do not fit weights", {}, {{"group", {}, kHighest}}},
    {"conv_transpose_strides", "ConvTranspose", {kImage, kKernel}, kTooLarge, {}, {{"strides", kSquare}}},
    {"conv_transpose_shape", "ConvTranspose", {kImage, kKernel}, "would make an axis of", {},
     {{"output_shape", {kHighest, kHighest}}}},
    {"conv_transpose_padding", "ConvTranspose", {kImage, kKernel}, "output_padding is", {},
     {{"output_padding", {kHighest, kHighest}}}},
    {"mat_mul", "MatMul", {{kLarge, 1}, {1, kLarge}}, kTooLarge},
    {"mat_mul_batches", "MatMul", {{kBillion, 1, 1, 1}, {1, kBillion, 1, 1}}, kTooLarge},
    {"mat_mul_of_2_to_60_macs", "MatMul", {{1 << 20, 1 << 20}, {1 << 20, 1 << 20}}, "more than 2^53 MACs"},
    {"mat_mul_of_2_to_52_macs", "MatMul", {{1 << 20, 1 << 12}, {1 << 12, 1 << 20}}, kTaken},
    {"attention", "Attention", {{1, 8, kBillion, 64}, {1, 8, kBillion, 64}, {1, 8, kBillion, 64}},
     "1073741824 queries, 1073741824 keys", {}, {}, 23},
    {"attention_heads", "Attention", {{1, 4, 64}, {1, 4, 64}, {1, 4, 64}}, "cannot be split", {},
     {{"q_num_heads", {}, kHighest}, {"kv_num_heads", {}, kHighest}}, 23},
    {"mat_mul_of_blocks", "MatMulNBits", {{1, 64}, {1, 1, 1}, {1}}, "but its input has shape 1x64", {},
     {{"K", {}, kHighest}, {"N", {}, kHighest}, {"bits", {}, 4}, {"block_size", {}, kHighest}}, 13, "com.microsoft"},
    {"recurrence", "LSTM", {{kBillion, 1024, 1}, {1, 4, 1}, {1, 4, 1}}, "its weights are not constant", {},
     {{"hidden_size", {}, 1}}},
    {"hidden_size", "LSTM", {{2, 1, 1}, {1, 4, 1}, {1, 4, 1}}, "hidden_size is", {}, {{"hidden_size", {}, kHighest / 2}}},
};
// clang-format on

class HugeExtents : public testing::TestWithParam<HugeNode> {};

TEST_P(HugeExtents, are_taken_or_refused_at_once) {
  const HugeNode& what = GetParam();
  ModelBuilder model(what.opset);
  std::vector<std::string> names;
  for (const Extents& shape : what.inputs) {
    names.push_back(fmt::format("x{}", names.size()));
    model.input(names.back(), shape);
  }
  for (const Extents& values : what.constants) {
    names.push_back(fmt::format("c{}", names.size()));
    model.integers(names.back(), {std::ssize(values)}, values);
  }
  NodeBuilder node = model.output("y").node(what.op, names, {"y"}, "node").domain(what.domain);
  for (const Attribute& attribute : what.attributes) {
    if (attribute.values.empty()) {
      node.integer(attribute.name, attribute.value);
    } else {
      node.integers(attribute.name, attribute.values);
    }
  }
  EXPECT_THAT(defused(model), testing::HasSubstr(what.says));
}

INSTANTIATE_TEST_SUITE_P(Of, HugeExtents, testing::ValuesIn(kHugeNodes),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(HugeExtents, of_resizes) {
  ModelBuilder scaled;
  scaled.input("x", {1, 1, 4, 4}).output("y").floats("scales", {4}, {1, 1, 1e30F, 1e30F});
  scaled.node("Resize", {"x", "", "scales"}, {"y"}, "node");
  EXPECT_THAT(defused(scaled), testing::HasSubstr("cannot scale an axis of 4"));
  ModelBuilder sized;
  sized.input("x", {1, 1, 4, 4}).output("y").integers("sizes", {4}, {1, 1, kHighest, kHighest});
  sized.node("Resize", {"x", "", "", "sizes"}, {"y"}, "node");
  EXPECT_THAT(defused(sized), testing::HasSubstr(kTooLarge));
  ModelBuilder shrunk;  // each of the four results is made of 2^38 values
  shrunk.input("x", {1, 1, kBillion, 1024}).output("y").integers("sizes", {4}, {1, 1, 2, 2});
  shrunk.node("Resize", {"x", "", "", "sizes"}, {"y"}, "node")
      .string("mode", "cubic")
      .integer("antialias", 1);
  EXPECT_EQ(defused(shrunk), kTaken);
}

TEST(HugeExtents, of_ranges) {
  ModelBuilder integers;
  integers.input("x", {1}, onnx::TensorProto::INT64).output("y");
  integers.integers("from", {}, {kLowest}).integers("to", {}, {kHighest}).integers("step", {}, {1});
  integers.node("Range", {"from", "to", "step"}, {"r"}, "range");
  integers.node("Add", {"x", "r"}, {"y"});
  EXPECT_THAT(defused(integers), testing::HasSubstr(kTooLarge));
  ModelBuilder floats;
  floats.input("x", {1}).output("y");
  floats.floats("from", {}, {-1e30F}).floats("to", {}, {1e30F}).floats("step", {}, {1e-30F});
  floats.node("Range", {"from", "to", "step"}, {"r"}, "range").integer("unused", 0);
  floats.node("Add", {"x", "r"}, {"y"});
  EXPECT_THAT(defused(floats), testing::HasSubstr(kTooLarge));
}

TEST(HugeExtents, of_an_equation) {
  ModelBuilder model;
  model.input("a", Extents(26, 2)).input("b", Extents(26, 2)).output("y");
  model.node("Einsum", {"a", "b"}, {"y"}, "node")
      .string("equation", "abcdefghijklmnopqrstuvwxyz,ABCDEFGHIJKLMNOPQRSTUVWXYZ");
  EXPECT_THAT(defused(model), testing::HasSubstr(kTooLarge));
}

TEST(HugeExtents, of_constants_that_are_not_there) {
  ModelBuilder weightless;
  weightless.input("x", {1, 1 << 20}).output("y").external("w", {1 << 20, 1 << 20});
  weightless.node("MatMul", {"x", "w"}, {"y"}, "node");
  EXPECT_EQ(defused(weightless), kTaken);
  weightless.proto().mutable_initializer(0)->set_data_location(onnx::TensorProto::DEFAULT);
  EXPECT_THAT(defused(weightless), testing::HasSubstr("holds 0 values"));
}

TEST(HugeExtents, of_sparse_constants) {
  ModelBuilder model;
  model.input("x", {1, 1 << 20}).output("y").node("MatMul", {"x", "w"}, {"y"}, "node");
  onnx::SparseTensorProto& sparse = *model.proto().add_sparse_initializer();
  sparse.add_dims(1 << 20);
  sparse.add_dims(1 << 20);
  onnx::TensorProto& values = *sparse.mutable_values();
  values.set_name("w");
  values.set_data_type(onnx::TensorProto::FLOAT);
  values.add_dims(1);
  values.add_float_data(2);
  onnx::TensorProto& indices = *sparse.mutable_indices();
  indices.set_data_type(onnx::TensorProto::INT64);
  indices.add_dims(1);
  indices.add_int64_data(kLarge - 1);
  EXPECT_EQ(defused(model), kTaken);
  sparse.set_dims(0, kLarge);
  EXPECT_THAT(defused(model), testing::HasSubstr("at most 2^40 elements"));
}

}  // namespace
}  // namespace mensa::onnx_import
