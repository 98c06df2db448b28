// Memory timings: what their reader accepts, how they must fit their memory, and how the energy of
// activates is given.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "accelerators/spec/reader_tools.h"
#include "tests/accelerators/spec/small_system.h"

namespace mensa::accelerators {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

/// A timing that fits the memory of kSmallSystem: 4 channels of 64 B in 8 ns.
constexpr std::string_view kTiming = R"(schema: mensa-memory/1
name: slow
channels: 4
banks: 8
row: 2 KiB
interleave: 128 B
burst: 64 B
burst_time: 8 ns
t_rcd: 18 ns
t_rp: 19 ns
t_ras: 42 ns
t_rtp: 7.5 ns
t_wr: 27 ns
t_wtr: 20 ns
t_rtw: 12 ns
t_rrd: 10 ns
t_faw: 40 ns
t_refi: 3.9 us
t_rfc: 280 ns
)";

/// kSmallSystem, its memory with the timing in slow.yaml.
std::string timed_system() {
  return small_system_with("burst: 64 B", "burst: 64 B\n    timing: slow.yaml");
}

std::string timing_with(std::string_view before, std::string_view after) {
  return with(kTiming, before, after);
}

System load_timed(const std::string& timing, const std::string& system = timed_system(),
                  const ParameterOverrides& overrides = {}) {
  const TemporaryFolder folder;
  static_cast<void>(folder.write("slow.yaml", timing));
  return load_text(folder, system, overrides);
}

/// What is wrong, the temporary folder left out.
std::string timed_error(const std::string& timing, const std::string& system = timed_system()) {
  const TemporaryFolder folder;
  static_cast<void>(folder.write("slow.yaml", timing));
  const std::string message = error_of([&] { return load_text(folder, system); });
  const std::string prefix = folder.path().string() + "/";
  return message.starts_with(prefix) ? message.substr(prefix.size()) : message;
}

std::string error_with(std::string_view before, std::string_view after) {
  return timed_error(timing_with(before, after));
}

TEST(DramTiming, IsReadFromItsFile) {
  const System system = load_timed(std::string(kTiming));
  ASSERT_TRUE(system.memories[0].timing.has_value());
  const DramTiming& timing = *system.memories[0].timing;
  EXPECT_EQ(timing.name, "slow");
  EXPECT_EQ(timing.channels, 4);
  EXPECT_EQ(timing.banks, 8);
  EXPECT_EQ(timing.row.value(), 2048);
  EXPECT_EQ(timing.interleave.value(), 128);
  EXPECT_EQ(timing.burst.value(), 64);
  EXPECT_DOUBLE_EQ(timing.burst_time.value(), 8e-9);
  EXPECT_DOUBLE_EQ(timing.t_rcd.value(), 18e-9);
  EXPECT_DOUBLE_EQ(timing.t_rp.value(), 19e-9);
  EXPECT_DOUBLE_EQ(timing.t_ras.value(), 42e-9);
  EXPECT_DOUBLE_EQ(timing.t_rtp.value(), 7.5e-9);
  EXPECT_DOUBLE_EQ(timing.t_wr.value(), 27e-9);
  EXPECT_DOUBLE_EQ(timing.t_wtr.value(), 20e-9);
  EXPECT_DOUBLE_EQ(timing.t_rtw.value(), 12e-9);
  EXPECT_DOUBLE_EQ(timing.t_rrd.value(), 10e-9);
  EXPECT_DOUBLE_EQ(timing.t_faw.value(), 40e-9);
  EXPECT_DOUBLE_EQ(timing.t_refi.value(), 3.9e-6);
  EXPECT_DOUBLE_EQ(timing.t_rfc.value(), 280e-9);
  EXPECT_EQ(timing.refresh, RefreshOrder::kStaggered);
  EXPECT_FALSE(timing.activate_energy.has_value());
  EXPECT_DOUBLE_EQ(timing.bandwidth().value(), 32e9);
}

TEST(DramTiming, IsNoneWhereTheSystemNamesNone) {
  EXPECT_FALSE(load_text(kSmallSystem).memories[0].timing.has_value());
}

TEST(DramTiming, IsNoneWhereTheUserSaysSo) {
  const System system =
      load_system("edge_tpu", {{"memories.lpddr4.bandwidth", "64 GB/s"},
                               {"memories.lpddr4.timing", std::string(kNoTiming)}});
  EXPECT_FALSE(system.memories[0].timing.has_value());
  EXPECT_THAT(error_of([] {
                return load_system("mensa_g", {{"memories.stack.timing", "none"}});
              }),
              HasSubstr("so the memory needs a 'timing' with an 'activate_energy'"));
}

