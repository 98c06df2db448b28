#pragma once

#include <vector>

#include "explore/design/platform.h"
#include "explore/design/work_items.h"

namespace mensa::explore {

/// Sizes of weight buffers that are worth a jump: of what takes turns time step by time step the
/// parameters are fetched again at every step unless those of the whole recurrence fit, so that a
/// little more room changes nothing until all of them do. At most kMostResidentSizes sizes of the
/// grid, ascending: those up to `most` with which the largest shares of the models' parameter
/// traffic go away.
inline constexpr std::size_t kMostResidentSizes = 4;
[[nodiscard]] std::vector<base::Bytes> resident_sizes(const std::vector<DesignModel>& models,
                                                      const Platform& platform, base::Bytes most);

/// The largest weight buffer of the grid that keeps the budgets by itself, with the smallest array.
[[nodiscard]] base::Bytes largest_weight_buffer(const Platform& platform, double area);

}  // namespace mensa::explore
