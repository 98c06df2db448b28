#include "onnx_import/import.h"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <algorithm>

#include "models/base/error.h"
#include "onnx_import/draft/draft.h"
#include "onnx_import/fusion/fusion.h"
#include "onnx_import/inference/inference.h"
#include "onnx_import/inference/inputs.h"
#include "onnx_import/loading/convert.h"
#include "onnx_import/loading/model_file.h"
#include "onnx_import/lowering/lower.h"
#include "onnx_import/operator_graph/prune.h"
#include "onnx_import/operator_graph/sort.h"

namespace mensa::onnx_import {
namespace {

/// The file's bytes are gone once this returns.
OperatorGraph load(const std::filesystem::path& path) {
  onnx::ModelProto model;
  read_model_file(path, model);
  const int opset = checked_opset(model, path);
  return convert_model(model, opset, path);
}

void note_unknown_weights(const Draft& draft, OperatorGraph& graph) {
  const auto is_unknown = [&](models::TensorId id) {
    const auto& sparsity = draft.tensor(id).sparsity;
    return sparsity && sparsity->origin == models::DensityOrigin::kUnknown;
  };
  std::size_t unknown = 0;
  std::size_t all = 0;
  for (const DraftLayer& entry : draft.layers) {
    for (const models::TensorId id : entry.layer.parameters) {
      ++all;
      if (is_unknown(id)) ++unknown;
    }
  }
  if (unknown == 0) return;
  graph.notes.push_back(fmt::format(
      "weightless model: {} parameter tensors hold no values (ConstantOfShape or external data); "
      "their sparsity is unknown and they count as dense",
      unknown == all ? "its" : fmt::format("{} of its {}", unknown, all)));
}

}  // namespace

models::Graph import_file(const std::filesystem::path& path, const ImportOptions& options) {
  OperatorGraph graph = load(path);
  sort_nodes(graph);
  if (const std::size_t dead = prune_dead_nodes(graph); dead > 0) {
    graph.notes.push_back(fmt::format("{} node(s) left out: nothing reads their results", dead));
  }
  bind_inputs(graph, options);
  infer_types(graph, options.batch);
  // Once more: with constants folded, some activations may have lost their last reader.
  (void)prune_dead_nodes(graph);
  Draft draft = lower_graph(graph);
  if (draft.layers.empty()) {
    throw base::Error({graph.path}, "",
                      "the model has no layers: its outputs are constant or inputs");
  }
  fuse_layers(draft);
  note_unknown_weights(draft, graph);
  try {
    return emit_graph(std::move(draft), graph.name, graph.notes);
  } catch (const base::Error& error) {
    throw base::Error({graph.path}, "", error.what());
  }
}

}  // namespace mensa::onnx_import
