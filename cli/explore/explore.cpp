#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "cli/commands.h"
#include "cli/cores.h"
#include "cli/exit_codes.h"
#include "cli/explore/explore_summary.h"
#include "cli/explore/verify_points.h"
#include "cli/names.h"
#include "cli/output.h"
#include "cli/shell_text.h"
#include "cli/workers/interrupts.h"
#include "cli/workers/progress_line.h"
#include "explore/evaluation/local_evaluation.h"
#include "explore/mpi/ranks.h"
#include "explore/space/space_reader.h"
#include "explore/study/describe.h"
#include "explore/study/exploration.h"
#include "explore/study/feasibility.h"
#include "models/base/error.h"

namespace mensa::cli {
namespace {

using explore::Exploration;
using explore::ExplorationState;
using explore::Space;
using explore::StudyStore;
using workers::InterruptsDeferred;

constexpr double kMinute = 60;
constexpr double kHour = 3600;

std::string in_words(double seconds) {
  if (seconds < 1) return "less than a second";
  if (seconds < 2 * kMinute) return fmt::format("about {:.0f} s", seconds);
  if (seconds < 2 * kHour) return fmt::format("about {:.0f} min", seconds / kMinute);
  return fmt::format("about {:.1f} h", seconds / kHour);
}

/// `processes`: that share the cores.
std::size_t threads_of(const ExploreArguments& arguments, std::size_t processes = 1) {
  if (arguments.threads > 0) return static_cast<std::size_t>(arguments.threads);
  return std::max<std::size_t>(1, cores() / processes);
}

Space read_space(const ExploreArguments& arguments) {
  explore::SpaceOverrides overrides;
  if (!arguments.search.empty()) overrides.method = arguments.search;
  if (!arguments.mapper.empty()) {
    overrides.mapper = accelerators::effort_from_string(arguments.mapper);
  }
  if (arguments.seed >= 0) overrides.seed = static_cast<std::uint64_t>(arguments.seed);
  if (arguments.points > 0) overrides.points = static_cast<std::uint64_t>(arguments.points);
  if (arguments.seconds > 0) overrides.time = base::Seconds(arguments.seconds);
  Space space = explore::read_space(arguments.space, overrides);
  // A grid may be too large to be one.
  static_cast<void>(explore::find_search(space.search.method).make(space));
  return space;
}

std::filesystem::path study_path(const ExploreArguments& arguments, const Space& space) {
  if (!arguments.study.empty()) return arguments.study;
  return file_name_part(space.name) + ".study";
}

/// Points that the exploration comes to at the most; none where only time or the front end it.
std::optional<double> points_of(const Space& space) {
  std::optional<double> points;
  if (const auto size = space.size()) points = static_cast<double>(*size);
  if (space.stop.points) {
    const auto asked = static_cast<double>(*space.stop.points);
    points = points ? std::min(*points, asked) : asked;
  }
  return points;
}

/// What is known before the first point runs.
std::string outlook_text(const Space& space, const explore::Outlook& outlook,
                         double seconds_by_point, std::size_t threads) {
  const auto size = space.size();
  std::string text = fmt::format("space {}: {} parameters, {} points, {} model{}", space.name,
                                 space.parameters.size(),
                                 size ? std::to_string(*size) : std::string("more than 9e18"),
                                 space.models.size(), space.models.size() == 1 ? "" : "s");
  if (outlook.rejected > 0) {
    text += fmt::format("; constraints reject {} of {} looked at", outlook.rejected, outlook.tried);
  }
  text += fmt::format("; {:.3g} ms a point", seconds_by_point * 1e3);
  if (const auto points = points_of(space)) {
    text += fmt::format(", {} for {:.0f} points by {} with {} thread{}",
                        in_words(*points * seconds_by_point / static_cast<double>(threads)),
                        *points, space.search.method, threads, threads == 1 ? "" : "s");
  }
  return text;
}

/// "1200 of 5000 points, 214 a second, 18 s left, 31 on the front; best latency 1.2 ms".
std::string progress_text(const Space& space, const ExplorationState& state) {
  const double seconds = std::chrono::duration<double>(state.running).count();
  const double rate = static_cast<double>(state.evaluated) / std::max(seconds, 1e-3);
  std::string text = std::to_string(state.points);
  const auto points = points_of(space);
  if (points) text += fmt::format(" of {:.0f}", *points);
  text += fmt::format(" points, {:.3g} a second", rate);
  if (points && rate > 0) {
    text +=
        fmt::format(", {} left", in_words((*points - static_cast<double>(state.points)) / rate));
  }
  text += fmt::format(", {} on the front", state.front);
  for (std::size_t i = 0; i < state.best.size(); ++i) {
    const explore::Metric metric = space.objectives[i];
    const bool is_share = metric == explore::Metric::kDeadlineMisses;
    const double value =
        is_share ? state.best[i]
                 : std::exp(explore::info(metric).more_is_better ? -state.best[i] : state.best[i]);
    text += fmt::format("{} {} {}", i == 0 ? "; best" : ",", explore::info(metric).name,
                        explore::with_unit(metric, value));
  }
  return text;
}

/// With everything that says which points come.
std::string resume_command(const ExploreArguments& arguments, const StudyStore& study) {
  std::string text = fmt::format("mensa explore {} --study {}", shell_quoted(arguments.space),
                                 shell_quoted(study.path().string()));
  if (!arguments.search.empty())
    text += fmt::format(" --search {}", shell_quoted(arguments.search));
  if (arguments.seed >= 0) text += fmt::format(" --seed {}", arguments.seed);
  if (!arguments.mapper.empty())
    text += fmt::format(" --mapper {}", shell_quoted(arguments.mapper));
  if (arguments.points > 0) text += fmt::format(" --points {}", arguments.points);
  if (arguments.seconds > 0) text += fmt::format(" --time '{} s'", arguments.seconds);
  if (arguments.threads > 0) text += fmt::format(" --threads {}", arguments.threads);
  if (arguments.verified > 0) text += fmt::format(" --verify-top {}", arguments.verified);
  return text + " --resume";
}

/// That a new study can have the path, as far as that can be seen: whoever makes it says the rest.
void check_free(const std::filesystem::path& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    throw base::Error(fmt::format("'{}' is a folder: name a file by --study", path.string()));
  }
  if (std::filesystem::exists(path, ignored)) {
    throw base::Error(fmt::format(
        "the study '{}' is there already: go on with it by --resume, or name another by --study",
        path.string()));
  }
}

/// Runs the search; a signal ends it after the points in flight.
explore::Ending run(const Space& space, explore::Evaluation& evaluation, StudyStore& study) {
  workers::ProgressLine progress(STDERR_FILENO);
  Exploration exploration(space, evaluation, study);
  exploration.stop_when(InterruptsDeferred::is_interrupted);
  exploration.tell([&](const ExplorationState& state) {
    if (progress.is_due()) progress.show(progress_text(space, state));
  });
  return exploration.run();
}

/// Everything that all processes of an exploration have alike.
struct PreparedSpace {
  explicit PreparedSpace(const ExploreArguments& arguments)
      : space(read_space(arguments)), evaluator(space), description(explore::describe(space)) {}

