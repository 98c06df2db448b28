#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "models/graph/nonzero_bits.h"
#include "onnx_import/operator_graph/tensor_contents.h"

namespace mensa::onnx_import {

using models::count_bits;
using models::NonzeroBits;

/// Sets the bits of elements that differ from `zero`, from `start` (a multiple of 64) on, where
/// those after them are not set yet. `data` are whole elements; of a packed last byte only as many
/// as `bits` has room for count.
void mark_nonzeros(std::span<const std::byte> data, const StoredElements& stored,
                   std::uint64_t zero, std::size_t start, NonzeroBits& bits);

/// The bits of all `elements` elements.
[[nodiscard]] NonzeroBits find_nonzeros(const DenseContents& contents, std::uint64_t zero,
                                        std::size_t elements);
}  // namespace mensa::onnx_import
