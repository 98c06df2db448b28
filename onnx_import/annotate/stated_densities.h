#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>
#include <vector>

#include "onnx_import/annotate/density_file.h"
#include "onnx_import/draft/draft.h"
#include "onnx_import/operator_graph/operator_graph.h"

namespace mensa::onnx_import {

/// Gives the tensors of a model the densities of a file. A name is that of a value of the ONNX
/// file, whether a layer still makes it or it became a part of one, or of a tensor that lowering
/// made. Call set_values() before layers are made and finish() on them.
class StatedDensities {
 public:
  /// Nothing is stated where `path` is empty. Throws base::Error as read_density_file() does.
  explicit StatedDensities(const std::string& path);

  /// Sets Value::sparsity of those that are named, and adds notes to the graph: where densities
  /// come from, and where the file says that it is of another model. A view is set by the name of
  /// what it shows. Weights whose values are known are mistakes, which finish() tells.
  void set_values(OperatorGraph& graph);

  /// Sets the tensors that are left. Throws base::Error naming all at once, by file and line, that
  /// there are none of, with near names, and the weights whose values are known.
  void finish(Draft& draft);

 private:
  struct Entry {
    StatedDensity stated;
    bool found = false;
    bool known = false;  ///< it is of weights that were counted
  };

  void set(OperatorGraph& graph, Value& value);
  void fail(const std::vector<std::string>& known) const;

  DensityFile file_;
  std::vector<Entry> entries_;
  std::unordered_map<std::string, std::size_t> places_;  ///< in entries_, by name
  std::vector<std::string> value_names_;
};

}  // namespace mensa::onnx_import
