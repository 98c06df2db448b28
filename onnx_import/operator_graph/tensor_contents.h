#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <variant>
#include <vector>

// What is known of a constant besides its type and shape: where its elements are. They are read
// when somebody asks, piece by piece, and never held as a whole.

namespace mensa::onnx_import {

/// Bytes that stay where they are: in a file, or in what was parsed of it.
class ByteSource {
 public:
  using Take = std::function<void(std::span<const std::byte>)>;

  virtual ~ByteSource() = default;
  /// Hands `size` bytes from `offset` on to `take`, in order, in pieces of a multiple of 4 KiB;
  /// only the last may have another length. Throws base::Error where they cannot be read any more.
  virtual void visit(std::uint64_t offset, std::uint64_t size, const Take& take) const = 0;
};

/// A stretch of bytes.
struct ByteRange {
  std::shared_ptr<const ByteSource> source;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;

  void visit(const ByteSource::Take& take) const { source->visit(offset, size, take); }
};

/// How the elements of a tensor are stored, as far as zeros are concerned.
struct StoredElements {
  /// Bits from one element to the next: 4 (low nibble of a byte first), 8, 16, 32 or 64.
  int width = 32;
  /// Bits in which an element must differ from zero to be none: without the sign of a float, for
  /// which -0 is zero too; only the low ones where a wider field holds a narrow type.
  std::uint64_t significant = ~std::uint64_t{0};
};

/// All elements, in row-major order.
struct DenseContents {
  ByteRange bytes;
  StoredElements stored;
};

/// Only the elements that are not zero: their row-major indices, ascending.
struct SparseContents {
  std::vector<std::int64_t> places;
};

using TensorContents = std::variant<DenseContents, SparseContents>;

}  // namespace mensa::onnx_import
