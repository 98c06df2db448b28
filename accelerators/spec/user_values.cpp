#include "accelerators/spec/user_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "accelerators/spec/reader_tools.h"

namespace mensa::accelerators {
namespace {

using base::YamlNode;

constexpr std::string_view kSources = "sources";
/// Keys whose values are no figures: nobody asks where they are from.
constexpr std::array<std::string_view, 7> kNoFigures = {"description", "kind",   "name", "notes",
                                                        "port",        "timing", "use"};

YamlNode user_ground(const base::SourceLocation& where) {
  YamlNode ground = YamlNode::make_map(where);
  ground.put("source", YamlNode::make_scalar(std::string(kUserSource), where));
  ground.put("grade", YamlNode::make_scalar(std::string(kUserGrade), where));
  return ground;
}

/// `path` is seen from the map that has these sources.
void mark_in_sources(YamlNode& sources, std::string_view path) {
  std::vector<std::string> outdated;
  for (const auto& entry : sources.entries()) {
    if (entry.first == path || entry.first.starts_with(fmt::format("{}.", path))) {
      outdated.push_back(entry.first);
    }
  }
  for (const std::string& key : outdated) sources.erase(key);
  sources.put(path, user_ground(sources.where()));
}

/// A figure {nominal, low, high, source, grade} of which `part` was replaced.
void mark_in_figure(YamlNode& figure, std::string_view part) {
  const bool is_value = part == "nominal" || part == "low" || part == "high";
  if (!is_value || figure.find("source") == nullptr) return;
  const YamlNode ground = user_ground(figure.where());
  for (const auto& [key, value] : ground.entries()) figure.put(key, value);
}

void collect_leaves(const YamlNode& node, const std::string& path,
                    std::vector<std::string>& leaves) {
  if (node.kind() != YamlNode::Kind::kMap || node.entries().empty()) {
    leaves.push_back(path);
    return;
  }
  for (const auto& [key, value] : node.entries()) {
    if (path.empty() && key == kSources) continue;
    collect_leaves(value, path.empty() ? key : fmt::format("{}.{}", path, key), leaves);
  }
}

}  // namespace

void mark_user_value(YamlNode& tree, std::string_view path) {
  const std::string_view last = path.substr(path.rfind('.') + 1);  // npos + 1 is 0: all of it
  if (std::find(kNoFigures.begin(), kNoFigures.end(), last) != kNoFigures.end()) return;
  YamlNode* node = &tree;
  while (node != nullptr && node->kind() == YamlNode::Kind::kMap) {
    const std::size_t dot = path.find('.');
    const std::string_view step = path.substr(0, dot);
    if (step == kSources) return;  // the user gives the source itself
    if (YamlNode* const sources = node->find(kSources);
        sources != nullptr && sources->kind() == YamlNode::Kind::kMap) {
      mark_in_sources(*sources, path);
    }
    if (dot == std::string_view::npos) {
      mark_in_figure(*node, step);
      return;
    }
    node = node->find(step);
    path.remove_prefix(dot + 1);
  }
}

void mark_user_values(YamlNode& tree, const YamlNode& overlay) {
  std::vector<std::string> leaves;
  collect_leaves(overlay, "", leaves);
  for (const std::string& path : leaves) mark_user_value(tree, path);
  // What the overlay says of sources comes last, so that it wins.
  const YamlNode* const given = overlay.find(kSources);
  YamlNode* const sources = tree.find(kSources);
  if (given == nullptr || sources == nullptr) return;
  *sources = sources->merged_with(*given);
}

}  // namespace mensa::accelerators
