#include "explore/design/platform.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "accelerators/cost/area.h"
#include "accelerators/cost/peak_power.h"
#include "accelerators/cost/static_power.h"
#include "accelerators/spec/accelerator_reader.h"
#include "models/base/data_path.h"

namespace mensa::explore {
namespace {

using accelerators::FactorFormats;
using accelerators::MemoryPort;
using accelerators::System;
using base::YamlNode;
using models::MacOperand;

/// Bytes of a buffer per cycle, by the side of the array that it feeds, and bytes of one access to
/// one bank: those of Mensa's accelerators (docs/design.md).
constexpr std::int64_t kActivationBytesOfRow = 16;
constexpr std::int64_t kWeightBytesOfColumn = 8;
constexpr std::int64_t kAccessBytes = 64;

constexpr FactorFormats kNative{};

std::string size_text(base::Bytes bytes) {
  constexpr std::int64_t kKibi = 1024;
  return bytes.value() % kKibi == 0 ? fmt::format("{} KiB", bytes.value() / kKibi)
                                    : fmt::format("{} B", bytes.value());
}

std::string port_name(const System& system, const MemoryPort& port) {
  return fmt::format("{}.{}", system.memory(port.memory).name, port.name);
}

/// Whether some other way into the same memory takes longer.
bool is_near(const System& system, const MemoryPort& port) {
  const auto& ports = system.memory(port.memory).ports;
  return std::any_of(ports.begin(), ports.end(), [&](accelerators::PortId other) {
    return system.port(other).latency > port.latency;
  });
}

int widest(const std::vector<FactorFormats>& formats, MacOperand operand) {
  int bits = 0;
  for (const FactorFormats& one : formats) {
    const int own = operand == MacOperand::kWeights ? one.weights.bits : one.activations.bits;
    bits = std::max(bits, own);
  }
  return bits;
}

/// Only names of the library mean the same in any folder.
bool is_library_name(const YamlNode& node) {
  return node.kind() == YamlNode::Kind::kScalar &&
         node.scalar().find_first_of("/.") == std::string::npos;
}

/// The clock of an accelerator, or of the library's one that it uses; none where it uses a file of
/// the user's own.
std::optional<base::Hertz> clock_in_library(const YamlNode& accelerator) {
  if (const YamlNode* clock = accelerator.find("clock")) {
    if (const YamlNode* const nominal = clock->find("nominal")) clock = nominal;
    return base::YamlValue(*clock, "clock").hertz();
  }
  const YamlNode* const use = accelerator.find("use");
  if (use == nullptr || !is_library_name(*use)) return std::nullopt;
  return clock_in_library(
      base::read_yaml_file(base::find_data_file(accelerators::kAcceleratorFiles, use->scalar())));
}

/// The system's own file where everything it names is of the library, else `resolved`.
YamlNode file_of(const PlatformRequest& request, const YamlNode& resolved) {
  if (!request.parameters.empty()) return resolved;
  YamlNode file =
      base::read_yaml_file(base::find_data_file(accelerators::kSystemFiles, request.system));
  const YamlNode* const technology = file.find("technology");
  bool by_name = technology != nullptr && is_library_name(*technology);
  if (const YamlNode* const memories = file.find("memories")) {
    for (const auto& [name, memory] : memories->entries()) {
      const YamlNode* const timing = memory.find("timing");
      by_name = by_name && (timing == nullptr || timing->kind() != YamlNode::Kind::kScalar ||
                            is_library_name(*timing));
    }
  }
  return by_name ? file : resolved;
}

}  // namespace

Platform::Platform(const PlatformRequest& request) : dataflows_(dataflow_choices()) {
  const YamlNode resolved = accelerators::resolve_system(request.system, request.parameters);
  base_ = accelerators::read_system(resolved);
  const std::optional<base::Hertz> usual = usual_clock(base_.technology.name);
  if (request.clock) {
    clock_ = *request.clock;
  } else {
    for (const accelerators::Accelerator& own : base_.accelerators) {
      clock_ = std::max(clock_, own.clock);
    }
    if (usual) clock_ = std::max(clock_, *usual);
  }
  clock_is_given_ = request.clock.has_value();
  find_places(request);
  own_area_at_.assign(places_.size(), 0.0);
  for (const accelerators::Accelerator& own : base_.accelerators) {
    for (std::size_t p = 0; p < places_.size(); ++p) {
      if (places_[p].id != own.port) continue;
      own_area_at_[p] += accelerators::area(own, base_.technology).total().value();
    }
  }
  base_.accelerators.clear();
  base_.warnings.clear();
  background_power_ = accelerators::background_power(base_).value();
  file_ = file_of(request, resolved);
  file_.erase("accelerators");
  find_precisions(request);
}

void Platform::find_places(const PlatformRequest& request) {
  std::vector<std::string> known;
  known.reserve(base_.ports.size());
  for (const MemoryPort& port : base_.ports) known.push_back(port_name(base_, port));
  const auto check = [&](const std::string& name) {
    if (std::find(known.begin(), known.end(), name) != known.end()) return;
    throw base::Error(fmt::format("system {}: {}", base_.name,
                                  base::unknown_name_message("memory port", name, known)));
  };
  for (const std::string& name : request.places) check(name);
  for (const PortLimit& limit : request.limits) check(limit.port);
  for (std::size_t i = 0; i < known.size(); ++i) {
    const bool is_wanted =
        request.places.empty() ||
        std::find(request.places.begin(), request.places.end(), known[i]) != request.places.end();
    if (!is_wanted) continue;
    Place place;
    place.port = known[i];
    place.id = base_.ports[i].id;
    place.near_data = is_near(base_, base_.ports[i]);
    for (const PortLimit& limit : request.limits) {
      if (limit.port != known[i]) continue;
      if (limit.area) place.most_area = limit.area;
      if (limit.power) place.most_power = limit.power;
    }
    places_.push_back(std::move(place));
  }
}

void Platform::find_precisions(const PlatformRequest& request) {
  if (request.native || request.formats.empty()) formats_.push_back(kNative);
  for (const FactorFormats& one : request.formats) {
    if (std::find(formats_.begin(), formats_.end(), one) == formats_.end()) {
      formats_.push_back(one);
    }
  }
}

BufferShape Platform::buffer(base::Bytes capacity, std::int64_t bytes_per_cycle) const {
  const accelerators::SramTable& sram = base_.technology.sram;
  const base::Bytes width(kAccessBytes);
  const base::Bytes smallest = sram.points().front().capacity;
  const auto power = [](std::int64_t value) {
    return static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(value)));
  };
  std::int64_t banks = power(base::ceil_div(bytes_per_cycle, kAccessBytes));
  const base::Seconds period(1 / clock_.value());
  while (banks < capacity.value() / smallest.value() &&
         sram.at(base::Bytes(capacity.value() / banks), width).cycle_time > period) {
    banks *= 2;
  }
  while (banks > 1 && capacity.value() / banks < smallest.value()) banks /= 2;
  return {capacity, banks, width};
}

