#include "explore/insight/correlation.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <utility>

namespace mensa::explore {
namespace {

/// From 1; equal values have their mean.
std::vector<double> ranks_of(const std::vector<double>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<double> ranks(values.size());
  for (std::size_t first = 0; first < order.size();) {
    std::size_t end = first + 1;
    while (end < order.size() && values[order[end]] == values[order[first]]) ++end;
    const double rank = (static_cast<double>(first + end) + 1) / 2;
    for (; first < end; ++first) ranks[order[first]] = rank;
  }
  return ranks;
}

using Pair = std::pair<double, double>;

double pairs_of(std::size_t count) {
  const auto n = static_cast<double>(count);
  return n * (n - 1) / 2;
}

/// Pairs of neighbours in `sorted` that are equal.
template <class Equal>
double tied_pairs(const std::vector<Pair>& sorted, Equal equal) {
  double tied = 0;
  for (std::size_t first = 0; first < sorted.size();) {
    std::size_t end = first + 1;
    while (end < sorted.size() && equal(sorted[first], sorted[end])) ++end;
    tied += pairs_of(end - first);
    first = end;
  }
  return tied;
}

/// Sorts by the second and returns how many pairs stood the wrong way round.
double sort_by_second(std::vector<Pair>& pairs) {
  double swaps = 0;
  std::vector<Pair> merged(pairs.size());
  for (std::size_t width = 1; width < pairs.size(); width *= 2) {
    for (std::size_t left = 0; left < pairs.size(); left += 2 * width) {
      const std::size_t middle = std::min(left + width, pairs.size());
      const std::size_t end = std::min(left + 2 * width, pairs.size());
      std::size_t a = left;
      std::size_t b = middle;
      for (std::size_t out = left; out < end; ++out) {
        if (a < middle && (b == end || pairs[a].second <= pairs[b].second)) {
          merged[out] = pairs[a++];
        } else {
          swaps += static_cast<double>(middle - a);
          merged[out] = pairs[b++];
        }
      }
    }
    pairs.swap(merged);
  }
  return swaps;
}

}  // namespace

std::optional<double> spearman(const std::vector<double>& a, const std::vector<double>& b) {
  const std::vector<double> ranks_a = ranks_of(a);
  const std::vector<double> ranks_b = ranks_of(b);
  const double mean = (static_cast<double>(a.size()) + 1) / 2;
  double both = 0;
  double squares_a = 0;
  double squares_b = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double of_a = ranks_a[i] - mean;
    const double of_b = ranks_b[i] - mean;
    both += of_a * of_b;
    squares_a += of_a * of_a;
    squares_b += of_b * of_b;
  }
  if (squares_a == 0 || squares_b == 0) return std::nullopt;
  return std::clamp(both / std::sqrt(squares_a * squares_b), -1.0, 1.0);
}

std::optional<double> kendall(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<Pair> pairs;
  pairs.reserve(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) pairs.emplace_back(a[i], b[i]);
  std::sort(pairs.begin(), pairs.end());
  const double all = pairs_of(pairs.size());
  const double tied_a =
      tied_pairs(pairs, [](const Pair& x, const Pair& y) { return x.first == y.first; });
  const double tied_both = tied_pairs(pairs, [](const Pair& x, const Pair& y) { return x == y; });
  const double discordant = sort_by_second(pairs);
  const double tied_b =
      tied_pairs(pairs, [](const Pair& x, const Pair& y) { return x.second == y.second; });
  if (tied_a == all || tied_b == all) return std::nullopt;
  const double concordant = all - tied_a - tied_b + tied_both - discordant;
  return (concordant - discordant) / std::sqrt((all - tied_a) * (all - tied_b));
}

}  // namespace mensa::explore