TEST(DramTiming, LibraryNamesAndOverrides) {
  const std::string text =
      small_system_with("burst: 64 B", "burst: 64 B\n    timing: lpddr4_4000_x64");
  EXPECT_EQ(load_text(text).memories[0].timing->name, "lpddr4_4000_x64");
  const System system = load_text(text, {{"memories.dram.timing.t_rcd", "20 ns"}});
  EXPECT_DOUBLE_EQ(system.memories[0].timing->t_rcd.value(), 20e-9);
  EXPECT_EQ(load_timed(std::string(kTiming), timed_system(),
                       {{"memories.dram.timing", "lpddr4_4000_x64"}})
                .memories[0]
                .timing->name,
            "lpddr4_4000_x64");
  EXPECT_THAT(load_error(small_system_with("burst: 64 B", "burst: 64 B\n    timing: lpddr4_400")),
              StartsWith("s.yaml:10:13: memories.dram.timing: unknown memory timing 'lpddr4_400'"));
}

TEST(DramTimingErrors, Schema) {
  EXPECT_EQ(error_with("mensa-memory/1", "mensa-memory/2"),
            "slow.yaml:1:9: schema: expected 'mensa-memory/1', got 'mensa-memory/2'");
}

TEST(DramTimingErrors, MisspeltAndMissingKeys) {
  EXPECT_THAT(error_with("t_rtp: 7.5 ns\n", "t_rpt: 7.5 ns\n"),
              HasSubstr("memories.dram.timing: the key 't_rtp' is missing"));
  EXPECT_THAT(error_with("t_rcd: 18 ns\n", "t_rcd: 18 ns\nt_rc: 60 ns\n"),
              StartsWith("slow.yaml:10:1: memories.dram.timing.t_rc: unknown key 't_rc'"));
}

TEST(DramTimingErrors, Sizes) {
  EXPECT_EQ(
      error_with("channels: 4", "channels: 3"),
      "slow.yaml:3:11: memories.dram.timing.channels: 3 is no power of two, as addresses need "
      "it");
  EXPECT_THAT(error_with("channels: 4", "channels: 0"), HasSubstr("memories.dram.timing.channels"));
  EXPECT_THAT(error_with("channels: 4", "channels: 2048"),
              HasSubstr("memories.dram.timing.channels"));
  EXPECT_THAT(error_with("banks: 8", "banks: 12"), HasSubstr("banks: 12 is no power of two"));
  EXPECT_THAT(error_with("row: 2 KiB", "row: 2 kB"), HasSubstr("row: 2000 is no power of two"));
  EXPECT_THAT(error_with("interleave: 128 B", "interleave: 96 B"),
              HasSubstr("interleave: 96 is no power of two"));
  EXPECT_EQ(error_with("row: 2 KiB", "row: 64 B"), "no error");
  EXPECT_EQ(
      error_with("row: 2 KiB", "row: 32 B"),
      "slow.yaml:5:6: memories.dram.timing.row: a row cannot be smaller than a burst of 64 B");
  EXPECT_THAT(error_with("row: 2 KiB", "row: 2 MiB"),
              HasSubstr("row: 2097152 B is more than a DRAM may have here: 1048576 B"));
  EXPECT_EQ(error_with("interleave: 128 B", "interleave: 64 B"), "no error");
  EXPECT_EQ(error_with("interleave: 128 B", "interleave: 64 KiB"), "no error");
  EXPECT_THAT(error_with("interleave: 128 B", "interleave: 32 B"),
              HasSubstr("interleave: a channel moves whole bursts of 64 B"));
}

TEST(DramTimingErrors, Times) {
  EXPECT_THAT(error_with("t_rp: 19 ns", "t_rp: 0 ns"), HasSubstr("t_rp: '0 ns' must be above 0"));
  EXPECT_EQ(error_with("t_rp: 19 ns", "t_rp: 0.5 ps"),
            "slow.yaml:10:7: memories.dram.timing.t_rp: expected a time from 1 ps to 1 ms");
  EXPECT_EQ(error_with("t_rp: 19 ns", "t_rp: 1 ms"), "no error");
  EXPECT_THAT(error_with("t_rp: 19 ns", "t_rp: 19 s"), HasSubstr("expected a time from 1 ps"));
  EXPECT_THAT(error_with("burst_time: 8 ns", "burst_time: 49 ps"),
              HasSubstr("burst_time: expected a time from 50 ps to 1 ms"));
  EXPECT_EQ(error_with("t_ras: 42 ns", "t_ras: 18 ns"), "no error");
  EXPECT_EQ(error_with("t_ras: 42 ns", "t_ras: 17.9 ns"),
            "slow.yaml:11:8: memories.dram.timing.t_ras: t_ras must be at least t_rcd: a row stays "
            "open until it was read");
  EXPECT_EQ(error_with("t_faw: 40 ns", "t_faw: 10 ns"), "no error");
  EXPECT_THAT(error_with("t_faw: 40 ns", "t_faw: 9 ns"),
              HasSubstr("t_faw: t_faw must be at least t_rrd"));
  EXPECT_EQ(error_with("t_rfc: 280 ns", "t_rfc: 3.899 us"), "no error");
  EXPECT_EQ(error_with("t_rfc: 280 ns", "t_rfc: 3.9 us"),
            "slow.yaml:19:8: memories.dram.timing.t_rfc: t_rfc must be less than t_refi: nothing "
            "would be left beside refreshes");
}

