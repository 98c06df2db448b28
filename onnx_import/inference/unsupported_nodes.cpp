#include "onnx_import/inference/unsupported_nodes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace mensa::onnx_import {

void UnsupportedNodes::add(const Node& node, const std::string& why) {
  const std::string op =
      node.domain.empty() ? node.op : fmt::format("{} ({})", node.op, node.domain);
  ++counts_[op];
  nodes_.push_back(fmt::format("  {}: {}: {}", node.name, op, why));
}

std::string UnsupportedNodes::text(bool on_host) const {
  constexpr std::size_t kMostListed = 1000;
  std::vector<std::string> counts;
  counts.reserve(counts_.size());
  for (const auto& [op, count] : counts_) counts.push_back(fmt::format("{} {}", count, op));
  std::string text =
      fmt::format("{} node(s) are not supported: {}", nodes_.size(), fmt::join(counts, ", "));
  for (std::size_t i = 0; i < std::min(nodes_.size(), kMostListed); ++i) text += '\n' + nodes_[i];
  if (nodes_.size() > kMostListed) {
    text += fmt::format("\n  and {} more", nodes_.size() - kMostListed);
  }
  if (!on_host) text += "\nWith --unsupported host they run on the host, as a guess by their bytes";
  return text;
}

}  // namespace mensa::onnx_import
