#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "tests/onnx_import/model_builder.h"

namespace mensa::onnx_import {
namespace {

using models::DensityOrigin;
using models::SparsityProfile;
using testing::HasSubstr;

/// The profile of the initializer 'w', which the model multiplies its input by.
SparsityProfile initializer_profile(ModelBuilder& model, const std::string& op = "MatMul") {
  model.node(op, {"x", "w"}, {"y"}, "product");
  const models::Graph graph = model.import();
  return weights_profile_of(graph, "product");
}

TEST(TensorData, must_fit_its_shape) {
  ModelBuilder model;
  model.input("x", {1, 4}).output("y").weights("w", {4, 3});
  model.node("MatMul", {"x", "w"}, {"y"});
  EXPECT_EQ(model.import_error(), "no error");
  auto& weights = *model.proto().mutable_initializer(0);
  weights.mutable_raw_data()->pop_back();
  EXPECT_EQ(model.import_error(),
            "initializer 'w': holds 47 bytes of data; its shape 4x3 of float32 needs 48");
  weights.set_dims(0, -4);
  EXPECT_THAT(model.import_error(), HasSubstr("no extent may be negative"));
  weights.set_dims(0, std::int64_t{1} << 62);
  EXPECT_THAT(model.import_error(), HasSubstr("at most 2^40 elements"));
  weights.clear_raw_data();
  weights.set_dims(0, 4);
  EXPECT_EQ(model.import_error(),
            "initializer 'w': holds 0 values; its shape 4x3 of float32 needs 12");
  weights.set_data_type(onnx::TensorProto::COMPLEX64);
  EXPECT_THAT(model.import_error(), HasSubstr("element type complex64 (14)"));
  weights.set_data_type(99);
  EXPECT_THAT(model.import_error(), HasSubstr("element type unknown (99)"));
}

/// Long raw data are never parsed (raw_data_cuts.h), short ones are: both must be read right, and
/// so must those between.
TEST(TensorData, of_every_length_are_read) {
  for (std::int64_t length = 2; length < 80; ++length) {
    SCOPED_TRACE(length);
    ModelBuilder model;
    std::string bytes(static_cast<std::size_t>(length), '\1');
    bytes.back() = 0;
    bytes.front() = 0;
    model.input("x", {1, length}, onnx::TensorProto::INT8).output("y");
    model.raw("w", {length, 1}, onnx::TensorProto::INT8, bytes);
    model.node("MatMulInteger", {"x", "w"}, {"y"}, "product");
    const models::Graph graph = model.import();
    const auto& weights = *graph.tensor(layer_named(graph, "product").parameters.at(0)).sparsity;
    if (length == 2) {
      EXPECT_EQ(weights.origin, DensityOrigin::kUnknown);  // all zero
    } else {
      EXPECT_DOUBLE_EQ(weights.density,
                       static_cast<double>(length - 2) / static_cast<double>(length));
    }
  }
}

TEST(TensorData, of_floats_count_negative_zeros_and_no_nans) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  ModelBuilder model;
  model.input("x", {1, 4}).output("y");
  model.floats("w", {4, 2}, {0.0F, -0.0F, nan, 1.0F, 1e-45F, 2.0F, 0.0F, 3.0F});
  EXPECT_DOUBLE_EQ(initializer_profile(model).density, 5.0 / 8);
}

struct StoredWeights {
  const char* name;
  std::int32_t type;
  std::string raw;  ///< of 4 x 2 elements, two of them zero
};

TEST(TensorData, of_all_element_types_are_counted) {
  const std::vector<StoredWeights> cases = {
      {"float", 1, bytes_of<float>({0, 1, 2, 3, -0.0F, 4, 5, 6})},
      {"uint8", 2, bytes_of<std::uint8_t>({0, 1, 2, 3, 0, 128, 5, 6})},
      {"int8", 3, bytes_of<std::int8_t>({0, 1, 2, 3, 0, -128, 5, 6})},
      {"uint16", 4, bytes_of<std::uint16_t>({0, 1, 2, 3, 0, 0x8000, 5, 6})},
      {"int16", 5, bytes_of<std::int16_t>({0, 1, 2, 3, 0, -0x8000, 5, 6})},
      {"int32", 6, bytes_of<std::int32_t>({0, 1, 2, 3, 0, -4, 5, 6})},
      {"int64", 7, bytes_of<std::int64_t>({0, 1, 2, 3, 0, -4, std::int64_t{1} << 40, 6})},
      {"bool", 9, bytes_of<std::uint8_t>({0, 1, 1, 1, 0, 1, 1, 1})},
      {"float16", 10, bytes_of<std::uint16_t>({0, 1, 2, 3, 0x8000, 4, 5, 6})},
      {"double", 11, bytes_of<double>({0, 1, 2, 3, -0.0, 4, 5, 6})},
      {"uint32", 12, bytes_of<std::uint32_t>({0, 1, 2, 3, 0, 0x80000000U, 5, 6})},
      {"uint64", 13, bytes_of<std::uint64_t>({0, 1, 2, 3, 0, std::uint64_t{1} << 63, 5, 6})},
      {"bfloat16", 16, bytes_of<std::uint16_t>({0, 1, 2, 3, 0x8000, 4, 5, 6})},
      {"float8e4m3fn", 17, bytes_of<std::uint8_t>({0, 1, 2, 3, 0x80, 4, 5, 6})},
      {"float8e4m3fnuz", 18, bytes_of<std::uint8_t>({0, 1, 2, 3, 0, 0x80, 5, 6})},
      {"float8e5m2", 19, bytes_of<std::uint8_t>({0, 1, 2, 3, 0x80, 4, 5, 6})},
      {"float8e5m2fnuz", 20, bytes_of<std::uint8_t>({0, 1, 2, 3, 0, 0x80, 5, 6})},
      {"uint4", 21, bytes_of<std::uint8_t>({0x10, 0x32, 0x80, 0x65})},
      {"int4", 22, bytes_of<std::uint8_t>({0x10, 0x32, 0x80, 0x65})},
      {"float4e2m1", 23, bytes_of<std::uint8_t>({0x10, 0x32, 0x48, 0x65})},
  };
  for (const StoredWeights& of : cases) {
    SCOPED_TRACE(of.name);
    ModelBuilder model(23);
    model.input("x", {8, 4}, of.type).output("y").raw("w", {4, 2}, of.type, of.raw);
    const models::Graph graph = [&] {
      model.node("Gather", {"w", "i"}, {"y"}, "gather");
      model.input("i", {5}, onnx::TensorProto::INT64);
      return model.import();
    }();
    const auto& weights = graph.tensor(layer_named(graph, "gather").parameters.at(0));
    EXPECT_DOUBLE_EQ(weights.sparsity->density, 6.0 / 8);
    EXPECT_EQ(models::to_string(weights.type), of.name == std::string("float")    ? "float32"
                                               : of.name == std::string("double") ? "float64"
                                                                                  : of.name);
    EXPECT_EQ(static_cast<std::size_t>(models::bits(weights.type)), of.raw.size());
  }
}

TEST(TensorData, in_typed_fields_are_counted_as_their_own_type) {
  // Bits of float16 and values of int8 stand in fields of 32 bits.
  for (const std::int32_t type : {3, 10, 2, 5, 16, 6}) {
    SCOPED_TRACE(type);
    ModelBuilder model;
    model.input("i", {5}, onnx::TensorProto::INT64).output("y");
    model.integers("w", {4, 2}, {0, 1, 2, 3, 0, 4, 5, 6}, type);
    model.node("Gather", {"w", "i"}, {"y"}, "gather");
    const models::Graph graph = model.import();
    EXPECT_DOUBLE_EQ(graph.tensor(layer_named(graph, "gather").parameters.at(0)).sparsity->density,
                     6.0 / 8);
  }
}

TEST(TensorData, of_four_bits_may_be_packed_or_not) {
  for (const bool packed : {true, false}) {
    ModelBuilder model(21);
    model.input("i", {5}, onnx::TensorProto::INT64).output("y");
    // 3 x 1 elements: 0, -8, 7; the fourth nibble is padding.
    model.integers(
        "w", {3, 1},
        packed ? std::vector<std::int64_t>{0x80, 0x07} : std::vector<std::int64_t>{0, -8, 7}, 22);
    model.node("Gather", {"w", "i"}, {"y"}, "gather");
    const models::Graph graph = model.import();
    EXPECT_DOUBLE_EQ(graph.tensor(layer_named(graph, "gather").parameters.at(0)).sparsity->density,
                     2.0 / 3);
  }
}

TEST(TensorData, filled_with_one_value_are_unknown) {
  for (const float value : {0.0F, 1.5F}) {
    ModelBuilder model;
    model.input("x", {1, 4}).output("y").floats("w", {4, 2}, std::vector<float>(8, value));
    EXPECT_EQ(initializer_profile(model).origin, DensityOrigin::kUnknown);
  }
  ModelBuilder odd(21);  // nibbles of 5, and padding that is another
  odd.input("i", {5}, onnx::TensorProto::INT64).output("y");
  odd.raw("w", {3, 1}, 22, "\x55\x05").node("Gather", {"w", "i"}, {"y"}, "gather");
  const models::Graph graph = odd.import();
  EXPECT_EQ(graph.tensor(layer_named(graph, "gather").parameters.at(0)).sparsity->origin,
            DensityOrigin::kUnknown);
}

TEST(TensorData, strings_are_no_raw_data) {
  ModelBuilder model;
  model.input("x", {1, 4}).output("y").raw("s", {1}, onnx::TensorProto::STRING, "text");
  model.node("Relu", {"x"}, {"y"});
  EXPECT_EQ(model.import_error(), "initializer 's': holds strings as raw data");
  model.proto().mutable_initializer(0)->clear_raw_data();
  EXPECT_EQ(model.import_error(), "initializer 's': holds 0 values; its shape 1 of string needs 1");
  model.proto().mutable_initializer(0)->add_string_data("text");
  EXPECT_EQ(model.import_error(), "no error");
}

TEST(TensorData, in_segments_are_refused) {
  ModelBuilder model;
  model.input("x", {1, 4}).output("y").weights("w", {4, 2});
  model.proto().mutable_initializer(0)->mutable_segment()->set_begin(1);
  model.node("MatMul", {"x", "w"}, {"y"});
  EXPECT_THAT(model.import_error(), HasSubstr("is stored in segments"));
}

}  // namespace
}  // namespace mensa::onnx_import
