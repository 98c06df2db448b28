#include "cli/commands.h"
#include "cli/jobs.h"
#include "cli/output.h"
#include "cli/workers/pool.h"

namespace mensa::cli {

void run_workload(const WorkloadArguments& arguments) {
  const ReportedWorkload run = reported_workload(workers::run(workload_job(arguments)));
  for (const std::string& warning : run.warnings) warn(warning);
  print(run.text);
}

}  // namespace mensa::cli
