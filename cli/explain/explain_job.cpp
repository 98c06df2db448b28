#include "cli/explain/explain_job.h"

#include <fmt/format.h>

#include "cli/arguments_json.h"
#include "cli/explain/explanation.h"
#include "cli/names.h"
#include "cli/prepared.h"
#include "cli/workers/status.h"
#include "models/base/error.h"
#include "scheduler/problem/schedule.h"

namespace mensa::cli {

workers::Job explain_job(const ExplainArguments& arguments, std::size_t threads) {
  const RunArguments& run = arguments.run;
  return {kExplainJob,
          fmt::format("{} on {}", short_name(run.model.model), short_name(run.system)),
          {{"run", run},
           {"layer", arguments.layer},
           {"format", arguments.format},
           {"threads", threads}}};
}

workers::Result do_explain(const nlohmann::json& payload, workers::StatusBoard& status) {
  const auto run = payload.at("run").get<RunArguments>();
  const auto policy = scheduler::make_policy(run.policy);
  static_cast<void>(scheduler::concurrency_from_string(run.concurrency));
  status.begin(workers::Phase::kImporting);
  Prepared prepared(run, status);
  // A name that there is not is told before what takes long.
  const std::vector<models::LayerId> layers =
      layers_named(prepared.model.graph, payload.at("layer").get<std::string>());
  map_with_threads(prepared, payload.at("threads").get<std::size_t>(), false, status);
  status.begin(workers::Phase::kScheduling);
  const Explanation explanation = explain_layers(run, prepared, *policy, layers);
  workers::Result result;
  result.value = prepared.system.warnings;
  result.texts.push_back(payload.at("format") == "json" ? explanation_json(explanation)
                                                        : explanation_table(explanation));
  return result;
}

ExplainedText explained_text(workers::Result result) {
  return {result.value.get<std::vector<std::string>>(), std::move(result.texts.front())};
}

}  // namespace mensa::cli
