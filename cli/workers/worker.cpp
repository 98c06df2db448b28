#include "cli/workers/worker.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>

#include "cli/workers/io.h"
#include "cli/workers/message.h"
#include "cli/workers/status.h"
#include "models/base/error.h"

namespace mensa::workers {
namespace {

/// The kernel kills us when the parent's starting thread ends. Where that was before we asked for
/// it, somebody else is our parent by now.
void die_with(pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::raise(SIGKILL);
}

Outcome outcome_of(const Job& job, const Handlers& handlers, StatusBoard& status) {
  Outcome outcome;
  try {
    const auto handler = handlers.find(job.kind);
    if (handler == handlers.end()) {
      throw std::logic_error(fmt::format("no worker does jobs of the kind '{}'", job.kind));
    }
    outcome.result = handler->second(job.payload, status);
  } catch (const std::exception&) {
    outcome.failure = std::current_exception();
  }
  return outcome;
}

}  // namespace

std::vector<std::string> to_command_line(const WorkerArguments& arguments) {
  return {std::to_string(arguments.parent), std::to_string(arguments.job),
          std::to_string(arguments.outcome), std::to_string(arguments.status)};
}

void serve(const WorkerArguments& arguments, const Handlers& handlers) {
  for (const int file : {arguments.job, arguments.outcome, arguments.status}) {
    if (::fcntl(file, F_GETFD) < 0) throw base::Error("only mensa itself starts its workers");
  }
  die_with(arguments.parent);
  ::prctl(PR_SET_NAME, "mensa");  // it was started as /proc/self/exe
  const Descriptor job_file(arguments.job);
  const Descriptor outcome_file(arguments.outcome);
  StatusBoard status{Descriptor(arguments.status)};
  const Job job = decode_job(content_of(job_file.number()));
  write_outcome(outcome_file.number(), outcome_of(job, handlers, status));
}

}  // namespace mensa::workers
