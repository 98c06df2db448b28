#pragma once

#include <string>

namespace mensa::cli {

/// A word of a command line as a shell takes it: in quotes where it has to be.
[[nodiscard]] std::string shell_quoted(const std::string& text);

}  // namespace mensa::cli