BufferShape Platform::weight_buffer(const Blueprint& blueprint) const {
  return buffer(blueprint.weights, kWeightBytesOfColumn * blueprint.columns);
}

BufferShape Platform::activation_buffer(const Blueprint& blueprint) const {
  return buffer(blueprint.activations, kActivationBytesOfRow * blueprint.rows);
}

std::string Platform::accelerator_yaml(const Blueprint& blueprint) const {
  const DataflowChoice& dataflow = dataflows_[blueprint.dataflow];
  const auto buffer_line = [](std::string_view name, const BufferShape& shape,
                              std::string_view keeps) {
    return fmt::format("  {}: {{capacity: {}, keeps: [{}], banks: {}, width: {} B}}\n", name,
                       size_text(shape.capacity), keeps, shape.banks, shape.width.value());
  };
  std::string text = fmt::format("pe_array: {}x{}\nclock: {} Hz\ndataflow: {}\nbuffers:\n",
                                 blueprint.rows, blueprint.columns, clock_.value(), dataflow.name);
  if (blueprint.weights.value() > 0) {
    text += buffer_line("parameters", weight_buffer(blueprint), "weights");
  }
  text += buffer_line("activations", activation_buffer(blueprint), "inputs, outputs");
  const auto register_bytes = [&](MacOperand operand) {
    const std::size_t o = models::index(operand);
    const int bits = operand == MacOperand::kOutputs ? accelerators::NumberFormat::integer(32).bits
                                                     : widest(formats_, operand);
    return base::ceil_div(dataflow.registers[o] * bits, dataflow.bits[o]);
  };
  text += fmt::format("registers: {{weights: {} B, inputs: {} B, outputs: {} B}}\n",
                      register_bytes(MacOperand::kWeights), register_bytes(MacOperand::kInputs),
                      register_bytes(MacOperand::kOutputs));
  text += fmt::format("vector_lanes: {}\nprecisions:\n", lanes_for(blueprint.pes()));
  for (const FactorFormats& one : formats_) {
    text += fmt::format("  - {{weights: {}, activations: {}}}\n", one.weights.to_string(),
                        one.activations.to_string());
  }
  return text + fmt::format("time_batching: true\nkeeps_parameters: false\nport: {}\n",
                            places_[blueprint.place].port);
}

