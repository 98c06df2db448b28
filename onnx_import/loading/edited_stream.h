#pragma once

#include <google/protobuf/io/zero_copy_stream.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "onnx_import/loading/file_bytes.h"
#include "onnx_import/loading/raw_data_cuts.h"

namespace mensa::onnx_import {

/// A file as protobuf reads it, with edits made on the way. Throws base::Error where it cannot be
/// read. File and edits must outlive it.
class EditedStream : public google::protobuf::io::ZeroCopyInputStream {
 public:
  EditedStream(const OpenFile& file, std::span<const Edit> edits) : file_(file), edits_(edits) {}

  bool Next(const void** data, int* size) override;
  void BackUp(int count) override;
  bool Skip(int count) override;
  [[nodiscard]] std::int64_t ByteCount() const override { return given_; }

 private:
  const OpenFile& file_;
  std::span<const Edit> edits_;  ///< those that are still to come
  std::uint64_t at_ = 0;         ///< in the file
  std::int64_t given_ = 0;
  std::span<const std::byte> last_;  ///< what Next() gave last
  std::size_t returned_ = 0;         ///< bytes of it that came back
  std::vector<std::byte> buffer_ = std::vector<std::byte>(std::size_t{64} << 10);
};

}  // namespace mensa::onnx_import
