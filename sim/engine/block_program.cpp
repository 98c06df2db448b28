#include "sim/engine/block_program.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "models/base/words.h"
#include "sim/engine/buffer_room.h"

namespace mensa::sim {
namespace {

/// Of a layer, even where the grain is fine: what they take in memory stays bounded.
constexpr std::size_t kMostTiles = std::size_t{1} << 22;
/// Of one run of a layer: with fewer, what two tiles in flight allow is not seen.
constexpr std::size_t kFewestTiles = 256;
constexpr base::Words<Grain, 2> kGrains("grain", {"coalesced", "fine"});

/// Gives every tensor, and every layer's partial sums, a place of its own in memory.
class Placement {
 public:
  explicit Placement(const scheduler::SchedulingProblem& problem)
      : problem_(problem), tensors_(problem.graph().tensors().size()) {}

  [[nodiscard]] Region tensor(models::TensorId id, accelerators::AcceleratorId accelerator) {
    std::optional<Region>& region = tensors_[id.index()];
    if (!region) region = place(problem_.costs().tensor_bytes(id, accelerator));
    return *region;
  }
  /// Consecutive, in a place of their own.
  [[nodiscard]] Region place(base::Bytes bytes) {
    constexpr std::int64_t kPage = 4096;
    const Region region = {next_, std::max<std::int64_t>(1, bytes.value())};
    next_ += base::ceil_div(region.bytes, kPage) * kPage;
    return region;
  }

 private:
  const scheduler::SchedulingProblem& problem_;
  std::vector<std::optional<Region>> tensors_;
  std::int64_t next_ = 0;
};

/// What the layer reads from memory that layers of its own block write there.
void add_reads(const models::Graph& graph, const scheduler::Block& block,
               const scheduler::LayerResidency& residency, LayerProgram& program) {
  const std::vector<models::TensorId> inputs = graph.activation_inputs(graph.layer(program.layer));
  const auto position_of = [&](std::optional<models::LayerId> producer) {
    return static_cast<std::size_t>(
        producer.has_value()
            ? std::find(block.layers.begin(), block.layers.end(), *producer) - block.layers.begin()
            : block.layers.end() - block.layers.begin());
  };
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (residency.has_input(i)) continue;
    const std::size_t same_run = position_of(graph.producer(inputs[i]));
    if (same_run < block.layers.size()) program.reads.push_back(same_run);
    const auto& state = graph.tensor(inputs[i]).recurrent_state;
    if (!state.has_value() || !state->next.has_value()) continue;
    const std::size_t last_run = position_of(graph.producer(*state->next));
    if (last_run < block.layers.size()) program.reads_of_last_run.push_back(last_run);
  }
}

std::vector<TileProgram> with_releases(const std::vector<accelerators::TileStep>& steps) {
  std::vector<TileProgram> tiles;
  tiles.reserve(steps.size());
  accelerators::OperandSet held;
  for (const accelerators::TileStep& step : steps) {
    for (const models::MacOperand operand : models::kAllMacOperands) {
      if (!step.changes.contains(operand)) continue;
      if (held.contains(operand)) tiles.back().releases.insert(operand);
      held.insert(operand);
    }
    tiles.push_back({step, {}});
  }
  if (!tiles.empty()) tiles.back().releases = held;
  return tiles;
}

}  // namespace

std::string_view to_string(Grain grain) { return kGrains.of(grain); }

Grain grain_from_string(std::string_view name) { return kGrains.value_of(name); }

std::vector<BlockProgram> make_programs(const scheduler::SchedulingProblem& problem,
                                        const scheduler::Schedule& schedule, Grain grain,
                                        std::size_t tiles_per_block, bool warm) {
  const models::Graph& graph = problem.graph();
  std::vector<std::size_t> block_of(graph.layers().size());
  for (std::size_t b = 0; b < schedule.blocks.size(); ++b) {
    for (const models::LayerId id : schedule.blocks[b].layers) block_of[id.index()] = b;
  }
  Placement placement(problem);
  std::vector<BlockProgram> programs;
  for (std::size_t b = 0; b < schedule.blocks.size(); ++b) {
    const scheduler::Block& block = schedule.blocks[b];
    BlockProgram program;
    program.accelerator = block.accelerator;
    program.runs = block.runs;
    const std::size_t streams = block.layers.size() * static_cast<std::size_t>(block.runs);
    const std::size_t limit =
        grain == Grain::kFine ? kMostTiles : std::max(kFewestTiles, tiles_per_block / streams);
    std::set<std::size_t> before;
    for (const models::LayerId id : block.layers) {
      const models::Layer& layer = graph.layer(id);
      const scheduler::LayerResidency residency =
          warm ? schedule.warm_residency(id) : schedule.at(id).residency;
      const auto& evaluation = *problem.costs().find(id, block.accelerator, residency);
      LayerProgram part;
      part.layer = id;
      part.name = layer.name;
      part.preload = evaluation.preload;
      part.tiles = with_releases(
          accelerators::run_stream(problem.system(), evaluation, block.accelerator, limit));
      for (const TileProgram& tile : part.tiles) {
        for (const models::MacOperand operand : models::kAllMacOperands) {
          if (tile.changes.contains(operand)) ++part.tile_counts[models::index(operand)];
        }
      }
      part.parameters = placement.place(problem.costs().parameter_bytes(layer, block.accelerator));
      const auto inputs = graph.activation_inputs(layer);
      if (!inputs.empty()) part.inputs = placement.tensor(inputs.front(), block.accelerator);
      if (!layer.outputs.empty()) {
        part.outputs = placement.tensor(layer.outputs.front(), block.accelerator);
      }
      const bool has_sums = std::any_of(part.tiles.begin(), part.tiles.end(), [](const auto& tile) {
        return tile.dram.partial_sum_write.value() > 0;
      });
      part.reads_sums = has_sums;
      // Partial sums take four bytes where results take one.
      part.sums = has_sums ? placement.place(base::Bytes(part.outputs.bytes) * 4) : part.outputs;
      add_reads(graph, block, residency, part);
      program.layers.push_back(std::move(part));
      for (const models::LayerId earlier : graph.predecessors(id)) {
        if (block_of[earlier.index()] != b) before.insert(block_of[earlier.index()]);
      }
    }
    program.waits_for.assign(before.begin(), before.end());
    programs.push_back(std::move(program));
  }
  // From the block that leaves an output on its accelerator to the last one that reads it.
  for (const models::Layer& layer : graph.layers()) {
    if (!schedule.at(layer.id).residency.output) continue;
    for (const models::TensorId output : layer.outputs) {
      for (const models::LayerId reader : graph.consumers(output)) {
        for (std::size_t b = block_of[layer.id.index()]; b < block_of[reader.index()]; ++b) {
          BlockProgram& program = programs[b];
          if (program.accelerator == schedule.at(layer.id).accelerator) {
            program.holds_accelerator = true;
          }
        }
      }
    }
  }
  add_buffer_room(problem, schedule, warm, programs);
  return programs;
}

}  // namespace mensa::sim
