#pragma once

#include <string>
#include <string_view>

namespace mensa::traces {

/// Text as XML 1.0 has it between tags and in attributes: markup escaped; control characters, and
/// bytes that are no UTF-8, replaced by '?'. Names come from the user's files.
[[nodiscard]] std::string xml_text(std::string_view text);

}  // namespace mensa::traces
