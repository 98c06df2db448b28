#include "onnx_import/loading/raw_data_cuts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <utility>

#include "models/base/error.h"
#include "onnx_import/operator_graph/limits.h"

namespace mensa::onnx_import {
namespace {

/// Longer data are cut out. Then data of one byte more must be a mark: no other are left.
constexpr std::size_t kLongestKept = 32;
constexpr std::size_t kMarkSize = kLongestKept + 1;

std::string mark_of(RawDataPlace place) {
  std::string bytes(kMarkSize, '\0');
  std::memcpy(bytes.data(), &place, sizeof(place));
  return bytes;
}

/// Messages of onnx.proto on the way to the data of tensors.
enum class Message : std::uint8_t {
  kModel,
  kGraph,
  kFunction,
  kNode,
  kAttribute,
  kTensor,
  kSparseTensor,
};

struct Field {
  Message of;
  std::uint64_t number;
  Message holds;
};
// onnx.proto as of IR version 11.
constexpr std::array kFields = {
    Field{Message::kModel, 7, Message::kGraph},
    Field{Message::kModel, 25, Message::kFunction},
    Field{Message::kGraph, 1, Message::kNode},
    Field{Message::kGraph, 5, Message::kTensor},
    Field{Message::kGraph, 15, Message::kSparseTensor},
    Field{Message::kFunction, 7, Message::kNode},
    Field{Message::kFunction, 11, Message::kAttribute},
    Field{Message::kNode, 5, Message::kAttribute},
    Field{Message::kAttribute, 5, Message::kTensor},
    Field{Message::kAttribute, 6, Message::kGraph},
    Field{Message::kAttribute, 10, Message::kTensor},
    Field{Message::kAttribute, 11, Message::kGraph},
    Field{Message::kAttribute, 22, Message::kSparseTensor},
    Field{Message::kAttribute, 23, Message::kSparseTensor},
    Field{Message::kSparseTensor, 1, Message::kTensor},
    Field{Message::kSparseTensor, 2, Message::kTensor},
};
constexpr std::uint64_t kRawData = 9;  // of a tensor

/// The bytes are no well-formed message.
struct Malformed {};

/// Reads small parts of a file here and there, mostly forward.
class Cursor {
 public:
  explicit Cursor(const OpenFile& file) : file_(file) {}

  [[nodiscard]] std::uint64_t at() const { return at_; }
  void skip(std::uint64_t bytes) { at_ += bytes; }

  /// A base-128 number that ends before `end`.
  std::uint64_t varint(std::uint64_t end) {
    constexpr int kLongest = 70;  // bits of ten bytes
    std::uint64_t value = 0;
    for (int shift = 0; shift < kLongest; shift += 7) {
      if (at_ >= end) throw Malformed();
      const std::uint8_t byte = next();
      value |= std::uint64_t{byte & 0x7FU} << shift;
      if (byte < 0x80) return value;
    }
    throw Malformed();
  }

 private:
  std::uint8_t next() {
    if (at_ < start_ || at_ >= start_ + held_) {
      start_ = at_;
      held_ = std::min<std::uint64_t>(buffer_.size(), file_.size() - at_);
      file_.read(start_, std::span(buffer_).first(held_));
    }
    return static_cast<std::uint8_t>(buffer_[at_++ - start_]);
  }

  const OpenFile& file_;
  std::uint64_t at_ = 0;
  std::uint64_t start_ = 0;
  std::uint64_t held_ = 0;
  std::array<std::byte, 16384> buffer_{};
};

/// As many bytes as `length`, whatever the value.
std::string padded_varint(std::uint64_t value, std::size_t length) {
  std::string bytes;
  for (std::size_t i = 0; i < length; ++i, value >>= 7) {
    bytes += static_cast<char>((value & 0x7FU) | (i + 1 < length ? 0x80U : 0U));
  }
  return bytes;
}

class Cutter {
 public:
  explicit Cutter(const OpenFile& file) : cursor_(file), size_(file.size()) {}

