#include "onnx_import/loading/edited_stream.h"

#include <algorithm>

namespace mensa::onnx_import {

bool EditedStream::Next(const void** data, int* size) {
  if (returned_ > 0) {
    last_ = last_.last(returned_);
    returned_ = 0;
  } else if (!edits_.empty() && edits_.front().offset == at_) {
    const Edit& edit = edits_.front();
    last_ = std::as_bytes(std::span(edit.bytes));
    at_ += edit.length;
    edits_ = edits_.subspan(1);
  } else {
    const std::uint64_t end = edits_.empty() ? file_.size() : edits_.front().offset;
    if (at_ == end) return false;
    const std::span<std::byte> part =
        std::span(buffer_).first(std::min<std::uint64_t>(buffer_.size(), end - at_));
    file_.read(at_, part);
    last_ = part;
    at_ += part.size();
  }
  *data = last_.data();
  *size = static_cast<int>(last_.size());
  given_ += *size;
  return true;
}

void EditedStream::BackUp(int count) {
  returned_ = static_cast<std::size_t>(count);
  given_ -= count;
}

bool EditedStream::Skip(int count) {
  const void* data = nullptr;
  int size = 0;
  while (count > 0 && Next(&data, &size)) {
    if (size > count) BackUp(size - count);
    count -= std::min(size, count);
  }
  return count == 0;
}

}  // namespace mensa::onnx_import
