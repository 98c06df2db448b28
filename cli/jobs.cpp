#include "cli/jobs.h"

#include "cli/compare/compare_job.h"
#include "cli/explain/explain_job.h"

namespace mensa::cli {

const workers::Handlers& job_handlers() {
  static const workers::Handlers kHandlers = {
      {kRunJob, do_run},     {kRoundJob, do_round},     {kWorkloadJob, do_workload},
      {kWeighJob, do_weigh}, {kCompareJob, do_compare}, {kExplainJob, do_explain}};
  return kHandlers;
}

}  // namespace mensa::cli
