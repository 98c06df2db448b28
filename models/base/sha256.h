#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace mensa::base {

/// SHA-256 (FIPS 180-4) of a text, as 64 lower-case hexadecimal digits.
[[nodiscard]] std::string sha256(std::string_view text);

/// The same of a file's content; Error where it cannot be read.
[[nodiscard]] std::string sha256_of_file(const std::filesystem::path& path);

}  // namespace mensa::base
