#pragma once

#include <nlohmann/json.hpp>

#include "cli/study/study_insight.h"
#include "explore/store/study_store.h"

namespace mensa::cli {

// Parts of docs/mensa-study.schema.json. Nothing in them depends on the machine or on time, but for
// `seconds` of points and runs.

/// What every document of a study begins with: what it is of.
[[nodiscard]] nlohmann::ordered_json study_json(const explore::StudyDescription& description);

/// A point with all that is known of it; how long its evaluation took where asked for.
[[nodiscard]] nlohmann::ordered_json point_json(const explore::StudyDescription& description,
                                                const explore::Entry& entry,
                                                bool with_seconds = false);

/// Counts, rejections, the front's size and knee, and what the points say together.
[[nodiscard]] nlohmann::ordered_json summary_json(const explore::StudyStore& study,
                                                  const StudyView& view,
                                                  const StudyInsight& insight);

/// "W", "J s", "" of plain numbers.
[[nodiscard]] std::string unit_of(explore::Metric metric);

/// As a file has it.
[[nodiscard]] std::string json_text(const nlohmann::ordered_json& json);

}  // namespace mensa::cli
