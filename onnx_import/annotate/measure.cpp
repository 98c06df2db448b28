#include "onnx_import/annotate/measure.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "onnx_import/annotate/nonzero_bits.h"
#include "onnx_import/operator_graph/limits.h"

namespace mensa::onnx_import {
namespace {

using models::DensityOrigin;
using models::SparsityProfile;

/// Whether all elements of a tensor that is read piece by piece have the same bits.
class SameElements {
 public:
  SameElements(int width, std::size_t elements) : width_(width), left_(elements) {}

  void add(std::span<const std::byte> piece) {
    if (!same_) return;
    if (width_ == 4) return add_nibbles(piece);
    const auto width = static_cast<std::size_t>(width_) / 8;
    if (first_.empty()) first_.assign(piece.begin(), piece.begin() + static_cast<long>(width));
    // The first element is the first of all, and each equals the one after it.
    same_ = std::memcmp(piece.data(), first_.data(), width) == 0 &&
            std::memcmp(piece.data(), piece.data() + width, piece.size() - width) == 0;
  }

  [[nodiscard]] bool all() const { return same_; }

 private:
  void add_nibbles(std::span<const std::byte> piece) {
    if (first_.empty()) {
      const std::byte low = piece.front() & std::byte{0xF};
      first_ = {low | low << 4};
    }
    // The last byte may be half filled.
    const std::size_t whole = std::min(piece.size(), left_ / 2);
    same_ = std::all_of(piece.begin(), piece.begin() + static_cast<long>(whole),
                        [&](std::byte pair) { return pair == first_.front(); });
    if (whole < piece.size()) {
      same_ = same_ && (piece[whole] & std::byte{0xF}) == (first_.front() & std::byte{0xF});
    }
    left_ -= std::min(left_, piece.size() * 2);
  }

  int width_;
  std::size_t left_;
  bool same_ = true;
  std::vector<std::byte> first_;
};

SparsityProfile unknown() { return {1.0, DensityOrigin::kUnknown}; }

SparsityProfile measured(std::int64_t nonzeros, std::int64_t elements) {
  return {static_cast<double>(nonzeros) / static_cast<double>(elements), DensityOrigin::kMeasured};
}

SparsityProfile measure(const DenseContents& contents, const Shape& shape,
                        std::optional<WeightLayout> layout, std::int64_t zero) {
  const std::int64_t elements = element_count(shape).value();
  const auto count = static_cast<std::size_t>(elements);
  const int width = contents.stored.width;
  NonzeroBits bits(count);
  SameElements same(width, count);
  std::size_t start = 0;
  contents.bytes.visit([&](std::span<const std::byte> piece) {
    mark_nonzeros(piece, contents.stored, static_cast<std::uint64_t>(zero), start, bits);
    same.add(piece);
    start += piece.size() * 8 / static_cast<std::size_t>(width);
  });
  if (same.all()) return unknown();
  const std::int64_t nonzeros = bits.count();
  SparsityProfile profile = measured(nonzeros, elements);
  if (layout && is_matrix(shape)) profile.structure = dense_structure(bits, shape, *layout);
  if (nonzeros < elements) {
    profile.nonzeros = std::make_shared<const NonzeroBits>(std::move(bits));
  }
  return profile;
}

SparsityProfile measure(const SparseContents& contents, const Shape& shape,
                        std::optional<WeightLayout> layout) {
  if (contents.places.empty()) return unknown();
  const std::int64_t elements = element_count(shape).value();
  const std::int64_t nonzeros = std::ssize(contents.places);
  SparsityProfile profile = measured(nonzeros, elements);
  if (layout && is_matrix(shape)) {
    profile.structure = sparse_structure(contents.places, shape, *layout);
  }
  if (nonzeros < elements && elements / kMostSparseElements <= nonzeros) {
    NonzeroBits bits(static_cast<std::size_t>(elements));
    for (const std::int64_t place : contents.places) bits.set(static_cast<std::size_t>(place));
    profile.nonzeros = std::make_shared<const NonzeroBits>(std::move(bits));
  }
  return profile;
}

}  // namespace

bool is_matrix(const Shape& shape) {
  return std::count_if(shape.begin(), shape.end(), [](std::int64_t n) { return n > 1; }) >= 2;
}

SparsityProfile measure_sparsity(const TensorContents& contents, const Shape& shape,
                                 std::optional<WeightLayout> layout, std::int64_t zero) {
  // What a sparse tensor leaves out is zero, whatever else may be called so.
  if (const auto* sparse = std::get_if<SparseContents>(&contents)) {
    return measure(*sparse, shape, layout);
  }
  return measure(std::get<DenseContents>(contents), shape, layout, zero);
}

}  // namespace mensa::onnx_import
