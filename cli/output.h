#pragma once

#include <string_view>

namespace mensa::cli {

/// Writes all of `text` to standard output; base::Error where that fails, as on a full disk.
void print(std::string_view text);

/// One line on standard error: "mensa: TEXT".
void tell(std::string_view text);

/// "mensa: warning: TEXT" on standard error.
void warn(std::string_view text);

}  // namespace mensa::cli
