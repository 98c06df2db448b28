#include "sim/engine/dispatcher.h"

#include <algorithm>
#include <limits>

namespace mensa::sim {
namespace {

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

/// When the inference should be done, from the beginning of the run.
std::int64_t deadline_of(const StreamPlan& plan, std::size_t job) {
  std::int64_t ps = 0;
  if (!plan.deadline_ps || __builtin_add_overflow(plan.arrivals_ps[job], *plan.deadline_ps, &ps)) {
    return kNever;
  }
  return ps;
}

}  // namespace

Dispatcher::Dispatcher(const std::vector<StreamPlan>& plans, std::size_t engines,
                       std::size_t window)
    : plans_(plans),
      engines_(engines),
      window_(std::max<std::size_t>(1, window)),
      times_(plans.size()),
      blocks_of_(plans.size()),
      held_by_(engines) {
  for (std::size_t s = 0; s < plans.size(); ++s) {
    const StreamPlan& plan = plans[s];
    in_sequence_ = in_sequence_ || plan.concurrency == scheduler::Concurrency::kSequence;
    blocks_of_[s].resize(engines);
    for (std::size_t b = 0; b < plan.programs->size(); ++b) {
      blocks_of_[s][(*plan.programs)[b].accelerator.index()].push_back(b);
    }
    for (std::size_t j = 0; j < plan.arrivals_ps.size(); ++j) {
      jobs_.push_back({s, j});
      times_[s].push_back({plan.arrivals_ps[j], 0, 0});
    }
  }
  if (in_sequence_) window_ = 1;
  std::stable_sort(jobs_.begin(), jobs_.end(), [&](const JobId& a, const JobId& b) {
    return times(a).arrival_ps < times(b).arrival_ps;
  });
  by_deadline_ = jobs_;
  std::stable_sort(by_deadline_.begin(), by_deadline_.end(), [&](const JobId& a, const JobId& b) {
    return deadline_of(plans_[a.stream], a.job) < deadline_of(plans_[b.stream], b.job);
  });
  for (const StreamPlan& plan : plans) rank_of_.emplace_back(plan.arrivals_ps.size());
  for (std::size_t rank = 0; rank < by_deadline_.size(); ++rank) {
    rank_of_[by_deadline_[rank].stream][by_deadline_[rank].job] = rank;
  }
}

void Dispatcher::admit(std::int64_t now_ps) {
  while (arrived_ < jobs_.size() && times(jobs_[arrived_]).arrival_ps <= now_ps) {
    const JobId id = jobs_[arrived_++];
    let_wait_.insert(rank_of_[id.stream][id.job]);
  }
  while (!let_wait_.empty()) {
    const std::size_t rank = *let_wait_.begin();
    if (!make_room(rank)) return;
    let_wait_.erase(rank);
    begin(rank, now_ps);
  }
}

bool Dispatcher::make_room(std::size_t rank) {
  if (in_progress_.size() < window_) return true;
  for (auto last = in_progress_.rbegin(); last != in_progress_.rend(); ++last) {
    if (last->rank < rank) return false;
    if (last->started) continue;
    let_wait_.insert(last->rank);
    in_progress_.erase(std::next(last).base());
    return true;
  }
  return false;
}

void Dispatcher::begin(std::size_t rank, std::int64_t now_ps) {
  Job job;
  job.id = by_deadline_[rank];
  job.rank = rank;
  job.left = programs(job).size();
  job.done.assign(job.left, false);
  job.next.assign(engines_, 0);
  if (job.left == 0) {
    JobTimes& its = times_[job.id.stream][job.id.job];
    its.start_ps = its.end_ps = now_ps;
    ++done_;
    return;
  }
  const auto place = std::partition_point(in_progress_.begin(), in_progress_.end(),
                                          [&](const Job& each) { return each.rank < rank; });
  in_progress_.insert(place, std::move(job));
}

std::optional<std::int64_t> Dispatcher::arrival_from(std::int64_t ps) const {
  const auto next = std::partition_point(
      jobs_.begin(), jobs_.end(), [&](const JobId& id) { return times(id).arrival_ps < ps; });
  if (next == jobs_.end()) return std::nullopt;
  return times(*next).arrival_ps;
}

Dispatcher::Readiness Dispatcher::readiness(const Job& job, std::size_t engine,
                                            std::size_t position) const {
  const std::vector<std::size_t>& blocks = blocks_of_[job.id.stream][engine];
  const std::size_t first = blocks[position];
  for (std::size_t at = position; at < blocks.size(); ++at) {
    const BlockProgram& program = programs(job)[blocks[at]];
    for (const std::size_t before : program.waits_for) {
      if (job.done[before]) continue;
      if (at == position) return Readiness::kNot;
      const bool in_chain = before >= first && programs(job)[before].accelerator.index() == engine;
      if (!in_chain) return Readiness::kEarly;
    }
    if (!program.holds_accelerator) break;
  }
  return Readiness::kReady;
}

bool Dispatcher::may_hold_early(const Job& job) const {
  // What holds an engine for blocks to come begins only when none of them will have to wait: else
  // inferences could hold engines that the other needs. One alone may begin it before, since what
  // the others hold ends by itself: the first in progress, unless one that was first before it
  // still holds what it began so.
  return holds_early_ ? *holds_early_ == job.id : &job == &in_progress_.front();
}

BlockRun Dispatcher::start(Job& job, std::size_t engine, std::size_t block, std::int64_t now_ps) {
  if (!job.started) times_[job.id.stream][job.id.job].start_ps = now_ps;
  job.started = true;
  ++job.next[engine];
  ++job.started_blocks;
  ++running_;
  held_by_[engine] = programs(job)[block].holds_accelerator ? std::optional(job.id) : std::nullopt;
  if (holds_early_ && std::find(held_by_.begin(), held_by_.end(), holds_early_) == held_by_.end()) {
    holds_early_.reset();
  }
  return {job.id, block};
}

std::optional<BlockRun> Dispatcher::next(std::size_t engine, std::int64_t now_ps) {
  admit(now_ps);
  if (in_sequence_ && running_ > 0) return std::nullopt;
  for (Job& job : in_progress_) {
    if (held_by_[engine].has_value() && *held_by_[engine] != job.id) continue;
    const std::vector<std::size_t>& blocks = blocks_of_[job.id.stream][engine];
    const std::size_t position = job.next[engine];
    if (position == blocks.size()) continue;
    const std::size_t block = blocks[position];
    if (in_sequence_ && block != job.started_blocks) return std::nullopt;
    const Readiness ready = readiness(job, engine, position);
    if (ready == Readiness::kNot) continue;
    if (ready == Readiness::kEarly) {
      if (!may_hold_early(job)) continue;
      holds_early_ = job.id;
    }
    return start(job, engine, block, now_ps);
  }
  return std::nullopt;
}

bool Dispatcher::finished(const BlockRun& run, std::int64_t now_ps) {
  --running_;
  const auto job = std::find_if(in_progress_.begin(), in_progress_.end(),
                                [&](const Job& each) { return each.id == run.job; });
  job->done[run.block] = true;
  if (--job->left > 0) return false;
  times_[run.job.stream][run.job.job].end_ps = now_ps;
  in_progress_.erase(job);
  ++done_;
  admit(now_ps);
  return true;
}

Activity Dispatcher::waits_for(std::size_t engine) const {
  const bool has_work = std::any_of(in_progress_.begin(), in_progress_.end(), [&](const Job& job) {
    return job.next[engine] < blocks_of_[job.id.stream][engine].size();
  });
  return has_work ? Activity::kDependence : Activity::kIdle;
}

std::vector<Dispatcher::Waiting> Dispatcher::waiting() const {
  std::vector<Waiting> list;
  if (in_progress_.empty()) return list;
  const Job& job = in_progress_.front();
  for (std::size_t b = 0; b < job.done.size(); ++b) {
    if (job.done[b]) continue;
    Waiting entry{{job.id, b}, {}};
    for (const std::size_t before : programs(job)[b].waits_for) {
      if (!job.done[before]) entry.waits_for.push_back(before);
    }
    list.push_back(std::move(entry));
  }
  return list;
}

}  // namespace mensa::sim
