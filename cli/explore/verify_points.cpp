#include "cli/explore/verify_points.h"

#include <fmt/format.h>

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "cli/failures.h"
#include "cli/jobs.h"
#include "cli/output.h"
#include "cli/workers/pool.h"
#include "explore/insight/ranking.h"
#include "explore/space/realise.h"
#include "models/base/atomic_file.h"
#include "models/base/conversions.h"
#include "models/base/error.h"

namespace mensa::cli {
namespace {

/// A folder that is gone with this.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "mensa-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) {
      throw base::Error(fmt::format("cannot make a folder '{}': {}", pattern,
                                    std::generic_category().message(errno)));
    }
    path_ = pattern;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// The best feasible points.
std::vector<explore::Entry> best_of(const explore::Space& space, const explore::StudyStore& study,
                                    std::size_t count) {
  std::vector<explore::ObjectiveVector> objectives;
  std::vector<std::uint64_t> numbers;
  study.for_each(explore::StudyStore::Parts::kPoint, [&](const explore::Entry& entry) {
    if (!entry.result.is_feasible()) return;
    explore::ObjectiveVector& values = objectives.emplace_back();
    for (const explore::Metric metric : space.objectives) {
      values.push_back(explore::to_minimise(metric, *entry.result.metric(metric)));
    }
    numbers.push_back(entry.number);
  });
  std::vector<explore::Entry> best;
  for (const std::size_t position : explore::best_by_fronts(objectives, count)) {
    best.push_back(*study.find(numbers[position]));
  }
  return best;
}

RunArguments run_of(const explore::Space& space, const explore::ExploredModel& model,
                    const std::filesystem::path& system) {
  RunArguments run;
  run.model = {model.file.string(), model.options};
  run.system = system.string();
  run.policy = space.policy;
  run.objective = accelerators::to_string(space.objective);
  run.mapper = accelerators::to_string(space.mapper.effort);
  run.concurrency = scheduler::to_string(space.concurrency);
  run.precisions = space.precisions;
  return run;
}

}  // namespace

void verify_points(const explore::Space& space, explore::StudyStore& study, std::size_t count,
                   std::size_t at_once) {
  const std::vector<explore::Entry> best = best_of(space, study, count);
  const TemporaryFolder folder;
  std::vector<workers::Job> jobs;
  std::vector<std::pair<const explore::Entry*, std::size_t>> subjects;
  std::set<std::pair<std::uint64_t, std::string>> verified;
  for (const explore::Verification& one : study.verifications()) {
    verified.emplace(one.number, one.model);
  }
  for (const explore::Entry& entry : best) {
    const std::filesystem::path system = folder.path() / fmt::format("point_{}.yaml", entry.number);
    base::write_file_atomically(system, explore::realise(space, entry.point).to_yaml());
    for (std::size_t m = 0; m < space.models.size(); ++m) {
      if (verified.contains({entry.number, space.models[m].name})) continue;
      jobs.push_back(round_job(run_of(space, space.models[m], system)));
      jobs.back().subject = fmt::format("{} at point {}", space.models[m].name, entry.number);
      subjects.emplace_back(&entry, m);
    }
  }
  workers::Pool pool(std::move(jobs), at_once);
  for (const auto& [entry, model] : subjects) {
    workers::Outcome outcome = pool.next();
    if (outcome.failure) {
      tell(fmt::format("point {} is not verified: {}", entry->number,
                       failure_of(outcome.failure).text));
      continue;
    }
    const FeedbackRound round = feedback_round(outcome.result);
    const explore::ModelOutcome& analytic = entry->result.models.at(model);
    study.add_verification({entry->number, analytic.model, analytic.latency, analytic.energy,
                            round.seconds, round.picojoules * base::kJoulesPerPicojoule});
  }
}

}  // namespace mensa::cli
