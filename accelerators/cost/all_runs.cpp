#include "accelerators/cost/all_runs.h"

#include "accelerators/cost/sparse_mapping.h"

namespace mensa::accelerators {
namespace {

/// Adds parameters that are loaded once, before the first run.
void add_preload(LayerCost& cost, base::Bytes preload, const System& system, PortId port,
                 base::Hertz clock) {
  if (preload.value() == 0) return;
  const auto bytes = static_cast<double>(preload.value());
  const base::Cycles cycles =
      whole_cycles(bytes / system.port(port).bandwidth.value() * clock.value());
  const double longer = (cost.cycles + cycles).ratio(cost.cycles);
  cost.dram.parameter_read += preload;
  cost.energy.dram += system.energy_per_bit(port) * (bytes * 8.0);
  cost.energy.static_energy = cost.energy.static_energy * longer;
  cost.memory_cycles += cycles;
  cost.exposed_cycles += cycles;
  cost.cycles += cycles;
  cost.time = cost.cycles / clock;
  cost.pe_utilization /= longer;
}

LayerCost cost_of_run(const LayerEvaluation& evaluation, const System& system,
                      AcceleratorId accelerator) {
  if (evaluation.on_host) return host_cost(system, *evaluation.vector_question);
  const Accelerator& its = system.accelerator(accelerator);
  if (evaluation.vector_question) return vector_cost(system, its, *evaluation.vector_question);
  MacCostModel model(system, its, *evaluation.question);
  return std::get<LayerCost>(
      exact_cost(model, *evaluation.mapping, evaluation.weight_pattern.get()));
}

}  // namespace

void set_costs(LayerEvaluation& evaluation, const LayerCost& run, const System& system,
               const models::Layer& layer, AcceleratorId accelerator) {
  const base::Hertz clock = evaluation.on_host ? base::Hertz(system.host.operations_per_second)
                                               : system.accelerator(accelerator).clock;
  evaluation.run_cost = run;
  evaluation.cost = repeat(run, evaluation.runs, clock);
  if (evaluation.question && layer.parameters.empty()) {
    // What moves in the place of weights is an activation.
    for (LayerCost* cost : {&evaluation.run_cost, &evaluation.cost}) {
      cost->dram.activation_read += cost->dram.parameter_read;
      cost->dram.parameter_read = base::Bytes(0);
    }
  }
  if (evaluation.on_host) return;
  add_preload(evaluation.cost, evaluation.preload, system, system.accelerator(accelerator).port,
              clock);
}

LayerCost repriced(const LayerEvaluation& evaluation, const System& system,
                   const models::Layer& layer, AcceleratorId accelerator) {
  LayerEvaluation same = evaluation;
  set_costs(same, cost_of_run(evaluation, system, accelerator), system, layer, accelerator);
  return same.cost;
}

}  // namespace mensa::accelerators
