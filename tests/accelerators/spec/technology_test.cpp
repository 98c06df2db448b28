// Technologies: interpolation of SRAM and register figures, MAC look-up, the CSV table.

#include "accelerators/spec/technology.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "accelerators/spec/loader.h"
#include "accelerators/spec/sram_csv.h"
#include "tests/accelerators/spec/small_system.h"

namespace mensa::accelerators {
namespace {

using base::Bytes;
using testing::HasSubstr;

const Technology& cmos_22nm() {
  static const Technology kTechnology = load_system("mensa_g").technology;
  return kTechnology;
}

TEST(SramTable, ExactAtItsPoints) {
  const SramTable& table = cmos_22nm().sram;
  ASSERT_EQ(table.points().size(), 20U);
  for (const SramPoint& point : table.points()) {
    const SramPoint found = table.at(point.capacity, point.width);
    EXPECT_EQ(found.capacity, point.capacity);
    EXPECT_EQ(found.width, point.width);
    EXPECT_EQ(found.cycle_time, point.cycle_time);
    EXPECT_EQ(found.read, point.read);
    EXPECT_EQ(found.write, point.write);
    EXPECT_EQ(found.leakage, point.leakage);
    EXPECT_EQ(found.area, point.area);
  }
}

TEST(SramTable, HasTheFiguresOfTheFile) {
  // hp,64,8: 4.689 pJ read, 4.013 pJ write, 6.00126 + 0.0395899 mW, 0.0561 mm2, 0.178211 ns.
  const SramPoint point = cmos_22nm().sram.at(Bytes(64 * 1024), Bytes(8));
  EXPECT_DOUBLE_EQ(point.read.value(), 4.689);
  EXPECT_DOUBLE_EQ(point.write.value(), 4.013);
  EXPECT_NEAR(point.leakage.value(), (6.00126 + 0.0395899) * 1e-3, 1e-12);
  EXPECT_DOUBLE_EQ(point.area.value(), 0.0561);
  EXPECT_NEAR(point.cycle_time.value(), 0.178211e-9, 1e-20);
}

TEST(SramTable, MonotoneBetweenItsPoints) {
  const SramTable& table = cmos_22nm().sram;
  for (const std::int64_t width : {8, 16, 64}) {
    for (std::int64_t capacity = 8 * 1024; capacity < 4096 * 1024; capacity *= 2) {
      const SramPoint low = table.at(Bytes(capacity), Bytes(width));
      const SramPoint high = table.at(Bytes(2 * capacity), Bytes(width));
      SramPoint before = low;
      for (int step = 1; step <= 8; ++step) {
        const SramPoint here = table.at(Bytes(capacity + capacity * step / 8), Bytes(width));
        const auto goes_on = [](auto first, auto previous, auto now, auto last) {
          return first <= last ? previous <= now && now <= last : previous >= now && now >= last;
        };
        EXPECT_TRUE(goes_on(low.read, before.read, here.read, high.read));
        EXPECT_TRUE(goes_on(low.leakage, before.leakage, here.leakage, high.leakage));
        EXPECT_TRUE(goes_on(low.cycle_time, before.cycle_time, here.cycle_time, high.cycle_time));
        before = here;
      }
    }
  }
  const auto read = [&](std::int64_t width) {
    return table.at(Bytes(64 * 1024), Bytes(width)).read;
  };
  for (std::int64_t width = 8; width < 64; ++width) EXPECT_LT(read(width), read(width + 1));
}

SramPoint point(std::int64_t capacity, std::int64_t width, double figure) {
  return {Bytes(capacity),
          Bytes(width),
          base::Seconds(figure),
          base::Picojoules(figure),
          base::Picojoules(figure),
          base::Watts(figure),
          base::SquareMillimetres(figure)};
}

TEST(SramTable, FollowsPowerLawsInsideAndOutside) {
  // figure = sqrt(capacity) * width
  const SramTable table(
      {point(1024, 8, 256), point(4096, 8, 512), point(1024, 16, 512), point(4096, 16, 1024)});
  EXPECT_NEAR(table.at(Bytes(2048), Bytes(8)).read.value(), 8 * std::sqrt(2048.0), 1e-9);
  EXPECT_NEAR(table.at(Bytes(4096), Bytes(12)).read.value(), 12 * 64, 1e-9);
  EXPECT_NEAR(table.at(Bytes(256), Bytes(4)).read.value(), 64, 1e-9);
  EXPECT_NEAR(table.at(Bytes(65536), Bytes(64)).read.value(), 64 * 256, 1e-6);
}

/// Where leakage is 0 at one end it grows evenly from there; outside it never falls below 0.
TEST(SramTable, FiguresMayBeZero) {
  std::vector<SramPoint> points = {point(1024, 8, 4), point(4096, 8, 4)};
  points[0].leakage = base::Watts(0);
  points[0].area = points[1].area = base::SquareMillimetres(0);
  const SramTable table(points);
  EXPECT_EQ(table.at(Bytes(1024), Bytes(8)).leakage.value(), 0);
  EXPECT_NEAR(table.at(Bytes(2048), Bytes(8)).leakage.value(), 2, 1e-12);
  EXPECT_EQ(table.at(Bytes(4096), Bytes(8)).leakage.value(), 4);
  EXPECT_EQ(table.at(Bytes(512), Bytes(8)).leakage.value(), 0);
  EXPECT_EQ(table.at(Bytes(2048), Bytes(8)).area.value(), 0);
  EXPECT_NEAR(table.at(Bytes(2048), Bytes(8)).read.value(), 4, 1e-12);
}

TEST(SramTable, CoversUpToItsEdges) {
  const SramTable table(
      {point(1024, 8, 1), point(4096, 8, 2), point(1024, 16, 2), point(4096, 16, 3)});
  EXPECT_TRUE(table.covers(Bytes(1024), Bytes(8)));
  EXPECT_TRUE(table.covers(Bytes(4096), Bytes(16)));
  EXPECT_FALSE(table.covers(Bytes(1023), Bytes(8)));
  EXPECT_FALSE(table.covers(Bytes(4097), Bytes(8)));
  EXPECT_FALSE(table.covers(Bytes(1024), Bytes(7)));
  EXPECT_FALSE(table.covers(Bytes(1024), Bytes(17)));
  EXPECT_FALSE(SramTable().covers(Bytes(1024), Bytes(8)));
}

TEST(SramTable, OneWidthServesAll) {
  const SramTable table({point(4096, 8, 512), point(1024, 8, 256)});
  EXPECT_EQ(table.at(Bytes(4096), Bytes(64)).read.value(), 512);
  EXPECT_FALSE(table.covers(Bytes(4096), Bytes(64)));
}

TEST(SramTable, MustBeComplete) {
  EXPECT_THAT(error_of([] { return SramTable({point(1024, 8, 1)}); }),
              HasSubstr("at least two capacities"));
  EXPECT_THAT(error_of([] {
                return SramTable({point(1024, 8, 1), point(4096, 8, 2), point(1024, 16, 2)});
              }),
              HasSubstr("all of them with every width"));
  EXPECT_EQ(error_of([] {
              return SramTable({point(1024, 8, 1), point(4096, 8, 2), point(1024, 8, 2)});
            }),
            "the SRAM table has 1024 B with accesses of 8 B twice");
}

TEST(Technology, MacEnergyIsTheNearestFromAbove) {
  const Technology& technology = cmos_22nm();
  const auto energy = [&](int weights, int activations) {
    return technology
        .mac_energy({NumberFormat::integer(weights), NumberFormat::integer(activations)})
        .value();
  };
  EXPECT_EQ(energy(8, 8), 0.12);
  EXPECT_EQ(energy(4, 8), 0.12);
  EXPECT_EQ(energy(9, 8), 0.34);
  EXPECT_EQ(energy(8, 16), 0.34);
  EXPECT_EQ(energy(16, 17), 1.24);
  EXPECT_EQ(energy(32, 32), 1.24);
  EXPECT_THAT(error_of([&] { return energy(33, 8); }),
              HasSubstr("technology 'cmos_22nm' has no energy for MACs of int33 weights"));
}

/// A float unit does integers as wide as its significand, never the other way around.
TEST(Technology, FloatsTakeTheEntriesOfFloats) {
  const Technology& technology = cmos_22nm();
  constexpr NumberFormat kHalf = NumberFormat::floating(16);
  constexpr NumberFormat kSingle = NumberFormat::floating(32);
  constexpr NumberFormat kBrain{NumberKind::kBrainFloat, 16};
  const auto energy = [&](NumberFormat weights, NumberFormat activations) {
    return technology.mac_energy({weights, activations}).value();
  };
  EXPECT_EQ(energy(kHalf, kHalf), 0.77);
  EXPECT_EQ(energy(kSingle, kSingle), 1.78);
  EXPECT_EQ(energy(kHalf, kSingle), 1.78);
  EXPECT_EQ(energy(kBrain, kBrain), 0.77);
  EXPECT_EQ(energy(NumberFormat::integer(8), kHalf), 0.77);
  EXPECT_EQ(energy(NumberFormat::integer(11), kHalf), 0.77);
  EXPECT_EQ(energy(NumberFormat::integer(12), kHalf), 1.78);
  EXPECT_THAT(error_of([&] { return energy(NumberFormat::floating(64), kHalf); }),
              HasSubstr("no energy for MACs of fp64 weights and fp16 activations"));
}

TEST(Technology, RegisterEnergyIsAPowerLawBetweenAndConstantOutside) {
  const Technology& technology = cmos_22nm();
  const auto energy = [&](std::int64_t bytes) {
    return technology.register_energy_per_byte(Bytes(bytes)).value();
  };
  EXPECT_EQ(energy(1), 0.015);
  EXPECT_EQ(energy(8), 0.015);
  EXPECT_NEAR(energy(64), std::sqrt(0.015 * 0.12), 1e-12);  // the geometric middle of 8 and 512
  EXPECT_EQ(energy(512), 0.12);
  EXPECT_EQ(energy(4096), 0.12);
  EXPECT_GT(energy(9), energy(8));
  EXPECT_LT(energy(511), energy(512));
}

TEST(Technology, RegisterAreaIsAPowerLawBetweenAndConstantOutside) {
  const Technology& technology = cmos_22nm();
  const auto area = [&](std::int64_t bytes) {
    return technology.register_area_per_byte(Bytes(bytes)).value();
  };
  EXPECT_DOUBLE_EQ(area(1), 14.5e-6);
  EXPECT_DOUBLE_EQ(area(8), 14.5e-6);
  EXPECT_NEAR(area(64), std::sqrt(14.5e-6 * 6.6e-6), 1e-12);
  EXPECT_DOUBLE_EQ(area(512), 6.6e-6);
  EXPECT_DOUBLE_EQ(area(4096), 6.6e-6);
}

TEST(Technology, AreasAreReadWithTheirGround) {
  const Technology& technology = cmos_22nm();
  EXPECT_DOUBLE_EQ(technology.pe_area.nominal.value(), 600e-6);
  EXPECT_DOUBLE_EQ(technology.vector_lane_area.low.value(), 210e-6);
  EXPECT_DOUBLE_EQ(technology.vector_lane_area.nominal.value(), 1040e-6);
  EXPECT_DOUBLE_EQ(technology.network_area_per_byte.nominal.value(), 12e-6);
  EXPECT_DOUBLE_EQ(technology.network_area_per_byte.high.value(), 33e-6);
  EXPECT_EQ(technology.separate_ports_area.nominal, 1.3);
  EXPECT_EQ(technology.separate_ports_area.grade, "D");
  const Technology changed =
      load_system("mensa_g", {{"technology.vector_lane_area", "0 um2"},
                              {"technology.network_area_per_byte", "1 mm2"},
                              {"technology.registers.0.area_per_byte", "2 um2"},
                              {"technology.sram.separate_ports_area", "1"}})
          .technology;
  EXPECT_EQ(changed.vector_lane_area.nominal.value(), 0);
  EXPECT_EQ(changed.network_area_per_byte.nominal.value(), 1);
  EXPECT_EQ(changed.network_area_per_byte.grade, "-");
  EXPECT_DOUBLE_EQ(changed.register_area_per_byte(Bytes(1)).value(), 2e-6);
  EXPECT_EQ(changed.separate_ports_area.nominal, 1);
}

TEST(Technology, ScaleFactors) {
  const SramPoint plain = cmos_22nm().sram.at(Bytes(12 * 1024), Bytes(32));
  const System scaled = load_system(
      "mensa_g", {{"technology.sram.scale",
                   "{energy: 2, leakage: 3, area: 4, time: {nominal: 5, low: 4, high: 6, "
                   "source: guess, grade: D}}"}});
  const SramPoint point = scaled.technology.sram.at(Bytes(12 * 1024), Bytes(32));
  EXPECT_NEAR(point.read.ratio(plain.read), 2, 1e-12);
  EXPECT_NEAR(point.write.ratio(plain.write), 2, 1e-12);
  EXPECT_NEAR(point.leakage.ratio(plain.leakage), 3, 1e-12);
  EXPECT_NEAR(point.area.ratio(plain.area), 4, 1e-12);
  EXPECT_NEAR(point.cycle_time.ratio(plain.cycle_time), 5, 1e-12);
}

TEST(TechnologyErrors, Lists) {
  const auto error = [](const std::string& path, const std::string& value) {
    return error_of([&] { return load_system("mensa_g", {{path, value}}); });
  };
  EXPECT_THAT(error("technology.mac", "[]"), HasSubstr("expected at least one entry"));
  EXPECT_THAT(error("technology.registers", "[]"), HasSubstr("expected at least one entry"));
  EXPECT_THAT(error("technology.mac.1.weights", "65"), HasSubstr("out of range; expected 1 to 64"));
  EXPECT_THAT(error("technology.registers.1.capacity", "8 B"),
              HasSubstr("technology.registers.1: an entry before this one has the same size"));
  EXPECT_THAT(error("technology.sram.scale", "{energy: 0}"), HasSubstr("out of range"));
  EXPECT_EQ(error("technology.sram.table.0.read", "0 pJ"), "no error");
  EXPECT_EQ(error("technology.sram.table.0.leakage", "0 W"), "no error");
  EXPECT_THAT(error("technology.sram.table.0.read", "-1 pJ"), HasSubstr("-1 pJ"));
  EXPECT_THAT(error("technology.sram.table.0.cycle_time", "0 ns"), HasSubstr("must be above 0"));
}

TEST(TechnologyErrors, Areas) {
  const auto error = [](const std::string& path, const std::string& value) {
    return error_of([&] { return load_system("mensa_g", {{"technology." + path, value}}); });
  };
  EXPECT_THAT(error("vector_lane_area", "1 pJ"),
              HasSubstr("technology.vector_lane_area: 'pJ' is no unit of area"));
  EXPECT_THAT(error("network_area_per_byte", "-1 um2"), HasSubstr("-1 um2"));
  EXPECT_THAT(error("registers.0.area_per_byte", "12"),
              HasSubstr("technology.registers.0.area_per_byte: '12' has no unit"));
  EXPECT_THAT(error("sram.separate_ports_area", "0.9"),
              HasSubstr("technology.sram.separate_ports_area: 0.9 is out of range; expected 1"));
  EXPECT_THAT(error("sram", "{table: [], cell: hp}"),
              HasSubstr("the key 'separate_ports_area' is missing"));
  EXPECT_THAT(error("registers.0", "{capacity: 1 B, energy_per_byte: 1 pJ}"),
              HasSubstr("'area_per_byte' is missing"));
}

constexpr std::string_view kHeader =
    "cell,capacity_kib,access_bytes,access_ns,cycle_ns,read_pj,write_pj,leakage_mw,gate_leakage_mw,"
    "area_mm2\n";

/// Reads `text` as t.csv; the message without the folder.
std::string csv_error(const std::string& text) {
  const TemporaryFolder folder;
  const std::string file = folder.write("t.csv", text);
  const std::string message = error_of([&] { return read_sram_csv(file); });
  return message.starts_with(file) ? "t.csv" + message.substr(file.size()) : message;
}

TEST(SramCsv, ReadsAnyOrderOfColumnsAndAddsLeakage) {
  const TemporaryFolder folder;
  const std::string file = folder.write(
      "t.csv",
      "# comment\r\narea_mm2,cell,capacity_kib,access_bytes,access_ns,cycle_ns,read_pj,"
      "write_pj,leakage_mw,gate_leakage_mw\r\n\n0.5,hp,8,16,0.1,0.2,3,4,5,0.25\n");
  const base::YamlNode table = read_sram_csv(file);
  EXPECT_EQ(
      table.to_yaml(),
      "- {cell: hp, capacity: 8 KiB, width: 16 B, cycle_time: 0.2 ns, read: 3 pJ, write: 4 pJ, "
      "leakage: 5.25 mW, area: 0.5 mm2}\n");
  EXPECT_EQ(table.items()[0].where().line, 4);
}

TEST(SramCsv, ErrorsHaveFileAndLine) {
  const std::string header(kHeader);
  const std::string row = "hp,8,8,0.1,0.1,1.5,1.6,0.8,0.005,0.006\n";
  EXPECT_EQ(csv_error(header + row), "no error");
  EXPECT_EQ(csv_error(header + row + "hp,8,8,0.1,0.1,x,1.6,0.8,0.005,0.006\n"),
            "t.csv:3: read_pj: 'x' is no number above 0");
  for (const char* const field : {"", "0", "-1", "1x", "nan", "inf", "1e999", " 1"}) {
    EXPECT_EQ(csv_error(header + fmt::format("hp,{},8,0.1,0.1,1,1.6,0.8,0.005,0.006\n", field)),
              fmt::format("t.csv:2: capacity_kib: '{}' is no number above 0", field));
  }
  EXPECT_EQ(csv_error(header + "hp,8,8\n"), "t.csv:2: has 3 fields; the header has 10");
  EXPECT_EQ(csv_error(header + "h p,8,8,0.1,0.1,1,1.6,0.8,0.005,0.006\n"),
            "t.csv:2: cell: 'h p' is no name; use a-z, 0-9 and '_'");
  EXPECT_THAT(csv_error("cell,capacity\n"),
              HasSubstr("t.csv:1: unknown column 'capacity'; did you mean 'capacity_kib'?"));
  EXPECT_EQ(csv_error("# x\ncell,capacity_kib\n"), "t.csv:2: the column 'access_bytes' is missing");
  EXPECT_EQ(csv_error("cell,cell\n"), "t.csv:1: the column 'cell' stands here twice");
  EXPECT_EQ(csv_error(""), "t.csv: holds no SRAM; expected a header and rows");
  EXPECT_EQ(csv_error(header), "t.csv: holds no SRAM; expected a header and rows");
  EXPECT_EQ(error_of([] { return read_sram_csv("/no/such.csv"); }),
            "/no/such.csv: cannot be opened for reading");
}

TEST(SramCsv, LaterErrorsAreAtTheLineOfTheFileToo) {
  const TemporaryFolder folder;
  const std::string file =
      folder.write("t.csv", std::string(kHeader) +
                                "hp,8,8,0.1,0.1,1.5,1.6,0.8,0.005,0.006\n"
                                "hp,8.0001,8,0.1,0.1,1.5,1.6,0.8,0.005,0.006\n");
  EXPECT_THAT(error_of([&] {
                return load_system("mensa_g", {{"technology.sram.table", file}});
              }),
              testing::StartsWith(file + ":3: technology.sram.table.1.capacity: '8.0001 KiB' is no "
                                         "whole number of bytes"));
  EXPECT_THAT(error_of([] {
                return load_system("mensa_g", {{"technology.sram.table", "no.csv"}});
              }),
              HasSubstr("no.csv"));
}

}  // namespace
}  // namespace mensa::accelerators
