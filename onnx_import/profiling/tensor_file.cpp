#include "onnx_import/profiling/tensor_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <google/protobuf/stubs/logging.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "models/base/error.h"
#include "onnx_import/execution/constants.h"
#include "onnx_import/loading/file_bytes.h"
#include "onnx_import/loading/tensor_reader.h"
#include "onnx_import/operator_graph/limits.h"

namespace mensa::onnx_import {
namespace {

using models::ElementType;

/// Of the text in front of an array: far above what any shape takes.
constexpr std::uint64_t kLongestHeader = 65'536;

struct NumpyType {
  std::string_view name;
  ElementType type;
};
constexpr std::array<NumpyType, 12> kNumpyTypes = {{{"<f4", ElementType::kFloat32},
                                                    {"<f8", ElementType::kFloat64},
                                                    {"<f2", ElementType::kFloat16},
                                                    {"<i8", ElementType::kInt64},
                                                    {"<i4", ElementType::kInt32},
                                                    {"<i2", ElementType::kInt16},
                                                    {"|i1", ElementType::kInt8},
                                                    {"<u4", ElementType::kUint32},
                                                    {"<u2", ElementType::kUint16},
                                                    {"|u1", ElementType::kUint8},
                                                    {"|b1", ElementType::kBool},
                                                    {"<b1", ElementType::kBool}}};

/// What stands behind a key of the header's dictionary, blanks left out; empty where it has none.
std::string_view header_entry(std::string_view header, std::string_view key) {
  for (const char quote : {'\'', '"'}) {
    const std::size_t at = header.find(fmt::format("{0}{1}{0}", quote, key));
    if (at == std::string_view::npos) continue;
    std::string_view rest = header.substr(at + key.size() + 2);
    const std::size_t begin = rest.find_first_not_of(" :");
    if (begin != std::string_view::npos) return rest.substr(begin);
  }
  return {};
}

/// "(1, 3, 224, 224), ..." up to the closing bracket; none where it is something else.
std::optional<Shape> shape_from(std::string_view text) {
  const std::size_t end = text.find(')');
  if (text.empty() || text.front() != '(' || end == std::string_view::npos) return std::nullopt;
  text = text.substr(1, end - 1);
  Shape shape;
  while (true) {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    if (text.empty()) return shape;
    std::int64_t extent = 0;
    const auto [stop, failed] = std::from_chars(text.data(), text.data() + text.size(), extent);
    if (failed != std::errc() || shape.size() == kHighestRank) return std::nullopt;
    shape.push_back(extent);
    text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    if (text.empty()) return shape;
    if (text.front() != ',') return std::nullopt;
    text.remove_prefix(1);
  }
}

}  // namespace

bool TensorFile::is_one(const std::filesystem::path& path) {
  return path.extension() == ".npy" || path.extension() == ".pb";
}

TensorFile::TensorFile(std::filesystem::path path, std::uint64_t most_bytes)
    : path_(std::move(path)) {
  if (path_.extension() == ".npy") {
    read_npy();
  } else {
    read_proto(most_bytes);
  }
  value_.typed = true;
  value_.constant = true;
}

void TensorFile::fail(const std::string& what) const {
  throw base::Error({path_.string()}, "", what);
}

// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
void TensorFile::read_npy() {
  const OpenFile file(path_);
  constexpr std::string_view kMagic = "\x93NUMPY";
  std::array<std::byte, 12> start{};
  const auto byte = [&start](std::size_t i) { return std::to_integer<std::uint64_t>(start.at(i)); };
  if (file.size() < start.size()) fail("is no .npy file: it is too short");
  file.read(0, start);
  for (std::size_t i = 0; i < kMagic.size(); ++i) {
    if (byte(i) != static_cast<unsigned char>(kMagic[i])) fail("is no .npy file");
  }
  const bool is_first = byte(6) == 1;  // the version; its header's length has two bytes
  const std::uint64_t begin = is_first ? 10 : 12;
  const std::uint64_t length =
      byte(8) | byte(9) << 8 | (is_first ? 0 : byte(10) << 16 | byte(11) << 24);
  if (byte(6) < 1 || byte(6) > 3) fail(fmt::format("has version {} of the .npy format", byte(6)));
  if (length > kLongestHeader || begin + length > file.size()) fail("has a damaged header");
  std::string header(length, '\0');
  file.read(begin, std::as_writable_bytes(std::span(header)));

  const std::string_view type = header_entry(header, "descr");
  const auto known = std::find_if(
      kNumpyTypes.begin(), kNumpyTypes.end(),
      [&](const NumpyType& each) { return type.size() > 4 && type.substr(1, 3) == each.name; });
  if (known == kNumpyTypes.end()) {
    fail("holds elements that mensa does not read; save it as little-endian numbers, as float32");
  }
  const auto shape = shape_from(header_entry(header, "shape"));
  const auto elements = shape ? element_count(*shape) : std::nullopt;
  if (!elements) fail("has a damaged header: no shape");
  if (shape->size() > 1 && !header_entry(header, "fortran_order").starts_with("False")) {
    fail("is in Fortran's order; save it as numpy.ascontiguousarray makes it");
  }
  const int width = models::bits(known->type);
  const std::uint64_t bytes =
      static_cast<std::uint64_t>(*elements) * (static_cast<unsigned>(width) / 8);
  if (file.size() - begin - length != bytes) {
    fail(fmt::format("holds {} bytes; its shape [{}] of {} needs {}", file.size() - begin - length,
                     fmt::join(*shape, ", "), models::to_string(known->type), bytes));
  }
  value_.type = known->type;
  value_.shape = *shape;
  value_.contents = std::make_shared<const TensorContents>(
      DenseContents{{std::make_shared<NamedFile>(path_), begin + length, bytes}, {width}});
}

void TensorFile::read_proto(std::uint64_t most_bytes) {
  const OpenFile file(path_);
  if (file.size() > most_bytes) {
    fail(fmt::format("has {} bytes, more than any input of the model takes", file.size()));
  }
  std::string bytes(file.size(), '\0');
  file.read(0, std::as_writable_bytes(std::span(bytes)));
  // What is found of a tensor holds on to its model.
  auto model = std::make_shared<onnx::ModelProto>();
  onnx::TensorProto& tensor = *model->mutable_graph()->add_initializer();
  {
    const google::protobuf::LogSilencer silencer;
    if (!tensor.ParseFromString(bytes) || tensor.data_type() == onnx::TensorProto::UNDEFINED) {
      fail("is no tensor as ONNX has them (TensorProto), or damaged");
    }
  }
  const ModelFile holder{path_, std::move(model), nullptr};
  ConstantData data;
  try {
    data = TensorReader(holder, true).read(tensor);
  } catch (const base::Error& error) {
    fail(error.what());
  }
  value_.name = tensor.name();
  value_.type = data.type;
  value_.shape = data.shape;
  value_.contents = data.contents;
}

TensorValue TensorFile::load() const {
  if (!is_executable(value_.type)) {
    fail(fmt::format("holds elements of {}, which are not executed",
                     models::to_string(value_.type)));
  }
  try {
    return load_constant(value_);
  } catch (const base::Error& error) {
    fail(error.what());
  }
}

}  // namespace mensa::onnx_import
