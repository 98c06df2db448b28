#include "sim/platform/platform.h"

#include <algorithm>

#include "sim/modules/sc_time_tools.h"

namespace mensa::sim {

using accelerators::Accelerator;
using accelerators::Memory;
using accelerators::MemoryPort;
using accelerators::PortId;

namespace {

std::unique_ptr<MemoryDevice> make_device(const Memory& memory, MemoryModel model) {
  if (model == MemoryModel::kDetailed && memory.timing.has_value()) {
    return std::make_unique<DramDevice>(*memory.timing);
  }
  return std::make_unique<IdealDevice>(memory.bandwidth);
}

}  // namespace

Platform::Platform(const sc_core::sc_module_name& name, const accelerators::System& system,
                   const std::vector<StreamPlan>& plans,
                   const std::vector<std::size_t>& layer_counts, const PlatformOptions& options)
    : sc_module(name),
      system_(system),
      plans_(plans),
      dispatcher_(plans, system.accelerators.size() + 1, options.window),
      observer_(options.observer),
      layer_counts_(layer_counts) {
  for (std::size_t s = 0; s < plans.size(); ++s) {
    traces_.emplace_back(plans[s].arrivals_ps.size());
    sums_.emplace_back(layer_counts[s]);
  }
  for (const Memory& memory : system.memories) {
    cores_.push_back(std::make_unique<MemoryCore>(make_device(memory, options.memory)));
  }
  for (const MemoryPort& port : system.ports) {
    MemoryCore& core = *cores_[port.memory.index()];
    port_index_.push_back(core.add_port(port.bandwidth, port.duplex));
    if (options.foreign_memories.contains(port.id)) {
      ports_.push_back(nullptr);
      continue;
    }
    const std::string port_name = system.memory(port.memory).name + "_" + port.name;
    ports_.push_back(std::make_unique<MemoryPortModule>(
        sc_core::sc_gen_unique_name(port_name.c_str()), core, port_index_.back(), port.latency));
  }
  const auto add_engine = [&](const std::string& engine_name, base::Hertz clock,
                              const std::vector<accelerators::Buffer>& buffers, PortId port_id,
                              std::int64_t priority) {
    const std::size_t index = engines_.size();
    engines_.push_back(
        std::make_unique<EngineModule>(sc_core::sc_gen_unique_name(engine_name.c_str()), clock,
                                       buffers, engine_name, options.log));
    MemoryPortModule* const port = ports_[port_id.index()].get();
    for (auto* const initiator : {&engines_.back()->weight_socket, &engines_.back()->read_socket,
                                  &engines_.back()->write_socket}) {
      if (port == nullptr) {
        options.foreign_memories.at(port_id)->bind(*initiator);
        continue;
      }
      initiator->bind(port->socket);
      port->add_initiator(index, priority);
    }
    sc_core::sc_spawn([this, index] { drive(index); },
                      sc_core::sc_gen_unique_name((engine_name + "_dispatch").c_str()));
  };
  for (const Accelerator& accelerator : system.accelerators) {
    add_engine(accelerator.name, accelerator.clock, accelerator.buffers, accelerator.port,
               accelerator.memory_priority);
  }
  add_engine(system.host.name, base::Hertz(system.host.operations_per_second), {}, system.host.port,
             0);
  kept_.resize(engines_.size());
  for (const MemoryPort& port : system.ports) {
    if (options.log == nullptr || ports_[port.id.index()] == nullptr) continue;
    ports_[port.id.index()]->log_to(*options.log,
                                    system.memory(port.memory).name + "." + port.name);
  }
  sc_core::sc_spawn([this] { let_in(); }, sc_core::sc_gen_unique_name("arrivals"));
}

const MemoryCore::PortCounters& Platform::port_counters(PortId port) const {
  return cores_[system_.port(port).memory.index()]->counters(port_index_[port.index()]);
}

MemoryPortModule::Transfers Platform::transfers(std::size_t engine) const {
  const bool on_host = engine == system_.accelerators.size();
  const PortId port = on_host ? system_.host.port : system_.accelerators[engine].port;
  const MemoryPortModule* const module = ports_[port.index()].get();
  return module == nullptr ? MemoryPortModule::Transfers{} : module->transfers(engine);
}

void Platform::let_in() {
  for (auto next = dispatcher_.arrival_from(0); next.has_value();
       next = dispatcher_.arrival_from(*next + 1)) {
    if (*next > now_ps()) sc_core::wait(from_ps(*next - now_ps()));
    dispatcher_.admit(now_ps());
    changed_.notify(sc_core::SC_ZERO_TIME);
  }
}

bool Platform::finds_parameters(std::size_t engine, const BlockRun& run) {
  const StreamPlan& plan = plans_[run.job.stream];
  Kept& kept = kept_[engine];
  if (kept.stream != run.job.stream) kept = {run.job.stream, {}};
  kept.blocks.resize(plan.programs->size(), false);
  const bool found = kept.blocks[run.block] && plan.warm_programs != nullptr;
  kept.blocks[run.block] = true;
  return found;
}

void Platform::drive(std::size_t index) {
  EngineModule& engine = *engines_[index];
  while (true) {
    const auto chosen = dispatcher_.next(index, now_ps());
    if (!chosen.has_value()) {
      if (dispatcher_.all_done()) return;
      const Activity waits_for = dispatcher_.waits_for(index);
      sc_core::wait(changed_);
      engine.charge(waits_for);
      continue;
    }
    const BlockRun run = *chosen;
    const StreamPlan& plan = plans_[run.job.stream];
    std::vector<LayerTrace>& traces = traces_[run.job.stream][run.job.job];
    if (traces.empty()) traces.resize(layer_counts_[run.job.stream]);
    const std::int64_t start = now_ps();
    if (index < system_.accelerators.size()) {
      const std::int64_t launch = to_ps(system_.accelerators[index].launch_overhead);
      if (launch > 0) sc_core::wait(from_ps(launch));
      engine.charge(Activity::kLaunch);
    }
    const bool warm = finds_parameters(index, run);
    const BlockProgram& program = (warm ? *plan.warm_programs : *plan.programs)[run.block];
    if (observer_ != nullptr) observer_->block_begins(run.job.stream, program);
    engine.run(program, run.job, traces);
    end_ps_ = now_ps();
    block_times_.push_back({run, start, end_ps_, warm});
    for (const LayerProgram& layer : program.layers) {
      sums_[run.job.stream][layer.layer.index()].add(traces[layer.layer.index()]);
    }
    if (dispatcher_.finished(run, end_ps_) && run.job.job > 0) {
      traces = {};
      traces.shrink_to_fit();
    }
    changed_.notify(sc_core::SC_ZERO_TIME);
  }
}

}  // namespace mensa::sim
