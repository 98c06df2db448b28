#include "sim/engine/block_program.h"

#include <algorithm>
#include <set>

namespace mensa::sim {

std::vector<BlockProgram> make_programs(const scheduler::SchedulingProblem& problem,
                                        const scheduler::Schedule& schedule,
                                        std::size_t tiles_per_block) {
  const models::Graph& graph = problem.graph();
  std::vector<std::size_t> block_of(graph.layers().size());
  for (std::size_t b = 0; b < schedule.blocks.size(); ++b) {
    for (const models::LayerId id : schedule.blocks[b].layers) block_of[id.index()] = b;
  }
  std::vector<BlockProgram> programs;
  for (std::size_t b = 0; b < schedule.blocks.size(); ++b) {
    const scheduler::Block& block = schedule.blocks[b];
    BlockProgram program{block.accelerator, block.runs, {}, {}};
    const std::size_t streams = block.layers.size() * static_cast<std::size_t>(block.runs);
    const std::size_t limit = std::max<std::size_t>(1, tiles_per_block / streams);
    std::set<std::size_t> before;
    for (const models::LayerId id : block.layers) {
      const auto& evaluation =
          *problem.costs().find(id, block.accelerator, schedule.at(id).residency);
      program.layers.push_back(
          {id, evaluation.preload,
           accelerators::run_stream(problem.system(), evaluation, block.accelerator, limit)});
      for (const models::LayerId earlier : graph.predecessors(id)) {
        if (block_of[earlier.index()] != b) before.insert(block_of[earlier.index()]);
      }
    }
    program.waits_for.assign(before.begin(), before.end());
    programs.push_back(std::move(program));
  }
  return programs;
}

}  // namespace mensa::sim
