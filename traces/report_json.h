#pragma once

#include <nlohmann/json_fwd.hpp>

#include "traces/report.h"

namespace mensa::traces {

/// Names the layout of the JSON report; it changes when a key goes or means something else.
inline constexpr std::string_view kReportSchema = "mensa-run/1";

/// A report, and one layer of it, as docs/mensa-run.schema.json describes them. Keys stand in a
/// fixed order, and every layer has the same ones. Throws std::logic_error on a figure that is not
/// finite.
[[nodiscard]] nlohmann::ordered_json report_to_json(const Report& report);
[[nodiscard]] nlohmann::ordered_json layer_to_json(const LayerReport& layer);

/// Whole picoseconds by activity: they add up exactly.
[[nodiscard]] nlohmann::ordered_json activities_to_json(const sim::ActivityTimes& times);

}  // namespace mensa::traces