TEST(DramTiming, RefreshOrder) {
  const auto with_order = [](const std::string& order) {
    return timing_with("t_rfc: 280 ns\n", "t_rfc: 280 ns\nrefresh: " + order + "\n");
  };
  EXPECT_EQ(load_timed(with_order("together")).memories[0].timing->refresh,
            RefreshOrder::kTogether);
  EXPECT_EQ(load_timed(with_order("staggered")).memories[0].timing->refresh,
            RefreshOrder::kStaggered);
  EXPECT_EQ(timed_error(with_order("together,")),
            "slow.yaml:20:10: memories.dram.timing.refresh: unknown order of refreshes "
            "'together,'; did you mean 'together'? (known: staggered, together)");
}

TEST(DramTimingErrors, MustFitItsMemory) {
  EXPECT_EQ(error_with("burst_time: 8 ns", "burst_time: 8.07 ns"), "no error");
  EXPECT_EQ(error_with("burst_time: 8 ns", "burst_time: 8.09 ns"),
            "slow.yaml:1:1: memories.dram.timing: it moves 64 B in 8.09 ns on each of 4 channels, "
            "31.644 GB/s, but memory 'dram' has 32 GB/s; name another timing, or 'none'");
  EXPECT_EQ(error_with("burst_time: 8 ns", "burst_time: 7.93 ns"), "no error");
  EXPECT_THAT(error_with("burst_time: 8 ns", "burst_time: 7.91 ns"), HasSubstr("GB/s, but memory"));
  EXPECT_EQ(
      timed_error(std::string(kTiming), with(timed_system(), "burst: 64 B\n", "burst: 32 B\n")),
      "slow.yaml:1:1: memories.dram.timing: its bursts are 64 B, those of memory 'dram' 32 B; name "
      "another timing, or 'none'");
}

constexpr std::string_view kActivateEnergy =
    "activate_energy: {nominal: 1024 pJ, high: 2 nJ, source: me, grade: D}\n";

std::string charged_timing() { return std::string(kTiming) + std::string(kActivateEnergy); }

std::string movement_system() {
  return with(timed_system(), "energy_per_bit: 8 pJ", "movement_energy_per_bit: 3 pJ");
}

TEST(ActivateEnergy, IsSpreadOverTheRowWhereItIsCounted) {
  const System system = load_timed(charged_timing(), movement_system());
  EXPECT_TRUE(system.ports[0].counts_activates);
  EXPECT_EQ(system.ports[0].energy_per_bit.nominal.value(), 3);
  EXPECT_EQ(system.memories[0].timing->activate_energy->high.value(), 2000);
  // 1024 pJ over the 16384 bits of 2 KiB.
  EXPECT_EQ(system.energy_per_bit(system.ports[0].id).value(), 3.0625);
}

TEST(ActivateEnergy, IsPartOfAnAllInFigure) {
  for (const std::string& timing : {std::string(kTiming), charged_timing()}) {
    const System system = load_timed(timing);
    EXPECT_FALSE(system.ports[0].counts_activates);
    EXPECT_EQ(system.energy_per_bit(system.ports[0].id).value(), 8);
  }
}

TEST(ActivateEnergyErrors, EitherAllInOrMovementWithActivates) {
  const std::string both = with(timed_system(), "energy_per_bit: 8 pJ",
                                "energy_per_bit: 8 pJ\n        movement_energy_per_bit: 3 pJ");
  EXPECT_EQ(timed_error(charged_timing(), both),
            "s.yaml:17:34: memories.dram.ports.bus.movement_energy_per_bit: activates of rows are "
            "part of 'energy_per_bit', and come on top of this: give one of the two");
  const std::string neither = with(timed_system(), "        energy_per_bit: 8 pJ\n", "");
  EXPECT_THAT(
      timed_error(charged_timing(), neither),
      StartsWith("s.yaml:14:9: memories.dram.ports.bus: the key 'energy_per_bit' is missing "
                 "(all-in; or 'movement_energy_per_bit'"));
  EXPECT_THAT(timed_error(std::string(kTiming), movement_system()),
              StartsWith("s.yaml:16:34: memories.dram.ports.bus.movement_energy_per_bit: the "
                         "activates of rows come on top of this, so the memory needs a 'timing' "
                         "with an 'activate_energy'"));
  EXPECT_THAT(
      load_error(small_system_with("energy_per_bit: 8 pJ", "movement_energy_per_bit: 3 pJ")),
      HasSubstr("needs a 'timing'"));
}

}  // namespace
}  // namespace mensa::accelerators
