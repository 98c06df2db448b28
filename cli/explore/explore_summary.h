#pragma once

#include <string>

#include "explore/store/study_store.h"
#include "explore/study/exploration.h"

namespace mensa::cli {

/// What an exploration came to, for people: why it ended, how many points, the front with its knee.
[[nodiscard]] std::string explore_table(const explore::StudyStore& study, explore::Ending ending);
/// The front for programs (docs/mensa-study.schema.json), and why it ended.
[[nodiscard]] std::string explore_json(const explore::StudyStore& study, explore::Ending ending);

}  // namespace mensa::cli
