#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <numeric>
#include <set>

#include "accelerators/spec/loader.h"
#include "cli/bounds.h"
#include "cli/commands.h"
#include "cli/compare/compare_job.h"
#include "cli/compare/comparison.h"
#include "cli/cores.h"
#include "cli/exit_codes.h"
#include "cli/failures.h"
#include "cli/names.h"
#include "cli/output.h"
#include "cli/pipeline.h"
#include "cli/workers/pool.h"
#include "models/base/atomic_file.h"
#include "models/base/error.h"
#include "models/base/sha256.h"
#include "models/base/version.h"
#include "scheduler/policies/policy.h"
#include "scheduler/problem/schedule.h"
#include "sim/platform/memory_model.h"

namespace mensa::cli {
namespace {

using Writer = std::string (*)(const Comparison&);

Writer writer_of(const std::string& format) {
  static const std::vector<std::pair<std::string, Writer>> kWriters = {
      {"table", comparison_table}, {"csv", comparison_csv}, {"json", comparison_json}};
  std::vector<std::string> known;
  known.reserve(kWriters.size());
  for (const auto& [name, writer] : kWriters) {
    if (name == format) return writer;
    known.push_back(name);
  }
  throw base::Error(base::unknown_name_message("format", format, known));
}

/// A file that cannot be written is told before the work, not after it.
void check_output(const std::string& out) {
  if (out.empty()) return;
  const std::filesystem::path path = out;
  if (std::filesystem::is_directory(path)) {
    throw base::Error(fmt::format("--out '{}' is a folder; give the name of a file", out));
  }
  base::make_writable_folder(path.has_parent_path() ? path.parent_path() : ".");
}

void require_different(const char* what, const std::vector<std::string>& names) {
  std::set<std::string> seen;
  for (const std::string& name : names) {
    if (!seen.insert(name).second) {
      throw base::Error(fmt::format("the {} '{}' is given twice", what, name));
    }
  }
}

/// Names for people; what was given, where that would make two the same.
std::vector<ComparedFile> named(const std::vector<std::string>& given) {
  std::map<std::string, int> count;
  for (const std::string& name : given) ++count[short_name(name)];
  std::vector<ComparedFile> files;
  files.reserve(given.size());
  for (const std::string& name : given) {
    const std::string brief = short_name(name);
    files.push_back({count[brief] == 1 ? brief : name, "", std::nullopt});
  }
  return files;
}

/// Everything that is found wrong without work.
void check_names(const CompareArguments& arguments) {
  require_different("model", arguments.models);
  require_different("system", arguments.systems);
  require_different("policy", arguments.policies);
  for (const std::string& policy : arguments.policies) {
    static_cast<void>(scheduler::make_policy(policy));
  }
  const RunArguments& run = arguments.run;
  static_cast<void>(accelerators::objective_from_string(run.objective));
  static_cast<void>(accelerators::effort_from_string(run.mapper));
  check_bound_kind(run.bound, scheduler::concurrency_from_string(run.concurrency));
  static_cast<void>(sim::memory_model_from_string(run.memory));
}

class Comparer {
 public:
  explicit Comparer(const CompareArguments& arguments)
      : arguments_(arguments),
        at_once_(arguments.jobs > 0 ? static_cast<std::size_t>(arguments.jobs) : cores()) {
    comparison_.version = base::kVersion;
    comparison_.run = arguments.run;
    comparison_.models = named(arguments.models);
    comparison_.systems = named(arguments.systems);
    comparison_.policies = arguments.policies;
  }

  int run() {
    read_systems();
    weigh_models();
    compare();
    tell_failures();
    return exit_code_;
  }
  [[nodiscard]] const Comparison& comparison() const { return comparison_; }

 private:
  /// A model on a system.
  struct Pair {
    std::size_t model = 0;
    std::size_t system = 0;
    double work = 0;  ///< seconds, roughly
    workers::Outcome outcome;
  };

  void read_systems() {
    std::set<std::string> warnings;
    for (std::size_t i = 0; i < arguments_.systems.size(); ++i) {
      const base::YamlNode resolved =
          accelerators::resolve_system(arguments_.systems[i], arguments_.run.parameters);
      const accelerators::System system = accelerators::read_system(resolved);
      comparison_.systems[i].file =
          base::find_data_file(accelerators::kSystemFiles, arguments_.systems[i])
              .filename()
              .string();
      comparison_.systems[i].sha256 = base::sha256(resolved.to_yaml());
      accelerators_.push_back(system.accelerators.size());
      for (const std::string& warning : system.warnings) {
        if (warnings.insert(warning).second) warn(warning);
      }
    }
  }

  [[nodiscard]] ModelArguments model_arguments(std::size_t model) const {
    ModelArguments arguments = arguments_.run.model;
    arguments.model = arguments_.models[model];
    return arguments;
  }

