#include "explore/study/describe.h"

#include <fmt/format.h>

#include <filesystem>
#include <string>

#include "models/base/sha256.h"
#include "models/base/version.h"

namespace mensa::explore {
namespace {

constexpr std::string_view kDriver = "driver=";

/// A file of densities of a model, or the driver table of a policy: what is in it counts.
void add_file(const std::string& what, const std::string& file, StudyDescription& study) {
  if (!file.empty()) study.identity.emplace_back(what, base::sha256_of_file(file));
}

std::string driver_file(const std::string& policy) {
  const std::size_t begin = policy.find(kDriver);
  if (begin == std::string::npos) return {};
  const std::string file = policy.substr(begin + kDriver.size());
  return file.substr(0, file.find(','));
}

}  // namespace

StudyDescription describe(const Space& space) {
  StudyDescription study;
  study.space_name = space.name;
  study.space_text = space.text;
  study.system_name = space.system_name;
  study.system_text = space.system.to_yaml();
  study.search_method = space.search.method;
  study.identity.emplace_back("mensa version", base::kVersion);
  study.identity.emplace_back("space", base::sha256(space.identity));
  study.identity.emplace_back("system " + space.system_name, base::sha256(study.system_text));
  for (const ExploredModel& model : space.models) {
    study.identity.emplace_back("model " + model.name, base::sha256_of_file(model.file));
    add_file("densities of " + model.name, model.options.densities, study);
    study.models.push_back({model.name, model.weight});
  }
  add_file("driver table", driver_file(space.policy), study);
  study.identity.emplace_back(
      "search", fmt::format("{}, seed {}, population {}", space.search.method, space.search.seed,
                            space.search.population));
  for (const Parameter& parameter : space.parameters) {
    StudyParameter& kept = study.parameters.emplace_back();
    kept.name = parameter.name;
    for (const Choice& choice : parameter.choices) kept.choices.push_back(choice.text);
  }
  study.objectives = space.objectives;
  for (const Constraint& constraint : space.constraints) {
    study.constraints.push_back(constraint.expression.text());
  }
  return study;
}

}  // namespace mensa::explore
