// Area of accelerators and systems, by hand on a small array and for what must grow with what.

#include "accelerators/cost/area.h"

#include <gtest/gtest.h>

#include <cmath>

#include "accelerators/spec/loader.h"
#include "tests/accelerators/test_system.h"

namespace mensa::accelerators {
namespace {

using base::Bytes;
using base::SquareMillimetres;
using models::Dim;
using models::MacOperand;
using test::given;

/// simple_technology with areas: a PE 100 um2, a register byte 10 um2 up to 4 B and 5 um2 from
/// 16 B on, a lane 1000 um2, a byte of link 20 um2. Each SRAM macro has 0.01 mm2.
Technology technology_with_areas() {
  Technology technology = test::simple_technology();
  technology.registers = {{Bytes(4), given<base::Picojoules>(1), given<SquareMillimetres>(10e-6)},
                          {Bytes(16), given<base::Picojoules>(1), given<SquareMillimetres>(5e-6)}};
  technology.pe_area = given<SquareMillimetres>(100e-6);
  technology.vector_lane_area = given<SquareMillimetres>(1000e-6);
  technology.network_area_per_byte = given<SquareMillimetres>(20e-6);
  technology.separate_ports_area = {1.5, 1.5, 1.5, "made up for tests", "-"};
  return technology;
}

/// 2 x 3 PEs with registers of 1 + 1 + 4 B, 16 + 16 banks and 8 lanes.
Accelerator small_array() {
  return test::simple_accelerator(2, 3, {Dim::C}, {Dim::K}, MacOperand::kWeights);
}

TEST(Area, AsCountedByHand) {
  const AreaBreakdown result = area(small_array(), technology_with_areas());
  EXPECT_DOUBLE_EQ(result.pe_array.value(), 6 * 100e-6);
  EXPECT_DOUBLE_EQ(result.register_files.value(), 6 * (1 + 1 + 4) * 10e-6);
  EXPECT_DOUBLE_EQ(result.buffers.value(), (16 + 16) * 0.01);
  EXPECT_DOUBLE_EQ(result.vector_unit.value(), 8 * 1000e-6);
  // Links of 8 + 8 + 32 bits.
  EXPECT_DOUBLE_EQ(result.network.value(), 6 * 6 * 20e-6);
  EXPECT_DOUBLE_EQ(result.total().value(), 600e-6 + 360e-6 + 0.32 + 8000e-6 + 720e-6);
}

TEST(Area, EachRegisterFileHasTheFigureOfItsSize) {
  Accelerator accelerator = small_array();
  accelerator.registers.capacity = {Bytes(16), Bytes(0), Bytes(8)};
  const double result = area(accelerator, technology_with_areas()).register_files.value();
  // 8 B is the geometric middle of 4 and 16 B.
  EXPECT_NEAR(result, 6 * (16 * 5e-6 + 0 + 8 * std::sqrt(10e-6 * 5e-6)), 1e-15);
}

TEST(Area, BuffersAreBanksOfTheirMacro) {
  // In bytes of capacity x width: 8 KiB x 8 B is 0.01 mm2, four times that at 32 KiB.
  const auto macro = [](std::int64_t kib, double area) {
    return SramPoint{
        Bytes(kib * 1024),   Bytes(8),       base::Seconds(1e-10),   base::Picojoules(1),
        base::Picojoules(1), base::Watts(0), SquareMillimetres(area)};
  };
  Technology technology = technology_with_areas();
  technology.sram = SramTable({macro(8, 0.01), macro(32, 0.04)});
  Accelerator accelerator = small_array();
  accelerator.buffers = {{"a", Bytes(64 * 1024), {MacOperand::kInputs}, 4, Bytes(8)},
                         {"b", Bytes(64 * 1024), {MacOperand::kOutputs}, 2, Bytes(8)}};
  EXPECT_NEAR(area(accelerator, technology).buffers.value(), 4 * 0.02 + 2 * 0.04, 1e-12);
  accelerator.buffers[1].ports = BufferPorts::kSeparate;
  EXPECT_NEAR(area(accelerator, technology).buffers.value(), 4 * 0.02 + 2 * 0.04 * 1.5, 1e-12);
}

TEST(Area, LinksAreAsWideAsTheWidestPrecision) {
  Accelerator accelerator = small_array();
  Precision narrow;
  narrow.accumulators = NumberFormat::integer(20);
  narrow.rate = {2, 1};
  Precision wide;
  wide.factors.weights = NumberFormat::integer(16);
  wide.accumulators = NumberFormat::integer(40);
  accelerator.precisions = {narrow, wide};
  EXPECT_DOUBLE_EQ(area(accelerator, technology_with_areas()).network.value(),
                   6 * (16 + 8 + 40) / 8.0 * 20e-6);
}

TEST(Area, OfASystemIsTheSumOverItsAccelerators) {
  System system = test::simple_system(small_array());
  system.technology = technology_with_areas();
  const double one = area(system).total().value();
  EXPECT_DOUBLE_EQ(one, area(small_array(), system.technology).total().value());
  system.accelerators.push_back(system.accelerators.front());
  system.accelerators.back().rows = 4;  // twice the PEs
  const AreaBreakdown two = area(system);
  EXPECT_DOUBLE_EQ(two.pe_array.value(), (6 + 12) * 100e-6);
  EXPECT_DOUBLE_EQ(two.register_files.value(), (6 + 12) * 60e-6);
  EXPECT_DOUBLE_EQ(two.buffers.value(), 2 * 0.32);
  EXPECT_DOUBLE_EQ(two.vector_unit.value(), 2 * 8000e-6);
  EXPECT_DOUBLE_EQ(two.network.value(), (6 + 12) * 120e-6);
  system.accelerators.clear();
  EXPECT_EQ(area(system).total().value(), 0);
}

double pascal_area(const ParameterOverrides& overrides) {
  const System system = load_system("mensa_g", overrides);
  return area(system.accelerator("pascal"), system.technology).total().value();
}

TEST(Area, GrowsWithEveryPart) {
  const double plain = pascal_area({});
  for (const auto& [path, value] : ParameterOverrides{
           {"pe_array", "33x32"},
           {"buffers.parameters.capacity", "129 KiB"},
           {"buffers.activations.capacity", "512 KiB"},
           {"buffers.parameters.ports", "separate"},
           {"registers.weights", "2 B"},
           {"registers.outputs", "32 B"},
           {"vector_lanes", "129"},
           {"registers.inputs", "2 B"},
       }) {
    EXPECT_GT(pascal_area({{"accelerators.pascal." + path, value}}), plain) << path;
  }
  EXPECT_LT(pascal_area({{"accelerators.pascal.precisions.0.accumulators", "24"}}), plain);
  EXPECT_EQ(pascal_area({{"accelerators.pascal.clock", "500 MHz"}}), plain);
}

/// A register file of more bytes is never smaller, though a byte of it is.
TEST(Area, RegisterFilesGrowWithTheirCapacityInBothTechnologies) {
  for (const char* const technology : {"cmos_22nm", "cmos_65nm"}) {
    double before = 0;
    for (int bytes = 1; bytes <= 2048; ++bytes) {
      const Technology figures = load_system("mensa_g", {{"technology", technology}}).technology;
      const double whole = figures.register_area_per_byte(Bytes(bytes)).value() * bytes;
      EXPECT_GT(whole, before) << technology << ' ' << bytes;
      before = whole;
      if (bytes >= 16) bytes += bytes / 4;
    }
  }
}

TEST(Area, MemoriesAndHostHaveNone) {
  const double plain = area(load_system("mensa_g")).total().value();
  EXPECT_EQ(area(load_system("mensa_g", {{"memories.stack.capacity", "8 GiB"},
                                         {"host.operations_per_second", "1e12"}}))
                .total()
                .value(),
            plain);
}

}  // namespace
}  // namespace mensa::accelerators
