#pragma once

#include <string>
#include <vector>

#include "models/graph/graph.h"

namespace mensa::models {

/// A graph among those that are joined, and the name that tells its parts apart there.
struct NamedGraph {
  std::string name;
  const Graph* graph = nullptr;  ///< finished
};

/// One graph of all layers of several, with no edge between them: what is to be decided of models
/// that run beside each other.
///
/// Layers, tensors, recurrences and groups of a graph follow those of the graphs before it, in the
/// same order: what had id i has i plus as many as the graphs before it have. So do positions in
/// topological_order(): all layers of a graph come before those of the next. Names of all of them
/// are "NAME/..."; labels of operators and of fused nodes stay, and notes begin with "NAME: ".
/// Sparsity profiles are shared. Throws base::Error where all together have more MACs than a graph
/// may have.
[[nodiscard]] Graph join(const std::string& name, const std::vector<NamedGraph>& graphs);

}  // namespace mensa::models
