#include "sim/platform/platform.h"

#include <algorithm>

#include "sim/modules/sc_time_tools.h"

namespace mensa::sim {

using accelerators::Accelerator;
using accelerators::Memory;
using accelerators::MemoryPort;
using accelerators::PortId;

Platform::Platform(const sc_core::sc_module_name& name, const accelerators::System& system,
                   const std::vector<BlockProgram>& programs, std::vector<LayerTrace>& traces)
    : sc_module(name), system_(system), programs_(programs), times_(programs.size()) {
  for (const Memory& memory : system.memories) {
    cores_.push_back(std::make_unique<MemoryCore>(memory.bandwidth));
  }
  for (const MemoryPort& port : system.ports) {
    MemoryCore& core = *cores_[port.memory.index()];
    port_index_.push_back(core.add_port(port.bandwidth, port.duplex));
    const std::string port_name = system.memory(port.memory).name + "_" + port.name;
    ports_.push_back(std::make_unique<MemoryPortModule>(
        sc_core::sc_gen_unique_name(port_name.c_str()), core, port_index_.back(), port.latency));
  }
  const auto add_engine = [&](const std::string& engine_name, base::Hertz clock, PortId port) {
    const std::size_t index = engines_.size();
    engines_.push_back(std::make_unique<EngineModule>(
        sc_core::sc_gen_unique_name(engine_name.c_str()), clock, traces));
    engines_.back()->read_socket.bind(ports_[port.index()]->socket);
    engines_.back()->write_socket.bind(ports_[port.index()]->socket);
    sc_core::sc_spawn([this, index] { dispatch(index); },
                      sc_core::sc_gen_unique_name((engine_name + "_dispatch").c_str()));
  };
  for (const Accelerator& accelerator : system.accelerators) {
    add_engine(accelerator.name, accelerator.clock, accelerator.port);
  }
  add_engine(system.host.name, base::Hertz(system.host.operations_per_second), system.host.port);
}

const MemoryCore::PortCounters& Platform::port_counters(PortId port) const {
  return cores_[system_.port(port).memory.index()]->counters(port_index_[port.index()]);
}

void Platform::dispatch(std::size_t engine) {
  for (std::size_t b = 0; b < programs_.size(); ++b) {
    const BlockProgram& program = programs_[b];
    if (program.accelerator.index() != engine) continue;
    const auto ready = [&] {
      return std::all_of(program.waits_for.begin(), program.waits_for.end(),
                         [&](std::size_t before) { return times_[before].done; });
    };
    while (!ready()) sc_core::wait(block_done_);
    if (engine < system_.accelerators.size()) {
      const std::int64_t launch = to_ps(system_.accelerators[engine].launch_overhead);
      if (launch > 0) sc_core::wait(from_ps(launch));
    }
    times_[b].start_ps = now_ps();
    engines_[engine]->run(program);
    times_[b].end_ps = now_ps();
    times_[b].done = true;
    block_done_.notify(sc_core::SC_ZERO_TIME);
  }
}

}  // namespace mensa::sim
