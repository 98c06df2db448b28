#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/cores.h"
#include "cli/exit_codes.h"
#include "cli/failures.h"
#include "cli/feedback.h"
#include "cli/jobs.h"
#include "cli/names.h"
#include "cli/output.h"
#include "cli/pipeline.h"
#include "cli/workers/pool.h"
#include "models/base/atomic_file.h"
#include "models/base/error.h"
#include "traces/report_writer.h"

namespace mensa::cli {
namespace {

/// Known ones.
std::vector<std::string> chosen_formats(const SimulateArguments& arguments) {
  std::vector<std::string> formats = arguments.formats;
  if (formats.empty() && arguments.out.empty()) formats = {"table"};
  if (formats.empty()) {
    for (const traces::WriterEntry& entry : traces::writers()) {
      if (!entry.needs_events) formats.push_back(entry.name);
    }
  }
  for (const std::string& format : formats) static_cast<void>(traces::find_writer(format));
  return formats;
}

/// Files are named after their models.
void require_different_names(const std::vector<std::string>& models) {
  std::map<std::string, std::string> taken;
  for (const std::string& model : models) {
    const std::string file = base::find_data_file(kModelFiles, model).stem().string();
    const auto [other, is_new] = taken.emplace(file_name_part(file), model);
    if (is_new) continue;
    throw base::Error(
        other->second == model
            ? fmt::format("the model '{}' is given twice", model)
            : fmt::format("the models '{}' and '{}' would be written to the same files; rename one",
                          other->second, model));
  }
}

std::vector<workers::Job> jobs_of(const SimulateArguments& arguments,
                                  const std::vector<std::string>& formats, std::size_t at_once) {
  std::vector<RunArguments> runs(arguments.models.size(), arguments.run);
  for (std::size_t i = 0; i < runs.size(); ++i) runs[i].model.model = arguments.models[i];
  if (arguments.feedback) runs = with_feedback(std::move(runs), at_once);
  std::vector<workers::Job> jobs;
  jobs.reserve(runs.size());
  for (const RunArguments& run : runs) jobs.push_back(run_job(run, formats));
  return jobs;
}

void write_files(const ReportedRun& run, const std::vector<std::string>& formats,
                 const std::filesystem::path& folder) {
  for (std::size_t i = 0; i < formats.size(); ++i) {
    const std::filesystem::path path =
        folder / (run.file_name + traces::find_writer(formats[i]).extension);
    write_file(path, run.texts[i]);
    tell(fmt::format("wrote {}", path.string()));
  }
}

}  // namespace

int simulate(const SimulateArguments& arguments) {
  const std::vector<std::string> formats = chosen_formats(arguments);
  // An output folder that cannot be is told before the work, not after it.
  const std::filesystem::path folder = arguments.out;
  if (!folder.empty()) {
    base::make_writable_folder(folder);
    if (arguments.models.size() > 1) require_different_names(arguments.models);
  }
  const auto at_once = arguments.jobs > 0 ? static_cast<std::size_t>(arguments.jobs) : cores();
  workers::Pool pool(jobs_of(arguments, formats, at_once), at_once);
  int exit_code = kDone;
  // What is true of all models is said once.
  std::set<std::string> warnings;
  std::set<std::string> failures;
  std::string separator;
  for (std::size_t i = 0; i < arguments.models.size(); ++i) {
    workers::Outcome outcome = pool.next();
    if (outcome.failure) {
      const Failure failure = failure_of(outcome.failure);
      if (failures.insert(failure.text).second) tell(failure.text);
      exit_code = std::max(exit_code, failure.exit_code);
      continue;
    }
    const ReportedRun run = reported_run(std::move(outcome.result));
    for (const std::string& warning : run.warnings) {
      if (warnings.insert(warning).second) warn(warning);
    }
    if (folder.empty()) {
      print(separator + run.texts.front());
      separator = "\n";
    } else {
      write_files(run, formats, folder);
    }
  }
  return exit_code;
}

}  // namespace mensa::cli
