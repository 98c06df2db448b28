#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "cli/workers/job.h"
#include "cli/workers/process.h"
#include "cli/workers/progress_line.h"

namespace mensa::workers {

/// Runs jobs in worker processes of this program, one process each and several at a time, and gives
/// back what became of them in the order of the jobs, however many run at a time. While somebody
/// waits for an outcome that takes long, a line on the terminal says how far the work is.
///
/// To be used by one thread that lives as long as the pool. No process outlives the pool, nor this
/// program, whatever ends it.
class Pool {
 public:
  /// `at_once`: processes at a time, at least one.
  Pool(std::vector<Job> jobs, std::size_t at_once);

  /// What became of the next job; the first time, of the first. Throws Interrupted where a signal
  /// comes meanwhile (interrupts.h). To be called once for each job.
  [[nodiscard]] Outcome next();

 private:
  struct Slot {
    Job job;
    std::unique_ptr<WorkerProcess> process;  ///< null before and after
    std::optional<Outcome> outcome;
  };
  void start_more();
  void wait();
  void show_progress();

  std::vector<Slot> slots_;  ///< by job
  std::size_t at_once_;
  std::size_t running_ = 0;
  std::size_t started_ = 0;
  std::size_t done_ = 0;
  std::size_t next_ = 0;
  ProgressLine progress_;
};

/// Runs one job; throws its failure.
[[nodiscard]] Result run(Job job);

}  // namespace mensa::workers
