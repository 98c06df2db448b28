#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "cli/workers/job.h"

namespace mensa::workers {

/// The subcommand that serves a job: every program that has a Pool must have it.
inline constexpr const char* kWorkerCommand = "worker";

/// What a worker process is told on its command line, behind kWorkerCommand.
struct WorkerArguments {
  pid_t parent = 0;  ///< who started it
  // Descriptors that it got from there.
  int job = -1;
  int outcome = -1;
  int status = -1;
};

[[nodiscard]] std::vector<std::string> to_command_line(const WorkerArguments& arguments);

/// Does one job and hands back what became of it; that the job failed is no failure of the worker.
/// Ends when its parent ends, by whatever. base::Error where nobody gave it a job.
void serve(const WorkerArguments& arguments, const Handlers& handlers);

}  // namespace mensa::workers