  std::vector<Edit> cut() {
    (void)walk(Message::kModel, size_, 0);
    std::erase_if(edits_, [](const Edit& edit) { return edit.length == 0; });
    return std::move(edits_);
  }

 private:
  enum WireType : std::uint64_t { kVarint = 0, kFixed64 = 1, kLengthDelimited = 2, kFixed32 = 5 };

  /// Walks the fields of a message up to `end`. Returns how many bytes are cut out of it.
  std::uint64_t walk(Message message, std::uint64_t end, int graphs) {
    std::uint64_t cut = 0;
    while (cursor_.at() < end) {
      const std::uint64_t tag = cursor_.varint(end);
      switch (tag & 7U) {
        case kVarint:
          (void)cursor_.varint(end);
          break;
        case kFixed64:
          skip(8, end);
          break;
        case kFixed32:
          skip(4, end);
          break;
        case kLengthDelimited:
          cut += walk_field(message, tag >> 3U, end, graphs);
          break;
        default:  // groups, which ONNX has none of
          throw Malformed();
      }
    }
    return cut;
  }

  std::uint64_t walk_field(Message message, std::uint64_t number, std::uint64_t end, int graphs) {
    const std::uint64_t length_at = cursor_.at();
    const std::uint64_t length = cursor_.varint(end);
    const std::uint64_t length_bytes = cursor_.at() - length_at;
    if (length > end - cursor_.at()) throw Malformed();
    if (++fields_ > kMostFields) {
      throw base::Error(
          fmt::format("has more than {} names, attributes and other parts", kMostFields));
    }
    if (message == Message::kTensor && number == kRawData && length > kLongestKept) {
      edits_.push_back({length_at, length_bytes + length,
                        padded_varint(kMarkSize, length_bytes) + mark_of({cursor_.at(), length})});
      cursor_.skip(length);
      return length - kMarkSize;
    }
    const auto* const field = std::find_if(kFields.begin(), kFields.end(), [&](const Field& known) {
      return known.of == message && known.number == number;
    });
    if (field == kFields.end()) {
      cursor_.skip(length);
      return 0;
    }
    check_limits(field->holds, message, graphs);
    // Before the edits inside of the message; dropped again where there are none.
    const std::size_t own = edits_.size();
    edits_.emplace_back();
    const bool nested = message == Message::kAttribute && field->holds == Message::kGraph;
    const std::uint64_t cut =
        walk(field->holds, cursor_.at() + length, nested ? graphs + 1 : graphs);
    if (cut > 0) edits_[own] = {length_at, length_bytes, padded_varint(length - cut, length_bytes)};
    if (edits_.size() == own + 1 && cut == 0) edits_.pop_back();
    return cut;
  }

  void check_limits(Message holds, Message in, int graphs) {
    if (holds == Message::kNode && ++nodes_ > kMostNodes) {
      throw base::Error(fmt::format("has more than {} nodes", kMostNodes));
    }
    if (in == Message::kAttribute && holds == Message::kGraph && graphs >= kDeepestNesting) {
      throw base::Error(fmt::format("graphs are nested more than {} deep", kDeepestNesting));
    }
  }

  void skip(std::uint64_t bytes, std::uint64_t end) {
    if (bytes > end - cursor_.at()) throw Malformed();
    cursor_.skip(bytes);
  }

  Cursor cursor_;
  std::uint64_t size_;
  std::uint64_t fields_ = 0;
  std::size_t nodes_ = 0;
  std::vector<Edit> edits_;
};

}  // namespace

std::optional<RawDataPlace> place_of_raw_data(std::string_view parsed) {
  if (parsed.size() != kMarkSize) return std::nullopt;
  RawDataPlace place;
  std::memcpy(&place, parsed.data(), sizeof(place));
  return place;
}

std::optional<std::vector<Edit>> cut_raw_data(const OpenFile& file) {
  try {
    return Cutter(file).cut();
  } catch (const Malformed&) {
    return std::nullopt;
  }
}

}  // namespace mensa::onnx_import
