#include "scheduler/policies/specification.h"

#include <fmt/format.h>

#include "models/base/error.h"

namespace mensa::scheduler {
namespace {

void read_part(std::string_view what, std::string_view part, PolicyArguments& arguments) {
  const std::size_t equals = part.find('=');
  if (equals == std::string_view::npos) {
    if (!arguments.target.empty() || part.empty()) {
      throw base::Error(
          part.empty()
              ? fmt::format("{}: nothing stands between two commas or at the end", what)
              : fmt::format("{}: '{}' and '{}' are two targets; options are written as key=value",
                            what, arguments.target, part));
    }
    arguments.target = part;
    return;
  }
  const std::string name(part.substr(0, equals));
  if (equals + 1 == part.size()) {
    throw base::Error(fmt::format("{}: option '{}' has no value", what, name));
  }
  if (!arguments.options.emplace(name, part.substr(equals + 1)).second) {
    throw base::Error(fmt::format("{}: option '{}' is given twice", what, name));
  }
}

}  // namespace

Specification parse_specification(std::string_view kind, std::string_view text) {
  const std::size_t colon = text.find(':');
  Specification result;
  result.name = text.substr(0, colon);
  if (colon == std::string_view::npos) return result;
  const std::string what = fmt::format("{} {}", kind, result.name);
  std::string_view rest = text.substr(colon + 1);
  while (true) {
    const std::size_t comma = rest.find(',');
    read_part(what, rest.substr(0, comma), result.arguments);
    if (comma == std::string_view::npos) return result;
    rest.remove_prefix(comma + 1);
  }
}

}  // namespace mensa::scheduler
