#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "models/base/error.h"
#include "models/base/units.h"

namespace mensa::base {

/// A parsed YAML document as an immutable-by-convention value tree in which every node knows where
/// it stands. The only place that sees yaml-cpp. Duplicate keys, syntax errors, non-scalar keys,
/// more than 100 000 nodes or 64 levels (alias expansion included) are Errors with
/// file:line:column.
class YamlNode {
 public:
  enum class Kind : std::uint8_t { kNull, kScalar, kSequence, kMap };

  YamlNode() = default;
  /// Nodes that no file holds, as what a loader fills in.
  [[nodiscard]] static YamlNode make_scalar(std::string text, SourceLocation where);
  [[nodiscard]] static YamlNode make_map(SourceLocation where);

  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] const SourceLocation& where() const { return where_; }
  [[nodiscard]] const std::string& scalar() const { return scalar_; }
  [[nodiscard]] const std::vector<YamlNode>& items() const { return items_; }
  /// Map entries in file order.
  [[nodiscard]] const std::vector<std::pair<std::string, YamlNode>>& entries() const {
    return entries_;
  }
  /// The value of `key`; null where this is no map or has no such key.
  [[nodiscard]] const YamlNode* find(std::string_view key) const;
  [[nodiscard]] YamlNode* find(std::string_view key);
  /// Where the key of this map entry stands; where() for what is no map entry.
  [[nodiscard]] SourceLocation key_where() const;

  /// A copy in which `overlay`'s entries replace or join this map's, recursively through maps.
  /// Nodes keep the location of the file they came from.
  [[nodiscard]] YamlNode merged_with(const YamlNode& overlay) const;
  /// Sets the node at `path` ("accelerators.pascal.pe_array"; sequence entries by number) to the
  /// scalar or flow YAML `value`, located at "--param PATH". Every step but the last must exist;
  /// throws Error naming the step and the near names there.
  void set(std::string_view path, std::string_view value);
  /// Replaces or appends the entry `key` of this map.
  void put(std::string_view key, YamlNode value);
  /// A copy whose places have lines but no columns: for text that was made, line by line, from a
  /// file of another format.
  [[nodiscard]] YamlNode without_columns() const;
  /// Removes the entry `key` of this map, if there is one.
  void erase(std::string_view key);

  /// YAML text of the tree: block style, with lists of plain values and the records of a list on
  /// one line each. Reading it again gives an equal tree.
  [[nodiscard]] std::string to_yaml() const;

 private:
  friend class YamlParser;
  Kind kind_ = Kind::kNull;
  SourceLocation where_;
  int key_line_ = 0;  ///< 0: no map entry of a file
  int key_column_ = 0;
  std::string scalar_;
  std::vector<YamlNode> items_;
  std::vector<std::pair<std::string, YamlNode>> entries_;
};

/// Reads a file; Error when it is missing, unreadable, empty, over 16 MiB, or not YAML.
[[nodiscard]] YamlNode read_yaml_file(const std::filesystem::path& path);
/// Reads text; `name` stands for the file in messages.
[[nodiscard]] YamlNode read_yaml_text(std::string_view text, const std::string& name);

class YamlMap;

/// A node with its key path, read through checks. Every failing call throws Error of the form
/// "file:line:column: key.path: what is wrong and what is expected".
class YamlValue {
 public:
  /// `node` must outlive the value.
  YamlValue(const YamlNode& node, std::string path) : node_(&node), path_(std::move(path)) {}

  [[nodiscard]] const YamlNode& node() const { return *node_; }
  [[nodiscard]] const std::string& path() const { return path_; }
  /// An Error at this place, for checks that the caller does.
  [[nodiscard]] Error error(std::string_view message) const;

  [[nodiscard]] YamlMap map() const;
  [[nodiscard]] std::vector<YamlValue> sequence() const;
  [[nodiscard]] std::string string() const;
  [[nodiscard]] bool boolean() const;  ///< true or false
  [[nodiscard]] std::int64_t integer(std::int64_t low, std::int64_t high) const;
  [[nodiscard]] double number(double low, double high) const;  ///< plain finite number in range
  [[nodiscard]] std::vector<std::string> strings() const;
  /// "32x32": two integers >= 1.
  [[nodiscard]] std::pair<std::int64_t, std::int64_t> extent_2d() const;

  // Quantities: a number, a blank (or none), and a unit; a missing or foreign unit is an Error that
  // lists those accepted. Values must be > 0 unless `allow_zero`.
  [[nodiscard]] Bytes bytes(bool allow_zero = false) const;  ///< B, KiB, MiB, GiB, kB, MB, GB
  [[nodiscard]] Hertz hertz() const;                         ///< Hz, kHz, MHz, GHz
  [[nodiscard]] BytesPerSecond bandwidth() const;            ///< B/s, kB/s, MB/s, GB/s, TB/s, GiB/s
  [[nodiscard]] Seconds seconds(bool allow_zero = false) const;         ///< s, ms, us, ns, ps
  [[nodiscard]] Picojoules energy(bool allow_zero = false) const;       ///< fJ, pJ, nJ, uJ
  [[nodiscard]] Watts power(bool allow_zero = false) const;             ///< W, mW, uW, nW
  [[nodiscard]] SquareMillimetres area(bool allow_zero = false) const;  ///< mm2, um2

 private:
  const YamlNode* node_;
  std::string path_;
};

/// A map whose keys must all be asked for: finish() reports every key that nobody asked for, with
/// the known keys near it. Call it once when all keys are asked for, best before their values are
/// read: then a misspelt key is reported before what is wrong inside the others.
class YamlMap {
 public:
  explicit YamlMap(YamlValue value);

  [[nodiscard]] YamlValue required(std::string_view key);
  [[nodiscard]] std::optional<YamlValue> optional(std::string_view key);
  /// All entries, marked as read, in file order: for maps keyed by names of the user's own.
  [[nodiscard]] std::vector<std::pair<std::string, YamlValue>> all();
  [[nodiscard]] Error error(std::string_view message) const { return value_.error(message); }
  void finish() const;

 private:
  YamlValue value_;
  std::vector<std::string> asked_;
};

}  // namespace mensa::base
