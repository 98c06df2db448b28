#include "onnx_import/operator_graph/sort.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <queue>
#include <unordered_map>
#include <utility>

#include "models/base/error.h"

namespace mensa::onnx_import {
namespace {

/// For each node of a block the nodes of that block that it reads from.
std::vector<std::vector<std::size_t>> find_sources(const Block& block) {
  std::unordered_map<ValueId, std::size_t> writer;
  for (std::size_t i = 0; i < block.nodes.size(); ++i) {
    for (const auto& output : block.nodes[i].outputs) {
      if (output) writer[*output] = i;
    }
  }
  std::vector<std::vector<std::size_t>> sources(block.nodes.size());
  for (std::size_t i = 0; i < block.nodes.size(); ++i) {
    const auto add = [&](ValueId id) {
      if (const auto found = writer.find(id); found != writer.end()) {
        sources[i].push_back(found->second);
      }
    };
    for (const auto& input : block.nodes[i].inputs) {
      if (input) add(*input);
    }
    for (const ValueId id : block.nodes[i].captures) add(id);
    std::sort(sources[i].begin(), sources[i].end());
    sources[i].erase(std::unique(sources[i].begin(), sources[i].end()), sources[i].end());
  }
  return sources;
}

[[noreturn]] void throw_cycle(const OperatorGraph& graph, const Block& block,
                              const std::vector<std::vector<std::size_t>>& sources,
                              const std::vector<bool>& placed) {
  // Each node that is left reads from another that is left: following them must come round.
  std::vector<std::size_t> walk = {
      static_cast<std::size_t>(std::find(placed.begin(), placed.end(), false) - placed.begin())};
  std::vector<bool> walked(placed.size());
  while (!walked[walk.back()]) {
    walked[walk.back()] = true;
    const auto& from = sources[walk.back()];
    walk.push_back(*std::find_if(from.begin(), from.end(), [&](auto i) { return !placed[i]; }));
  }
  walk.erase(walk.begin(), std::find(walk.begin(), walk.end(), walk.back()));
  std::reverse(walk.begin(), walk.end());
  constexpr std::size_t kMostNames = 12;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < std::min(walk.size(), kMostNames); ++i) {
    names.push_back(fmt::format("'{}' ({})", block.nodes[walk[i]].name, block.nodes[walk[i]].op));
  }
  if (walk.size() > kMostNames) names.emplace_back("...");
  throw base::Error({graph.path}, "",
                    fmt::format("the nodes form a cycle: {}", fmt::join(names, " -> ")));
}

void sort_block(const OperatorGraph& graph, Block& block) {
  for (Node& node : block.nodes) {
    for (auto& [name, inner] : node.blocks) sort_block(graph, *inner);
  }
  const auto sources = find_sources(block);
  std::vector<std::vector<std::size_t>> readers(block.nodes.size());
  std::vector<std::size_t> missing(block.nodes.size());
  std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> ready;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    missing[i] = sources[i].size();
    for (const std::size_t source : sources[i]) readers[source].push_back(i);
    if (missing[i] == 0) ready.push(i);
  }
  std::vector<Node> sorted;
  sorted.reserve(block.nodes.size());
  std::vector<std::size_t> order;
  std::vector<bool> placed(block.nodes.size());
  while (!ready.empty()) {
    const std::size_t next = ready.top();
    ready.pop();
    order.push_back(next);
    placed[next] = true;
    for (const std::size_t reader : readers[next]) {
      if (--missing[reader] == 0) ready.push(reader);
    }
  }
  if (order.size() < block.nodes.size()) throw_cycle(graph, block, sources, placed);
  for (const std::size_t i : order) sorted.push_back(std::move(block.nodes[i]));
  block.nodes = std::move(sorted);
}

}  // namespace

void sort_nodes(OperatorGraph& graph) { sort_block(graph, graph.main); }

}  // namespace mensa::onnx_import
