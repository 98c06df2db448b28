#include "cli/lists.h"

#include <fmt/format.h>

#include "models/base/error.h"

namespace mensa::cli {

std::vector<std::string> names_from_text(std::string_view text) {
  std::vector<std::string> names;
  std::string_view rest = text;
  while (true) {
    const std::size_t comma = rest.find(',');
    const std::string_view name = rest.substr(0, comma);
    if (name.empty()) {
      throw base::Error(text.empty() ? "the list is empty"
                                     : fmt::format("'{}' has a comma without a name", text));
    }
    names.emplace_back(name);
    if (comma == std::string_view::npos) return names;
    rest.remove_prefix(comma + 1);
  }
}

std::vector<std::string> policies_from_text(std::string_view text) {
  std::vector<std::string> policies;
  for (const std::string& part : names_from_text(text)) {
    const std::size_t mark = part.find_first_of(":=");
    const bool is_option = mark != std::string::npos && part[mark] == '=';
    if (is_option && !policies.empty()) {
      policies.back() += ',' + part;
    } else {
      policies.push_back(part);
    }
  }
  return policies;
}

}  // namespace mensa::cli
