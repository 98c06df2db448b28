#include "models/graph/nonzero_bits.h"

#include <algorithm>

namespace mensa::models {

std::int64_t NonzeroBits::count(std::size_t start, std::size_t length) const {
  std::int64_t sum = 0;
  std::size_t done = std::min(length, (64 - start % 64) % 64);
  if (done > 0) sum += count_bits(load(start, done));
  for (; done + 64 <= length; done += 64) sum += count_bits(words_[(start + done) / 64]);
  if (done < length) sum += count_bits(load(start + done, length - done));
  return sum;
}

}  // namespace mensa::models
