#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace mensa::base {

/// Where in a user's file an error was found. Line and column count from 1; 0 means unknown.
struct SourceLocation {
  std::string file;
  int line = 0;
  int column = 0;

  /// "file:line:column", leaving out what is unknown.
  [[nodiscard]] std::string to_string() const;
};

/// A mistake in what the user gave us (file, option, model). The message names the place and the
/// way out. Thrown by any folder, caught only in cli's main, which prints it and exits with 1.
/// Faults of our own are assertions or std::logic_error instead, and exit with 3.
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& message) : std::runtime_error(message) {}

  /// Message of the form "file:line:column: key: message".
  /// `key` is a key path, node or layer name; it is left out where empty.
  Error(const SourceLocation& where, std::string_view key, std::string_view message);
};

/// Up to `limit` members of `known` close to `name` by edit distance, nearest first.
[[nodiscard]] std::vector<std::string> near_names(std::string_view name,
                                                  const std::vector<std::string>& known,
                                                  std::size_t limit = 3);

/// "unknown WHAT 'NAME'; did you mean 'X'? (known: a, b, c)": the text of every unknown-name error.
[[nodiscard]] std::string unknown_name_message(std::string_view what, std::string_view name,
                                               const std::vector<std::string>& known);

}  // namespace mensa::base
