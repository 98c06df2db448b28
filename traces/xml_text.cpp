#include "traces/xml_text.h"

#include <cstddef>
#include <cstdint>

namespace mensa::traces {
namespace {

constexpr std::uint32_t kContinuationBits = 6;

/// Bytes of the UTF-8 character at the start of `text`; 0 where there is none that XML may have.
std::size_t character_size(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i]));
  };
  const std::uint32_t first = byte(0);
  if (first < 0x80U) return first < 0x20U || first == 0x7FU ? 0 : 1;
  std::size_t size = 0;
  std::uint32_t code = 0;
  std::uint32_t least = 0;  // shorter sequences have the codes below
  if ((first & 0xE0U) == 0xC0U) {
    size = 2;
    code = first & 0x1FU;
    least = 0x80U;
  } else if ((first & 0xF0U) == 0xE0U) {
    size = 3;
    code = first & 0x0FU;
    least = 0x800U;
  } else if ((first & 0xF8U) == 0xF0U) {
    size = 4;
    code = first & 0x07U;
    least = 0x10000U;
  }
  if (size == 0 || text.size() < size) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return 0;
    code = (code << kContinuationBits) | (byte(i) & 0x3FU);
  }
  const bool surrogate = code >= 0xD800U && code < 0xE000U;
  const bool no_character = code == 0xFFFEU || code == 0xFFFFU || code > 0x10FFFFU;
  return code < least || surrogate || no_character ? 0 : size;
}

}  // namespace

std::string xml_text(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const std::size_t size = character_size(text);
    if (size == 0) {
      result += '?';
      text.remove_prefix(1);
      continue;
    }
    switch (text.front()) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += text.substr(0, size);
    }
    text.remove_prefix(size);
  }
  return result;
}

}  // namespace mensa::traces
