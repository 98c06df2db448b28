#include "accelerators/cost/all_runs.h"

#include <gtest/gtest.h>

#include "accelerators/spec/loader.h"
#include "tests/support/test_graphs.h"

namespace mensa::accelerators {
namespace {

/// A layer by the figures of its own system costs what it cost; by others what the cost table of
/// that system says of the same mapping.
TEST(Repriced, IsTheSameRunByOtherFigures) {
  models::test::GraphBuilder build("lstm");
  const models::TensorId x = build.input("input", {20, 1, 320});
  const models::Graph graph = build.finish(build.lstm("lstm", x, 320, 500, 20));
  for (const char* name : {"mensa_g", "edge_tpu"}) {
    const System system = load_system(name);
    System dearer = system;
    for (MemoryPort& port : dearer.ports) {
      port.energy_per_bit.nominal = port.energy_per_bit.nominal * 2;
    }
    for (Memory& memory : dearer.memories) {
      if (memory.timing && memory.timing->activate_energy) {
        memory.timing->activate_energy->nominal = memory.timing->activate_energy->nominal * 2;
      }
    }
    CostTable costs(graph, system, Objective::kEdp);
    std::size_t compared = 0;
    for (const models::Layer& layer : graph.layers()) {
      for (std::size_t a = 0; a <= system.accelerators.size(); ++a) {
        const LayerEvaluation* found = costs.find(layer.id, AcceleratorId(a));
        if (found == nullptr) continue;
        ++compared;
        const LayerCost same = repriced(*found, system, layer, AcceleratorId(a));
        EXPECT_EQ(same.cycles, found->cost.cycles);
        EXPECT_EQ(same.dram, found->cost.dram);
        EXPECT_DOUBLE_EQ(same.energy.total().value(), found->cost.energy.total().value());
        const LayerCost more = repriced(*found, dearer, layer, AcceleratorId(a));
        EXPECT_EQ(more.cycles, found->cost.cycles);
        EXPECT_NEAR(more.energy.dram.value(), 2 * found->cost.energy.dram.value(),
                    1e-9 * more.energy.dram.value());
        const base::Picojoules others = same.energy.total() - same.energy.dram;
        EXPECT_NEAR((more.energy.total() - more.energy.dram).value(), others.value(),
                    1e-9 * others.value());
      }
    }
    EXPECT_GT(compared, graph.layers().size());
  }
}

}  // namespace
}  // namespace mensa::accelerators
