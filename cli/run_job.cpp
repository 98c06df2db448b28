#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "cli/arguments_json.h"
#include "cli/jobs.h"
#include "cli/names.h"
#include "cli/pipeline.h"
#include "cli/workers/status.h"
#include "traces/report_writer.h"

namespace mensa::cli {
namespace {

std::string text_of(const traces::Report& report, const std::string& format) {
  std::ostringstream text;
  traces::make_writer(format)->write(report, text);
  return std::move(text).str();
}

}  // namespace

workers::Job run_job(const RunArguments& arguments, const std::vector<std::string>& formats) {
  return {kRunJob,
          fmt::format("{} on {}", short_name(arguments.model.model), short_name(arguments.system)),
          {{"run", arguments}, {"formats", formats}}};
}

workers::Result do_run(const nlohmann::json& payload, workers::StatusBoard& status) {
  const auto arguments = payload.at("run").get<RunArguments>();
  const auto formats = payload.at("formats").get<std::vector<std::string>>();
  const bool log_events = std::any_of(formats.begin(), formats.end(), [](const auto& format) {
    return traces::find_writer(format).needs_events;
  });
  const traces::Report report = run_pipeline(arguments, status, log_events);
  workers::Result result;
  const std::string model = std::filesystem::path(report.provenance.model_file).stem().string();
  result.value["file_name"] =
      fmt::format("{}.{}.{}", file_name_part(model), file_name_part(report.system.name),
                  file_name_part(report.policy.name));
  result.value["warnings"] = report.system.warnings;
  result.texts.reserve(formats.size());
  for (const std::string& format : formats) result.texts.push_back(text_of(report, format));
  return result;
}

workers::Job round_job(const RunArguments& arguments) {
  return {kRoundJob,
          fmt::format("{} on {}, round {}", short_name(arguments.model.model),
                      short_name(arguments.system), arguments.rounds.size() + 1),
          arguments};
}

workers::Result do_round(const nlohmann::json& payload, workers::StatusBoard& status) {
  workers::Result result;
  result.value = simulate_round(payload.get<RunArguments>(), status);
  return result;
}

FeedbackRound feedback_round(const workers::Result& result) {
  return result.value.get<FeedbackRound>();
}

ReportedRun reported_run(workers::Result result) {
  return {result.value.at("file_name").get<std::string>(),
          result.value.at("warnings").get<std::vector<std::string>>(), std::move(result.texts)};
}

}  // namespace mensa::cli
