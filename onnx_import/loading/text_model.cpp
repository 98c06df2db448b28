#include "onnx_import/loading/text_model.h"

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/text_format.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "models/base/error.h"
#include "onnx_import/loading/edited_stream.h"
#include "onnx_import/loading/file_bytes.h"

namespace mensa::onnx_import {
namespace {

/// Messages within each other; binary ones have the same limit in protobuf.
constexpr int kDeepestMessages = 100;

/// Parts of a model that are newer than the ONNX library that parses it, and say nothing that
/// import needs.
bool is_ignored(std::string_view message) {
  constexpr std::array<std::string_view, 4> kNames = {
      "named \"metadata_props\"", "named \"value_info\"", "named \"device_configurations\"",
      "named \"configuration\""};
  return std::any_of(kNames.begin(), kNames.end(), [&](std::string_view name) {
    return message.find(name) != std::string_view::npos;
  });
}

/// Keeps the first error. Protobuf counts lines and columns from 0.
class FirstError : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int line, int column, const std::string& message) override {
    if (!error_) error_ = Error{line + 1, column + 1, message};
  }
  /// Fields that are not known are warnings where they are let through.
  void AddWarning(int line, int column, const std::string& message) override {
    if (!is_ignored(message)) AddError(line, column, message);
  }
  void throw_if_any(const std::filesystem::path& path) const {
    if (!error_) return;
    throw base::Error(
        {path.string(), error_->line, error_->column}, "",
        "is a text file, but no ONNX model in protobuf's text form: " + error_->message);
  }

 private:
  struct Error {
    int line;
    int column;
    std::string message;
  };
  std::optional<Error> error_;
};

}  // namespace

void read_text_model(const std::filesystem::path& path, onnx::ModelProto& model) {
  const OpenFile file(path);
  EditedStream stream(file, {});
  FirstError errors;
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&errors);
  parser.AllowUnknownField(true);
  parser.AllowPartialMessage(true);
  parser.SetRecursionLimit(kDeepestMessages);
  const google::protobuf::LogSilencer silencer;
  const bool parsed = parser.Parse(&stream, &model);
  errors.throw_if_any(path);
  if (!parsed) throw base::Error({path.string()}, "", "is no ONNX model in protobuf's text form");
  if (model.has_graph() && model.has_ir_version()) return;
  throw base::Error({path.string()}, "", "is no ONNX model: it lacks ir_version or graph");
}

}  // namespace mensa::onnx_import