  Space space;
  explore::Evaluator evaluator;
  explore::StudyDescription description;
};

std::string identity_of(const PreparedSpace& prepared) {
  std::string identity;
  for (const auto& [part, value] : prepared.description.identity) {
    identity += fmt::format("{}: {}\n", part, value);
  }
  return identity;
}

/// `make_evaluation`: gives what evaluates points, called when all is ready for it; `width`: points
/// at a time.
template <class MakeEvaluation>
int explore_with(const ExploreArguments& arguments, const PreparedSpace& prepared,
                 std::size_t width, const MakeEvaluation& make_evaluation) {
  const Space& space = prepared.space;
  const std::filesystem::path path = study_path(arguments, space);
  std::optional<InterruptsDeferred> deferred;  // goes after the study
  // What is wrong with the file is told before anything that takes long.
  std::optional<StudyStore> study;
  if (!arguments.only_check) {
    if (arguments.resume) {
      study.emplace(StudyStore::resume(path, prepared.description));
    } else {
      check_free(path);
    }
  }
  const explore::Outlook outlook = explore::look_at(prepared.evaluator);
  tell(outlook_text(space, outlook, explore::seconds_by_point(prepared.evaluator, outlook.accepted),
                    width));
  if (arguments.only_check) return kDone;

  deferred.emplace();
  if (!study) study.emplace(StudyStore::create(path, prepared.description));
  const std::unique_ptr<explore::Evaluation> evaluation = make_evaluation();
  const explore::Ending ending = run(space, *evaluation, *study);
  if (ending == explore::Ending::kInterrupted) {
    tell(fmt::format("{} points are stored; go on with: {}", study->count(),
                     resume_command(arguments, *study)));
    InterruptsDeferred::give_up_if_interrupted();
  }
  if (arguments.verified > 0) {
    verify_points(space, *study, static_cast<std::size_t>(arguments.verified), cores());
  }
  print(arguments.format == "json" ? explore_json(*study, ending) : explore_table(*study, ending));
  const explore::StudyCounts counts = study->counts();
  tell(fmt::format("the study is in {}: 'mensa study {} show' tells more", path.string(),
                   path.string()));
  if (counts.failed > 0) return kOurFault;
  return counts.feasible > 0 ? kDone : kUserError;
}

int explore_here(const ExploreArguments& arguments) {
  const PreparedSpace prepared(arguments);
  const std::size_t threads = threads_of(arguments);
  return explore_with(arguments, prepared, threads,
                      [&] { return explore::make_local_evaluation(prepared.evaluator, threads); });
}

/// As one of several processes that evaluate for rank 0, which alone speaks.
void serve(const ExploreArguments& arguments, explore::Ranks& ranks) {
  std::unique_ptr<PreparedSpace> prepared;
  try {
    prepared = std::make_unique<PreparedSpace>(arguments);
  } catch (const std::exception& fault) {
    ranks.agree({"", fault.what()});
    return;  // rank 0 tells it: were this one first to fail, mpirun might end that before
  }
  ranks.agree({identity_of(*prepared), ""});
  try {
    ranks.serve(prepared->evaluator, threads_of(arguments, explore::Ranks::count_here()));
  } catch (const std::exception& fault) {
    tell(fmt::format("rank {}: {}", ranks.rank(), fault.what()));
    ranks.abort();
  }
}

/// Signals come to all ranks; rank 0 ends them in order, and says so.
void ignore_interrupt() {
  try {
    InterruptsDeferred::give_up_if_interrupted();
  } catch (const workers::Interrupted&) {
    return;
  }
}

int explore_with_ranks(const ExploreArguments& arguments, explore::Ranks& ranks) {
  std::unique_ptr<PreparedSpace> prepared;
  try {
    prepared = std::make_unique<PreparedSpace>(arguments);
  } catch (const std::exception& fault) {
    ranks.agree({"", fault.what()});
    throw;
  }
  ranks.agree({identity_of(*prepared), ""});
  const auto others = static_cast<std::size_t>(ranks.count() - 1);
  const std::size_t threads = threads_of(arguments, explore::Ranks::count_here());
  return explore_with(arguments, *prepared, others * threads,
                      [&] { return ranks.make_evaluation(); });
}

}  // namespace

int explore(const ExploreArguments& arguments) {
  if (arguments.format != "table" && arguments.format != "json") {
    throw base::Error(base::unknown_name_message("format", arguments.format, {"table", "json"}));
  }
  if (!explore::Ranks::are_started()) return explore_here(arguments);
  std::optional<explore::Ranks> ranks(std::in_place);
  if (ranks->count() == 1) return explore_here(arguments);
  if (ranks->rank() == 0) return explore_with_ranks(arguments, *ranks);
  const InterruptsDeferred deferred;
  serve(arguments, *ranks);
  ranks.reset();
  ignore_interrupt();
  return kDone;
}

}  // namespace mensa::cli
