#pragma once

#include <functional>
#include <string>
#include <vector>

#include "scheduler/problem/schedule.h"

namespace mensa::scheduler::test {

/// Told of every mutant, with words that one of its violations must have in it.
using Attempt = std::function<void(const Schedule& mutant, const std::string& reason)>;

/// Where a schedule stands, and what reads what in it.
class ScheduleIndex {
 public:
  ScheduleIndex(const SchedulingProblem& of, const Schedule& schedule)
      : problem(of), graph(of.graph()), costs(of.costs()), valid(schedule) {
    block_of.resize(graph.layers().size());
    for (std::size_t b = 0; b < valid.blocks.size(); ++b) {
      for (const models::LayerId id : valid.blocks[b].layers) block_of[id.index()] = b;
    }
    for (std::size_t a = 0; a <= costs.host().index(); ++a) all.emplace_back(a);
  }

  [[nodiscard]] std::size_t block(models::LayerId id) const { return block_of[id.index()]; }
  [[nodiscard]] AcceleratorId home(models::LayerId id) const { return valid.at(id).accelerator; }
  /// Whether some layer there reads a tensor that was written elsewhere.
  [[nodiscard]] bool is_read_on(models::TensorId tensor, AcceleratorId accelerator) const {
    for (const models::LayerId reader : graph.consumers(tensor)) {
      if (home(reader) == accelerator) return true;
    }
    return false;
  }
  /// The block before, or after, on the same accelerator; the number of blocks where there is none.
  [[nodiscard]] std::size_t neighbour(std::size_t block, int direction) const {
    for (std::size_t b = block + static_cast<std::size_t>(direction); b < valid.blocks.size();
         b += static_cast<std::size_t>(direction)) {
      if (valid.blocks[b].accelerator == valid.blocks[block].accelerator) return b;
    }
    return valid.blocks.size();
  }

  const SchedulingProblem& problem;
  const models::Graph& graph;
  CostTable& costs;
  const Schedule& valid;
  std::vector<std::size_t> block_of;  ///< by layer
  std::vector<AcceleratorId> all;     ///< with the host
};

}  // namespace mensa::scheduler::test
