#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/models/base/error_of.h"
#include "tests/models/base/temporary_folder.h"
#include "tests/onnx_import/model_builder.h"

namespace mensa::onnx_import {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;

std::string protobuf_text(ModelBuilder& model) {
  std::string text;
  google::protobuf::TextFormat::PrintToString(model.model(), &text);
  return text;
}

TEST(TextModel, is_the_same_model) {
  ModelBuilder model;
  model.input("x", {1, 16}).output("y").weights("w", {16, 3});
  // As long as the marks of raw data in a binary model.
  model.raw("v", {3, 11}, onnx::TensorProto::INT8,
            std::string("\0\1\2", 3) + std::string(30, '\7'));
  model.proto().mutable_initializer(0)->mutable_raw_data()->replace(4, 4, 4, '\0');
  model.node("MatMul", {"x", "w"}, {"h"}, "first");
  model.node("Cast", {"v"}, {"f"}).integer("to", 1);
  model.node("MatMul", {"h", "f"}, {"y"}, "second");
  const models::Graph binary = model.import();
  const TemporaryFolder folder;
  // Recognised by its content, whatever its name.
  const models::Graph text = import_file(folder.write("model.onnx", protobuf_text(model)));
  EXPECT_EQ(layer_names(text), layer_names(binary));
  EXPECT_EQ(text.macs(), 16 * 3 + 3 * 11);
  for (const char* name : {"first", "second"}) {
    const auto density = [&](const models::Graph& graph) {
      return graph.tensor(layer_named(graph, name).parameters.at(0)).sparsity->density;
    };
    EXPECT_EQ(density(text), density(binary));
    EXPECT_LT(density(text), 1.0);
  }
}

TEST(TextModel, errors_say_line_and_column) {
  const TemporaryFolder folder;
  const auto error = [&](const std::string& text) {
    const std::string file = folder.write("m.textproto", text);
    const std::string message = error_of([&] { return import_file(file); });
    return message.substr(message.find("m.textproto"));
  };
  const std::string what = "is a text file, but no ONNX model in protobuf's text form: ";
  EXPECT_EQ(error("ir_version: 7\ngraph {\n  nodes { }\n}\n"),
            "m.textproto:3:9: " + what +
                "Message type \"onnx.GraphProto\" has no field named \"nodes\".");
  EXPECT_THAT(error("ir_version: seven\n"), HasSubstr("m.textproto:1:13: "));
  EXPECT_THAT(error("# a comment\n<html>\n"), HasSubstr("m.textproto:2:1: "));
  EXPECT_THAT(error("ir_version: 7\n"), EndsWith("is no ONNX model: it lacks ir_version or graph"));
  EXPECT_THAT(error("ir_version: 7\ngraph {\n"), HasSubstr("m.textproto:3:1: "));
}

TEST(TextModel, parts_that_are_newer_than_the_library_are_let_through_where_they_say_nothing) {
  ModelBuilder model;
  model.input("x", {1, 4}).output("y");
  model.node("Relu", {"x"}, {"y"}, "relu");
  const TemporaryFolder folder;
  std::string text = protobuf_text(model);
  text.insert(text.find("op_type"), "metadata_props { key: \"a\" value: \"b\" } ");
  EXPECT_THAT(layer_names(import_file(folder.write("a.pbtxt", text))), ElementsAre("relu"));
  text.insert(text.find("op_type"), "overload: \"other\" ");
  EXPECT_THAT(error_of([&] { return import_file(folder.write("b.pbtxt", text)); }),
              HasSubstr("no field named \"overload\""));
}

TEST(TextModel, nests_only_so_deep) {
  std::string text = "ir_version: 7 graph { input { type { ";
  for (int i = 0; i < 200; ++i) text += "sequence_type { elem_type { ";
  EXPECT_THAT(import_error_of(text), HasSubstr("text form"));
  // Far more than a stack would bear.
  for (int i = 0; i < 200'000; ++i) text += "sequence_type { elem_type { ";
  EXPECT_THAT(import_error_of(text), HasSubstr("text form"));
}

}  // namespace
}  // namespace mensa::onnx_import
