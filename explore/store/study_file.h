#pragma once

#include <filesystem>
#include <memory>

#include "explore/store/sqlite.h"
#include "explore/store/study_description.h"

namespace mensa::explore {

// Databases that are studies. All three throw base::Error.

/// A new one, where there is no file of that name.
[[nodiscard]] std::unique_ptr<Database> create_study_file(const std::filesystem::path& path,
                                                          const StudyDescription& description);

/// One to go on with, of the same identity.
[[nodiscard]] std::unique_ptr<Database> open_study_file(const std::filesystem::path& path,
                                                        const StudyDescription& description);

/// One to read, also from a medium that cannot be written.
[[nodiscard]] std::unique_ptr<Database> read_study_file(const std::filesystem::path& path);

}  // namespace mensa::explore
