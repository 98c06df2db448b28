#pragma once

#include <sys/types.h>

#include "cli/workers/job.h"
#include "cli/workers/message.h"
#include "cli/workers/status.h"

namespace mensa::workers {

/// A process of this same program that does one job. Its standard input and output are empty, its
/// standard error is ours, and signals from the terminal are for its parent alone. It must be
/// started by a thread that lives as long as the process is to live.
class WorkerProcess {
 public:
  /// Starts it. base::Error where the system cannot.
  explicit WorkerProcess(Job job);
  /// Kills it where it still runs.
  ~WorkerProcess();
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;

  /// Readable when there is something for receive(), for poll().
  [[nodiscard]] int descriptor() const { return outcome_file_.number(); }
  /// Takes what has come, waiting for the first of it. False when no more will come: the process
  /// has ended or is about to.
  [[nodiscard]] bool receive();
  /// Waits for the process's end. To be called once, after receive() said so.
  [[nodiscard]] Outcome finish();

  [[nodiscard]] const Job& job() const { return job_; }
  [[nodiscard]] Status status() const { return status_.read(); }

 private:
  /// Its status as waitpid() has it.
  int wait_for_end();

  Job job_;
  StatusBoard status_;
  Descriptor outcome_file_;
  OutcomeReader reader_;
  pid_t process_ = -1;
};

}  // namespace mensa::workers
