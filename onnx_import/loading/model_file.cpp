#include "onnx_import/loading/model_file.h"

#include <fmt/format.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/stubs/logging.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "models/base/error.h"
#include "onnx_import/loading/edited_stream.h"
#include "onnx_import/loading/file_bytes.h"
#include "onnx_import/loading/raw_data_cuts.h"
#include "onnx_import/loading/text_model.h"
#include "onnx_import/operator_graph/limits.h"

namespace mensa::onnx_import {
namespace {

namespace fs = std::filesystem;

void check_readable(const fs::path& path) {
  std::error_code failed;
  const fs::file_status status = fs::status(path, failed);
  if (!fs::exists(status)) fail_file(path, "no such file");
  if (fs::is_directory(status)) fail_file(path, "is a folder; an ONNX file is needed");
  if (!fs::is_regular_file(status)) fail_file(path, "is no regular file");
  const auto size = fs::file_size(path, failed);
  if (failed) fail_file(path, fmt::format("cannot be read: {}", failed.message()));
  if (size == 0) fail_file(path, "is empty");
  if (size > static_cast<std::uintmax_t>(std::numeric_limits<int>::max())) {
    fail_file(path,
              fmt::format("has {} bytes; an ONNX file holds at most 2 GiB. Save the model with its "
                          "weights as external data",
                          size));
  }
}

/// The first bytes of the file, at most 512.
std::string read_head(const fs::path& path) {
  std::string head(512, '\0');
  std::ifstream file(path, std::ios::binary);
  if (!file) fail_file(path, fmt::format("cannot be opened: {}", std::strerror(errno)));
  file.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(file.gcount()));
  return head;
}

/// Binary ONNX holds control characters among its first bytes: the tags of its fields.
bool is_text(std::string_view head) {
  return std::all_of(head.begin(), head.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 || byte == '\t' || byte == '\n' || byte == '\r';
  });
}

/// What a file that is not ONNX looks like, to be said in the message.
std::string_view guess(std::string_view head) {
  using namespace std::string_view_literals;
  struct Kind {
    std::string_view magic;
    std::string_view name;
  };
  static constexpr std::array kKinds = {
      Kind{"PK\x03\x04"sv, "a zip archive (a PyTorch checkpoint?)"sv},
      Kind{"\x89HDF"sv, "an HDF5 file (a Keras model?)"sv},
      Kind{"\x1f\x8b"sv, "compressed with gzip"sv},
      Kind{"\x7f\x45LF"sv, "a program"sv},
      Kind{"\x80\x02"sv, "a Python pickle"sv},
  };
  for (const Kind& kind : kKinds) {
    if (head.starts_with(kind.magic)) return kind.name;
  }
  return head.size() > 8 && head.substr(4, 4) == "TFL3" ? "a TensorFlow Lite model" : "";
}

/// Files that exporters write start with the IR version: field 1, a small number.
bool starts_like_onnx(std::string_view head) {
  return head.size() >= 2 && head[0] == 0x08 && head[1] >= 1 && head[1] < 0x40;
}

bool parse(const OpenFile& file, const fs::path& path, onnx::ModelProto& model) {
  std::optional<std::vector<Edit>> edits;
  try {
    edits = cut_raw_data(file);
  } catch (const base::Error& error) {
    fail_file(path, error.what());
  }
  if (!edits) return false;
  EditedStream stream(file, *edits);
  google::protobuf::io::CodedInputStream coded(&stream);
  const google::protobuf::LogSilencer silencer;
  return model.ParseFromCodedStream(&coded) && coded.ConsumedEntireMessage();
}

}  // namespace

ModelFile read_model_file(const fs::path& path) {
  check_readable(path);
  const std::string head = read_head(path);
  if (head.starts_with("version https://git-lfs")) {
    fail_file(path, "is a Git LFS pointer, not the model; fetch it with `git lfs pull`");
  }
  auto model = std::make_shared<onnx::ModelProto>();
  if (is_text(head)) {
    read_text_model(path, *model);
    return {path, std::move(model), nullptr};
  }
  auto file = std::make_shared<OpenFile>(path);
  const bool parsed = parse(*file, path, *model);
  if (parsed && model->has_graph() && model->has_ir_version()) {
    return {path, std::move(model), std::move(file)};
  }
  const std::string_view guessed = guess(head);
  if (!guessed.empty()) fail_file(path, fmt::format("is no ONNX model; it looks like {}", guessed));
  if (!starts_like_onnx(head)) fail_file(path, "is no ONNX model");
  fail_file(path,
            parsed ? "is no ONNX model, or truncated: it holds no graph"
                   : "is truncated or damaged: it starts like an ONNX model and then breaks off");
}

int checked_opset(const ModelFile& file) {
  const onnx::ModelProto& model = *file.model;
  const fs::path& path = file.path;
  const std::int64_t ir = model.ir_version();
  if (ir < kOldestIr || ir > kNewestIr) {
    fail_file(path, fmt::format("has IR version {}; mensa reads {} to {}. Convert the model with "
                                "onnx.version_converter or export it again",
                                ir, kOldestIr, kNewestIr));
  }
  std::int64_t opset = -1;
  for (const auto& import : model.opset_import()) {
    if (import.domain().empty() || import.domain() == "ai.onnx") {
      opset = std::max<std::int64_t>(opset, import.version());
    }
  }
  if (opset < 0) {
    fail_file(path,
              "does not say which operator set it uses (no opset_import); it may be truncated");
  }
  if (opset < kOldestOpset || opset > kNewestOpset) {
    fail_file(path,
              fmt::format("uses operator set {}; mensa reads {} to {}. Convert the model with "
                          "onnx.version_converter or export it again",
                          opset, kOldestOpset, kNewestOpset));
  }
  return static_cast<int>(opset);
}

}  // namespace mensa::onnx_import
