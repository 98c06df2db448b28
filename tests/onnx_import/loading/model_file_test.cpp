#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/models/base/error_of.h"
#include "tests/models/base/temporary_folder.h"
#include "tests/onnx_import/model_builder.h"

namespace mensa::onnx_import {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string relu_bytes() {
  ModelBuilder model;
  model.input("x", {1, 4}).output("y");
  model.node("Relu", {"x"}, {"y"}, "relu");
  return model.bytes();
}

TEST(ModelFile, says_what_is_wrong_with_a_path) {
  const TemporaryFolder folder;
  const std::string missing = (folder.path() / "none.onnx").string();
  EXPECT_EQ(error_of([&] { return import_file(missing); }), missing + ": no such file");
  EXPECT_EQ(error_of([&] { return import_file(folder.path()); }),
            folder.path().string() + ": is a folder; an ONNX file is needed");
  EXPECT_EQ(error_of([&] { return import_file("/dev/null"); }), "/dev/null: is no regular file");
}

TEST(ModelFile, says_what_a_file_is_that_is_no_model) {
  EXPECT_EQ(import_error_of(""), "is empty");
  EXPECT_EQ(import_error_of("ir_version: 7\ngraph {}\n"),
            "is a text file; a binary ONNX file is needed");
  EXPECT_THAT(import_error_of("version https://git-lfs.github.com/spec/v1\noid sha256:0\n"),
              HasSubstr("Git LFS pointer"));
  EXPECT_THAT(import_error_of(std::string("PK\x03\x04", 4) + std::string(100, '\0')),
              HasSubstr("looks like a zip archive"));
  EXPECT_THAT(import_error_of(std::string("\x1c\0\0\0TFL3", 8) + std::string(100, '\0')),
              HasSubstr("looks like a TensorFlow Lite model"));
  EXPECT_EQ(import_error_of(std::string(64, '\xff')),
            "is a text file; a binary ONNX file is needed");
  EXPECT_EQ(import_error_of(std::string(64, '\0')), "is no ONNX model");
  // A message of another kind: field 1 is text.
  EXPECT_EQ(import_error_of(std::string("\x0a\x05hello", 7)), "is no ONNX model");
}

TEST(ModelFile, refuses_every_truncation) {
  const std::string whole = relu_bytes();
  testing::internal::CaptureStderr();
  for (std::size_t length = 1; length < whole.size(); ++length) {
    const std::string error = import_error_of(whole.substr(0, length));
    EXPECT_NE(error, "no error") << length;
  }
  EXPECT_THAT(import_error_of(whole.substr(0, whole.size() / 2)),
              StartsWith("is truncated or damaged"));
  // protobuf would log each.
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(ModelFile, refuses_a_file_that_is_too_large_without_reading_it) {
  const TemporaryFolder folder;
  const std::string path = folder.write("large.onnx", relu_bytes());
  std::filesystem::resize_file(path, std::uintmax_t{1} << 31);  // sparse
  EXPECT_THAT(error_of([&] { return import_file(path); }), HasSubstr("at most 2 GiB"));
}

TEST(ModelFile, takes_operator_sets_9_to_23) {
  for (const std::int64_t opset : {8, 9, 23, 24}) {
    ModelBuilder model(opset);
    model.input("x", {1, 4}).output("y");
    model.node("Relu", {"x"}, {"y"});
    const bool known = opset >= 9 && opset <= 23;
    EXPECT_THAT(model.import_error(),
                known ? std::string("no error")
                      : fmt::format("uses operator set {}; mensa reads 9 to 23. Convert the model "
                                    "with onnx.version_converter or export it again",
                                    opset));
  }
}

TEST(ModelFile, takes_ir_versions_3_to_11) {
  for (const std::int64_t version : {2, 3, 11, 12}) {
    ModelBuilder model;
    model.model().set_ir_version(version);
    model.input("x", {1, 4}).output("y");
    model.node("Relu", {"x"}, {"y"});
    const bool known = version >= 3 && version <= 11;
    EXPECT_THAT(model.import_error(), known
                                          ? StartsWith("no error")
                                          : StartsWith(fmt::format("has IR version {}", version)));
  }
}

TEST(ModelFile, needs_to_know_the_operator_set) {
  ModelBuilder model;
  model.input("x", {1, 4}).output("y");
  model.node("Relu", {"x"}, {"y"});
  model.model().clear_opset_import();
  EXPECT_THAT(model.import_error(), HasSubstr("no opset_import"));
  model.model().add_opset_import()->set_version(13);
  model.model().mutable_opset_import(0)->set_domain("com.example");
  EXPECT_THAT(model.import_error(), HasSubstr("no opset_import"));
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
  weights.set_data_type(17);
  EXPECT_THAT(model.import_error(), HasSubstr("element type float8e4m3fn (17)"));
}

TEST(TensorData, of_another_file_are_a_shape_only) {
  ModelBuilder model;
  model.input("x", {1, 4}).output("y").external("w", {4, 3});
  model.node("MatMul", {"x", "w"}, {"y"});
  const models::Graph graph = model.import();
  EXPECT_EQ(graph.macs(), 12);
  const auto& weights = graph.tensor(graph.layers().at(0).parameters.at(0));
  EXPECT_EQ(weights.sparsity->origin, models::DensityOrigin::kUnknown);
  ASSERT_EQ(graph.notes().size(), 1U);
  EXPECT_THAT(graph.notes().at(0), HasSubstr("weightless model: its parameter tensors"));
}

TEST(TensorData, that_are_there_are_assumed_dense) {
  ModelBuilder model;
  model.input("x", {1, 4}).output("y").weights("w", {4, 3});
  model.node("MatMul", {"x", "w"}, {"y"});
  const models::Graph graph = model.import();
  EXPECT_EQ(graph.tensor(graph.layers().at(0).parameters.at(0)).sparsity->origin,
            models::DensityOrigin::kAssumedDense);
  EXPECT_TRUE(graph.notes().empty());
}

}  // namespace
}  // namespace mensa::onnx_import
