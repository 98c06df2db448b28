#pragma once

#include "explore/space/space.h"
#include "explore/store/study_description.h"

namespace mensa::explore {

/// What a study of the space keeps of it. Reads the files of the models.
[[nodiscard]] StudyDescription describe(const Space& space);

}  // namespace mensa::explore
