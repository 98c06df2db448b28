#include <algorithm>

#include "cli/commands.h"
#include "cli/cores.h"
#include "cli/explain/explain_job.h"
#include "cli/output.h"
#include "cli/workers/pool.h"
#include "models/base/error.h"

namespace mensa::cli {

void explain(const ExplainArguments& arguments) {
  if (arguments.format != "table" && arguments.format != "json") {
    throw base::Error(base::unknown_name_message("format", arguments.format, {"table", "json"}));
  }
  const std::size_t threads = cores();
  const ExplainedText explained = explained_text(workers::run(explain_job(arguments, threads)));
  for (const std::string& warning : explained.warnings) warn(warning);
  print(explained.text);
}

}  // namespace mensa::cli
