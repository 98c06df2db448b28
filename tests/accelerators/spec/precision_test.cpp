// Number formats, MAC rates, and the lists of an accelerator's precisions.

#include "accelerators/spec/precision.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>

#include "tests/accelerators/formats.h"
#include "tests/accelerators/spec/small_system.h"

namespace mensa::accelerators {
namespace {

using test::kInt16;
using test::kInt4;
using test::kInt8;

using testing::HasSubstr;
using testing::StartsWith;

constexpr NumberFormat kHalf = NumberFormat::floating(16);

TEST(NumberFormat, HasTheNameThatItIsReadFrom) {
  for (const char* name : {"int1", "int4", "int64", "fp4", "fp16", "fp44", "fp64", "bf16"}) {
    EXPECT_EQ(number_format_from_string(name).to_string(), name);
  }
  for (const char* name : {"int0", "int65", "int", "int08", "fp3", "fp65", "bf32", "8", "INT8"}) {
    EXPECT_THAT(error_of([&] { return number_format_from_string(name); }),
                StartsWith("unknown number format '" + std::string(name) + "'"));
  }
  EXPECT_THAT(error_of([&] { return number_format_from_string("itn8"); }),
              HasSubstr("did you mean 'int8'"));
}

TEST(NumberFormat, OfElementTypes) {
  using models::ElementType;
  EXPECT_EQ(number_format_of(ElementType::kFloat32), NumberFormat::floating(32));
  EXPECT_EQ(number_format_of(ElementType::kUint8), kInt8);
  EXPECT_EQ(number_format_of(ElementType::kUint4), kInt4);
  EXPECT_EQ(number_format_of(ElementType::kBfloat16).to_string(), "bf16");
  EXPECT_EQ(number_format_of(ElementType::kFloat8E4M3Fn).to_string(), "fp8");
}

TEST(MacRate, RoundsCyclesUp) {
  EXPECT_EQ((MacRate{2, 1}.cycles_for(7)), 4);
  EXPECT_EQ((MacRate{1, 4}.cycles_for(7)), 28);
  EXPECT_EQ((MacRate{3, 2}.cycles_for(7)), 5);  // 14 / 3
  EXPECT_EQ((MacRate{3, 2}.cycles_for(6)), 4);
  EXPECT_EQ((MacRate{3, 2}.cycles_for(0)), 0);
  EXPECT_EQ(MacRate::reduced(6, 4), (MacRate{3, 2}));
  EXPECT_EQ((MacRate{1, 4}.to_string()), "1/4");
  EXPECT_DOUBLE_EQ((MacRate{1, 4}.per_cycle(10)), 2.5);
}

TEST(MacRate, SaturatesWhereNobodyWouldWait) {
  const MacRate slowest{1, MacRate::kMost};
  constexpr std::int64_t kMany = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(slowest.cycles_for(kMany), std::int64_t{1} << 61);
  EXPECT_EQ((MacRate{2, 3}.cycles_for(kMany)), std::int64_t{1} << 61);
  EXPECT_EQ(slowest.cycles_for(3), 3 * MacRate::kMost);
}

TEST(StoredBits, ArePackedOrPaddedToBytes) {
  EXPECT_EQ(stored_bits(kInt4, SubByteStorage::kPacked), 4);
  EXPECT_EQ(stored_bits(kInt4, SubByteStorage::kPadded), 8);
  EXPECT_EQ(stored_bits(NumberFormat::integer(20), SubByteStorage::kPadded), 20);
}

/// The small system with more keys of its accelerator.
std::string text_with(const std::string& keys) {
  return small_system_with("    port: dram.bus\nhost", keys + "    port: dram.bus\nhost");
}
System system_with(const std::string& keys) { return load_text(text_with(keys)); }
std::string error_with(const std::string& keys) { return load_error(text_with(keys)); }

TEST(Precisions, AreReadByNameOrByBits) {
  const System system = system_with(
      "    precisions:\n"
      "      - {weights: 8, activations: int8}\n"
      "      - {weights: int4, activations: 8, macs_per_pe: 2}\n"
      "      - {weights: fp16, activations: fp16, macs_per_pe: 2/4, energy: 0.5 pJ}\n"
      "    emulation:\n"
      "      - {weights: 16, activations: 16, accumulators: 40, native_macs: 4, requantization: "
      "2}\n");
  const Accelerator& tiny = system.accelerator("tiny");
  EXPECT_EQ(tiny.native_precision().factors, (FactorFormats{kInt8, kInt8}));
  EXPECT_EQ(tiny.precision_names(), "int8, int4 x int8, fp16, int16 (emulated)");
  const Precision& half = *tiny.find_precision({kHalf, kHalf});
  EXPECT_EQ(half.rate, (MacRate{1, 2}));
  EXPECT_EQ(half.accumulators, NumberFormat::floating(32));  // floats add up in floats
  EXPECT_EQ(tiny.mac_energy(half, system.technology).value(), 0.5);
  EXPECT_FALSE(half.emulated());
  const Precision& wide = *tiny.find_precision({kInt16, kInt16});
  EXPECT_EQ(wide.rate, (MacRate{1, 4}));
  EXPECT_EQ(wide.accumulators, NumberFormat::integer(40));
  EXPECT_EQ(wide.requantization, 2);
  EXPECT_TRUE(wide.emulated());
  // Four native MACs of 0.12 pJ.
  EXPECT_DOUBLE_EQ(tiny.mac_energy(wide, system.technology).value(), 0.48);
  EXPECT_EQ(tiny.find_precision({kInt8, kInt4}), nullptr);
}

/// Emulated MACs are as many times slower than native ones, whatever these are.
TEST(Precisions, EmulationGoesByTheNativeRate) {
  const System system = system_with(
      "    precisions: [{weights: 8, activations: 8, macs_per_pe: 2}]\n"
      "    emulation: [{weights: 16, activations: 16, native_macs: 4, energy: 1 pJ}]\n");
  const Precision& wide = *system.accelerator("tiny").find_precision({kInt16, kInt16});
  EXPECT_EQ(wide.rate, (MacRate{1, 2}));
  EXPECT_EQ(system.accelerator("tiny").mac_energy(wide, system.technology).value(), 1);
}

TEST(PrecisionErrors, Rates) {
  const auto with_rate = [](const std::string& rate) {
    return error_with("    precisions: [{weights: 8, activations: 8, macs_per_pe: " + rate +
                      "}]\n");
  };
  EXPECT_EQ(with_rate("65536"), "no error");
  EXPECT_EQ(with_rate("1/65536"), "no error");
  EXPECT_THAT(with_rate("0"), HasSubstr("macs_per_pe: 0 is out of range; expected 1 to 65536"));
  EXPECT_THAT(with_rate("65537"), HasSubstr("expected 1 to 65536"));
  for (const char* bad : {"1/0", "0/4", "1/65537", "1/", "/4", "1/2/3", "1/-2", "1 / 2", "0.5/1"}) {
    EXPECT_THAT(with_rate(bad), HasSubstr("precisions.0.macs_per_pe: '" + std::string(bad) +
                                          "' is no rate; expected MACs per cycle as '2', or MACs "
                                          "/ cycles as '1/4'"));
  }
  EXPECT_NE(with_rate("0.5"), "no error");
}

TEST(PrecisionErrors, Formats) {
  EXPECT_THAT(error_with("    precisions: [{weights: itn4, activations: 8}]\n"),
              HasSubstr("precisions.0.weights: unknown number format 'itn4'; did you mean 'int4'"));
  EXPECT_THAT(error_with("    precisions: [{weights: 8, activations: 8}, {weights: int8, "
                         "activations: int8}]\n"),
              HasSubstr("precisions.1: an entry before this one has the same widths"));
  EXPECT_THAT(error_with("    precisions: [{weights: fp64, activations: fp64}]\n"),
              HasSubstr("no energy for MACs of fp64 weights and fp64 activations"));
  EXPECT_THAT(error_with("    precisions: [{weights: 8, activations: 8}, {weights: fp64, "
                         "activations: fp64, energy: 9 pJ}]\n"),
              "no error");
  EXPECT_THAT(error_with("    precisions: [{weights: 8, activations: 8, requantization: 101}]\n"),
              HasSubstr("requantization: 101 is out of range; expected 0 to 100"));
}

TEST(PrecisionErrors, Emulation) {
  EXPECT_THAT(error_with("    emulation: [{weights: 8, activations: 8, native_macs: 4}]\n"),
              HasSubstr("emulation.0: int8 is among the 'precisions', and needs no emulation"));
  EXPECT_THAT(error_with("    emulation: [{weights: 16, activations: 16}]\n"),
              HasSubstr("the key 'native_macs' is missing"));
  EXPECT_THAT(error_with("    emulation: [{weights: 16, activations: 16, native_macs: 0}]\n"),
              HasSubstr("native_macs: 0 is out of range; expected 1 to 65536"));
  EXPECT_THAT(
      error_with("    emulation: [{weights: 16, activations: 16, native_macs: 4}, {weights: "
                 "16, activations: 16, native_macs: 3}]\n"),
      HasSubstr("emulation.1: an entry before this one has the same widths"));
  EXPECT_THAT(
      error_with(
          "    emulation: [{weights: 16, activations: 16, native_macs: 4, macs_per_pe: 1}]\n"),
      HasSubstr("unknown key 'macs_per_pe'"));
}

TEST(PrecisionErrors, SubByteStorage) {
  EXPECT_EQ(system_with("    sub_byte_storage: padded\n").accelerators[0].sub_byte_storage,
            SubByteStorage::kPadded);
  EXPECT_EQ(system_with("").accelerators[0].sub_byte_storage, SubByteStorage::kPacked);
  EXPECT_THAT(error_with("    sub_byte_storage: pad\n"),
              HasSubstr("sub_byte_storage: unknown storage 'pad'; did you mean 'padded'"));
}

}  // namespace
}  // namespace mensa::accelerators
