#include "sim/engine/buffer_room.h"

#include <algorithm>

namespace mensa::sim {

using accelerators::Accelerator;
using accelerators::LayerEvaluation;
using accelerators::LayerRoom;
using accelerators::RoomByBuffer;
using models::LayerId;
using models::MacOperand;
using models::TensorId;

namespace {

class Rooms {
 public:
  Rooms(const scheduler::SchedulingProblem& problem, const scheduler::Schedule& schedule, bool warm)
      : problem_(problem), graph_(problem.graph()), schedule_(schedule), warm_(warm) {}

  void add(std::vector<BlockProgram>& programs) {
    for (std::size_t b = 0; b < programs.size(); ++b) {
      if (programs[b].accelerator != problem_.costs().host()) add(schedule_.blocks[b], programs[b]);
    }
    leave_outputs(programs);
  }

 private:
  void add(const scheduler::Block& block, BlockProgram& program) {
    const Accelerator& accelerator = problem_.system().accelerator(program.accelerator);
    const std::size_t activations = accelerators::buffer_index(accelerator, MacOperand::kInputs);
    const std::size_t parameters = accelerators::buffer_index(accelerator, MacOperand::kWeights);
    const bool keeps_weights = parameters != LayerRoom::Tile::kNowhere;
    const std::vector<TensorId> tensors = scheduler::tensors_on_chip(graph_, schedule_, block);
    for (const TensorId tensor : tensors) program.stays[activations] += bytes(tensor, program);
    base::Bytes held;
    for (LayerProgram& layer : program.layers) {
      const LayerEvaluation& evaluation = evaluation_of(layer.layer, program);
      layer.room = accelerators::layer_room(problem_.system(), evaluation, program.accelerator);
      if (keeps_weights) held = std::max(held, evaluation.held_parameters);
    }
    if (keeps_weights) program.stays[parameters] += held;
    // What a layer asks for beyond that, as sums of outputs that stay, it alone takes.
    for (LayerProgram& layer : program.layers) {
      for (std::size_t buffer = 0; buffer < program.stays.size(); ++buffer) {
        layer.room.beside[buffer] +=
            std::max(base::Bytes(0), layer.room.stays[buffer] - program.stays[buffer]);
      }
      layer.room.stays = {};
    }
    // Parameters that stay for the next inference are there without a block that runs, too.
    if (keeps_weights)
      program.leaves[parameters] += residency(block.layers.front()).kept_parameters;
  }

  /// Outputs that later blocks read on chip are there in between.
  void leave_outputs(std::vector<BlockProgram>& programs) const {
    std::vector<std::size_t> block_of(graph_.layers().size());
    for (std::size_t b = 0; b < programs.size(); ++b) {
      for (const LayerProgram& layer : programs[b].layers) block_of[layer.layer.index()] = b;
    }
    for (const models::Layer& layer : graph_.layers()) {
      if (!schedule_.at(layer.id).residency.output) continue;
      const std::size_t first = block_of[layer.id.index()];
      for (const TensorId output : layer.outputs) {
        std::size_t last = first;
        for (const LayerId reader : graph_.consumers(output)) {
          last = std::max(last, block_of[reader.index()]);
        }
        for (std::size_t b = first; b < last; ++b) {
          if (programs[b].accelerator == programs[first].accelerator) leave(output, programs[b]);
        }
      }
    }
  }

  void leave(TensorId output, BlockProgram& program) const {
    const Accelerator& accelerator = problem_.system().accelerator(program.accelerator);
    program.leaves[accelerators::buffer_index(accelerator, MacOperand::kInputs)] +=
        bytes(output, program);
  }

  [[nodiscard]] const LayerEvaluation& evaluation_of(LayerId id,
                                                     const BlockProgram& program) const {
    return *problem_.costs().find(id, program.accelerator, residency(id));
  }
  [[nodiscard]] scheduler::LayerResidency residency(LayerId id) const {
    return warm_ ? schedule_.warm_residency(id) : schedule_.at(id).residency;
  }
  [[nodiscard]] base::Bytes bytes(TensorId tensor, const BlockProgram& program) const {
    return problem_.costs().tensor_bytes(tensor, program.accelerator);
  }

  const scheduler::SchedulingProblem& problem_;
  const models::Graph& graph_;
  const scheduler::Schedule& schedule_;
  bool warm_;
};

}  // namespace

void add_buffer_room(const scheduler::SchedulingProblem& problem,
                     const scheduler::Schedule& schedule, bool warm,
                     std::vector<BlockProgram>& programs) {
  Rooms(problem, schedule, warm).add(programs);
}

}  // namespace mensa::sim
