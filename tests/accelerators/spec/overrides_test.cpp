// `--param PATH=VALUE` on resolved systems.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "accelerators/spec/loader.h"
#include "tests/accelerators/spec/small_system.h"

namespace mensa::accelerators {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string override_error(const std::string& path, const std::string& value) {
  return error_of([&] { return load_system("mensa_g", {{path, value}}); });
}

TEST(Overrides, PlainValues) {
  const System system =
      load_system("mensa_g", {{"accelerators.pascal.pe_array", "16x8"},
                              {"accelerators.pascal.buffers.parameters.capacity", "64 KiB"},
                              {"accelerators.pavlov.power_gated", "true"},
                              {"accelerators.jacquard.precisions.0.weights", "4"},
                              {"memories.stack.ports.external.movement_energy_per_bit", "5 pJ"}});
  EXPECT_EQ(system.accelerator("pascal").rows, 16);
  EXPECT_EQ(system.accelerator("pascal").columns, 8);
  EXPECT_EQ(system.accelerator("pascal").parameter_capacity().value(), 64 * 1024);
  EXPECT_TRUE(system.accelerator("pavlov").power_gated);
  EXPECT_EQ(system.accelerator("jacquard").native_precision().factors.weights.bits, 4);
  const auto& energy = system.port(system.accelerator("pascal").port).energy_per_bit;
  EXPECT_EQ(energy.nominal.value(), 5);
  EXPECT_EQ(energy.high.value(), 5);
  EXPECT_EQ(energy.source, "given by user");
  EXPECT_EQ(energy.grade, "-");
}

TEST(Overrides, MemoryPriority) {
  EXPECT_EQ(load_system("mensa_g").accelerator("pavlov").memory_priority, 0);
  const System system = load_system("mensa_g", {{"accelerators.pavlov.memory_priority", "3"}});
  EXPECT_EQ(system.accelerator("pavlov").memory_priority, 3);
  EXPECT_THAT(override_error("accelerators.pavlov.memory_priority", "-1"),
              HasSubstr("accelerators.pavlov.memory_priority"));
}

TEST(Overrides, InOrder) {
  const System system = load_system(
      "mensa_g", {{"accelerators.pascal.clock", "2 GHz"}, {"accelerators.pascal.clock", "3 GHz"}});
  EXPECT_EQ(system.accelerator("pascal").clock.value(), 3e9);
}

TEST(Overrides, NamesPullInTheirFiles) {
  const System system =
      load_system("mensa_g", {{"accelerators.pascal.dataflow", "weight_stationary"},
                              {"accelerators.pascal.dataflow.folds_overlap", "false"},
                              {"technology", "cmos_65nm"},
                              {"technology.pe_leakage", "1 uW"},
                              {"technology.sram.cell", "lop"}});
  EXPECT_EQ(system.accelerator("pascal").dataflow.name, "weight_stationary");
  EXPECT_TRUE(system.accelerator("pascal").dataflow.systolic());
  EXPECT_FALSE(system.accelerator("pascal").dataflow.folds_overlap);
  EXPECT_EQ(system.technology.name, "cmos_65nm");
  EXPECT_EQ(system.technology.pe_leakage.nominal.value(), 1e-6);
  EXPECT_EQ(system.technology.sram_cell, "lop");
}

TEST(Overrides, AnotherAccelerator) {
  const System system =
      load_system("mensa_g", {{"accelerators.pascal.clock", "2 GHz"},
                              {"accelerators.pascal.use", "edge_tpu"},
                              {"accelerators.second", "{use: jacquard, port: stack.external}"}});
  EXPECT_EQ(system.accelerator("pascal").pe_count(), 64 * 64);
  EXPECT_EQ(system.accelerator("pascal").clock.value(), 250e6);
  EXPECT_EQ(system.port(system.accelerator("pascal").port).name, "external");
  EXPECT_EQ(system.accelerator("second").pe_count(), 256);
}

TEST(Overrides, PathsAreRelativeToTheCurrentFolder) {
  const TemporaryFolder folder;
  const std::string file = folder.write(
      "mine.yaml",
      "schema: mensa-dataflow/1\nname: mine\nrows: [P]\ncolumns: [K]\nstationary: outputs\n"
      "movement: {weights: multicast, inputs: multicast, outputs: unicast}\n");
  EXPECT_EQ(load_system("mensa_g", {{"accelerators.pascal.dataflow", file}})
                .accelerator("pascal")
                .dataflow.name,
            "mine");
}

TEST(Overrides, UnknownPathsListNearNames) {
  EXPECT_THAT(override_error("accelerators.pasacl.clock", "1 GHz"),
              StartsWith("--param accelerators.pasacl.clock: unknown key 'pasacl'; did you mean "
                         "'pascal'? (known: pascal, pavlov, jacquard)"));
  EXPECT_THAT(
      override_error("accelerators.pascal.pe_aray", "1x1"),
      StartsWith("--param accelerators.pascal.pe_aray: accelerators.pascal.pe_aray: unknown "
                 "key 'pe_aray'; did you mean 'pe_array'?"));
  EXPECT_THAT(override_error("accelerators.pascal.precisions.1.weights", "4"),
              HasSubstr("is a list of 1; '1' is no number from 0 to 0"));
}

TEST(Overrides, BadValuesAreReportedAtTheirPath) {
  EXPECT_EQ(
      override_error("accelerators.pascal.clock", "1"),
      "--param accelerators.pascal.clock: accelerators.pascal.clock: '1' has no unit; add one "
      "of Hz, kHz, MHz, GHz, as in '1 GHz'");
  EXPECT_THAT(
      override_error("accelerators.pascal.dataflow", "weight_stationry"),
      StartsWith("--param accelerators.pascal.dataflow: accelerators.pascal.dataflow: unknown "
                 "dataflow 'weight_stationry'; did you mean 'weight_stationary'?"));
  EXPECT_THAT(override_error("technology.sram.cell", "hpp"),
              HasSubstr("unknown SRAM cell 'hpp'; did you mean 'hp'? (known: hp, lop, lstp)"));
}

TEST(Overrides, OldSourcesDoNotStandBesideNewValues) {
  const base::YamlNode tree = resolve_system(
      "mensa_g", {{"accelerators.pascal.pe_array", "16x16"},
                  {"accelerators.pascal.buffers.activations",
                   "{capacity: 64 KiB, keeps: "
                   "[inputs, outputs], width: "
                   "64 B}"},
                  {"memories.stack.ports.external.movement_energy_per_bit.high", "6 pJ"}});
  const base::YamlNode& sources = *tree.find("accelerators")->find("pascal")->find("sources");
  for (const char* const path : {"pe_array", "buffers.activations"}) {
    ASSERT_NE(sources.find(path), nullptr) << path;
    EXPECT_EQ(sources.find(path)->find("source")->scalar(), "given by user");
    EXPECT_EQ(sources.find(path)->find("grade")->scalar(), "-");
  }
  EXPECT_EQ(sources.find("buffers.activations.banks"), nullptr);
  EXPECT_EQ(sources.find("clock")->find("grade")->scalar(), "X");
  EXPECT_NE(sources.find("buffers"), nullptr);  // still stands for the other buffer

  const Sourced<base::Picojoules> energy = read_system(tree).ports[0].energy_per_bit;
  EXPECT_EQ(energy.high.value(), 6);
  EXPECT_EQ(energy.nominal.value(), 2.69);
  EXPECT_EQ(energy.source, "given by user");
}

TEST(Overrides, KeysBesideUseAreTheUsersOwn) {
  const std::string text(kSmallSystem);
  const std::size_t begin = text.find("  tiny:");
  const std::string user = std::string(text).replace(
      begin, text.find("host:") - begin,
      "  tiny:\n    use: pascal\n    port: dram.bus\n    pe_array: 4x4\n    clock: 2 GHz\n"
      "    sources: {clock: {source: measured, grade: A}}\n");
  const TemporaryFolder folder;
  const base::YamlNode tree = resolve_system(folder.write("s.yaml", user));
  const base::YamlNode& sources = *tree.find("accelerators")->find("tiny")->find("sources");
  EXPECT_EQ(sources.find("pe_array")->find("grade")->scalar(), "-");
  EXPECT_EQ(sources.find("clock")->find("source")->scalar(), "measured");
  EXPECT_EQ(sources.find("port"), nullptr);
}

}  // namespace
}  // namespace mensa::accelerators
