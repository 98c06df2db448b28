#pragma once

#include <memory>
#include <string>

namespace mensa::onnx_import {

/// An ECMAScript regular expression without back references, found anywhere in a name. Takes time
/// in proportion to the name's length whatever the expression is.
class NamePattern {
 public:
  /// Throws base::Error with what is wrong where `text` is none. Empty: found in every name.
  explicit NamePattern(const std::string& text);
  ~NamePattern();
  NamePattern(const NamePattern&) = delete;
  NamePattern& operator=(const NamePattern&) = delete;

  [[nodiscard]] bool found_in(const std::string& name) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mensa::onnx_import
