// What tells the mappings of two accelerators apart, by changing every figure of library systems.

#include "accelerators/cost/mapping_identity.h"

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "accelerators/mapping/mapper.h"
#include "accelerators/spec/loader.h"
#include "models/base/error.h"
#include "tests/accelerators/test_system.h"

namespace mensa::accelerators {
namespace {

using base::YamlNode;

MappingIdentity identity_of(const System& system, std::string_view accelerator) {
  return mapping_identity(system, system.accelerator(accelerator));
}

/// Of Pascal in mensa_g with one value changed.
MappingIdentity pascal_with(const std::string& path, const std::string& value) {
  return identity_of(load_system("mensa_g", {{path, value}}), "pascal");
}

TEST(MappingIdentity, IsOfWhatAMapperSees) {
  const MappingIdentity plain = identity_of(load_system("mensa_g"), "pascal");
  for (const auto& [path, value] : ParameterOverrides{
           {"accelerators.pascal.pe_array", "32x31"},
           {"accelerators.pascal.clock", "999 MHz"},
           {"accelerators.pascal.dataflow", "jacquard"},
           {"accelerators.pascal.buffers.activations.capacity", "255 KiB"},
           {"accelerators.pascal.buffers.activations.banks", "4"},
           {"accelerators.pascal.buffers.activations.ports", "separate"},
           {"accelerators.pascal.registers.outputs", "64 B"},
           {"accelerators.pascal.vector_lanes", "64"},
           {"accelerators.pascal.precisions.0.accumulators", "24"},
           {"accelerators.pascal.precisions.0.macs_per_pe", "2"},
           {"accelerators.pascal.sub_byte_storage", "padded"},
           {"accelerators.pascal.port", "stack.logic_layer"},
           {"memories.stack.ports.external.bandwidth", "31 GB/s"},
           {"memories.stack.ports.external.latency", "101 ns"},
           {"memories.stack.ports.external.duplex", "full"},
           {"memories.stack.ports.external.movement_energy_per_bit", "3 pJ"},
           {"memories.stack.timing.activate_energy", "1 nJ"},
           {"technology.vector_operation", "0.3 pJ"},
           {"technology.network_hop_per_byte", "0.3 pJ"},
           {"technology.sram.scale", "{energy: 1.5}"},
       }) {
    EXPECT_NE(pascal_with(path, value), plain) << path;
  }
}

TEST(MappingIdentity, IsOfNothingElse) {
  const MappingIdentity plain = identity_of(load_system("mensa_g"), "pascal");
  for (const auto& [path, value] : ParameterOverrides{
           {"name", "other"},
           {"accelerators.pascal.description", "other"},
           {"accelerators.pascal.time_batching", "false"},
           {"accelerators.pascal.keeps_parameters", "true"},
           {"accelerators.pascal.power_gated", "true"},
           {"accelerators.pascal.launch_overhead", "1 us"},
           {"accelerators.pascal.memory_priority", "7"},
           {"accelerators.jacquard.pe_array", "4x4"},
           {"accelerators.pavlov.buffers.activations.capacity", "64 KiB"},
           {"memories.stack.background_power", "200 mW"},
           {"memories.stack.capacity", "8 GiB"},
           {"memories.stack.ports.logic_layer.latency", "1 ns"},
           {"technology.pe_leakage", "1 uW"},
           {"technology.sram.scale", "{leakage: 2, area: 3, time: 1.5}"},
           {"host.energy_per_operation", "1 pJ"},
       }) {
    EXPECT_EQ(pascal_with(path, value), plain) << path;
  }
}

TEST(MappingIdentity, EqualAcceleratorsOfOneSystemShareIt) {
  System system = test::simple_system(test::simple_accelerator(
      4, 4, {models::Dim::C}, {models::Dim::K}, models::MacOperand::kWeights));
  system.accelerators.push_back(system.accelerators.front());
  system.accelerators.back().id = AcceleratorId(1);
  system.accelerators.back().name = "twin";
  for (Buffer& buffer : system.accelerators.back().buffers) buffer.name += "_of_twin";
  EXPECT_EQ(identity_of(system, "array"), identity_of(system, "twin"));
  system.accelerators.back().registers.capacity[0] = base::Bytes(2);
  EXPECT_NE(identity_of(system, "array"), identity_of(system, "twin"));
}

/// Another accelerator that reads activations in another format makes them dense in DRAM.
TEST(MappingIdentity, KnowsWhatOthersChangeInDram) {
  const System alone = load_system("eyeriss_v2_sparse");
  System beside = alone;
  for (OperandSparsity& operand : beside.accelerators.front().sparsity.operands) {
    operand.in_dram = false;
  }
  const std::string& name = alone.accelerators.front().name;
  EXPECT_NE(identity_of(alone, name), identity_of(beside, name));
}

struct Scalar {
  std::string path;
  std::string text;
};

/// All that may be figures or choices, but for the SRAM table.
void collect_scalars(const YamlNode& node, const std::string& path, std::vector<Scalar>& scalars) {
  static const std::set<std::string> kOthers = {"sources", "source", "grade", "description",
                                                "notes",   "name",   "low",   "high",
                                                "schema",  "table"};
  const auto below = [&](const std::string& step) {
    return path.empty() ? step : path + "." + step;
  };
  if (node.kind() == YamlNode::Kind::kScalar) scalars.push_back({path, node.scalar()});
  for (std::size_t i = 0; i < node.items().size(); ++i) {
    collect_scalars(node.items()[i], below(std::to_string(i)), scalars);
  }
  for (const auto& [key, value] : node.entries()) {
    if (kOthers.count(key) == 0) collect_scalars(value, below(key), scalars);
  }
}

/// Other values that may stand in the place of `text`.
std::vector<std::string> other_values(const std::string& text) {
  const std::size_t digits = text.find_first_not_of("0123456789.e-");
  const std::string unit = digits == std::string::npos ? "" : text.substr(digits);
  if (text.empty() || text.find_first_of("0123456789") != 0) {
    return {"true", "C", "weights", "unicast", "separate", "full", "gate", "dense", "registers"};
  }
  if (unit.starts_with("x")) return {"3x5"};
  if (text.find('.') != std::string::npos) return {std::to_string(std::stod(text) * 2) + unit};
  const int number = std::stoi(text);
  return {std::to_string(number * 2) + unit, std::to_string(number + 1) + unit};
}

/// What a fast search says of a convolution and of a GEMM with zeros and vector work behind it.
std::string mappings_of(const System& system, const Accelerator& accelerator) {
  std::string text;
  std::vector<MacQuestion> questions(2);
  questions[0].shape = test::conv(6, 4, 7, 3);
  questions[1].shape = models::gemm_shape(4, 12, 10);
  questions[1].tail.operations = 500;
  for (OperandZeros& zeros : questions[1].zeros) zeros.density = 0.5;
  for (MacQuestion& question : questions) {
    const Precision& precision = accelerator.native_precision();
    question.factors = precision.factors;
    question.bits = {accelerator.stored_bits(precision.factors.weights),
                     accelerator.stored_bits(precision.factors.activations),
                     accelerator.stored_bits(precision.factors.activations),
                     accelerator.stored_bits(precision.accumulators)};
    const auto found = map_layer(system, accelerator, question, {Effort::kFast, base::Watts(1)});
    if (const auto* mappings = std::get_if<ParetoMappings>(&found)) {
      for (const MappedCost& each : *mappings) {
        text += each.mapping.to_string() + " " + std::to_string(each.cost.time.value() * 1e9) +
                " " + std::to_string(each.cost.energy.total().value()) + "\n";
      }
    }
  }
  return text;
}

/// Of a system with other values, as far as they are values for their keys.
void visit_changes(const YamlNode& resolved,
                   const std::function<void(const System&, const std::string&)>& visit) {
  std::vector<Scalar> scalars;
  collect_scalars(resolved, "", scalars);
  for (const auto& [path, text] : scalars) {
    for (const std::string& value : other_values(text)) {
      YamlNode tree = resolved;
      tree.set(path, value);
      std::optional<System> changed;
      try {
        changed = read_system(tree);
      } catch (const base::Error&) {
        continue;
      }
      std::string what = path;
      what += ": ";
      what += value;
      visit(*changed, what);
    }
  }
}

void expect_equal_mappings_where_equal(const std::string& name) {
  const YamlNode resolved = resolve_system(name);
  const System plain = read_system(resolved);
  std::vector<std::string> before;
  for (const Accelerator& accelerator : plain.accelerators) {
    before.push_back(mappings_of(plain, accelerator));
  }
  std::size_t equal = 0;
  std::size_t different = 0;
  visit_changes(resolved, [&](const System& changed, const std::string& what) {
    for (std::size_t i = 0; i < before.size(); ++i) {
      const Accelerator& accelerator = changed.accelerators[i];
      if (mapping_identity(changed, accelerator) !=
          mapping_identity(plain, plain.accelerators[i])) {
        ++different;
        continue;
      }
      ++equal;
      EXPECT_EQ(mappings_of(changed, accelerator), before[i]) << what << ", " << accelerator.name;
    }
  });
  EXPECT_GT(equal, 10U) << name;
  EXPECT_GT(different, 40U) << name;
}

TEST(MappingIdentity, ChangesWithWhateverChangesMappings) {
  expect_equal_mappings_where_equal("mensa_g");
  expect_equal_mappings_where_equal("eyeriss_v2_sparse");
}

}  // namespace
}  // namespace mensa::accelerators
