#pragma once

#include <map>
#include <string>
#include <vector>

#include "onnx_import/operator_graph/operator_graph.h"

namespace mensa::onnx_import {

/// The nodes of a model that mensa cannot take, each with its reason.
class UnsupportedNodes {
 public:
  void add(const Node& node, const std::string& why);
  [[nodiscard]] bool empty() const { return nodes_.empty(); }
  /// All of them, below how many there are of each operator, and the way out. `on_host`: they were
  /// to run on the host already.
  [[nodiscard]] std::string text(bool on_host) const;

 private:
  std::map<std::string, std::size_t> counts_;  ///< by operator, with its domain
  std::vector<std::string> nodes_;
};

}  // namespace mensa::onnx_import
