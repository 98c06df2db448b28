#pragma once

#include <filesystem>
#include <string_view>

namespace mensa::base {

/// Writes a file so that nobody ever sees half of it: the content goes to a new file in the same
/// folder, is synchronised to the device, and takes the name `path` in one step, replacing what has
/// that name. On failure the old file is untouched, nothing new is left behind, and an Error names
/// the path and the system's reason.
void write_file_atomically(const std::filesystem::path& path, std::string_view content);

/// Makes a folder and those above it where they are missing. Error naming it where that fails, or
/// where no files may be written there: whoever works for long before writing learns it at once.
void make_writable_folder(const std::filesystem::path& folder);

}  // namespace mensa::base
