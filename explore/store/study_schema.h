#pragma once

#include "explore/store/sqlite.h"
#include "explore/store/study_description.h"

namespace mensa::explore {

// How a study is kept in tables:
//
//   study             name, value: what it is of
//   runs              processes that worked on it
//   points            one row each: number, key, what became of it, a column for every metric
//   models            what each model did at a point, by its position in the space
//   accelerators      the same of the accelerators of a point
//   names             of models, accelerators and causes: each text once
//   claims            points that a run works on
//   verifications     points that were simulated

/// Makes the tables in an empty database and writes the description, all at once.
void create_study(Database& database, const StudyDescription& description);

/// Throws base::Error where the database is no study, or one of another schema.
void check_study(Database& database);

/// A description as it is read back: what is no UTF-8 in it is replaced.
[[nodiscard]] StudyDescription as_stored(const StudyDescription& description);

/// Of a checked database. base::Error where it cannot be read.
[[nodiscard]] StudyDescription read_description(Database& database);

}  // namespace mensa::explore
