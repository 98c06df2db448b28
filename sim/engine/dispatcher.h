#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "scheduler/problem/schedule.h"
#include "sim/engine/activity.h"
#include "sim/engine/block_program.h"

namespace mensa::sim {

/// One inference among all that run: the job-th of its stream.
struct JobId {
  std::size_t stream = 0;
  std::size_t job = 0;
  bool operator==(const JobId&) const = default;
};

/// A block of a job.
struct BlockRun {
  JobId job;
  std::size_t block = 0;
};

/// When an inference came, began and was done.
struct JobTimes {
  std::int64_t arrival_ps = 0;
  std::int64_t start_ps = 0;
  std::int64_t end_ps = 0;
};

/// What the dispatcher is to run: inferences of one model.
struct StreamPlan {
  const std::vector<BlockProgram>* programs = nullptr;
  scheduler::Concurrency concurrency = scheduler::Concurrency::kSequence;
  std::vector<std::int64_t> arrivals_ps;  ///< ascending
  /// The same blocks where an earlier inference left parameters on the engine; null where none
  /// stay.
  const std::vector<BlockProgram>* warm_programs = nullptr;
  /// After its arrival, at least 0: when an inference should be done.
  std::optional<std::int64_t> deadline_ps = std::nullopt;
};

/// The run-time part of Mensa: decides what each engine (accelerator or host) runs next. Inferences
/// are served by their deadlines, earliest first; those without one after all that have one, and
/// equal ones in the order of their arrival. Of those that have arrived, at most `window` are in
/// progress at a time; one that has run nothing yet gives its place to one with an earlier
/// deadline. An engine takes the first in progress that has a block ready for it, and runs a block
/// to its end. In sequence, one block runs at a time and one inference after the other. Without the
/// kernel; times never decrease between calls.
class Dispatcher {
 public:
  /// `plans` and what they point to must outlive the dispatcher. One plan in sequence makes all
  /// run in sequence.
  Dispatcher(const std::vector<StreamPlan>& plans, std::size_t engines, std::size_t window);

  /// Lets inferences in that have arrived by now.
  void admit(std::int64_t now_ps);
  /// A block that the engine is to run at once, from now on.
  [[nodiscard]] std::optional<BlockRun> next(std::size_t engine, std::int64_t now_ps);
  /// True where that was the last block of its inference.
  bool finished(const BlockRun& run, std::int64_t now_ps);
  /// What an engine waits for that got nothing from next(): kDependence or kIdle.
  [[nodiscard]] Activity waits_for(std::size_t engine) const;

  [[nodiscard]] bool all_done() const { return done_ == jobs_.size(); }
  /// The first arrival at or after a moment.
  [[nodiscard]] std::optional<std::int64_t> arrival_from(std::int64_t ps) const;
  [[nodiscard]] std::size_t job_count() const { return jobs_.size(); }
  [[nodiscard]] const JobTimes& times(JobId id) const { return times_[id.stream][id.job]; }
  /// Blocks that never ended and what they wait for, of the first inference in progress:
  /// indices into its stream's programs.
  struct Waiting {
    BlockRun run;
    std::vector<std::size_t> waits_for;
  };
  [[nodiscard]] std::vector<Waiting> waiting() const;

 private:
  struct Job {
    JobId id;
    std::size_t rank = 0;  ///< index into by_deadline_
    bool started = false;
    std::vector<bool> done;          ///< by block
    std::vector<std::size_t> next;   ///< by engine: how many of its blocks have been started
    std::size_t started_blocks = 0;  ///< in sequence
    std::size_t left = 0;            ///< blocks not done
  };
  [[nodiscard]] const std::vector<BlockProgram>& programs(const Job& job) const {
    return *plans_[job.id.stream].programs;
  }
  enum class Readiness : std::uint8_t {
    kNot,
    kReady,
    kEarly,  ///< would hold the engine for blocks that may have to wait for other engines
  };
  [[nodiscard]] Readiness readiness(const Job& job, std::size_t engine, std::size_t position) const;
  /// Whether the job may hold engines for blocks that may have to wait for others.
  [[nodiscard]] bool may_hold_early(const Job& job) const;
  /// Whether there is room in the window for the job of that rank, if need be where one was that
  /// has run nothing.
  bool make_room(std::size_t rank);
  void begin(std::size_t rank, std::int64_t now_ps);
  BlockRun start(Job& job, std::size_t engine, std::size_t block, std::int64_t now_ps);

  const std::vector<StreamPlan>& plans_;
  std::size_t engines_;
  std::size_t window_;
  bool in_sequence_ = false;
  std::vector<JobId> jobs_;                        ///< in order of arrival
  std::vector<JobId> by_deadline_;                 ///< in the order in which they are served
  std::vector<std::vector<std::size_t>> rank_of_;  ///< by stream and job
  std::vector<std::vector<JobTimes>> times_;
  /// By stream and engine: its blocks in order.
  std::vector<std::vector<std::vector<std::size_t>>> blocks_of_;
  std::size_t arrived_ = 0;         ///< the first so many of jobs_
  std::set<std::size_t> let_wait_;  ///< ranks of those that have arrived and are not in progress
  std::deque<Job> in_progress_;     ///< by rank
  std::size_t done_ = 0;
  std::size_t running_ = 0;
  std::vector<std::optional<JobId>> held_by_;  ///< by engine
  /// The only job that holds engines for blocks that may have to wait for others.
  std::optional<JobId> holds_early_;
};

}  // namespace mensa::sim
