#include "onnx_import/typed_graph.h"

#include <fmt/format.h>

#include "onnx_import/annotate/sparsity.h"
#include "onnx_import/inference/constant_inputs.h"
#include "onnx_import/inference/inference.h"
#include "onnx_import/inference/input_shapes.h"
#include "onnx_import/inference/inputs.h"
#include "onnx_import/loading/convert.h"
#include "onnx_import/loading/model_file.h"
#include "onnx_import/operator_graph/prune.h"
#include "onnx_import/operator_graph/sort.h"

namespace mensa::onnx_import {
namespace {

OperatorGraph load(const std::filesystem::path& path, const ImportOptions& options) {
  const ModelFile file = read_model_file(path);
  return convert_model(file, checked_opset(file), !options.weights_optional);
}

}  // namespace

OperatorGraph read_executable_graph(const std::filesystem::path& path,
                                    const ImportOptions& options) {
  OperatorGraph graph = load(path, options);
  sort_nodes(graph);
  if (const std::size_t dead = prune_dead_nodes(graph); dead > 0) {
    graph.notes.push_back(fmt::format("{} node(s) left out: nothing reads their results", dead));
  }
  set_input_shapes(graph, options);
  bind_constant_inputs(graph, options);
  bind_inputs(graph, options);
  infer_types(graph, options);
  return graph;
}

OperatorGraph read_typed_graph(const std::filesystem::path& path, const ImportOptions& options) {
  OperatorGraph graph = read_executable_graph(path, options);
  annotate_sparsity(graph);
  // Once more: with constants folded, some activations may have lost their last reader.
  (void)prune_dead_nodes(graph);
  return graph;
}

}  // namespace mensa::onnx_import
