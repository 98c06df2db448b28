#include "onnx_import/import.h"

#include <string>
#include <utility>

#include "models/base/error.h"
#include "onnx_import/annotate/activation_densities.h"
#include "onnx_import/annotate/stated_densities.h"
#include "onnx_import/annotate/weightless.h"
#include "onnx_import/draft/draft.h"
#include "onnx_import/fusion/fusion.h"
#include "onnx_import/inference/empty_values.h"
#include "onnx_import/lowering/lower.h"
#include "onnx_import/pruning/what_if_weights.h"
#include "onnx_import/typed_graph.h"

namespace mensa::onnx_import {

namespace {

void apply_what_if_weights(Draft& draft, OperatorGraph& graph, const ImportOptions& options) {
  try {
    for (std::string& note :
         set_what_if_weights(draft, {options.prune, options.synthetic_weights})) {
      graph.notes.push_back(std::move(note));
    }
  } catch (const base::Error& error) {
    throw base::Error({graph.path}, "", error.what());
  }
}

}  // namespace

models::Graph import_file(const std::filesystem::path& path, const ImportOptions& options) {
  StatedDensities stated(options.densities);
  OperatorGraph graph = read_typed_graph(path, options);
  drop_empty_values(graph);
  if (options.fuse) fuse_operators(graph);
  stated.set_values(graph);
  annotate_activations(graph);
  Draft draft = lower_graph(graph);
  if (draft.layers.empty()) {
    throw base::Error({graph.path}, "",
                      "the model has no layers: its outputs are constant or inputs");
  }
  if (options.fuse) fuse_layers(draft);
  stated.finish(draft);
  apply_what_if_weights(draft, graph, options);
  if (auto note = unknown_weights_note(draft)) graph.notes.push_back(std::move(*note));
  try {
    return emit_graph(std::move(draft), graph.name, graph.notes);
  } catch (const base::Error& error) {
    throw base::Error({graph.path}, "", error.what());
  }
}

}  // namespace mensa::onnx_import
