#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string_view>

#include "onnx_import/operator_graph/tensor_contents.h"

namespace mensa::onnx_import {

/// Throws base::Error that names the file.
[[noreturn]] void fail_file(const std::filesystem::path& path, std::string_view what);

/// A file that is held open: what it holds stays the same even where another takes its name. Throws
/// base::Error naming the file where it cannot be opened or is no regular file.
class OpenFile : public ByteSource {
 public:
  explicit OpenFile(std::filesystem::path path);
  ~OpenFile() override;
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  [[nodiscard]] std::uint64_t size() const { return size_; }
  /// Fills `into` with the bytes from `offset` on. Throws base::Error where the file is shorter.
  void read(std::uint64_t offset, std::span<std::byte> into) const;
  void visit(std::uint64_t offset, std::uint64_t size, const Take& take) const override;

 private:
  std::filesystem::path path_;
  int descriptor_;
  std::uint64_t size_ = 0;
};

/// A file that is opened for each visit: a model may have thousands of them, one for each tensor.
class NamedFile : public ByteSource {
 public:
  explicit NamedFile(std::filesystem::path path) : path_(std::move(path)) {}
  void visit(std::uint64_t offset, std::uint64_t size, const Take& take) const override;

 private:
  std::filesystem::path path_;
};

/// Bytes in memory, which `owner` keeps.
class MemoryBytes : public ByteSource {
 public:
  MemoryBytes(std::shared_ptr<const void> owner, std::span<const std::byte> bytes)
      : owner_(std::move(owner)), bytes_(bytes) {}
  void visit(std::uint64_t offset, std::uint64_t size, const Take& take) const override {
    take(bytes_.subspan(offset, size));
  }

 private:
  std::shared_ptr<const void> owner_;
  std::span<const std::byte> bytes_;
};

}  // namespace mensa::onnx_import
