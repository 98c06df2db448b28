#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/graph/graph.h"

namespace mensa::cli {

/// What one operator asks for in a model.
struct OperatorCoverage {
  std::string op;
  std::size_t layers = 0;
  std::size_t fused = 0;        ///< nodes that run as epilogues of layers
  std::int64_t macs = 0;        ///< over all time steps, as the others
  std::int64_t operations = 0;  ///< of vector units, those of fused nodes too
  std::int64_t elements_moved = 0;
  std::int64_t parameters = 0;  ///< elements that it reads, a shared tensor each time
  std::size_t approximate = 0;  ///< of its layers
};

/// What a model asks for, by operator, and how sure it is.
struct Coverage {
  /// The most MACs first, then the most operations, the most moved, by name.
  std::vector<OperatorCoverage> operators;
  OperatorCoverage total;  ///< its op is empty
  /// Nodes of the model that layers stand for: their own, fused and merged ones. The others are
  /// constants, views, or lead to nothing.
  std::size_t nodes = 0;
};

[[nodiscard]] Coverage coverage(const models::Graph& graph);

}  // namespace mensa::cli
