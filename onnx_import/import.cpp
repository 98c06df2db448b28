#include "onnx_import/import.h"

#include <utility>

#include "models/base/error.h"
#include "onnx_import/annotate/weightless.h"
#include "onnx_import/draft/draft.h"
#include "onnx_import/fusion/fusion.h"
#include "onnx_import/inference/empty_values.h"
#include "onnx_import/lowering/lower.h"
#include "onnx_import/typed_graph.h"

namespace mensa::onnx_import {

models::Graph import_file(const std::filesystem::path& path, const ImportOptions& options) {
  OperatorGraph graph = read_typed_graph(path, options);
  drop_empty_values(graph);
  if (options.fuse) fuse_operators(graph);
  Draft draft = lower_graph(graph);
  if (draft.layers.empty()) {
    throw base::Error({graph.path}, "",
                      "the model has no layers: its outputs are constant or inputs");
  }
  if (options.fuse) fuse_layers(draft);
  if (auto note = unknown_weights_note(draft)) graph.notes.push_back(std::move(*note));
  try {
    return emit_graph(std::move(draft), graph.name, graph.notes);
  } catch (const base::Error& error) {
    throw base::Error({graph.path}, "", error.what());
  }
}

}  // namespace mensa::onnx_import
