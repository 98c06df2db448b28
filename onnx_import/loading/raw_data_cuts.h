#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "onnx_import/loading/file_bytes.h"

// The raw data of tensors are most of a model's bytes. They are cut out of what protobuf parses, so
// that they are never copied; a mark in their place says where in the file they are.

namespace mensa::onnx_import {

/// `length` bytes of a file at `offset` that read as `bytes` instead, of which there are no more.
struct Edit {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  std::string bytes;
};

/// Where raw data are in the file.
struct RawDataPlace {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

/// The place that raw data as parsed stand for; none where they are the data themselves, which
/// short ones are.
[[nodiscard]] std::optional<RawDataPlace> place_of_raw_data(std::string_view parsed);

/// The edits, in the order of the file, that cut the raw data out of a binary ONNX model and
/// shorten the messages around them. None where the bytes are not well-formed. Throws base::Error
/// where the model has more nodes, graphs within each other or fields than mensa takes: before
/// protobuf allocates anything for them.
[[nodiscard]] std::optional<std::vector<Edit>> cut_raw_data(const OpenFile& file);

}  // namespace mensa::onnx_import
