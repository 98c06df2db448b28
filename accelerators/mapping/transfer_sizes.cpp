#include "accelerators/mapping/transfer_sizes.h"

#include <algorithm>
#include <utility>

namespace mensa::accelerators {

void TransferSizes::clear() {
  of_all_ = {};
  pieces_.assign(1, Pieces{});
}

void TransferSizes::scale(std::int64_t factor, bool along_fibers) {
  of_all_.size *= factor;
  if (!along_fibers) of_all_.fibers *= factor;
}

void TransferSizes::cross_tiles(std::int64_t whole, std::int64_t tile, std::int64_t rest,
                                bool along_fibers) {
  if (rest == 0) {
    scale(tile, along_fibers);
    of_all_.times *= whole;
    return;
  }
  const std::int64_t more = along_fibers ? 1 : tile;
  const std::int64_t last = along_fibers ? 1 : rest;
  crossed_.resize(2 * pieces_.size());
  for (std::size_t i = 0; i < pieces_.size(); ++i) {
    const Pieces& mine = pieces_[i];
    crossed_[2 * i] = {mine.size * tile, mine.times * whole, mine.fibers * more};
    crossed_[2 * i + 1] = {mine.size * rest, mine.times, mine.fibers * last};
  }
  std::swap(pieces_, crossed_);
}

void TransferSizes::cross(const std::vector<Pieces>& pieces, bool along_fibers) {
  if (pieces.size() == 1) {
    scale(pieces.front().size, along_fibers);
    of_all_.times *= pieces.front().times;
    return;
  }
  crossed_.resize(pieces_.size() * pieces.size());
  auto next = crossed_.begin();
  for (const Pieces& mine : pieces_) {
    for (const Pieces& other : pieces) {
      *next++ = {mine.size * other.size, mine.times * other.times,
                 along_fibers ? mine.fibers : mine.fibers * other.size};
    }
  }
  std::swap(pieces_, crossed_);
}

base::Bytes TransferSizes::in_bursts(const StoredSize& stored, base::Bytes burst,
                                     std::int64_t times) const {
  const auto one_of = [&](const Pieces& pieces) {
    const base::Bytes bytes =
        stored.bytes(pieces.size * of_all_.size, pieces.fibers * of_all_.fibers);
    return static_cast<std::uint64_t>(base::whole_bursts(bytes, burst).value());
  };
  const double repeats = static_cast<double>(of_all_.times) * static_cast<double>(times);
  constexpr auto kLimit = static_cast<double>(kMost.value());
  std::uint64_t sum = 0;  // wraps where it is too large: looked at below
  std::uint64_t largest = 0;
  std::int64_t tiles = 0;
  for (const Pieces& pieces : pieces_) {
    const std::uint64_t one = one_of(pieces);
    sum += one * static_cast<std::uint64_t>(pieces.times);
    largest = std::max(largest, one);
    tiles += pieces.times;
  }
  if (static_cast<double>(largest) * static_cast<double>(tiles) * repeats >= kLimit) {
    double about = 0;
    for (const Pieces& pieces : pieces_) {
      about += static_cast<double>(one_of(pieces)) * static_cast<double>(pieces.times) * repeats;
    }
    if (about >= kLimit) return kMost;
  }
  return base::Bytes(static_cast<std::int64_t>(sum)) * (of_all_.times * times);
}

}  // namespace mensa::accelerators
