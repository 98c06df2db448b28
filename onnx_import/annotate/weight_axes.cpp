#include "onnx_import/annotate/weight_axes.h"

#include <utility>

namespace mensa::onnx_import {

models::ChannelSparsity channel_sparsity(std::vector<std::int64_t> nonzeros,
                                         std::int64_t values_per_channel) {
  models::ChannelSparsity channels;
  channels.values_per_channel = values_per_channel;
  channels.all_zero = std::count(nonzeros.begin(), nonzeros.end(), 0);
  const auto [least, most] = std::minmax_element(nonzeros.begin(), nonzeros.end());
  const auto all = static_cast<double>(values_per_channel);
  channels.least_zero_share = 1 - static_cast<double>(*most) / all;
  channels.most_zero_share = 1 - static_cast<double>(*least) / all;
  const auto sum = std::accumulate(nonzeros.begin(), nonzeros.end(), std::int64_t{0});
  channels.mean_zero_share =
      1 - static_cast<double>(sum) / (all * static_cast<double>(nonzeros.size()));
  channels.nonzeros = std::move(nonzeros);
  return channels;
}

std::optional<models::GroupPattern> strictest_pattern(
    std::int64_t reduction, const std::array<std::int64_t, 5>& groups_of_4, bool beyond_4_of_8) {
  // With an axis shorter than a group all patterns would hold, and say nothing.
  if (reduction >= 4 && groups_of_4[3] == 0 && groups_of_4[4] == 0) {
    return models::GroupPattern{groups_of_4[2] == 0 ? 1 : 2, 4};
  }
  if (reduction >= 8 && !beyond_4_of_8) return models::GroupPattern{4, 8};
  return std::nullopt;
}

}  // namespace mensa::onnx_import
