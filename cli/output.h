#pragma once

#include <filesystem>
#include <string_view>

namespace mensa::cli {

/// Writes all of `text` to standard output; base::Error where that fails, as on a full disk.
void print(std::string_view text);

/// base::write_file_atomically(), and a signal does not stop it half way, where it would leave the
/// new file behind.
void write_file(const std::filesystem::path& path, std::string_view content);

/// One line on standard error: "mensa: TEXT".
void tell(std::string_view text);

/// "mensa: warning: TEXT" on standard error.
void warn(std::string_view text);

}  // namespace mensa::cli
