#include "onnx_import/loading/file_bytes.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "models/base/error.h"

namespace mensa::onnx_import {
namespace {

/// What stays in a core's second-level cache while it is counted.
constexpr std::uint64_t kPiece = std::uint64_t{256} << 10;

}  // namespace

void fail_file(const std::filesystem::path& path, std::string_view what) {
  throw base::Error({path.string()}, "", what);
}

OpenFile::OpenFile(std::filesystem::path path)
    : path_(std::move(path)),
      // Without O_NONBLOCK opening a pipe would wait for somebody who writes to it.
      descriptor_(open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
  if (descriptor_ < 0) fail_file(path_, fmt::format("cannot be opened: {}", std::strerror(errno)));
  struct stat status {};
  const bool regular = fstat(descriptor_, &status) == 0 && S_ISREG(status.st_mode);
  if (!regular) {
    close(descriptor_);
    fail_file(path_, "is no regular file");
  }
  size_ = static_cast<std::uint64_t>(status.st_size);
}

OpenFile::~OpenFile() { close(descriptor_); }

void OpenFile::read(std::uint64_t offset, std::span<std::byte> into) const {
  while (!into.empty()) {
    const ssize_t got = pread(descriptor_, into.data(), into.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail_file(path_, fmt::format("cannot be read: {}", std::strerror(errno)));
    if (got == 0) fail_file(path_, "has become shorter while it was read");
    offset += static_cast<std::uint64_t>(got);
    into = into.subspan(static_cast<std::size_t>(got));
  }
}

void OpenFile::visit(std::uint64_t offset, std::uint64_t size, const Take& take) const {
  std::vector<std::byte> buffer(std::min(size, kPiece));
  while (size > 0) {
    const std::span piece = std::span(buffer).first(std::min(size, kPiece));
    read(offset, piece);
    take(piece);
    offset += piece.size();
    size -= piece.size();
  }
}

void NamedFile::visit(std::uint64_t offset, std::uint64_t size, const Take& take) const {
  OpenFile(path_).visit(offset, size, take);
}

}  // namespace mensa::onnx_import