  void weigh_models() {
    std::vector<workers::Job> jobs;
    jobs.reserve(arguments_.models.size());
    for (std::size_t m = 0; m < arguments_.models.size(); ++m) {
      jobs.push_back(weigh_job(model_arguments(m)));
    }
    workers::Pool pool(std::move(jobs), at_once_);
    for (std::size_t m = 0; m < arguments_.models.size(); ++m) {
      workers::Outcome outcome = pool.next();
      model_failures_.push_back(outcome.failure);
      if (outcome.failure) continue;
      const WeighedModel model = weighed_model(outcome.result);
      comparison_.models[m].file = model.file;
      comparison_.models[m].sha256 = model.sha256;
      for (std::size_t s = 0; s < arguments_.systems.size(); ++s) {
        pairs_.push_back({m, s, work_of(model, s), {}});
      }
    }
  }

  /// Rough, for nothing but the order of jobs depends on it: seconds on the machine that it was
  /// measured on, with the networks of models/zoo on mensa_g.
  [[nodiscard]] double work_of(const WeighedModel& model, std::size_t system) const {
    constexpr double kOfSearch = 6e-3;  ///< for one accelerator, by the pruned search
    constexpr double kOfRun = 2e-5;     ///< of a layer, simulated
    const double searches =
        static_cast<double>(model.searches) * static_cast<double>(accelerators_[system]);
    const double runs =
        static_cast<double>(model.runs) * static_cast<double>(arguments_.policies.size());
    return kOfSearch * searches + kOfRun * runs;
  }

  /// The pairs with the most work first: at the end, when there are fewer left than processes, only
  /// small ones are at work.
  void compare() {
    std::vector<std::size_t> order(pairs_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return pairs_[a].work > pairs_[b].work; });
    std::vector<workers::Job> jobs;
    jobs.reserve(order.size());
    for (const std::size_t p : order) {
      RunArguments run = arguments_.run;
      run.model = model_arguments(pairs_[p].model);
      run.system = arguments_.systems[pairs_[p].system];
      // Each may map with as many threads as there are processes: where other jobs are at work they
      // share the cores with those, and the last one has them all.
      jobs.push_back(compare_job(run, arguments_.policies, std::min(at_once_, cores())));
    }
    workers::Pool pool(std::move(jobs), at_once_);
    for (const std::size_t p : order) pairs_[p].outcome = pool.next();
    collect();
  }

  void collect() {
    auto pair = pairs_.begin();
    for (std::size_t m = 0; m < arguments_.models.size(); ++m) {
      const bool known = !model_failures_[m];
      if (!known) fail(model_failures_[m]);
      for (std::size_t s = 0; s < arguments_.systems.size(); ++s) {
        add_rows(m, s, known ? pair->outcome : workers::Outcome{{}, model_failures_[m]});
        if (known) ++pair;
      }
    }
  }

  void add_rows(std::size_t model, std::size_t system, const workers::Outcome& outcome) {
    std::vector<ComparedPolicy> results(arguments_.policies.size());
    if (outcome.failure) {
      const std::string text = message_of(outcome.failure);
      for (ComparedPolicy& result : results) result.failure = text;
      if (!model_failures_[model]) fail(outcome.failure);
    } else {
      results = compared_policies(outcome.result);
    }
    for (std::size_t p = 0; p < results.size(); ++p) {
      const ComparedRow row{comparison_.models[model].name, comparison_.systems[system].name,
                            arguments_.policies[p], results[p].figures, results[p].failure};
      comparison_.rows.push_back(row);
      if (outcome.failure || results[p].figures) continue;
      const std::string text =
          fmt::format("{} on {} by {}: {}", row.model, row.system, row.policy, row.failure);
      fail(results[p].our_fault ? std::make_exception_ptr(std::logic_error(text))
                                : std::make_exception_ptr(base::Error(text)));
    }
  }

  static std::string message_of(const std::exception_ptr& failure) {
    try {
      std::rethrow_exception(failure);
    } catch (const std::exception& error) {
      return error.what();
    }
  }

  void fail(const std::exception_ptr& exception) {
    Failure failure = failure_of(exception);
    exit_code_ = std::max(exit_code_, failure.exit_code);
    if (told_.insert(failure.text).second) failures_.push_back(std::move(failure.text));
  }

  void tell_failures() const {
    for (const std::string& failure : failures_) tell(failure);
  }

  const CompareArguments& arguments_;
  std::size_t at_once_;
  Comparison comparison_;
  std::vector<std::size_t> accelerators_;           ///< by system
  std::vector<std::exception_ptr> model_failures_;  ///< by model; null: it can be read
  std::vector<Pair> pairs_;                         ///< by model, then system
  int exit_code_ = kDone;
  std::vector<std::string> failures_;  ///< in the order of the rows
  std::set<std::string> told_;
};

}  // namespace

int compare(const CompareArguments& arguments) {
  const Writer write = writer_of(arguments.format);
  check_names(arguments);
  check_output(arguments.out);
  Comparer comparer(arguments);
  const int exit_code = comparer.run();
  const std::string text = write(comparer.comparison());
  if (arguments.out.empty()) {
    print(text);
  } else {
    write_file(arguments.out, text);
    tell(fmt::format("wrote {}", arguments.out));
  }
  return exit_code;
}

}  // namespace mensa::cli
