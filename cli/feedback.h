#pragma once

#include <cstddef>
#include <vector>

#include "cli/arguments.h"

namespace mensa::cli {

/// Planning and simulating in turns: each round plans with the bandwidths that the round before
/// observed, until a plan comes again or after kMostRounds. The first plans for one inference, the
/// others for as many as are asked for at once: these know less of what is in the way of what.
inline constexpr std::size_t kMostRounds = 5;

/// The last round made the plan of the one before.
[[nodiscard]] bool is_stable(const std::vector<FeedbackRound>& rounds);
/// The first of those with the least score. There must be a round.
[[nodiscard]] std::size_t best_round(const std::vector<FeedbackRound>& rounds);

/// The runs with the rounds that each of them took and the shares of its best one; a run that fails
/// is left as it is, to fail again. `at_once`: worker processes at a time.
[[nodiscard]] std::vector<RunArguments> with_feedback(std::vector<RunArguments> runs,
                                                      std::size_t at_once);

}  // namespace mensa::cli
