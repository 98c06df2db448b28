#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <unordered_map>

#include "models/base/yaml_reader.h"

namespace mensa::base {
namespace {

constexpr std::size_t kIndent = 2;

bool is_alphanumeric(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
         (letter >= '0' && letter <= '9');
}

/// Whether YAML reads `text` back as the same string without quotes, in block and flow style alike.
bool is_plain(std::string_view text) {
  if (text.empty() || text.back() == ' ') return false;
  if (!is_alphanumeric(text.front()) && text.front() != '_' && text.front() != '/') return false;
  if (text == "null" || text == "Null" || text == "NULL") return false;
  return std::all_of(text.begin(), text.end(), [](char letter) {
    constexpr std::string_view kHarmless = " _-+./()";
    return is_alphanumeric(letter) || kHarmless.find(letter) != std::string_view::npos;
  });
}

std::string scalar_text(std::string_view text) {
  if (is_plain(text)) return std::string(text);
  std::string quoted = "\"";
  for (const char letter : text) {
    constexpr unsigned char kFirstPrintable = 0x20;
    const auto code = static_cast<unsigned char>(letter);
    if (letter == '"' || letter == '\\') {
      quoted += '\\';
      quoted += letter;
    } else if (letter == '\n') {
      quoted += "\\n";
    } else if (code < kFirstPrintable) {
      quoted += fmt::format("\\x{:02x}", static_cast<unsigned>(code));
    } else {
      quoted += letter;
    }
  }
  return quoted + '"';
}

bool is_leaf(const YamlNode& node) {
  return node.kind() == YamlNode::Kind::kScalar || node.kind() == YamlNode::Kind::kNull ||
         (node.items().empty() && node.entries().empty());
}

bool holds_leaves_only(const YamlNode& node) {
  return std::all_of(node.items().begin(), node.items().end(), is_leaf) &&
         std::all_of(node.entries().begin(), node.entries().end(),
                     [](const auto& entry) { return is_leaf(entry.second); });
}

/// The node on one line.
std::string flow_text(const YamlNode& node) {
  std::string text;
  switch (node.kind()) {
    case YamlNode::Kind::kNull:
      return "null";
    case YamlNode::Kind::kScalar:
      return scalar_text(node.scalar());
    case YamlNode::Kind::kSequence:
      for (const YamlNode& item : node.items()) {
        text += fmt::format("{}{}", text.empty() ? "" : ", ", flow_text(item));
      }
      return fmt::format("[{}]", text);
    case YamlNode::Kind::kMap:
      for (const auto& [key, value] : node.entries()) {
        text +=
            fmt::format("{}{}: {}", text.empty() ? "" : ", ", scalar_text(key), flow_text(value));
      }
      return fmt::format("{{{}}}", text);
  }
  return text;
}

void write_block(const YamlNode& node, std::size_t indent, std::string& text) {
  const std::string margin(indent, ' ');
  for (const YamlNode& item : node.items()) {
    if (is_leaf(item) || holds_leaves_only(item)) {
      text += fmt::format("{}- {}\n", margin, flow_text(item));
      continue;
    }
    // "- " takes the place of the first line's indentation.
    std::string inner;
    write_block(item, indent + kIndent, inner);
    inner.replace(indent, kIndent, "- ");
    text += inner;
  }
  for (const auto& [key, value] : node.entries()) {
    text += fmt::format("{}{}:", margin, scalar_text(key));
    const bool on_one_line =
        is_leaf(value) || (value.kind() == YamlNode::Kind::kSequence &&
                           std::all_of(value.items().begin(), value.items().end(), is_leaf));
    if (on_one_line) {
      text += fmt::format(" {}\n", flow_text(value));
    } else {
      text += '\n';
      write_block(value, indent + kIndent, text);
    }
  }
}

std::vector<std::string> key_names(const YamlNode& node) {
  std::vector<std::string> names;
  for (const auto& entry : node.entries()) names.push_back(entry.first);
  return names;
}

std::vector<std::string> split_path(std::string_view path) {
  std::vector<std::string> steps;
  std::size_t begin = 0;
  while (true) {
    const std::size_t end = path.find('.', begin);
    steps.emplace_back(path.substr(begin, end - begin));
    if (end == std::string_view::npos) return steps;
    begin = end + 1;
  }
}

}  // namespace

YamlNode YamlNode::make_scalar(std::string text, SourceLocation where) {
  YamlNode node;
  node.kind_ = Kind::kScalar;
  node.where_ = std::move(where);
  node.scalar_ = std::move(text);
  return node;
}

YamlNode YamlNode::make_map(SourceLocation where) {
  YamlNode node;
  node.kind_ = Kind::kMap;
  node.where_ = std::move(where);
  return node;
}

const YamlNode* YamlNode::find(std::string_view key) const {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const auto& entry) { return entry.first == key; });
  return found == entries_.end() ? nullptr : &found->second;
}

