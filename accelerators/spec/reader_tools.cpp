#include "accelerators/spec/reader_tools.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

namespace mensa::accelerators {
namespace {

bool is_letter(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z');
}

const base::YamlNode* child(const base::YamlNode& node, std::string_view step) {
  if (node.kind() == base::YamlNode::Kind::kMap) return node.find(step);
  std::size_t number = 0;
  const auto parsed = std::from_chars(step.data(), step.data() + step.size(), number);
  const bool exists = node.kind() == base::YamlNode::Kind::kSequence && parsed.ec == std::errc() &&
                      number < node.items().size();
  return exists ? &node.items()[number] : nullptr;
}

bool has_path(const base::YamlNode& owner, std::string_view path) {
  const base::YamlNode* node = &owner;
  while (node != nullptr) {
    const std::size_t dot = path.find('.');
    node = child(*node, path.substr(0, dot));
    if (dot == std::string_view::npos) break;
    path.remove_prefix(dot + 1);
  }
  return node != nullptr;
}

}  // namespace

void check_schema(base::YamlMap& map, std::string_view expected) {
  const base::YamlValue schema = map.required("schema");
  if (schema.string() != expected) {
    throw schema.error(fmt::format("expected '{}', got '{}'", expected, schema.string()));
  }
}

std::string read_grade(const base::YamlValue& value) {
  constexpr std::array<std::string_view, 6> kGrades = {"A", "B", "C", "D", "X", kUserGrade};
  std::string grade = value.string();
  if (std::find(kGrades.begin(), kGrades.end(), grade) == kGrades.end()) {
    throw value.error(
        fmt::format("'{}' is no grade; use A (primary source), B (secondary), C (recalled), "
                    "D (doubtful), X (derived here) or - (your own)",
                    grade));
  }
  return grade;
}

void check_name(const base::YamlValue& value, std::string_view name) {
  const bool is_good = !name.empty() && is_letter(name.front()) &&
                       std::all_of(name.begin(), name.end(), [](char letter) {
                         return is_letter(letter) || (letter >= '0' && letter <= '9') ||
                                letter == '_' || letter == '-';
                       });
  if (!is_good) {
    throw value.error(fmt::format(
        "'{}' is no name; use letters, digits, '_' and '-', beginning with a letter", name));
  }
}

models::MacOperand read_operand(const base::YamlValue& value) {
  const std::string name = value.string();
  std::vector<std::string> known;
  for (const models::MacOperand operand : models::kAllMacOperands) {
    if (models::to_string(operand) == name) return operand;
    known.emplace_back(models::to_string(operand));
  }
  throw value.error(base::unknown_name_message("operand", name, known));
}

void check_sources(const base::YamlValue& owner, const std::optional<base::YamlValue>& sources) {
  if (!sources) return;
  for (const auto& [path, entry] : sources->map().all()) {
    if (!has_path(owner.node(), path)) {
      throw entry.error(
          fmt::format("there is no '{}' here that this could be the source of", path));
    }
    base::YamlMap ground = entry.map();
    const base::YamlValue source = ground.required("source");
    const base::YamlValue grade = ground.required("grade");
    ground.finish();
    static_cast<void>(source.string());
    static_cast<void>(read_grade(grade));
  }
}

}  // namespace mensa::accelerators
