#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
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
  EXPECT_THAT(import_error_of("version https://git-lfs.github.com/spec/v1\noid sha256:0\n"),
              HasSubstr("Git LFS pointer"));
  EXPECT_THAT(import_error_of(std::string("PK\x03\x04", 4) + std::string(100, '\0')),
              HasSubstr("looks like a zip archive"));
  EXPECT_THAT(import_error_of(std::string("\x1c\0\0\0TFL3", 8) + std::string(100, '\0')),
              HasSubstr("looks like a TensorFlow Lite model"));
  EXPECT_THAT(import_error_of(std::string(64, '\xff')),
              HasSubstr("is a text file, but no ONNX model in protobuf's text form"));
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

TEST(ModelFile, takes_operator_sets_1_to_23) {
  for (const std::int64_t opset : {0, 1, 23, 24}) {
    ModelBuilder model(opset);
    model.input("x", {1, 4}).output("y");
    model.node("Relu", {"x"}, {"y"});
    const bool known = opset >= 1 && opset <= 23;
    EXPECT_THAT(model.import_error(),
                known ? std::string("no error")
                      : fmt::format("uses operator set {}; mensa reads 1 to 23. Convert the model "
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

}  // namespace
}  // namespace mensa::onnx_import
