#pragma once

#include <string>
#include <unordered_map>

namespace mensa::onnx_import {

/// Gives every node a name of its own.
class NodeNames {
 public:
  /// The name stands in the file: none that is made up may be the same.
  void reserve(const std::string& name) { uses_.try_emplace(name, 0); }

  /// The wanted name; with "#2" where it was given before.
  [[nodiscard]] std::string take(const std::string& wanted);

 private:
  std::unordered_map<std::string, int> uses_;
};

}  // namespace mensa::onnx_import
