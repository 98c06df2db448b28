// Peak power, by hand on a small array, and as an upper bound of what layers draw.

#include "accelerators/cost/peak_power.h"

#include <gtest/gtest.h>

#include "accelerators/cost/static_power.h"
#include "accelerators/mapping/mapper.h"
#include "accelerators/spec/loader.h"
#include "tests/accelerators/test_system.h"

namespace mensa::accelerators {
namespace {

using base::Bytes;
using base::Picojoules;
using base::Watts;
using models::Dim;
using models::MacOperand;
using test::given;

/// 2 x 3 PEs at 1 GHz with registers of 1 + 1 + 4 B, two buffers of 16 banks of 64 B, and 8 lanes,
/// at a memory of 1 GB/s and 1.25 pJ per bit; a hop costs 0.25 pJ per byte, a PE leaks 1 mW.
System powered_system() {
  System system =
      test::simple_system(test::simple_accelerator(2, 3, {Dim::C}, {Dim::K}, MacOperand::kWeights));
  system.technology.network_hop_per_byte = given<Picojoules>(0.25);
  system.technology.pe_leakage = given<Watts>(1e-3);
  system.memories.front().background_power = given<Watts>(0.05);
  return system;
}

PowerBreakdown of_array(const System& system) {
  return peak_power(system, system.accelerators.front());
}

TEST(PeakPower, AsCountedByHand) {
  const PowerBreakdown power = peak_power(powered_system());
  EXPECT_DOUBLE_EQ(power.mac.value(), 6 * 1e-3);
  // 0.5 pJ per byte: a weight and an input read, a sum of four bytes read and written.
  EXPECT_DOUBLE_EQ(power.register_file.value(), 6 * 0.5e-3 * (1 + 1 + 4 + 4));
  // 2 pJ per byte.
  EXPECT_DOUBLE_EQ(power.buffer.value(), 2 * 16 * 64 * 2e-3);
  // From the buffers over half of two rows; one byte, one byte and four for each MAC.
  EXPECT_DOUBLE_EQ(power.network.value(), 0.25e-3 * (2 * 16 * 64 * 1 + 6 * (1 + 1 + 4)));
  EXPECT_DOUBLE_EQ(power.vector_unit.value(), 8 * 1e-3);
  EXPECT_DOUBLE_EQ(power.dram.value(), 8 * 1.25e-3);
  EXPECT_DOUBLE_EQ(power.leakage.value(), 6 * 1e-3 + 32 * 1e-3);
  EXPECT_DOUBLE_EQ(power.background.value(), 0.05);
  EXPECT_DOUBLE_EQ(power.total().value(),
                   0.006 + 0.03 + 4.096 + 0.521 + 0.008 + 0.01 + 0.038 + 0.05);
}

TEST(PeakPower, MacsAreThoseOfTheNativePrecision) {
  System system = powered_system();
  Precision native;
  native.rate = {3, 2};
  native.energy = given<Picojoules>(5);
  native.accumulators = NumberFormat::integer(16);
  Precision wide;
  wide.factors.weights = wide.factors.activations = NumberFormat::integer(32);
  wide.energy = given<Picojoules>(1000);
  system.accelerators.front().precisions = {native, wide};
  const PowerBreakdown power = of_array(system);
  EXPECT_DOUBLE_EQ(power.mac.value(), 6 * 1.5 * 5e-3);
  EXPECT_DOUBLE_EQ(power.register_file.value(), 6 * 1.5 * 0.5e-3 * (1 + 1 + 2 + 2));
}

TEST(PeakPower, OperandsWithoutARegisterTakeNoneOfItsEnergy) {
  System system = powered_system();
  system.accelerators.front().registers.capacity = {Bytes(0), Bytes(1), Bytes(0)};
  EXPECT_DOUBLE_EQ(of_array(system).register_file.value(), 6 * 0.5e-3);
}

TEST(PeakPower, OnePortReadsOrWritesAndTwoDoBoth) {
  System system = powered_system();
  Accelerator& accelerator = system.accelerators.front();
  accelerator.buffers.resize(1);
  SramPoint macro = system.technology.sram.points().front();
  macro.width = Bytes(64);
  macro.read = Picojoules(100);
  macro.write = Picojoules(150);
  SramPoint larger = macro;
  larger.capacity = macro.capacity * 2;
  system.technology.sram = SramTable({macro, larger});
  EXPECT_DOUBLE_EQ(of_array(system).buffer.value(), 16 * 0.15);
  const double network = of_array(system).network.value();
  accelerator.buffers.front().ports = BufferPorts::kSeparate;
  EXPECT_DOUBLE_EQ(of_array(system).buffer.value(), 16 * 0.25);
  EXPECT_DOUBLE_EQ(of_array(system).network.value() - network, 0.25e-3 * 16 * 64);
}

TEST(PeakPower, WeightsWithoutABufferComeAtTheBandwidthOfThePort) {
  System system = powered_system();
  system.accelerators.front().buffers.erase(system.accelerators.front().buffers.begin());
  EXPECT_DOUBLE_EQ(of_array(system).network.value(),
                   0.25e-3 * (16 * 64 + 1) + 0.25e-3 * 6 * (1 + 1 + 4));
}

TEST(PeakPower, MemoriesDrawWhatTheirDearestPortTakes) {
  System system = powered_system();
  MemoryPort dear = system.ports.front();
  dear.id = PortId(1);
  dear.bandwidth = base::BytesPerSecond(1);
  dear.energy_per_bit = given<Picojoules>(2);
  system.ports.push_back(dear);
  system.memories.front().ports.push_back(dear.id);
  EXPECT_DOUBLE_EQ(peak_power(system).dram.value(), 8 * 2e-3);
}

TEST(PeakPower, OfASystemIsTheSumOverItsAcceleratorsAndMemories) {
  System system = powered_system();
  const PowerBreakdown one = peak_power(system);
  system.accelerators.push_back(system.accelerators.front());
  system.accelerators.back().power_gated = true;  // it leaks while it works
  const PowerBreakdown two = peak_power(system);
  EXPECT_DOUBLE_EQ(two.mac.value(), 2 * one.mac.value());
  EXPECT_DOUBLE_EQ(two.register_file.value(), 2 * one.register_file.value());
  EXPECT_DOUBLE_EQ(two.buffer.value(), 2 * one.buffer.value());
  EXPECT_DOUBLE_EQ(two.network.value(), 2 * one.network.value());
  EXPECT_DOUBLE_EQ(two.vector_unit.value(), 2 * one.vector_unit.value());
  EXPECT_DOUBLE_EQ(two.leakage.value(), 2 * one.leakage.value());
  EXPECT_DOUBLE_EQ(two.dram.value(), one.dram.value());
  EXPECT_DOUBLE_EQ(two.background.value(), one.background.value());
  EXPECT_EQ(of_array(system).dram.value(), 0);
  EXPECT_EQ(of_array(system).background.value(), 0);
}

/// As in a classifier: the first layer, one by depth, one by points, one of few pixels, a GEMM.
std::vector<models::ProblemShape> shapes() {
  return {test::conv(32, 3, 112, 3, 2), test::conv(1, 1, 28, 3, 1, true, 192),
          test::conv(96, 16, 56, 1), test::conv(512, 256, 7, 3, 1, true),
          models::gemm_shape(1, 1280, 1000)};
}

MacQuestion native_question(const Accelerator& accelerator, const models::ProblemShape& shape) {
  const Precision& precision = accelerator.native_precision();
  MacQuestion question;
  question.shape = shape;
  question.factors = precision.factors;
  question.bits.weights = accelerator.stored_bits(precision.factors.weights);
  question.bits.inputs = accelerator.stored_bits(precision.factors.activations);
  question.bits.outputs = question.bits.inputs;
  question.bits.accumulators = accelerator.stored_bits(precision.accumulators);
  question.tail.operations = 2 * shape.elements(MacOperand::kOutputs);
  return question;
}

void expect_at_most(const EnergyBreakdown& energy, base::Seconds time, const PowerBreakdown& peak) {
  const auto most = [&](Watts power) { return (power * time).value() * (1 + 1e-9); };
  EXPECT_LE(energy.mac.value(), most(peak.mac + peak.vector_unit));
  EXPECT_LE(energy.buffer.value(), most(peak.buffer));
  EXPECT_LE(energy.network.value(), most(peak.network));
  EXPECT_LE(energy.dram.value(), most(peak.dram));
  EXPECT_LE(energy.static_energy.value(), most(peak.leakage + peak.background));
  EXPECT_LE(energy.total().value(), most(peak.total()));
}

TEST(PeakPower, BoundsWhatLayersDraw) {
  for (const char* const name :
       {"mensa_g", "edge_tpu", "edge_tpu_hb", "eyeriss_v2", "eyeriss_v2_scaled", "nvdla",
        "nvdla_small", "precision_array", "sparse_tensor_core_like", "systolic_ideal"}) {
    const System system = load_system(name);
    const PowerBreakdown peak = peak_power(system);
    for (const Accelerator& accelerator : system.accelerators) {
      for (const models::ProblemShape& shape : shapes()) {
        SCOPED_TRACE(accelerator.name + " " + shape.to_string());
        const auto found =
            map_layer(system, accelerator, native_question(accelerator, shape), {Effort::kFast});
        ASSERT_TRUE(std::holds_alternative<ParetoMappings>(found));
        for (const MappedCost& each : std::get<ParetoMappings>(found)) {
          expect_at_most(each.cost.energy, each.cost.time, peak);
        }
      }
    }
  }
}

}  // namespace
}  // namespace mensa::accelerators
