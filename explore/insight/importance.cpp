#include "explore/insight/importance.h"

#include <algorithm>
#include <map>

namespace mensa::explore {
namespace {

struct Group {
  double count = 0;
  double sum = 0;
};

/// Of values less their mean, whose squares sum up to `total`.
std::optional<double> share_of(const std::vector<Point>& points,
                               const std::vector<double>& deviations, double total,
                               std::size_t parameter, double sampled) {
  std::map<std::uint32_t, Group> groups;
  for (std::size_t i = 0; i < points.size(); ++i) {
    Group& group = groups[points[i][parameter]];
    group.count += 1;
    group.sum += deviations[i];
  }
  if (groups.size() < 2 || total <= 0) return 0;
  double between = 0;
  for (const auto& [choice, group] : groups) between += group.sum * group.sum / group.count;
  const double unseen = 1 - std::clamp(sampled, 0.0, 1.0);
  double by_chance = 0;
  if (unseen > 0) {
    const std::size_t repeated = points.size() - groups.size();
    if (repeated == 0) return std::nullopt;
    const double within = (total - between) / static_cast<double>(repeated);
    by_chance = unseen * static_cast<double>(groups.size() - 1) * within;
  }
  return std::clamp((between - by_chance) / total, 0.0, 1.0);
}

}  // namespace

Importance importance(const std::vector<Point>& points, const std::vector<double>& values,
                      double sampled) {
  Importance result;
  if (points.empty()) return result;
  const auto count = static_cast<double>(values.size());
  double mean = 0;
  for (const double value : values) mean += value / count;
  std::vector<double> deviations;
  deviations.reserve(values.size());
  double total = 0;
  for (const double value : values) {
    deviations.push_back(value - mean);
    total += deviations.back() * deviations.back();
  }
  result.remainder = total > 0 ? 1 : 0;
  result.shares.reserve(points.front().size());
  for (std::size_t parameter = 0; parameter < points.front().size(); ++parameter) {
    result.shares.push_back(share_of(points, deviations, total, parameter, sampled));
    result.remainder -= result.shares.back().value_or(0);
  }
  return result;
}

}  // namespace mensa::explore
