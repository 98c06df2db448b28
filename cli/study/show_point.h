#pragma once

#include <cstdint>
#include <string>

#include "explore/store/study_store.h"

namespace mensa::cli {

/// A point with everything that is known of it, as tables or JSON. base::Error where the study has
/// no such point.
[[nodiscard]] std::string point_text(const explore::StudyStore& study, std::uint64_t number,
                                     bool as_json);

}  // namespace mensa::cli
