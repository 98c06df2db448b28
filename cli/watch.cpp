#include "cli/watch.h"

namespace mensa::cli {
namespace {

void begin_layer(workers::StatusBoard& status, const models::Graph& graph, models::LayerId id,
                 const std::string& model) {
  const std::string& name = graph.layer(id).name;
  const std::uint64_t position = id.index() + 1;
  if (model.empty()) {
    status.begin_layer(name, position, graph.layers().size());
  } else {
    status.begin_layer(name + " of " + model, position, graph.layers().size());
  }
}

}  // namespace

void watch_mapping(accelerators::CostTable& costs, workers::StatusBoard& status,
                   const std::string& model) {
  const models::Graph& graph = costs.graph();
  costs.tell_before_evaluation(
      [&graph, &status, model](models::LayerId id) { begin_layer(status, graph, id, model); });
}

void map_layers(const scheduler::SchedulingProblem& problem, workers::StatusBoard& status) {
  status.begin(workers::Phase::kMapping, problem.graph().layers().size());
  for (const scheduler::SchedulingProblem::Unit& unit : problem.units()) {
    static_cast<void>(problem.candidates(unit));
    status.advance(unit.size());
  }
}

void SimulationWatch::begin(const std::vector<sim::Simulation>& simulations) {
  streams_ = &simulations.front().streams;
  std::uint64_t layers = 0;
  for (const sim::Simulation& simulation : simulations) {
    for (const sim::Stream& stream : simulation.streams) {
      layers += stream.arrivals.size() * stream.problem->graph().layers().size();
    }
  }
  status_.begin(workers::Phase::kSimulating, layers);
}

void SimulationWatch::block_begins(std::size_t stream, const sim::BlockProgram& block) {
  status_.advance(at_work_);
  at_work_ = block.layers.size();
  begin_layer(status_, (*streams_)[stream].problem->graph(), block.layers.front().layer,
              models_.empty() ? std::string() : models_[stream]);
}

}  // namespace mensa::cli
