#include "traces/human.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "models/base/si.h"
#include "traces/text_table.h"

namespace mensa::traces {
namespace {

constexpr int kDigits = 4;
constexpr double kThousand = 1000;

/// Four digits, never an exponent for what lies between 1e-4 and 9999.
std::string four_digits(double value) { return fmt::format("{:.{}g}", value, kDigits); }

/// A continuation byte of a UTF-8 sequence starts no character.
bool starts_character(char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }

/// Byte offset of the character with that number; the text's size past the last one.
std::size_t offset_of(std::string_view text, std::size_t character) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!starts_character(text[i])) continue;
    if (character == 0) return i;
    --character;
  }
  return text.size();
}

}  // namespace

std::string si(double value, std::string_view unit) { return base::si(value, unit); }

std::string si_count(std::int64_t count) {
  if (std::abs(count) < static_cast<std::int64_t>(kThousand)) return fmt::format("{}", count);
  return si(static_cast<double>(count), "");
}

std::string plain_number(double value) {
  return std::abs(value) < kThousand ? four_digits(value) : fmt::format("{:.0f}", value);
}

std::string binary_bytes(base::Bytes bytes) {
  constexpr std::array<std::string_view, 4> kUnits = {"B", "KiB", "MiB", "GiB"};
  constexpr double kStep = 1024;
  auto value = static_cast<double>(bytes.value());
  std::size_t unit = 0;
  while (std::abs(value) >= kStep && unit + 1 < kUnits.size()) {
    value /= kStep;
    ++unit;
  }
  return fmt::format("{} {}", four_digits(value), kUnits[unit]);
}

std::string percent(double ratio) { return fmt::format("{:.1f}", ratio * 100); }

std::size_t display_width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), starts_character));
}

std::string shortened(std::string_view text, std::size_t width) {
  constexpr std::string_view kGap = "..";
  const std::size_t length = display_width(text);
  if (length <= width) return std::string(text);
  if (width <= kGap.size()) return std::string(kGap.substr(0, width));
  const std::size_t kept = width - kGap.size();
  // The end tells layers apart (".../conv" of block 3 or 4 less than their numbers): it gets more.
  const std::size_t head = kept / 2;
  const std::size_t tail = kept - head;
  return fmt::format("{}{}{}", text.substr(0, offset_of(text, head)), kGap,
                     text.substr(offset_of(text, length - tail)));
}

std::string printable(std::string_view text) {
  constexpr unsigned char kFirstPrintable = 0x20;
  constexpr unsigned char kDelete = 0x7F;
  std::string result(text);
  std::replace_if(
      result.begin(), result.end(),
      [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < kFirstPrintable || byte == kDelete;
      },
      '?');
  return result;
}

std::string operator_label(std::string_view op, const std::vector<std::string>& fused) {
  constexpr std::string_view kLong = "Normalization";
  constexpr std::string_view kShort = "Norm";
  std::string text(op);
  for (const std::string& each : fused) text += '+' + each;
  for (std::size_t at = text.find(kLong); at != std::string::npos; at = text.find(kLong, at)) {
    text.replace(at, kLong.size(), kShort);
  }
  return text;
}

std::string wrapped(std::string_view text, std::size_t width, std::size_t indent) {
  std::string result;
  std::size_t column = indent;
  while (!text.empty()) {
    const std::size_t blank = text.find(' ');
    const std::string_view word = text.substr(0, blank);
    text = blank == std::string_view::npos ? std::string_view() : text.substr(blank + 1);
    const std::size_t length = display_width(word);
    if (column > indent && column + 1 + length > width) {
      result += '\n';
      result.append(indent, ' ');
      column = indent;
    } else if (column > indent) {
      result += ' ';
      ++column;
    }
    result += word;
    column += length;
  }
  return result;
}

std::string labelled(std::string_view label, std::string_view text) {
  constexpr std::size_t kLabelWidth = 12;
  return fmt::format("{:<{}}{}\n", label, kLabelWidth,
                     wrapped(printable(text), kLineWidth, kLabelWidth));
}

std::string shares_text(const std::map<std::string, double>& shares) {
  std::string text;
  for (const auto& [name, share] : shares) {
    if (!text.empty()) text += ", ";
    text += fmt::format("{} {} %", name, percent(share));
  }
  return text + " of their ports' bandwidths";
}

}  // namespace mensa::traces
