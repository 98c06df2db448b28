// What the loader accepts, its defaults, and what it says about mistakes.

#include "accelerators/spec/loader.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/accelerators/spec/small_system.h"

namespace mensa::accelerators {
namespace {

using models::MacOperand;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

TEST(Loader, ReadsASmallSystem) {
  const System system = load_text(kSmallSystem);
  EXPECT_EQ(system.name, "small");
  EXPECT_EQ(system.technology.name, "cmos_22nm");
  ASSERT_EQ(system.memories.size(), 1U);
  EXPECT_EQ(system.memories[0].capacity.value(), std::int64_t{1} << 30);
  ASSERT_EQ(system.ports.size(), 1U);
  EXPECT_EQ(system.ports[0].latency.value(), 100e-9);
  EXPECT_EQ(system.memory(system.ports[0].memory).name, "dram");
  EXPECT_THAT(system.memories[0].ports, ElementsAre(system.ports[0].id));
  const Accelerator& tiny = system.accelerator("tiny");
  EXPECT_EQ(tiny.pe_count(), 64);
  EXPECT_EQ(tiny.peak_macs_per_second(), 64e9);
  EXPECT_EQ(tiny.dataflow.name, "output_stationary");
  ASSERT_NE(tiny.buffer_of(MacOperand::kOutputs), nullptr);
  EXPECT_EQ(tiny.buffer_of(MacOperand::kOutputs)->name, "activations");
  EXPECT_EQ(tiny.parameter_capacity().value(), 16 * 1024);
  EXPECT_EQ(system.port(tiny.port).name, "bus");
  EXPECT_EQ(&system.accelerator(tiny.id), &tiny);
}

TEST(Loader, DefaultsAreAsDocumented) {
  const System system = load_text(kSmallSystem);
  const Accelerator& tiny = system.accelerator("tiny");
  EXPECT_EQ(tiny.buffers[0].banks, 1);
  EXPECT_EQ(tiny.buffers[0].ports, BufferPorts::kShared);
  EXPECT_EQ(system.ports[0].duplex, Duplex::kHalf);
  EXPECT_EQ(tiny.vector_unit.lanes, 0);
  ASSERT_EQ(tiny.precisions.size(), 1U);
  EXPECT_EQ(tiny.native_precision().factors.weights, NumberFormat::integer(8));
  EXPECT_EQ(tiny.native_precision().factors.activations, NumberFormat::integer(8));
  EXPECT_EQ(tiny.native_precision().accumulators, NumberFormat::integer(32));
  EXPECT_EQ(tiny.native_precision().rate, (MacRate{1, 1}));
  EXPECT_TRUE(tiny.time_batching);
  EXPECT_FALSE(tiny.keeps_parameters);
  EXPECT_FALSE(tiny.power_gated);
  EXPECT_EQ(tiny.launch_overhead.value(), 0);
  EXPECT_FALSE(tiny.dataflow.folds_overlap);  // as its file says, and SCALE-Sim
  EXPECT_THAT(tiny.dataflow.register_dims, IsEmpty());
  EXPECT_EQ(system.host.name, "host");
}

TEST(Loader, NameDefaultsToTheFile) {
  EXPECT_EQ(load_text(small_system_with("name: small\n", "")).name, "s");
}

TEST(Loader, FigureWithoutSourceIsTheUsersOwn) {
  const System system = load_text(kSmallSystem);
  const Sourced<base::Picojoules>& energy = system.ports[0].energy_per_bit;
  EXPECT_EQ(energy.nominal.value(), 8);
  EXPECT_EQ(energy.low.value(), 8);
  EXPECT_EQ(energy.high.value(), 8);
  EXPECT_EQ(energy.source, "given by user");
  EXPECT_EQ(energy.grade, "-");
}

TEST(Loader, FigureWithSource) {
  const auto figure = [](const std::string& map) {
    return small_system_with("energy_per_bit: 8 pJ", "energy_per_bit: " + map);
  };
  const System system = load_text(figure("{nominal: 8 pJ, high: 9 pJ, source: me, grade: D}"));
  EXPECT_EQ(system.ports[0].energy_per_bit.low.value(), 8);
  EXPECT_EQ(system.ports[0].energy_per_bit.high.value(), 9);
  EXPECT_EQ(system.ports[0].energy_per_bit.source, "me");
  const std::string path = "memories.dram.ports.bus.energy_per_bit";
  EXPECT_EQ(load_error(figure("{nominal: 8 pJ, grade: D}")),
            "s.yaml:15:25: " + path + ": the key 'source' is missing");
  EXPECT_EQ(load_error(figure("{nominal: 8 pJ, source: me}")),
            "s.yaml:15:25: " + path + ": the key 'grade' is missing");
  EXPECT_THAT(load_error(figure("{nominal: 8 pJ, source: me, grade: E}")),
              StartsWith("s.yaml:15:60: " + path + ".grade: 'E' is no grade; use A (primary"));
  EXPECT_THAT(load_error(figure("{nominal: 8 pJ, low: 9 pJ, source: me, grade: D}")),
              StartsWith("s.yaml:15:35: " + path +
                         ".nominal: the nominal value must lie between low and high"));
  EXPECT_THAT(load_error(figure("{nominal: 8 pJ, high: 7.9 pJ, source: me, grade: D}")),
              HasSubstr("must lie between low and high"));
  EXPECT_EQ(load_error(figure("{nominal: 8 pJ, low: 8 pJ, high: 8 pJ, source: me, grade: D}")),
            "no error");
  EXPECT_THAT(load_error(figure("[8 pJ]")), HasSubstr("expected an energy such as"));
}

/// What times hang on may be known by a range, too.
TEST(Loader, RatesAndLatenciesMayBeFigures) {
  const auto figure = [](const std::string& low, const std::string& nominal,
                         const std::string& high) {
    return "{nominal: " + nominal + ", low: " + low + ", high: " + high +
           ", source: \"a guess\", grade: D}";
  };
  std::string text =
      small_system_with("latency: 100 ns", "latency: " + figure("0 ns", "90 ns", "1 us"));
  text = with(text, "    clock: 1 GHz",
              "    launch_overhead: " + figure("0 us", "0 us", "5 us") + "\n    vector_lanes: " +
                  figure("1", "7.6", "16") + "\n    clock: " + figure("1 GHz", "2 GHz", "2 GHz"));
  text = with(text, "per_second: 1e9", "per_second: " + figure("1e8", "2e9", "1e10"));
  text = with(text, "      bus:\n        bandwidth: 32 GB/s",
              "      bus:\n        bandwidth: " + figure("1 GB/s", "8 GB/s", "32 GB/s"));
  const System system = load_text(text);
  EXPECT_EQ(system.ports[0].latency.value(), 90e-9);
  EXPECT_EQ(system.ports[0].bandwidth.value(), 8e9);
  EXPECT_EQ(system.accelerators[0].clock.value(), 2e9);
  EXPECT_EQ(system.accelerators[0].launch_overhead.value(), 0);
  EXPECT_EQ(system.accelerators[0].vector_unit.lanes, 8) << "the nearest whole one";
  EXPECT_EQ(system.host.operations_per_second, 2e9);
  EXPECT_THAT(load_error(with(text, "high: 32 GB/s", "high: 33 GB/s")),
              HasSubstr("dram.ports.bus.bandwidth: a port cannot be faster than its memory"));
  EXPECT_THAT(load_error(with(text, "nominal: 7.6, low: 1", "nominal: 7.6, low: 0")),
              HasSubstr("vector_lanes.low"));
  EXPECT_THAT(load_error(with(text, "high: 1 us", "high: 80 ns")),
              HasSubstr("the nominal value must lie between low and high"));
  EXPECT_THAT(
      load_error(small_system_with("    clock: 1 GHz", "    vector_lanes: 1.5\n    clock: 1 GHz")),
      HasSubstr("vector_lanes"));
  EXPECT_THAT(load_error(small_system_with("capacity: 1 GiB",
                                           "capacity: " + figure("1 GiB", "1 GiB", "2 GiB"))),
              HasSubstr("memories.dram.capacity"))
      << "what fits is no figure";
}

TEST(LoaderErrors, MisspeltKeys) {
  EXPECT_THAT(load_error(small_system_with("    pe_array: 8x8", "    pe_aray: 8x8")),
              StartsWith("s.yaml:18:5: accelerators.tiny: the key 'pe_array' is missing; is "
                         "'pe_aray' meant for it?"));
  EXPECT_THAT(load_error(small_system_with("    port: dram.bus\nhost",
                                           "    port: dram.bus\n    vector_lane: 4\nhost")),
              StartsWith("s.yaml:26:5: accelerators.tiny.vector_lane: unknown key 'vector_lane'; "
                         "did you mean 'vector_lanes'? (known: "));
  EXPECT_THAT(load_error(small_system_with("memories:", "memorys:")),
              StartsWith("s.yaml:1:1: the key 'memories' is missing; is 'memorys' meant for it?"));
  EXPECT_THAT(
      load_error(small_system_with("width: 8 B}\n      act", "width: 8 B, bank: 2}\n      act")),
      HasSubstr("accelerators.tiny.buffers.parameters.bank: unknown key 'bank'; did you mean "
                "'banks'?"));
}

TEST(LoaderErrors, UnitMissing) {
  EXPECT_EQ(
      load_error(small_system_with("clock: 1 GHz", "clock: 1")),
      "s.yaml:19:12: accelerators.tiny.clock: '1' has no unit; add one of Hz, kHz, MHz, GHz, as "
      "in '1 GHz'");
  EXPECT_THAT(load_error(small_system_with("capacity: 16 KiB", "capacity: 16 KB")),
              StartsWith("s.yaml:22:30: accelerators.tiny.buffers.parameters.capacity: 'KB' is no "
                         "unit of size in '16 KB'; use one of B, KiB"));
}

TEST(LoaderErrors, Schema) {
  EXPECT_EQ(load_error(small_system_with("schema: mensa-system/1\n", "")),
            "s.yaml:1:1: the key 'schema' is missing");
  EXPECT_EQ(load_error(small_system_with("mensa-system/1", "mensa-system/2")),
            "s.yaml:1:9: schema: expected 'mensa-system/1', got 'mensa-system/2'");
  EXPECT_THAT(load_error("just text\n"), HasSubstr("expected a map, got a plain value"));
}

TEST(LoaderErrors, Buffers) {
  const auto with_capacity = [](const std::string& capacity) {
    return load_error(small_system_with("capacity: 16 KiB", "capacity: " + capacity));
  };
  EXPECT_EQ(with_capacity("0 KiB"),
            "s.yaml:22:30: accelerators.tiny.buffers.parameters.capacity: '0 KiB' must be above 0");
  EXPECT_EQ(with_capacity("8 B"), "no error");  // one access
  EXPECT_EQ(
      with_capacity("7 B"),
      "s.yaml:22:30: accelerators.tiny.buffers.parameters.capacity: 7 B cannot hold one access "
      "of 8 B in each of 1 banks");
  EXPECT_EQ(
      load_error(small_system_with("keeps: [inputs, outputs]", "keeps: [outputs]")),
      "s.yaml:22:7: accelerators.tiny.buffers: no buffer keeps inputs; inputs and outputs must "
      "each be in the 'keeps' of one (only weights may stream past the buffers)");
  EXPECT_THAT(load_error(small_system_with("keeps: [inputs, outputs]", "keeps: [inputs]")),
              HasSubstr("no buffer keeps outputs"));
  EXPECT_THAT(load_error(small_system_with("keeps: [weights]", "keeps: [weights, inputs]")),
              HasSubstr("accelerators.tiny.buffers.activations: inputs are kept by 'parameters' "
                        "already; one buffer keeps an operand"));
  EXPECT_THAT(load_error(small_system_with("keeps: [weights]", "keeps: []")),
              HasSubstr("a buffer must keep something"));
  EXPECT_THAT(load_error(small_system_with("keeps: [weights]", "keeps: [weight]")),
              HasSubstr("keeps.0: unknown operand 'weight'; did you mean 'weights'?"));
  EXPECT_THAT(load_error(small_system_with("keeps: [weights]", "keeps: [weights, weights]")),
              HasSubstr("keeps.1: weights stand here twice"));
  EXPECT_THAT(load_error(small_system_with("      parameters: {", "      2nd: {")),
              HasSubstr("'2nd' is no name; use letters"));
}

TEST(Loader, PortsOfABuffer) {
  const auto with_ports = [](const std::string& ports) {
    return small_system_with("width: 8 B}\n      act",
                             "width: 8 B, ports: " + ports + "}\n      act");
  };
  EXPECT_EQ(load_text(with_ports("shared")).accelerators[0].buffers[0].ports, BufferPorts::kShared);
  const System system = load_text(with_ports("separate"));
  EXPECT_EQ(system.accelerators[0].buffers[0].ports, BufferPorts::kSeparate);
  EXPECT_EQ(system.accelerators[0].buffers[1].ports, BufferPorts::kShared);
  EXPECT_EQ(load_error(with_ports("seperate")),
            "s.yaml:22:75: accelerators.tiny.buffers.parameters.ports: unknown kind of ports "
            "'seperate'; did you mean 'separate'? (known: shared, separate)");
  EXPECT_THAT(load_error(with_ports("2")),
              HasSubstr("unknown kind of ports '2' (known: shared, separate)"));
}

TEST(Loader, DuplexOfAMemoryPort) {
  const auto with_duplex = [](const std::string& duplex) {
    return small_system_with("latency: 100 ns", "latency: 100 ns\n        duplex: " + duplex);
  };
  EXPECT_EQ(load_text(with_duplex("half")).ports[0].duplex, Duplex::kHalf);
  EXPECT_EQ(load_text(with_duplex("full")).ports[0].duplex, Duplex::kFull);
  EXPECT_EQ(load_error(with_duplex("ful")),
            "s.yaml:15:17: memories.dram.ports.bus.duplex: unknown duplex 'ful'; did you mean "
            "'full'? (known: half, full)");
  EXPECT_THAT(load_error(with_duplex("simplex")),
              HasSubstr("unknown duplex 'simplex' (known: half, full)"));
}

TEST(LoaderErrors, WeightsMayStreamPastTheBuffers) {
  const System system = load_text(small_system_with(
      "      parameters: {capacity: 16 KiB, keeps: [weights], width: 8 B}\n", ""));
  EXPECT_EQ(system.accelerator("tiny").buffer_of(MacOperand::kWeights), nullptr);
  EXPECT_EQ(system.accelerator("tiny").parameter_capacity().value(), 64);  // 1 B in each PE
}

TEST(LoaderErrors, PeArray) {
  const auto with_array = [](const std::string& array) {
    return load_error(small_system_with("pe_array: 8x8", "pe_array: " + array));
  };
  EXPECT_EQ(with_array("1x65536"), "no error");
  EXPECT_EQ(with_array("65536x1"), "no error");
  const std::string too_large =
      "s.yaml:18:15: accelerators.tiny.pe_array: an array side must be within 1 to 65536";
  EXPECT_EQ(with_array("1x65537"), too_large);
  EXPECT_EQ(with_array("65537x1"), too_large);
  EXPECT_THAT(with_array("0x1"), HasSubstr("pe_array: '0x1' is no extent"));
}

TEST(LoaderErrors, Registers) {
  EXPECT_EQ(
      load_error(small_system_with("outputs: 4 B", "outputs: 3 B")),
      "s.yaml:24:53: accelerators.tiny.registers.outputs: 3 B cannot hold one value of 32 bits");
  EXPECT_EQ(
      load_error(small_system_with("outputs: 4 B", "outputs: 0 B")),
      "s.yaml:24:16: accelerators.tiny.registers: dataflow 'output_stationary' keeps outputs in "
      "the PE, but registers.outputs is 0");
  EXPECT_EQ(load_error(small_system_with("weights: 1 B, ", "")), "no error");
}

TEST(LoaderErrors, Precisions) {
  const auto with_precisions = [](const std::string& list) {
    return load_error(small_system_with("    port: dram.bus\nhost",
                                        "    precisions: " + list + "\n    port: dram.bus\nhost"));
  };
  EXPECT_EQ(with_precisions("[{weights: 1, activations: 1, accumulators: 1}]"), "no error");
  EXPECT_EQ(with_precisions("[{weights: 8, activations: 8}, {weights: 32, activations: 32}]"),
            "no error");
  EXPECT_THAT(with_precisions("[{weights: 9, activations: 8}]"),
              HasSubstr("registers.weights: 1 B cannot hold one value of 9 bits"));
  EXPECT_THAT(with_precisions("[{weights: 0, activations: 8}]"),
              HasSubstr("precisions.0.weights: 0 is out of range; expected 1 to 64"));
  EXPECT_THAT(with_precisions("[{weights: 8, activations: 65}]"),
              HasSubstr("precisions.0.activations: 65 is out of range; expected 1 to 64"));
  EXPECT_THAT(
      with_precisions("[{weights: 8, activations: 64}]"),
      HasSubstr("precisions.0: technology 'cmos_22nm' has no energy for MACs of int8 weights "
                "and int64 activations; add one to its 'mac' list, or an 'energy'"));
  EXPECT_THAT(with_precisions("[{weights: 8, activations: 8}, {weights: 8, activations: 8}]"),
              HasSubstr("precisions.1: an entry before this one has the same widths"));
  EXPECT_THAT(with_precisions("[]"), HasSubstr("expected at least one precision"));
  EXPECT_THAT(with_precisions("[{weights: 8}]"), HasSubstr("the key 'activations' is missing"));
}

TEST(LoaderErrors, Ports) {
  EXPECT_EQ(load_error(small_system_with("    port: dram.bus\nhost", "    port: dram.buss\nhost")),
            "s.yaml:25:11: accelerators.tiny.port: unknown memory port 'dram.buss'; did you mean "
            "'dram.bus'? (known: dram.bus)");
  EXPECT_THAT(load_error(small_system_with("10 pJ\n  port: dram.bus", "10 pJ\n  port: dram")),
              HasSubstr("host.port: unknown memory port 'dram'; did you mean 'dram.bus'?"));
  EXPECT_EQ(load_error(small_system_with("        bandwidth: 32 GB/s\n        latency",
                                         "        bandwidth: 32.1 GB/s\n        latency")),
            "s.yaml:13:20: memories.dram.ports.bus.bandwidth: a port cannot be faster than its "
            "memory, which gives 32 GB/s");
  EXPECT_EQ(load_error(small_system_with("    burst: 64 B", "    burst: 1 GiB")), "no error");
  EXPECT_THAT(
      load_error(small_system_with("    burst: 64 B", "    burst: 2 GiB")),
      StartsWith("s.yaml:9:12: memories.dram.burst: a burst cannot be larger than the memory"));
}

TEST(LoaderErrors, SomethingOfEach) {
  const std::string text(kSmallSystem);
  const auto between = [&](const std::string& first, const std::string& last) {
    const std::size_t begin = text.find(first);
    return text.substr(begin, text.find(last) - begin);
  };
  EXPECT_EQ(load_error(with(text, between("accelerators:", "host:"), "accelerators: {}\n")),
            "s.yaml:16:15: accelerators: expected at least one accelerator");
  EXPECT_THAT(load_error(with(text, between("memories:", "accelerators:"), "memories: {}\n")),
              HasSubstr("memories: expected at least one memory"));
  EXPECT_THAT(load_error(with(text, between("accelerators:", "host:"), "")),
              HasSubstr("the key 'accelerators' is missing"));
  EXPECT_THAT(load_error(with(text, "technology: cmos_22nm\n", "")),
              HasSubstr("s.yaml:1:1: the key 'technology' is missing"));
  EXPECT_THAT(load_error(with(text, text.substr(text.find("host:")), "")),
              HasSubstr("the key 'host' is missing"));
  EXPECT_THAT(
      load_error(with(text, "  operations_per_second", "  name: tiny\n  operations_per_second")),
      HasSubstr("host: an accelerator is named 'tiny' as well"));
}

TEST(LoaderErrors, UnknownNames) {
  EXPECT_THAT(load_error(small_system_with("cmos_22nm", "cmos_23nm")),
              StartsWith("s.yaml:3:13: technology: unknown technology 'cmos_23nm'; did you mean "
                         "'cmos_22nm'? (known: "));
  EXPECT_THAT(load_error(small_system_with("dataflow: output_stationary", "dataflow: systolic")),
              StartsWith("s.yaml:20:15: accelerators.tiny.dataflow: unknown dataflow 'systolic' "
                         "(known: "));
  EXPECT_THAT(
      load_error(small_system_with("    pe_array: 8x8", "    use: pasacl\n    pe_array: 8x8")),
      StartsWith("s.yaml:18:10: accelerators.tiny.use: unknown accelerator 'pasacl'; did you "
                 "mean 'pascal'? (known: "));
  EXPECT_THAT(error_of([] { return load_system("mensa_h"); }),
              StartsWith("unknown system 'mensa_h'; did you mean 'mensa_g'? (known: "));
  const System system = load_text(kSmallSystem);
  EXPECT_EQ(error_of([&] { return system.accelerator("tinny"); }),
            "unknown accelerator 'tinny'; did you mean 'tiny'? (known: tiny)");
}

TEST(LoaderErrors, WrongKindOfFile) {
  const TemporaryFolder folder;
  const std::string part = folder.write("part.yaml", "schema: mensa-system/1\n");
  EXPECT_EQ(error_of([&] {
              return load_text(folder,
                               small_system_with("    pe_array: 8x8", "    use: part.yaml"));
            }),
            part + ":1:9: schema: expected 'mensa-accelerator/1', got 'mensa-system/1'");
}

TEST(Use, FilesAreRelativeToTheirUser) {
  const TemporaryFolder folder;
  static_cast<void>(folder.write(
      "parts/big.yaml", "schema: mensa-accelerator/1\nuse: deeper/base.yaml\nclock: 2 GHz\n"));
  static_cast<void>(folder.write("parts/deeper/base.yaml",
                                 "schema: mensa-accelerator/1\nuse: pascal\npe_array: 4x4\n"));
  const std::string text(kSmallSystem);
  const std::size_t begin = text.find("  tiny:");
  const std::size_t end = text.find("host:");
  const std::string user = std::string(text).replace(
      begin, end - begin, "  tiny: {use: parts/big.yaml, port: dram.bus, vector_lanes: 3}\n");
  const System system = load_text(folder, user);
  const Accelerator& tiny = system.accelerator("tiny");
  EXPECT_EQ(tiny.pe_count(), 16);
  EXPECT_EQ(tiny.clock.value(), 2e9);
  EXPECT_EQ(tiny.vector_unit.lanes, 3);
  EXPECT_EQ(tiny.dataflow.name, "pascal");
}

TEST(Use, MissingPortIsReportedInTheSystemsFile) {
  const std::string text(kSmallSystem);
  const std::size_t begin = text.find("  tiny:");
  const std::string user =
      std::string(text).replace(begin, text.find("host:") - begin, "  tiny: {use: pascal}\n");
  EXPECT_EQ(load_error(user), "s.yaml:17:9: accelerators.tiny: the key 'port' is missing");
}

TEST(Use, CirclesEnd) {
  const TemporaryFolder folder;
  static_cast<void>(folder.write("a.yaml", "schema: mensa-accelerator/1\nuse: b.yaml\n"));
  static_cast<void>(folder.write("b.yaml", "schema: mensa-accelerator/1\nuse: a.yaml\n"));
  EXPECT_THAT(error_of([&] {
                return load_text(folder, small_system_with("    pe_array: 8x8", "    use: a.yaml"));
              }),
              HasSubstr("more than 8 files use one another; does one use itself?"));
}

TEST(Sources, MustStandForSomething) {
  const auto with_sources = [](const std::string& sources) {
    return load_error(small_system_with("    port: dram.bus\nhost",
                                        "    port: dram.bus\n    sources: " + sources + "\nhost"));
  };
  EXPECT_EQ(
      with_sources("{clock: {source: me, grade: D}, buffers.parameters.capacity: {source: me, "
                   "grade: X}}"),
      "no error");
  EXPECT_THAT(with_sources("{clok: {source: me, grade: D}}"),
              HasSubstr("sources.clok: there is no 'clok' here that this could be the source of"));
  EXPECT_THAT(with_sources("{clock: {source: me}}"), HasSubstr("the key 'grade' is missing"));
  EXPECT_THAT(with_sources("{clock: me}"), HasSubstr("expected a map"));
}

TEST(Warnings, SramSlowerThanTheClock) {
  // 64 KiB with accesses of 64 B cycle in 0.44 ns, 512 KiB in 1.23 ns.
  const auto warnings_for = [](const std::string& capacity) {
    return load_text(
               small_system_with("{capacity: 16 KiB, keeps: [weights], width: 8 B}",
                                 "{capacity: " + capacity + ", keeps: [weights], width: 64 B}"))
        .warnings;
  };
  EXPECT_THAT(warnings_for("64 KiB"), IsEmpty());
  const auto warnings = warnings_for("512 KiB");
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_THAT(
      warnings[0],
      testing::EndsWith("s.yaml:22:19: accelerators.tiny.buffers.parameters: banks of 524288 "
                        "B with accesses of 64 B cycle in 1.23 ns, longer than the clock "
                        "period of 1 ns"));
}

TEST(Warnings, SramOutsideTheTable) {
  const auto warnings_for = [](const std::string& capacity, const std::string& width) {
    return load_text(small_system_with("{capacity: 16 KiB, keeps: [weights], width: 8 B}",
                                       fmt::format("{{capacity: {}, keeps: [weights], width: {}}}",
                                                   capacity, width)))
        .warnings;
  };
  EXPECT_THAT(warnings_for("8 KiB", "8 B"), IsEmpty());
  EXPECT_THAT(warnings_for("8191 B", "8 B"), ElementsAre(HasSubstr("lie outside the SRAM table")));
  EXPECT_THAT(warnings_for("8 KiB", "7 B"), ElementsAre(HasSubstr("lie outside the SRAM table")));
  EXPECT_THAT(warnings_for("16 KiB", "64 B"), IsEmpty());
  EXPECT_THAT(warnings_for("16 KiB", "65 B"), ElementsAre(HasSubstr("lie outside the SRAM table")));
}

}  // namespace
}  // namespace mensa::accelerators
