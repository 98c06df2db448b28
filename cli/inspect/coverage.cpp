#include "cli/inspect/coverage.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

namespace mensa::cli {
namespace {

using models::Layer;

void add(OperatorCoverage& sum, const OperatorCoverage& part) {
  sum.layers += part.layers;
  sum.fused += part.fused;
  sum.macs += part.macs;
  sum.operations += part.operations;
  sum.elements_moved += part.elements_moved;
  sum.parameters += part.parameters;
  sum.approximate += part.approximate;
}

std::int64_t elements(const models::Graph& graph, const std::vector<models::TensorId>& tensors) {
  std::int64_t sum = 0;
  for (const models::TensorId id : tensors) sum += graph.tensor(id).elements();
  return sum;
}

OperatorCoverage work_of(const models::Graph& graph, const Layer& layer) {
  OperatorCoverage part;
  part.layers = 1;
  part.approximate = layer.approximation.empty() ? 0 : 1;
  part.parameters = elements(graph, layer.parameters);
  part.macs = graph.macs(layer);
  if (const auto* vector = std::get_if<models::VectorWork>(&layer.work)) {
    part.operations = vector->operations() * graph.steps(layer);
  } else if (const auto* move = std::get_if<models::MoveWork>(&layer.work)) {
    part.elements_moved = move->elements * graph.steps(layer);
  }
  return part;
}

}  // namespace

Coverage coverage(const models::Graph& graph) {
  std::map<std::string, OperatorCoverage> by_name;
  std::set<std::string> nodes;
  Coverage result;
  for (const Layer& layer : graph.layers()) {
    nodes.insert(graph.group_name(layer.group));
    nodes.insert(layer.merged.begin(), layer.merged.end());
    add(by_name[layer.op], work_of(graph, layer));
    for (const models::Epilogue& fused : layer.epilogue) {
      OperatorCoverage part;
      part.fused = 1;
      part.operations = fused.work.operations() * graph.steps(layer);
      part.parameters = elements(graph, fused.parameters);
      add(by_name[fused.op], part);
      nodes.insert(fused.node);
      nodes.insert(fused.merged.begin(), fused.merged.end());
    }
  }
  result.nodes = nodes.size();
  for (auto& [name, part] : by_name) {
    part.op = name;
    add(result.total, part);
    result.operators.push_back(part);
  }
  std::stable_sort(result.operators.begin(), result.operators.end(),
                   [](const OperatorCoverage& a, const OperatorCoverage& b) {
                     return std::tie(a.macs, a.operations, a.elements_moved) >
                            std::tie(b.macs, b.operations, b.elements_moved);
                   });
  return result;
}

}  // namespace mensa::cli