YamlNode* YamlNode::find(std::string_view key) {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const auto& entry) { return entry.first == key; });
  return found == entries_.end() ? nullptr : &found->second;
}

SourceLocation YamlNode::key_where() const {
  return key_line_ > 0 ? SourceLocation{where_.file, key_line_, key_column_} : where_;
}

YamlNode YamlNode::merged_with(const YamlNode& overlay) const {
  if (kind_ != Kind::kMap || overlay.kind_ != Kind::kMap) return overlay;
  YamlNode merged = *this;
  std::unordered_map<std::string, std::size_t> place_of;
  for (std::size_t i = 0; i < merged.entries_.size(); ++i) place_of[merged.entries_[i].first] = i;
  for (const auto& [key, value] : overlay.entries_) {
    const auto found = place_of.find(key);
    if (found == place_of.end()) {
      merged.entries_.emplace_back(key, value);
    } else {
      YamlNode& own = merged.entries_[found->second].second;
      own = own.merged_with(value);
    }
  }
  return merged;
}

YamlNode YamlNode::without_columns() const {
  YamlNode copy = *this;
  copy.where_.column = 0;
  copy.key_column_ = 0;
  for (YamlNode& item : copy.items_) item = item.without_columns();
  for (auto& entry : copy.entries_) entry.second = entry.second.without_columns();
  return copy;
}

void YamlNode::put(std::string_view key, YamlNode value) {
  if (YamlNode* const own = find(key); own != nullptr) {
    *own = std::move(value);
  } else {
    entries_.emplace_back(std::string(key), std::move(value));
  }
}

void YamlNode::erase(std::string_view key) {
  std::erase_if(entries_, [&](const auto& entry) { return entry.first == key; });
}

void YamlNode::set(std::string_view path, std::string_view value) {
  const SourceLocation where{fmt::format("--param {}", path), 0, 0};
  const std::vector<std::string> steps = split_path(path);
  if (std::find(steps.begin(), steps.end(), "") != steps.end()) {
    throw Error(where, "", "the path has an empty step; write names with one dot between them");
  }
  YamlNode replacement = read_yaml_text(value, where.file);
  const auto relocate = [&where](auto&& self, YamlNode& node) -> void {
    node.where_ = where;
    node.key_line_ = 0;
    for (YamlNode& item : node.items_) self(self, item);
    for (auto& entry : node.entries_) self(self, entry.second);
  };
  relocate(relocate, replacement);

  YamlNode* node = this;
  std::string walked;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const std::string& step = steps[i];
    const bool is_last = i + 1 == steps.size();
    const std::string place = walked.empty() ? "the file" : fmt::format("'{}'", walked);
    YamlNode* next = nullptr;
    if (node->kind_ == Kind::kMap) {
      next = node->find(step);
      if (next == nullptr && is_last) {
        node->entries_.emplace_back(step, std::move(replacement));
        return;
      }
      if (next == nullptr) {
        throw Error(
            where, "",
            fmt::format("{} (in {})", unknown_name_message("key", step, key_names(*node)), place));
      }
    } else if (node->kind_ == Kind::kSequence && node->items_.empty()) {
      throw Error(where, "", fmt::format("{} is an empty list and has no part '{}'", place, step));
    } else if (node->kind_ == Kind::kSequence) {
      std::size_t number = 0;
      const char* const end = step.data() + step.size();
      const auto parsed = std::from_chars(step.data(), end, number);
      if (parsed.ec != std::errc() || parsed.ptr != end || number >= node->items_.size()) {
        throw Error(where, "",
                    fmt::format("{} is a list of {}; '{}' is no number from 0 to {}", place,
                                node->items_.size(), step, node->items_.size() - 1));
      }
      next = &node->items_[number];
    } else {
      throw Error(where, "", fmt::format("{} is a plain value and has no part '{}'", place, step));
    }
    node = next;
    walked += walked.empty() ? step : "." + step;
  }
  *node = std::move(replacement);
}

std::string YamlNode::to_yaml() const {
  if (is_leaf(*this)) return flow_text(*this) + '\n';
  std::string text;
  write_block(*this, 0, text);
  return text;
}

}  // namespace mensa::base
