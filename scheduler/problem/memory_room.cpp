#include "scheduler/problem/memory_room.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <vector>

#include "models/base/error.h"

namespace mensa::scheduler {

using accelerators::MemoryId;
using models::LayerId;
using models::TensorId;

namespace {

class MemoryRoom {
 public:
  MemoryRoom(const SchedulingProblem& problem, const Schedule& schedule)
      : problem_(problem),
        graph_(problem.graph()),
        schedule_(schedule),
        position_(graph_.layers().size()),
        parameters_(problem.system().memories.size()),
        changes_(problem.system().memories.size()) {
    for (const Block& block : schedule.blocks) {
      for (const LayerId id : block.layers) {
        position_[id.index()] = order_.size();
        order_.push_back(id);
      }
    }
    for (auto& memory : changes_) memory.resize(order_.size() + 1);
  }

  void check() {
    for (const models::Layer& layer : graph_.layers()) {
      const AcceleratorId accelerator = schedule_.at(layer.id).accelerator;
      parameters_[memory_of(accelerator).index()] +=
          problem_.costs().parameter_bytes(layer, accelerator);
    }
    for (const models::Tensor& tensor : graph_.tensors()) {
      if (!tensor.constant) place(tensor.id);
    }
    for (const accelerators::Memory& memory : problem_.system().memories) check(memory);
  }

 private:
  [[nodiscard]] MemoryId memory_of(AcceleratorId accelerator) const {
    const accelerators::System& system = problem_.system();
    const bool on_host = accelerator == problem_.costs().host();
    return system.port(on_host ? system.host.port : system.accelerator(accelerator).port).memory;
  }

  [[nodiscard]] bool finds_resident(LayerId reader, TensorId tensor) const {
    const std::vector<TensorId> inputs = graph_.activation_inputs(graph_.layer(reader));
    const auto at = std::find(inputs.begin(), inputs.end(), tensor) - inputs.begin();
    return schedule_.at(reader).residency.has_input(static_cast<std::size_t>(at));
  }

  /// An activation lies in the memory of its writer and of all its readers, from the layer that
  /// writes it to the last one that reads it.
  void place(TensorId id) {
    std::set<MemoryId> memories;
    AcceleratorId widths = problem_.costs().host();
    std::size_t first = 0;
    std::size_t last = 0;
    if (const auto writer = graph_.producer(id)) {
      const ScheduledLayer& entry = schedule_.at(*writer);
      widths = entry.accelerator;
      first = last = position_[writer->index()];
      if (!entry.residency.output) memories.insert(memory_of(widths));
    }
    for (const LayerId reader : graph_.consumers(id)) {
      last = std::max(last, position_[reader.index()]);
      if (!finds_resident(reader, id)) {
        memories.insert(memory_of(schedule_.at(reader).accelerator));
      }
    }
    const auto& outputs = graph_.outputs();
    if (std::find(outputs.begin(), outputs.end(), id) != outputs.end()) last = order_.size() - 1;
    const base::Bytes bytes = problem_.costs().tensor_bytes(id, widths);
    for (const MemoryId memory : memories) {
      changes_[memory.index()][first] += bytes;
      changes_[memory.index()][last + 1] -= bytes;
    }
  }

  void check(const accelerators::Memory& memory) const {
    base::Bytes now;
    base::Bytes most;
    std::size_t when = 0;
    for (std::size_t at = 0; at < order_.size(); ++at) {
      now += changes_[memory.id.index()][at];
      if (now > most) {
        most = now;
        when = at;
      }
    }
    const base::Bytes parameters = parameters_[memory.id.index()];
    if (parameters + most <= memory.capacity) return;
    throw base::Error(fmt::format(
        "memory '{}' of system {} holds {} B; {} needs {} B of it: {} B of parameters and, while "
        "layer '{}' runs, {} B of activations. Give the memory more capacity, or the model a "
        "smaller batch",
        memory.name, problem_.system().name, memory.capacity.value(), graph_.name(),
        (parameters + most).value(), parameters.value(), graph_.layer(order_[when]).name,
        most.value()));
  }

  const SchedulingProblem& problem_;
  const models::Graph& graph_;
  const Schedule& schedule_;
  std::vector<LayerId> order_;                     ///< of dispatch
  std::vector<std::size_t> position_;              ///< in it, by layer
  std::vector<base::Bytes> parameters_;            ///< by memory
  std::vector<std::vector<base::Bytes>> changes_;  ///< by memory and place in the order
};

}  // namespace

void check_memory_room(const SchedulingProblem& problem, const Schedule& schedule) {
  MemoryRoom(problem, schedule).check();
}

}  // namespace mensa::scheduler
