#include "onnx_import/loading/external_data.h"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <charconv>
#include <string_view>
#include <system_error>

#include "models/base/error.h"
#include "onnx_import/loading/file_bytes.h"

namespace mensa::onnx_import {
namespace {

namespace fs = std::filesystem;

/// Exporters let equal tensors share their bytes. Beyond that a small file must not keep us
/// reading.
constexpr std::uint64_t kMostClaims = 16;

[[noreturn]] void fail_location(std::string_view location, std::string_view what) {
  throw base::Error(fmt::format("external data '{}': {}", location, what));
}

/// What a tensor says of its data.
struct Entry {
  std::string location;
  std::optional<std::uint64_t> offset;
  std::optional<std::uint64_t> length;
};

std::uint64_t number_of_bytes(const onnx::StringStringEntryProto& pair) {
  const std::string& text = pair.value();
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size()) return value;
  throw base::Error(
      fmt::format("has external data with {} '{}', which is no number of bytes", pair.key(), text));
}

Entry read_entry(const onnx::TensorProto& tensor) {
  Entry entry;
  for (const auto& pair : tensor.external_data()) {
    if (pair.key() == "location") entry.location = pair.value();
    if (pair.key() == "offset") entry.offset = number_of_bytes(pair);
    if (pair.key() == "length") entry.length = number_of_bytes(pair);
  }
  if (entry.location.empty()) {
    throw base::Error("has its data in another file, but does not say in which (no 'location')");
  }
  return entry;
}

bool is_inside(const fs::path& path, const fs::path& folder) {
  const auto [end, rest] = std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
  return end == folder.end() && rest != path.end();
}

/// The file without symbolic links in its path; none where there is no such file.
std::optional<fs::path> locate(const fs::path& folder, const std::string& location) {
  if (location.find('\0') != std::string::npos) {
    throw base::Error("has external data in a file whose name holds a zero byte");
  }
  const fs::path relative(location);
  if (relative.is_absolute() ||
      std::find(relative.begin(), relative.end(), "..") != relative.end()) {
    fail_location(location, "must be a path below the model's folder, without '..'");
  }
  std::error_code error;
  const fs::path home = fs::canonical(folder.empty() ? "." : folder, error);
  const fs::path file = fs::canonical(home / relative, error);
  if (error == std::errc::no_such_file_or_directory) return std::nullopt;
  if (error) fail_location(location, fmt::format("cannot be read: {}", error.message()));
  if (!is_inside(file, home)) {
    fail_location(location,
                  "is a symbolic link out of the model's folder; put the file itself there");
  }
  if (!fs::is_regular_file(file, error)) fail_location(location, "is no regular file");
  return file;
}

}  // namespace

ExternalData::ExternalData(const fs::path& model, bool required)
    : folder_(model.parent_path()), required_(required) {}

const ExternalData::File& ExternalData::open(const std::string& location) {
  const auto known = files_.find(location);
  if (known != files_.end()) return known->second;
  File file;
  if (const auto path = locate(folder_, location)) {
    file.source = std::make_shared<NamedFile>(*path);
    file.size = OpenFile(*path).size();
  } else if (required_) {
    fail_location(location,
                  "there is no such file beside the model; it comes with the model's weights");
  }
  return files_.emplace(location, std::move(file)).first->second;
}

std::optional<ByteRange> ExternalData::find(const onnx::TensorProto& tensor, std::uint64_t bytes) {
  const Entry entry = read_entry(tensor);
  const File& file = open(entry.location);
  if (file.source == nullptr) return std::nullopt;
  const std::uint64_t offset = entry.offset.value_or(0);
  if (entry.length.value_or(bytes) != bytes) {
    fail_location(entry.location,
                  fmt::format("holds {} bytes for the tensor, by its 'length'; its shape "
                              "and type need {}",
                              *entry.length, bytes));
  }
  if (offset > file.size || bytes > file.size - offset) {
    fail_location(entry.location,
                  fmt::format("has {} bytes; the tensor's {} bytes from byte {} on are not "
                              "all there",
                              file.size, bytes, offset));
  }
  std::uint64_t& claimed = files_.at(entry.location).claimed;
  claimed += bytes;
  if (claimed / kMostClaims > file.size) {
    fail_location(entry.location,
                  fmt::format("has {} bytes, of which the model's tensors claim {} by now; "
                              "at most {} tensors may share a byte on average",
                              file.size, claimed, kMostClaims));
  }
  return ByteRange{file.source, offset, bytes};
}

}  // namespace mensa::onnx_import