Platform::Part Platform::make_part(const Blueprint& blueprint) const {
  YamlNode tree = base::read_yaml_text(accelerator_yaml(blueprint), "accelerator");
  tree.put("dataflow", dataflows_[blueprint.dataflow].tree);
  System alone = base_;
  accelerators::read_accelerator(base::YamlValue(tree, "accelerator"), "a1", alone);
  const accelerators::Accelerator& made = alone.accelerators.front();
  return {made,
          {accelerators::area(made, alone.technology).total().value(),
           accelerators::peak_power(alone, made).total().value(),
           accelerators::leakage(made, alone.technology).value()}};
}

const Platform::Part& Platform::part(const Blueprint& blueprint) const {
  {
    const std::lock_guard lock(mutex_);
    const auto known = parts_.find(blueprint);
    if (known != parts_.end()) return *known->second;
  }
  auto made = std::make_unique<const Part>(make_part(blueprint));
  const std::lock_guard lock(mutex_);
  return *parts_.try_emplace(blueprint, std::move(made)).first->second;
}

BlueprintFigures Platform::figures(const Blueprint& blueprint) const {
  return part(blueprint).figures;
}

System Platform::system(const Blueprints& blueprints) const {
  System system = base_;
  for (const Blueprint& blueprint : blueprints) {
    accelerators::Accelerator accelerator = part(blueprint).accelerator;
    accelerator.id = accelerators::AcceleratorId(system.accelerators.size());
    accelerator.name = fmt::format("a{}", system.accelerators.size() + 1);
    system.accelerators.push_back(std::move(accelerator));
  }
  return system;
}

YamlNode Platform::file_without_accelerators() const { return file_; }

std::optional<base::Hertz> usual_clock(const std::string& technology) {
  std::optional<base::Hertz> fastest;
  for (const std::string& name : base::data_names(accelerators::kSystemFiles)) {
    const YamlNode file =
        base::read_yaml_file(base::find_data_file(accelerators::kSystemFiles, name));
    const YamlNode* const own = file.find("technology");
    const YamlNode* const accelerators = file.find("accelerators");
    if (own == nullptr || own->scalar() != technology || accelerators == nullptr) continue;
    for (const auto& [accelerator, keys] : accelerators->entries()) {
      const std::optional<base::Hertz> clock = clock_in_library(keys);
      if (clock && (!fastest || *clock > *fastest)) fastest = clock;
    }
  }
  return fastest;
}

}  // namespace mensa::explore
