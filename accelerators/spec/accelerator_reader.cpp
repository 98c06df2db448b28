#include "accelerators/spec/accelerator_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "accelerators/dataflows/dataflow_reader.h"
#include "accelerators/spec/precision_reader.h"
#include "accelerators/spec/reader_tools.h"
#include "accelerators/spec/sparsity_reader.h"

namespace mensa::accelerators {
namespace {

constexpr std::int64_t kMostPriority = 1000;

constexpr std::int64_t kMostPesPerSide = 65536;
constexpr std::int64_t kMostBufferBanks = 65536;
constexpr std::int64_t kMostLanes = 65536;
constexpr std::array<std::pair<std::string_view, BufferPorts>, 2> kBufferPorts = {
    {{"shared", BufferPorts::kShared}, {"separate", BufferPorts::kSeparate}}};

Buffer read_buffer(const base::YamlValue& value, const std::string& name) {
  check_name(value, name);
  base::YamlMap map = value.map();
  const base::YamlValue capacity = map.required("capacity");
  const base::YamlValue keeps = map.required("keeps");
  const auto banks = map.optional("banks");
  const base::YamlValue width = map.required("width");
  const auto ports = map.optional("ports");
  map.finish();

  Buffer buffer;
  buffer.name = name;
  buffer.capacity = capacity.bytes();
  for (const base::YamlValue& entry : keeps.sequence()) {
    const models::MacOperand operand = read_operand(entry);
    if (buffer.keeps.contains(operand)) {
      throw entry.error(fmt::format("{} stand here twice", models::to_string(operand)));
    }
    buffer.keeps.insert(operand);
  }
  if (buffer.keeps.empty()) {
    throw keeps.error("a buffer must keep something: weights, inputs or outputs");
  }
  if (banks) buffer.banks = static_cast<int>(banks->integer(1, kMostBufferBanks));
  buffer.width = width.bytes();
  if (ports) buffer.ports = read_word(*ports, "kind of ports", kBufferPorts);
  if (buffer.capacity.value() / buffer.banks < buffer.width.value()) {
    throw capacity.error(fmt::format("{} B cannot hold one access of {} B in each of {} banks",
                                     buffer.capacity.value(), buffer.width.value(), buffer.banks));
  }
  return buffer;
}

std::vector<Buffer> read_buffers(const base::YamlValue& value) {
  std::vector<Buffer> buffers;
  for (const auto& [name, entry] : value.map().all()) {
    Buffer buffer = read_buffer(entry, name);
    for (const Buffer& other : buffers) {
      for (const models::MacOperand operand : models::kAllMacOperands) {
        if (!buffer.keeps.contains(operand) || !other.keeps.contains(operand)) continue;
        throw entry.error(fmt::format("{} are kept by '{}' already; one buffer keeps an operand",
                                      models::to_string(operand), other.name));
      }
    }
    buffers.push_back(std::move(buffer));
  }
  for (const models::MacOperand operand :
       {models::MacOperand::kInputs, models::MacOperand::kOutputs}) {
    const bool is_kept = std::any_of(buffers.begin(), buffers.end(), [operand](const Buffer& one) {
      return one.keeps.contains(operand);
    });
    if (!is_kept) {
      throw value.error(
          fmt::format("no buffer keeps {}; inputs and outputs must each be in the 'keeps' of one "
                      "(only weights may stream past the buffers)",
                      models::to_string(operand)));
    }
  }
  return buffers;
}

/// Bits of a value of an operand in a PE, at the native precision.
int operand_bits(models::MacOperand operand, const Accelerator& accelerator) {
  const Precision& precision = accelerator.native_precision();
  switch (operand) {
    case models::MacOperand::kWeights:
      return accelerator.stored_bits(precision.factors.weights);
    case models::MacOperand::kInputs:
      return accelerator.stored_bits(precision.factors.activations);
    case models::MacOperand::kOutputs:
      return accelerator.stored_bits(precision.accumulators);
  }
  return 0;
}

RegisterFile read_registers(const base::YamlValue& value, const Accelerator& accelerator) {
  RegisterFile registers;
  base::YamlMap map = value.map();
  for (const models::MacOperand operand : models::kAllMacOperands) {
    const auto capacity = map.optional(models::to_string(operand));
    if (!capacity) continue;
    const base::Bytes bytes = capacity->bytes(true);
    const int bits = operand_bits(operand, accelerator);
    if (bytes.value() > 0 && bytes < base::packed_bytes(1, bits)) {
      throw capacity->error(
          fmt::format("{} B cannot hold one value of {} bits", bytes.value(), bits));
    }
    registers.capacity[models::index(operand)] = bytes;
  }
  map.finish();
  return registers;
}

void check_stationary(const base::YamlValue& place, const Accelerator& accelerator) {
  const models::MacOperand stationary = accelerator.dataflow.stationary;
  if (accelerator.registers.capacity[models::index(stationary)].value() > 0) return;
  throw place.error(fmt::format("dataflow '{}' keeps {} in the PE, but registers.{} is 0",
                                accelerator.dataflow.name, models::to_string(stationary),
                                models::to_string(stationary)));
}

/// A plain value is whole; of a figure with a range, which has some lanes everywhere, the nearest
/// whole one counts.
std::int64_t read_lanes(const base::YamlValue& value) {
  if (value.node().kind() != base::YamlNode::Kind::kMap) return value.integer(0, kMostLanes);
  return std::llround(read_nominal(value, [](const base::YamlValue& one) {
    return one.number(1, static_cast<double>(kMostLanes));
  }));
}

void warn_about_sram(const base::YamlValue& place, const Accelerator& accelerator,
                     const Buffer& buffer, System& system) {
  const base::Bytes bank(buffer.bank_capacity().value());
  const Technology& technology = system.technology;
  const auto warn = [&](const std::string& message) {
    system.warnings.emplace_back(place.error(message).what());
  };
  if (!technology.sram.covers(bank, buffer.width)) {
    warn(
        fmt::format("banks of {} B with accesses of {} B lie outside the SRAM table of '{}'; its "
                    "energy, leakage and area are extrapolated",
                    bank.value(), buffer.width.value(), technology.name));
  }
  constexpr double kNanoseconds = 1e9;
  const double cycle_time = technology.sram.at(bank, buffer.width).cycle_time.value();
  const double period = 1 / accelerator.clock.value();
  if (cycle_time > period) {
    warn(fmt::format(
        "banks of {} B with accesses of {} B cycle in {:.3g} ns, longer than the clock "
        "period of {:.3g} ns",
        bank.value(), buffer.width.value(), cycle_time * kNanoseconds, period * kNanoseconds));
  }
}

}  // namespace

PortId read_port(const base::YamlValue& value, const System& system) {
  const std::string name = value.string();
  std::vector<std::string> known;
  for (const MemoryPort& port : system.ports) {
    known.push_back(fmt::format("{}.{}", system.memory(port.memory).name, port.name));
    if (known.back() == name) return port.id;
  }
  throw value.error(base::unknown_name_message("memory port", name, known));
}

void read_accelerator(const base::YamlValue& value, const std::string& name, System& system) {
  check_name(value, name);
  base::YamlMap map = value.map();
  const auto description = map.optional("description");
  const auto notes = map.optional("notes");
  const base::YamlValue pe_array = map.required("pe_array");
  const base::YamlValue clock = map.required("clock");
  const base::YamlValue dataflow = map.required("dataflow");
  const base::YamlValue buffers = map.required("buffers");
  const base::YamlValue registers = map.required("registers");
  const auto vector_lanes = map.optional("vector_lanes");
  const auto precisions = map.optional("precisions");
  const auto emulation = map.optional("emulation");
  const auto sub_byte_storage = map.optional("sub_byte_storage");
  const auto sparsity = map.optional("sparsity");
  const auto time_batching = map.optional("time_batching");
  const auto keeps_parameters = map.optional("keeps_parameters");
  const auto power_gated = map.optional("power_gated");
  const auto launch_overhead = map.optional("launch_overhead");
  const auto memory_priority = map.optional("memory_priority");
  const base::YamlValue port = map.required("port");
  const auto sources = map.optional("sources");
  map.finish();

  Accelerator accelerator;
  accelerator.id = AcceleratorId(system.accelerators.size());
  accelerator.name = name;
  if (description) accelerator.description = description->string();
  if (notes) static_cast<void>(notes->string());
  std::tie(accelerator.rows, accelerator.columns) = pe_array.extent_2d();
  if (accelerator.rows > kMostPesPerSide || accelerator.columns > kMostPesPerSide) {
    throw pe_array.error(fmt::format("an array side must be within 1 to {}", kMostPesPerSide));
  }
  accelerator.clock = read_nominal(clock, [](const base::YamlValue& one) { return one.hertz(); });
  accelerator.dataflow = read_dataflow(dataflow);
  accelerator.buffers = read_buffers(buffers);
  if (precisions) {
    accelerator.precisions = read_precisions(*precisions, system.technology);
  } else {
    accelerator.precisions = {Precision{}};
    located(value,
            [&] { return system.technology.mac_energy(accelerator.native_precision().factors); });
  }
  if (emulation) accelerator.emulations = read_emulation(*emulation, accelerator.precisions);
  if (sub_byte_storage) {
    accelerator.sub_byte_storage = read_sub_byte_storage(*sub_byte_storage);
  }
  accelerator.registers = read_registers(registers, accelerator);
  check_stationary(registers, accelerator);
  if (vector_lanes) accelerator.vector_unit.lanes = read_lanes(*vector_lanes);
  if (sparsity) accelerator.sparsity = read_sparsity(*sparsity, accelerator);
  if (time_batching) accelerator.time_batching = time_batching->boolean();
  if (keeps_parameters) accelerator.keeps_parameters = keeps_parameters->boolean();
  if (power_gated) accelerator.power_gated = power_gated->boolean();
  if (launch_overhead) {
    accelerator.launch_overhead = read_nominal(
        *launch_overhead, [](const base::YamlValue& one) { return one.seconds(true); });
  }
  if (memory_priority) accelerator.memory_priority = memory_priority->integer(0, kMostPriority);
  accelerator.port = read_port(port, system);
  check_sources(value, sources);

  const auto places = buffers.map().all();  // in the order of accelerator.buffers
  for (std::size_t i = 0; i < places.size(); ++i) {
    warn_about_sram(places[i].second, accelerator, accelerator.buffers[i], system);
  }
  system.accelerators.push_back(std::move(accelerator));
}

}  // namespace mensa::accelerators
