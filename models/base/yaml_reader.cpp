#include "models/base/yaml_reader.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>
#include <system_error>
#include <unordered_map>

namespace mensa::base {
namespace {

constexpr std::size_t kMostNodes = 100'000;
constexpr std::size_t kMostLevels = 64;
constexpr std::size_t kMostFileBytes = std::size_t{16} << 20;  // 16 MiB

std::size_t count_nodes(const YamlNode& node) {
  std::size_t count = 1;
  for (const YamlNode& item : node.items()) count += count_nodes(item);
  for (const auto& entry : node.entries()) count += count_nodes(entry.second);
  return count;
}

std::size_t count_levels(const YamlNode& node) {
  std::size_t deepest = 0;
  for (const YamlNode& item : node.items()) deepest = std::max(deepest, count_levels(item));
  for (const auto& entry : node.entries()) deepest = std::max(deepest, count_levels(entry.second));
  return node.kind() == YamlNode::Kind::kMap || node.kind() == YamlNode::Kind::kSequence
             ? deepest + 1
             : 0;
}

/// yaml-cpp ends the text at an EOT byte and reads NULs as text; neither belongs in a file of ours.
void reject_control_characters(std::string_view text, const std::string& name) {
  constexpr unsigned char kFirstPrintable = 0x20;
  int line = 1;
  int column = 1;
  for (const char letter : text) {
    if (letter == '\n') {
      ++line;
      column = 1;
      continue;
    }
    if (static_cast<unsigned char>(letter) < kFirstPrintable && letter != '\t' && letter != '\r') {
      throw Error({name, line, column}, "",
                  fmt::format("control character 0x{:02x}; this is no YAML text",
                              static_cast<unsigned>(static_cast<unsigned char>(letter))));
    }
    ++column;
  }
}

}  // namespace

/// Builds the value tree from yaml-cpp's events. Its own tree (YAML::Node) would hide duplicate
/// keys and share aliased nodes.
class YamlParser final : public YAML::EventHandler {
 public:
  explicit YamlParser(std::string name) : name_(std::move(name)) {}

  YamlNode parse(std::string_view text) {
    reject_control_characters(text, name_);
    // yaml-cpp 0.7 takes an open quote for closed where the text ends with a line break.
    text = text.substr(0, text.find_last_not_of(" \t\r\n") + 1);  // npos + 1 is 0
    try {
      std::istringstream stream{std::string(text)};
      YAML::Parser parser(stream);
      const bool found = parser.HandleNextDocument(*this);
      if (!found || root_.kind() == YamlNode::Kind::kNull) {
        throw Error({name_, 0, 0}, "", "is empty; expected a YAML document");
      }
      YamlNode first = std::move(root_);
      if (parser.HandleNextDocument(*this)) {
        throw Error(root_.where(), "", "a second document begins here; expected only one");
      }
      return first;
    } catch (const YAML::Exception& error) {
      throw Error(location(error.mark), "", fmt::format("not valid YAML: {}", error.msg));
    }
  }

