#include "onnx_import/annotate/nonzero_bits.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace mensa::onnx_import {
namespace {

static_assert(std::endian::native == std::endian::little, "tensors are stored little-endian");

constexpr std::size_t kBlock = 64;  ///< elements that make one word of bits
/// 0xFF for each element that is not zero, else 0.
using Flags = std::array<std::uint8_t, kBlock>;

std::uint64_t pack_flags(const Flags& flags) {
  std::uint64_t word = 0;
#ifdef __SSE2__
  for (std::size_t i = 0; i < kBlock; i += 16) {
    __m128i part{};
    std::memcpy(&part, flags.data() + i, sizeof(part));
    word |= static_cast<std::uint64_t>(_mm_movemask_epi8(part)) << i;
  }
#else
  for (std::size_t i = 0; i < kBlock; i += 8) {
    std::uint64_t part = 0;
    std::memcpy(&part, flags.data() + i, sizeof(part));
    // Moves bit 0 of each byte to the top byte, next to those of its neighbours.
    word |= (part & 0x0101010101010101U) * 0x0102040810204080U >> 56 << i;
  }
#endif
  return word;
}

/// The loops have a fixed length and no branches: compilers make vector code of them.
template <class T>
std::uint64_t block_bits(const std::byte* data, T zero, T significant) {
  std::array<T, kBlock> values;
  std::memcpy(values.data(), data, sizeof(values));
  Flags flags;
  for (std::size_t i = 0; i < kBlock; ++i) {
    const T difference = static_cast<T>((values[i] ^ zero) & significant);
    flags[i] = difference != 0 ? 0xFF : 0;
  }
  return pack_flags(flags);
}

std::uint64_t nibble_block_bits(const std::byte* data, std::uint8_t zero,
                                std::uint8_t significant) {
  std::array<std::uint8_t, kBlock / 2> values;
  std::memcpy(values.data(), data, sizeof(values));
  const auto high_zero = static_cast<std::uint8_t>(zero << 4);
  const auto high_significant = static_cast<std::uint8_t>(significant << 4);
  Flags flags;
  for (std::size_t i = 0; i < values.size(); ++i) {
    flags[2 * i] = ((values[i] ^ zero) & significant) != 0 ? 0xFF : 0;
    flags[2 * i + 1] = ((values[i] ^ high_zero) & high_significant) != 0 ? 0xFF : 0;
  }
  return pack_flags(flags);
}

/// `block` gives the bits of one block of data.
template <class Block>
void mark_blocks(std::span<const std::byte> data, int width, std::size_t start, NonzeroBits& bits,
                 const Block& block) {
  const std::size_t block_bytes = kBlock * static_cast<std::size_t>(width) / 8;
  for (; data.size() >= block_bytes; data = data.subspan(block_bytes), start += kBlock) {
    bits.store(start, block(data.data()));
  }
  if (data.empty()) return;
  std::array<std::byte, kBlock * sizeof(std::uint64_t)> last{};
  std::copy(data.begin(), data.end(), last.begin());
  const std::size_t held = data.size() * 8 / static_cast<std::size_t>(width);
  const std::size_t left = std::min(held, bits.size() - start);
  const std::uint64_t inside = left >= kBlock ? ~std::uint64_t{0} : (std::uint64_t{1} << left) - 1;
  bits.store(start, block(last.data()) & inside);
}

template <class T>
void mark_as(std::span<const std::byte> data, const StoredElements& stored, std::uint64_t zero,
             std::size_t start, NonzeroBits& bits) {
  const auto zero_value = static_cast<T>(zero);
  const auto significant = static_cast<T>(stored.significant);
  mark_blocks(data, stored.width, start, bits, [=](const std::byte* block) {
    return block_bits<T>(block, zero_value, significant);
  });
}

}  // namespace

void mark_nonzeros(std::span<const std::byte> data, const StoredElements& stored,
                   std::uint64_t zero, std::size_t start, NonzeroBits& bits) {
  assert(start % kBlock == 0);
  switch (stored.width) {
    case 4: {
      const auto zero_value = static_cast<std::uint8_t>(zero & 0xF);
      const auto significant = static_cast<std::uint8_t>(stored.significant & 0xF);
      return mark_blocks(data, 4, start, bits, [=](const std::byte* block) {
        return nibble_block_bits(block, zero_value, significant);
      });
    }
    case 8:
      return mark_as<std::uint8_t>(data, stored, zero, start, bits);
    case 16:
      return mark_as<std::uint16_t>(data, stored, zero, start, bits);
    case 32:
      return mark_as<std::uint32_t>(data, stored, zero, start, bits);
    default:
      assert(stored.width == 64);
      return mark_as<std::uint64_t>(data, stored, zero, start, bits);
  }
}

NonzeroBits find_nonzeros(const DenseContents& contents, std::uint64_t zero, std::size_t elements) {
  NonzeroBits bits(elements);
  std::size_t start = 0;
  contents.bytes.visit([&](std::span<const std::byte> piece) {
    mark_nonzeros(piece, contents.stored, zero, start, bits);
    start += piece.size() * 8 / static_cast<std::size_t>(contents.stored.width);
  });
  return bits;
}

}  // namespace mensa::onnx_import
