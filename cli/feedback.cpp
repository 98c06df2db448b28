#include "cli/feedback.h"

#include <algorithm>
#include <utility>

#include "cli/jobs.h"
#include "cli/workers/pool.h"

namespace mensa::cli {
namespace {

/// The plan of the last round is one of an earlier one: what follows would repeat, too.
bool comes_again(const std::vector<FeedbackRound>& rounds) {
  return std::any_of(rounds.begin(), rounds.end() - 1,
                     [&](const FeedbackRound& round) { return round.plan == rounds.back().plan; });
}

}  // namespace

bool is_stable(const std::vector<FeedbackRound>& rounds) {
  return rounds.size() > 1 && rounds[rounds.size() - 2].plan == rounds.back().plan;
}

std::size_t best_round(const std::vector<FeedbackRound>& rounds) {
  const auto best = std::min_element(
      rounds.begin(), rounds.end(),
      [](const FeedbackRound& a, const FeedbackRound& b) { return a.score < b.score; });
  return static_cast<std::size_t>(best - rounds.begin());
}

std::vector<RunArguments> with_feedback(std::vector<RunArguments> runs, std::size_t at_once) {
  std::vector<std::size_t> open(runs.size());
  for (std::size_t i = 0; i < runs.size(); ++i) open[i] = i;
  for (std::size_t n = 0; n < kMostRounds && !open.empty(); ++n) {
    std::vector<workers::Job> jobs;
    jobs.reserve(open.size());
    for (const std::size_t i : open) {
      runs[i].planned_inferences = n == 0 ? 1 : runs[i].inferences;
      jobs.push_back(round_job(runs[i]));
    }
    workers::Pool pool(std::move(jobs), at_once);
    std::vector<std::size_t> still_open;
    for (const std::size_t i : open) {
      const workers::Outcome outcome = pool.next();
      if (outcome.failure) continue;
      RunArguments& run = runs[i];
      run.rounds.push_back(feedback_round(outcome.result));
      run.bandwidth_shares = run.rounds.back().observed_shares;
      if (!comes_again(run.rounds)) still_open.push_back(i);
    }
    open = std::move(still_open);
  }
  for (RunArguments& run : runs) {
    if (run.rounds.empty()) continue;
    const FeedbackRound& best = run.rounds[best_round(run.rounds)];
    run.planned_inferences = best.planned_inferences;
    run.bandwidth_shares = best.planned_shares;
  }
  return runs;
}

}  // namespace mensa::cli
