#include "cli/jobs.h"

namespace mensa::cli {

const workers::Handlers& job_handlers() {
  static const workers::Handlers kHandlers = {{kRunJob, do_run}, {kWorkloadJob, do_workload}};
  return kHandlers;
}

}  // namespace mensa::cli
