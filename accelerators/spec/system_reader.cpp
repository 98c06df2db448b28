#include <fmt/format.h>

#include <cmath>

#include "accelerators/spec/accelerator_reader.h"
#include "accelerators/spec/dram_timing_reader.h"
#include "accelerators/spec/loader.h"
#include "accelerators/spec/reader_tools.h"
#include "accelerators/spec/technology_reader.h"

namespace mensa::accelerators {
namespace {

constexpr double kMostOperationsPerSecond = 1e18;
constexpr std::array<std::pair<std::string_view, Duplex>, 2> kDuplex = {
    {{"half", Duplex::kHalf}, {"full", Duplex::kFull}}};

/// Sets the port's energy per bit from one of the two keys that may give it.
void read_port_energy(const base::YamlMap& map, const std::optional<base::YamlValue>& all_in,
                      const std::optional<base::YamlValue>& movement, const Memory& memory,
                      MemoryPort& port) {
  if (all_in && movement) {
    throw movement->error(
        "activates of rows are part of 'energy_per_bit', and come on top of this: give one of the "
        "two");
  }
  if (!all_in && !movement) {
    throw map.error(
        "the key 'energy_per_bit' is missing (all-in; or 'movement_energy_per_bit', where the "
        "activates of rows are to be counted)");
  }
  if (movement && !(memory.timing && memory.timing->activate_energy)) {
    throw movement->error(
        "the activates of rows come on top of this, so the memory needs a 'timing' with an "
        "'activate_energy'; else give 'energy_per_bit', all-in");
  }
  port.counts_activates = movement.has_value();
  port.energy_per_bit = read_sourced(movement ? *movement : *all_in,
                                     [](const base::YamlValue& one) { return one.energy(true); });
}

void read_memory_port(const base::YamlValue& value, const std::string& name, System& system) {
  check_name(value, name);
  Memory& memory = system.memories.back();
  base::YamlMap map = value.map();
  const base::YamlValue bandwidth = map.required("bandwidth");
  const auto duplex = map.optional("duplex");
  const base::YamlValue latency = map.required("latency");
  const auto energy_per_bit = map.optional("energy_per_bit");
  const auto movement_energy_per_bit = map.optional("movement_energy_per_bit");
  map.finish();

  MemoryPort port;
  port.id = PortId(system.ports.size());
  port.name = name;
  port.memory = memory.id;
  const auto bandwidths =
      read_sourced(bandwidth, [](const base::YamlValue& one) { return one.bandwidth(); });
  port.bandwidth = bandwidths.nominal;
  if (bandwidths.high > memory.bandwidth) {
    throw bandwidth.error(
        fmt::format("a port cannot be faster than its memory, which gives {} GB/s",
                    memory.bandwidth.value() / 1e9));
  }
  if (duplex) port.duplex = read_word(*duplex, "duplex", kDuplex);
  port.latency =
      read_nominal(latency, [](const base::YamlValue& one) { return one.seconds(true); });
  read_port_energy(map, energy_per_bit, movement_energy_per_bit, memory, port);
  memory.ports.push_back(port.id);
  system.ports.push_back(std::move(port));
}

/// Reads the timing of `memory`, which must give the memory's own bandwidth and burst.
std::optional<DramTiming> read_timing_of(const base::YamlValue& value, const Memory& memory) {
  if (value.node().scalar() == kNoTiming) return std::nullopt;
  constexpr double kTolerance = 0.01;
  DramTiming timing = read_dram_timing(value);
  if (timing.burst != memory.burst) {
    throw value.error(
        fmt::format("its bursts are {} B, those of memory '{}' {} B; name another timing, or '{}'",
                    timing.burst.value(), memory.name, memory.burst.value(), kNoTiming));
  }
  if (std::abs(timing.bandwidth().ratio(memory.bandwidth) - 1) > kTolerance) {
    throw value.error(fmt::format(
        "it moves {} B in {:.6g} ns on each of {} channels, {:.6g} GB/s, but memory '{}' has "
        "{:.6g} GB/s; name another timing, or '{}'",
        timing.burst.value(), timing.burst_time.value() * 1e9, timing.channels,
        timing.bandwidth().value() / 1e9, memory.name, memory.bandwidth.value() / 1e9, kNoTiming));
  }
  return timing;
}

void read_memory(const base::YamlValue& value, const std::string& name, System& system) {
  check_name(value, name);
  base::YamlMap map = value.map();
  const auto description = map.optional("description");
  const auto notes = map.optional("notes");
  const base::YamlValue kind = map.required("kind");
  const base::YamlValue capacity = map.required("capacity");
  const base::YamlValue bandwidth = map.required("bandwidth");
  const base::YamlValue burst = map.required("burst");
  const base::YamlValue background_power = map.required("background_power");
  const auto timing = map.optional("timing");
  const base::YamlValue ports = map.required("ports");
  const auto sources = map.optional("sources");
  map.finish();

  Memory memory;
  memory.id = MemoryId(system.memories.size());
  memory.name = name;
  if (description) static_cast<void>(description->string());
  if (notes) static_cast<void>(notes->string());
  memory.kind = kind.string();
  memory.capacity = capacity.bytes();
  memory.bandwidth = bandwidth.bandwidth();
  memory.burst = burst.bytes();
  if (memory.burst > memory.capacity) {
    throw burst.error(
        fmt::format("a burst cannot be larger than the memory of {} B", memory.capacity.value()));
  }
  memory.background_power = read_sourced(
      background_power, [](const base::YamlValue& figure) { return figure.power(true); });
  if (timing) memory.timing = read_timing_of(*timing, memory);
  system.memories.push_back(std::move(memory));
  for (const auto& [port_name, port] : ports.map().all()) {
    read_memory_port(port, port_name, system);
  }
  if (system.memories.back().ports.empty()) throw ports.error("expected at least one port");
  check_sources(value, sources);
}

void read_host(const base::YamlValue& value, System& system) {
  base::YamlMap map = value.map();
  const auto name = map.optional("name");
  const auto notes = map.optional("notes");
  const base::YamlValue operations_per_second = map.required("operations_per_second");
  const base::YamlValue energy_per_operation = map.required("energy_per_operation");
  const base::YamlValue port = map.required("port");
  const auto sources = map.optional("sources");
  map.finish();

  if (name) {
    system.host.name = name->string();
    check_name(*name, system.host.name);
  }
  if (notes) static_cast<void>(notes->string());
  system.host.operations_per_second = read_nominal(
      operations_per_second,
      [](const base::YamlValue& one) { return one.number(1, kMostOperationsPerSecond); });
  system.host.energy_per_operation = read_sourced(
      energy_per_operation, [](const base::YamlValue& figure) { return figure.energy(true); });
  system.host.port = read_port(port, system);
  check_sources(value, sources);
}

/// What one accelerator leaves in DRAM another one must be able to read.
void agree_on_activations(System& system) {
  const OperandSparsity& first =
      system.accelerators.front().sparsity.of(models::MacOperand::kInputs);
  const bool agree = std::all_of(
      system.accelerators.begin(), system.accelerators.end(), [&](const Accelerator& accelerator) {
        return first.same_format(accelerator.sparsity.of(models::MacOperand::kInputs)) &&
               first.same_format(accelerator.sparsity.of(models::MacOperand::kOutputs));
      });
  if (agree) return;
  for (Accelerator& accelerator : system.accelerators) {
    for (const models::MacOperand operand :
         {models::MacOperand::kInputs, models::MacOperand::kOutputs}) {
      accelerator.sparsity.operands[models::index(operand)].in_dram = false;
    }
  }
  system.warnings.emplace_back(
      "activations are dense in DRAM: the formats that accelerators read and write differ");
}

}  // namespace

System read_system(const base::YamlNode& resolved) {
  base::YamlMap map(base::YamlValue(resolved, ""));
  check_schema(map, kSystemSchema);
  const base::YamlValue name = map.required("name");
  const auto description = map.optional("description");
  const auto notes = map.optional("notes");
  const base::YamlValue technology = map.required("technology");
  const base::YamlValue memories = map.required("memories");
  const base::YamlValue accelerators = map.required("accelerators");
  const base::YamlValue host = map.required("host");
  map.finish();

  System system;
  system.name = name.string();
  if (description) system.description = description->string();
  if (notes) static_cast<void>(notes->string());
  system.technology = read_technology(technology);
  for (const auto& [memory_name, memory] : memories.map().all()) {
    read_memory(memory, memory_name, system);
  }
  if (system.memories.empty()) throw memories.error("expected at least one memory");
  for (const auto& [accelerator_name, accelerator] : accelerators.map().all()) {
    read_accelerator(accelerator, accelerator_name, system);
  }
  if (system.accelerators.empty()) throw accelerators.error("expected at least one accelerator");
  read_host(host, system);
  agree_on_activations(system);
  for (const Accelerator& accelerator : system.accelerators) {
    if (accelerator.name == system.host.name) {
      throw host.error(fmt::format("an accelerator is named '{}' as well", system.host.name));
    }
  }
  return system;
}

}  // namespace mensa::accelerators
