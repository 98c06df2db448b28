#pragma once

#include <nlohmann/json.hpp>

#include "cli/arguments.h"

namespace mensa::cli {

// What worker processes are to do, as JSON. from_json() throws a nlohmann::json::exception on what
// is none of to_json()'s.

void to_json(nlohmann::json& json, const ModelArguments& arguments);
void from_json(const nlohmann::json& json, ModelArguments& arguments);
void to_json(nlohmann::json& json, const FeedbackRound& round);
void from_json(const nlohmann::json& json, FeedbackRound& round);
void to_json(nlohmann::json& json, const RunArguments& arguments);
void from_json(const nlohmann::json& json, RunArguments& arguments);
void to_json(nlohmann::json& json, const WorkloadArguments& arguments);
void from_json(const nlohmann::json& json, WorkloadArguments& arguments);

}  // namespace mensa::cli
