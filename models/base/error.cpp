#include "models/base/error.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>

namespace mensa::base {
namespace {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row[b.size()];
}

std::string located_message(const SourceLocation& where, std::string_view key,
                            std::string_view message) {
  std::string text = where.to_string();
  if (!key.empty()) {
    text += text.empty() ? "" : ": ";
    text += key;
  }
  text += text.empty() ? "" : ": ";
  text += message;
  return text;
}

}  // namespace

std::string SourceLocation::to_string() const {
  if (line <= 0) return file;
  if (column <= 0) return fmt::format("{}:{}", file, line);
  return fmt::format("{}:{}:{}", file, line, column);
}

Error::Error(const SourceLocation& where, std::string_view key, std::string_view message)
    : Error(located_message(where, key, message)) {}

std::vector<std::string> near_names(std::string_view name, const std::vector<std::string>& known,
                                    std::size_t limit) {
  constexpr std::size_t kLongestCompared = 256;
  if (name.size() > kLongestCompared) return {};
  std::vector<std::pair<std::size_t, std::string>> scored;
  for (const std::string& candidate : known) {
    if (candidate.size() > kLongestCompared) continue;
    const std::size_t distance = edit_distance(name, candidate);
    const bool contains = name.size() >= 3 && candidate.find(name) != std::string::npos;
    if (contains || distance <= std::max<std::size_t>(2, candidate.size() / 3)) {
      scored.emplace_back(distance, candidate);
    }
  }
  std::stable_sort(scored.begin(), scored.end());
  if (scored.size() > limit) scored.resize(limit);
  std::vector<std::string> names;
  names.reserve(scored.size());
  for (auto& entry : scored) names.push_back(std::move(entry.second));
  return names;
}

std::string unknown_name_message(std::string_view what, std::string_view name,
                                 const std::vector<std::string>& known) {
  std::string text = fmt::format("unknown {} '{}'", what, name);
  const auto near = near_names(name, known, 1);
  if (!near.empty()) text += fmt::format("; did you mean '{}'?", near.front());
  if (!known.empty()) text += fmt::format(" (known: {})", fmt::join(known, ", "));
  return text;
}

}  // namespace mensa::base
