#include "cli/commands.h"
#include "cli/jobs.h"

namespace mensa::cli {

void work(const workers::WorkerArguments& arguments) { workers::serve(arguments, job_handlers()); }

}  // namespace mensa::cli
