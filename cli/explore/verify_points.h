#pragma once

#include <cstddef>

#include "explore/space/space.h"
#include "explore/store/study_store.h"

namespace mensa::cli {

/// Simulates the best points of a study (as best_by_fronts() ranks them), each model in a worker
/// process, `at_once` at a time, and stores what comes out. Says on standard error which could not
/// be simulated.
void verify_points(const explore::Space& space, explore::StudyStore& study, std::size_t count,
                   std::size_t at_once);

}  // namespace mensa::cli