  void OnDocumentStart(const YAML::Mark& /*mark*/) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (expects_key()) throw Error(location(mark), "", "a key is empty");
    place(make(YamlNode::Kind::kNull, mark), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (expects_key()) throw Error(location(mark), "", "a key must be plain text, not an alias");
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) {
      throw Error(location(mark), "", "an alias stands inside the value that it stands for");
    }
    if (frames_.size() + count_levels(found->second) > kMostLevels) fail_depth(mark);
    count(count_nodes(found->second), mark);
    place(found->second, 0);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    reject_tag(tag, mark);
    if (expects_key()) {
      Frame& frame = frames_.back();
      const auto [first, is_new] = frame.keys.emplace(value, mark.line + 1);
      if (!is_new) {
        throw Error(location(mark), value,
                    fmt::format("duplicate key; it stands on line {} already", first->second));
      }
      frame.key = value;
      frame.key_mark = mark;
      frame.has_key = true;
      return;
    }
    YamlNode node = make(YamlNode::Kind::kScalar, mark);
    node.scalar_ = value;
    place(std::move(node), anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(YamlNode::Kind::kSequence, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(YamlNode::Kind::kMap, mark, tag, anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  /// A map or sequence that is still being read.
  struct Frame {
    YamlNode node;
    YAML::anchor_t anchor = 0;
    std::unordered_map<std::string, int> keys;  ///< with their lines
    bool has_key = false;
    std::string key;
    YAML::Mark key_mark;
  };

  [[nodiscard]] SourceLocation location(const YAML::Mark& mark) const {
    return {name_, mark.line + 1, mark.column + 1};
  }

  [[nodiscard]] bool expects_key() const {
    return !frames_.empty() && frames_.back().node.kind_ == YamlNode::Kind::kMap &&
           !frames_.back().has_key;
  }

  void reject_tag(const std::string& tag, const YAML::Mark& mark) const {
    // "?" and "!" are what yaml-cpp calls an untagged plain or quoted value.
    if (tag.empty() || tag == "?" || tag == "!") return;
    throw Error(location(mark), "", fmt::format("tags are not supported here ('{}')", tag));
  }

  [[noreturn]] void fail_depth(const YAML::Mark& mark) const {
    throw Error(location(mark), "", fmt::format("nested deeper than {} levels", kMostLevels));
  }

  void count(std::size_t more, const YAML::Mark& mark) {
    count_ += more;
    if (count_ > kMostNodes) {
      throw Error(
          location(mark), "",
          fmt::format("more than {} values (aliases count as what they stand for)", kMostNodes));
    }
  }

  YamlNode make(YamlNode::Kind kind, const YAML::Mark& mark) {
    count(1, mark);
    YamlNode node;
    node.kind_ = kind;
    node.where_ = location(mark);
    return node;
  }

  void open(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag,
            YAML::anchor_t anchor) {
    reject_tag(tag, mark);
    if (expects_key())
      throw Error(location(mark), "", "a key must be plain text; is a bracket not closed?");
    if (frames_.size() == kMostLevels) fail_depth(mark);
    Frame frame;
    frame.node = make(kind, mark);
    frame.anchor = anchor;
    frames_.push_back(std::move(frame));
  }

  void close() {
    Frame frame = std::move(frames_.back());
    frames_.pop_back();
    place(std::move(frame.node), frame.anchor);
  }

  void place(YamlNode node, YAML::anchor_t anchor) {
    if (anchor != 0) {
      // The copy kept for aliases counts too: nested anchors would copy the same nodes many times.
      count_ += count_nodes(node);
      if (count_ > kMostNodes) {
        throw Error(node.where_, "",
                    fmt::format("more than {} values (anchors count twice)", kMostNodes));
      }
      anchors_[anchor] = node;
    }
    if (frames_.empty()) {
      root_ = std::move(node);
      return;
    }
    Frame& frame = frames_.back();
    if (frame.node.kind_ == YamlNode::Kind::kSequence) {
      frame.node.items_.push_back(std::move(node));
      return;
    }
    node.key_line_ = frame.key_mark.line + 1;
    node.key_column_ = frame.key_mark.column + 1;
    frame.node.entries_.emplace_back(std::move(frame.key), std::move(node));
    frame.has_key = false;
  }

  std::string name_;
  std::size_t count_ = 0;
  std::vector<Frame> frames_;
  std::map<YAML::anchor_t, YamlNode> anchors_;
  YamlNode root_;
};

YamlNode read_yaml_text(std::string_view text, const std::string& name) {
  if (text.size() > kMostFileBytes) {
    throw Error({name, 0, 0}, "", "is larger than 16 MiB; this is no description file");
  }
  return YamlParser(name).parse(text);
}

YamlNode read_yaml_file(const std::filesystem::path& path) {
  const std::string name = path.string();
  std::error_code failed;
  if (!std::filesystem::exists(path, failed)) {
    throw Error({name, 0, 0}, "", "there is no such file");
  }
  if (std::filesystem::is_directory(path, failed)) {
    throw Error({name, 0, 0}, "", "is a folder; expected a YAML file");
  }
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw Error({name, 0, 0}, "", "cannot be opened for reading");
  // In pieces, since the size of a pipe is not known beforehand.
  constexpr std::size_t kPiece = std::size_t{64} << 10;  // 64 KiB
  std::string text;
  while (stream && text.size() <= kMostFileBytes) {
    const std::size_t before = text.size();
    text.resize(before + kPiece);
    stream.read(text.data() + before, static_cast<std::streamsize>(kPiece));
    text.resize(before + static_cast<std::size_t>(stream.gcount()));
  }
  if (stream.bad()) throw Error({name, 0, 0}, "", "cannot be read");
  return read_yaml_text(text, name);
}

}  // namespace mensa::base
