#pragma once

#include <string>

#include "cli/pipeline.h"
#include "scheduler/clusters/families.h"

namespace mensa::cli {

/// A model's layers, families and operators, for people.
[[nodiscard]] std::string inspect_table(const LoadedModel& model,
                                        const scheduler::FamilyTable& families);
/// The traits of a model's layers, for people.
[[nodiscard]] std::string traits_table(const LoadedModel& model,
                                       const scheduler::FamilyTable& families);
/// All of it for programs: schema mensa-inspect/1, docs/mensa-inspect.schema.json.
[[nodiscard]] std::string inspect_json(const LoadedModel& model,
                                       const scheduler::FamilyTable& families);

/// A reuse or intensity, for tables: "-" where there is none.
[[nodiscard]] std::string ratio_or_dash(double ratio);

}  // namespace mensa::cli
