#include "models/graph/reordered_bits.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cstdint>

namespace mensa::models {
namespace {

constexpr std::size_t kWord = 64;

/// A loop with strides in what is read and what is written.
struct Move {
  std::size_t extent;
  std::size_t from;
  std::size_t to;
};

/// Without loops of one round; neighbours that run as one are one.
std::vector<Move> moves_of(const std::vector<BitLoop>& loops) {
  std::vector<Move> moves;  // the innermost first
  std::size_t written = 1;
  for (auto loop = loops.rbegin(); loop != loops.rend(); ++loop) {
    if (loop->extent == 1) continue;
    if (!moves.empty() && loop->stride == moves.back().extent * moves.back().from) {
      moves.back().extent *= loop->extent;
    } else {
      moves.push_back({loop->extent, loop->stride, written});
    }
    written *= loop->extent;
  }
  return moves;
}

/// Calls visit(from, to) with the offsets of each round of the loops.
template <class Visit>
void for_each_round(const std::vector<Move>& moves, const Visit& visit) {
  std::vector<std::size_t> at(moves.size());
  std::size_t from = 0;
  std::size_t to = 0;
  while (true) {
    visit(from, to);
    std::size_t i = 0;
    for (; i < moves.size(); ++i) {
      from += moves[i].from;
      to += moves[i].to;
      if (++at[i] < moves[i].extent) break;
      at[i] = 0;
      from -= moves[i].from * moves[i].extent;
      to -= moves[i].to * moves[i].extent;
    }
    if (i == moves.size()) return;
  }
}

void copy_run(const NonzeroBits& bits, std::size_t from, std::size_t length, NonzeroBits& result,
              std::size_t to) {
  for (std::size_t i = 0; i < length; i += kWord) {
    result.merge(to + i, bits.load(from + i, std::min(kWord, length - i)));
  }
}

/// Bit c of word r becomes bit r of word c: halves are exchanged, then quarters, and so on (Warren,
/// Hacker's Delight, 7-3).
void turn(std::array<std::uint64_t, kWord>& words) {
  std::uint64_t low = 0xFFFFFFFFU;
  for (std::size_t half = kWord / 2; half > 0; half /= 2, low ^= low << half) {
    for (std::size_t first = 0; first < kWord; first += 2 * half) {
      for (std::size_t k = first; k < first + half; ++k) {
        const std::uint64_t differing = ((words[k] >> half) ^ words[k + half]) & low;
        words[k] ^= differing << half;
        words[k + half] ^= differing;
      }
    }
  }
}

/// `rows` are neighbours where bits are written, `columns` where they are read.
void turn_matrix(const NonzeroBits& bits, std::size_t from, const Move& rows, const Move& columns,
                 NonzeroBits& result, std::size_t to) {
  std::array<std::uint64_t, kWord> words{};
  for (std::size_t row = 0; row < rows.extent; row += kWord) {
    const std::size_t height = std::min(kWord, rows.extent - row);
    for (std::size_t column = 0; column < columns.extent; column += kWord) {
      const std::size_t width = std::min(kWord, columns.extent - column);
      for (std::size_t i = 0; i < height; ++i) {
        words[i] = bits.load(from + (row + i) * rows.from + column, width);
      }
      std::fill(words.begin() + static_cast<std::ptrdiff_t>(height), words.end(), 0);
      turn(words);
      for (std::size_t i = 0; i < width; ++i) {
        result.merge(to + (column + i) * columns.to + row, words[i]);
      }
    }
  }
}

/// Turns matrices that fit into one word, bit by bit.
class SmallMatrix {
 public:
  SmallMatrix(const Move& rows, const Move& columns) : size_(rows.extent * columns.extent) {
    for (std::size_t i = 0; i < size_; ++i) {
      places_[i] = static_cast<std::uint8_t>(i % columns.extent * rows.extent + i / columns.extent);
    }
  }
  /// Whether bits of such a matrix have no others between them.
  static bool fits(const Move& rows, const Move& columns) {
    return rows.extent <= kWord && columns.extent <= kWord &&
           rows.extent * columns.extent <= kWord && rows.from == columns.extent &&
           columns.to == rows.extent;
  }
  void move(const NonzeroBits& bits, std::size_t from, NonzeroBits& result, std::size_t to) const {
    std::uint64_t turned = 0;
    for (std::uint64_t left = bits.load(from, size_); left != 0; left &= left - 1) {
      turned |= std::uint64_t{1} << places_[static_cast<std::size_t>(std::countr_zero(left))];
    }
    result.merge(to, turned);
  }

 private:
  std::size_t size_;
  std::array<std::uint8_t, kWord> places_{};
};

}  // namespace

NonzeroBits reordered_bits(const NonzeroBits& bits, const std::vector<BitLoop>& loops) {
  std::vector<Move> moves = moves_of(loops);
  if (moves.empty() || (moves.size() == 1 && moves.front().from == 1)) return bits;
  NonzeroBits result(bits.size());
  const Move rows = moves.front();
  const auto read =
      std::find_if(moves.begin(), moves.end(), [](const Move& m) { return m.from == 1; });
  assert(read != moves.end() && "some loop visits neighbours");
  const Move columns = *read;
  const bool copies = read == moves.begin();
  moves.erase(read);
  if (copies) {
    for_each_round(moves, [&](std::size_t from, std::size_t to) {
      copy_run(bits, from, rows.extent, result, to);
    });
    return result;
  }
  moves.erase(moves.begin());
  if (SmallMatrix::fits(rows, columns)) {
    const SmallMatrix matrix(rows, columns);
    for_each_round(moves,
                   [&](std::size_t from, std::size_t to) { matrix.move(bits, from, result, to); });
  } else {
    for_each_round(moves, [&](std::size_t from, std::size_t to) {
      turn_matrix(bits, from, rows, columns, result, to);
    });
  }
  return result;
}

}  // namespace mensa::models
