#include "accelerators/cost/weight_patterns.h"

#include <algorithm>

namespace mensa::accelerators {

using models::Dim;
using models::DimArray;
using models::index;

models::WeightPattern with_full_blocks(const models::WeightPattern& pattern,
                                       std::int64_t block_outputs, std::int64_t block_reduction) {
  models::WeightPattern full = pattern;
  if (block_outputs * block_reduction == 1) return full;
  const DimArray& bounds = pattern.bounds;
  const auto channels = static_cast<std::size_t>(bounds[index(Dim::C)]);
  const auto places = static_cast<std::size_t>(bounds[index(Dim::T)] * bounds[index(Dim::R)] *
                                               bounds[index(Dim::S)]);
  const std::size_t row = places * channels;
  const auto outputs = static_cast<std::size_t>(bounds[index(Dim::K)]);
  const auto tall = static_cast<std::size_t>(block_outputs);
  const auto wide = static_cast<std::size_t>(block_reduction);
  full.nonzeros = 0;
  for (std::size_t g = 0; g < static_cast<std::size_t>(bounds[index(Dim::G)]); ++g) {
    for (std::size_t k = 0; k < outputs; k += tall) {
      const std::size_t height = std::min(tall, outputs - k);
      for (std::size_t place = 0; place < places; ++place) {
        for (std::size_t c = 0; c < channels; c += wide) {
          const std::size_t width = std::min(wide, channels - c);
          const auto start = [&](std::size_t i) {
            return (g * outputs + k + i) * row + place * channels + c;
          };
          std::int64_t held = 0;
          for (std::size_t i = 0; i < height; ++i) held += pattern.bits.count(start(i), width);
          if (held == 0) continue;
          full.nonzeros += static_cast<std::int64_t>(height * width);
          for (std::size_t i = 0; i < height; ++i) {
            for (std::size_t j = 0; j < width; ++j) full.bits.set(start(i) + j);
          }
        }
      }
    }
  }
  return full;
}

std::int64_t count_box(const models::WeightPattern& pattern, const DimArray& begin,
                       const DimArray& extent) {
  const DimArray& bounds = pattern.bounds;
  const auto end = [&](Dim dim) { return begin[index(dim)] + extent[index(dim)]; };
  std::int64_t sum = 0;
  for (std::int64_t g = begin[index(Dim::G)]; g < end(Dim::G); ++g) {
    for (std::int64_t k = begin[index(Dim::K)]; k < end(Dim::K); ++k) {
      for (std::int64_t t = begin[index(Dim::T)]; t < end(Dim::T); ++t) {
        for (std::int64_t r = begin[index(Dim::R)]; r < end(Dim::R); ++r) {
          for (std::int64_t s = begin[index(Dim::S)]; s < end(Dim::S); ++s) {
            std::int64_t at = g * bounds[index(Dim::K)] + k;
            at = at * bounds[index(Dim::T)] + t;
            at = at * bounds[index(Dim::R)] + r;
            at = at * bounds[index(Dim::S)] + s;
            at = at * bounds[index(Dim::C)] + begin[index(Dim::C)];
            sum += pattern.bits.count(static_cast<std::size_t>(at),
                                      static_cast<std::size_t>(extent[index(Dim::C)]));
          }
        }
      }
    }
  }
  return sum;
}

bool keeps_groups(const models::WeightPattern& pattern, const models::GroupPattern& groups) {
  const auto channels = static_cast<std::size_t>(pattern.bounds[index(Dim::C)]);
  const auto of = static_cast<std::size_t>(groups.of);
  const auto rows =
      static_cast<std::size_t>(models::product(pattern.bounds, models::kEveryDim)) / channels;
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t c = 0; c < channels; c += of) {
      if (pattern.bits.count(row * channels + c, std::min(of, channels - c)) > groups.nonzeros) {
        return false;
      }
    }
  }
  return true;
}

}  // namespace mensa::accelerators
