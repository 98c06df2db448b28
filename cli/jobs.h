#pragma once

#include <string>
#include <vector>

#include "cli/arguments.h"
#include "cli/workers/job.h"

namespace mensa::cli {

// What worker processes do: all that runs the simulator. A kind of job is a function that makes
// one, one that does it in the worker, one that reads what comes back, and a row in job_handlers().

inline constexpr const char* kRunJob = "run";
inline constexpr const char* kRoundJob = "round";
inline constexpr const char* kWorkloadJob = "workload";

/// One model on one system, reported in some formats.
[[nodiscard]] workers::Job run_job(const RunArguments& arguments,
                                   const std::vector<std::string>& formats);
/// What comes back.
struct ReportedRun {
  std::string file_name;  ///< MODEL.SYSTEM.POLICY, harmless everywhere
  std::vector<std::string> warnings;
  std::vector<std::string> texts;  ///< by format
};
[[nodiscard]] ReportedRun reported_run(workers::Result result);
/// Does the job.
[[nodiscard]] workers::Result do_run(const nlohmann::json& payload, workers::StatusBoard& status);

/// One round of planning and simulating, as far as the next needs it.
[[nodiscard]] workers::Job round_job(const RunArguments& arguments);
[[nodiscard]] FeedbackRound feedback_round(const workers::Result& result);
/// Does the job.
[[nodiscard]] workers::Result do_round(const nlohmann::json& payload, workers::StatusBoard& status);

/// One workload on one system.
[[nodiscard]] workers::Job workload_job(const WorkloadArguments& arguments);
/// What comes back.
struct ReportedWorkload {
  std::vector<std::string> warnings;
  std::string text;
};
[[nodiscard]] ReportedWorkload reported_workload(workers::Result result);
/// Does the job.
[[nodiscard]] workers::Result do_workload(const nlohmann::json& payload,
                                          workers::StatusBoard& status);

/// All kinds of jobs.
[[nodiscard]] const workers::Handlers& job_handlers();

}  // namespace mensa::cli
