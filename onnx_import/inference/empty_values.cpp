#include "onnx_import/inference/empty_values.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <vector>

#include "models/base/error.h"
#include "onnx_import/operator_graph/element_types.h"
#include "onnx_import/operator_graph/limits.h"

namespace mensa::onnx_import {
namespace {

/// Names of those that were taken out.
std::vector<std::string> drop(const OperatorGraph& graph, std::vector<ValueId>& ids) {
  std::vector<std::string> names;
  std::erase_if(ids, [&](ValueId id) {
    const Value& value = graph.value(id);
    if (element_count(value.shape) != 0) return false;
    names.push_back(fmt::format("'{}' ({})", value.name, fmt::join(value.shape, "x")));
    return true;
  });
  return names;
}

}  // namespace

void make_empty_constant(Value& value) {
  value.constant = true;
  value.values_unknown = false;
  if (is_float(value.type)) {
    value.floats.emplace();
  } else if (is_integral(value.type)) {
    value.integers.emplace();
  }
}

void drop_empty_values(OperatorGraph& graph) {
  const auto inputs = drop(graph, graph.main.inputs);
  const auto outputs = drop(graph, graph.main.outputs);
  if (!inputs.empty()) {
    graph.notes.push_back(
        fmt::format("empty inputs, which nothing reads: {}", fmt::join(inputs, ", ")));
  }
  if (outputs.empty()) return;
  if (graph.main.outputs.empty()) {
    throw base::Error({graph.path}, "",
                      fmt::format("its results are empty: {}", fmt::join(outputs, ", ")));
  }
  graph.notes.push_back(fmt::format("empty results left out: {}", fmt::join(outputs, ", ")));
}

}  // namespace mensa::onnx_import
