// What the writers print of a report made by hand.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <locale>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <stdexcept>

#include "tests/models/base/error_of.h"
#include "tests/traces/sample_report.h"
#include "traces/human.h"
#include "traces/report_writer.h"
#include "traces/text_table.h"

namespace mensa::traces {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

std::string written(const std::string& format, const Report& report) {
  std::ostringstream out;
  make_writer(format)->write(report, out);
  return out.str();
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

nlohmann::json json_of(const Report& report) {
  return nlohmann::json::parse(written("json", report));
}

/// As German writes numbers.
class Comma final : public std::numpunct<char> {
 protected:
  char do_decimal_point() const override { return ','; }
  char do_thousands_sep() const override { return '.'; }
  std::string do_grouping() const override { return "\3"; }
};

TEST(Writers, UnknownNameListsTheKnownOnes) {
  EXPECT_THAT(error_of([] { return make_writer("jsn"); }),
              AllOf(HasSubstr("unknown format 'jsn'"), HasSubstr("did you mean 'json'?"),
                    HasSubstr("known: table, csv, json, perfetto")));
}

TEST(Writers, NamesAndExtensionsAreDifferent) {
  std::set<std::string> names, extensions;
  for (const WriterEntry& entry : writers()) {
    names.insert(entry.name);
    extensions.insert(entry.extension);
    EXPECT_EQ(entry.extension.front(), '.');
    EXPECT_FALSE(entry.help.empty());
  }
  EXPECT_THAT(names, SizeIs(writers().size()));
  EXPECT_THAT(extensions, SizeIs(writers().size()));
}

TEST(Writers, LocaleChangesNothing) {
  const Report report = test::sample_report();
  for (const WriterEntry& entry : writers()) {
    const std::string before = written(entry.name, report);
    const std::locale old = std::locale::global(std::locale(std::locale(), new Comma));
    const std::string after = written(entry.name, report);
    std::locale::global(old);
    EXPECT_EQ(before, after) << entry.name;
  }
}

TEST(Writers, EqualReportsGiveEqualBytes) {
  for (const WriterEntry& entry : writers()) {
    EXPECT_EQ(written(entry.name, test::sample_report()),
              written(entry.name, test::sample_report()))
        << entry.name;
  }
}

TEST(Writers, FiguresForProgramsThatAreNotFiniteAreAFaultOfOurs) {
  Report report = test::sample_report();
  report.layers[1].cost.energy.dram = base::Picojoules(std::numeric_limits<double>::infinity());
  EXPECT_THROW(static_cast<void>(written("json", report)), std::logic_error);
  EXPECT_THROW(static_cast<void>(written("csv", report)), std::logic_error);
}

TEST(JsonWriter, DoublesReadBackAsTheyWere) {
  const Report report = test::sample_report();
  const auto json = json_of(report);
  EXPECT_EQ(json["layers"][0]["end_s"].get<double>(), report.layers[0].end.value());
  EXPECT_EQ(json["totals"]["energy_j"].get<double>(), report.totals.joules());
  EXPECT_EQ(json["totals"]["throughput_flops"].get<double>(), report.totals.flops());
}

TEST(JsonWriter, HasThePromisedKeysInTheirOrder) {
  const auto json = nlohmann::ordered_json::parse(written("json", test::sample_report()));
  std::vector<std::string> keys;
  for (const auto& [key, value] : json.items()) keys.push_back(key);
  EXPECT_THAT(keys, ElementsAre("schema", "provenance", "model", "system", "policy", "simulation",
                                "totals", "bounds", "stream", "feedback", "uncertainty",
                                "accelerators", "ports", "transfers", "layers"));
  EXPECT_EQ(json["schema"], "mensa-run/1");
}

TEST(JsonWriter, WhatIsNotThereIsNullAndTheKeyStays) {
  const auto json = json_of(test::sample_report());
  const auto& mac = json["layers"][0];
  const auto& vector = json["layers"][1];
  EXPECT_EQ(mac["family"], 1);
  EXPECT_EQ(mac["family_inside"], false);
  EXPECT_TRUE(mac["weight_density"].is_null());
  EXPECT_EQ(mac["weight_density_origin"], "unknown");
  EXPECT_EQ(mac["activation_density"], 1.0);
  for (const char* key : {"family", "family_inside", "dataflow", "mapping", "weight_density",
                          "weight_density_origin"}) {
    ASSERT_TRUE(vector.contains(key)) << key;
    EXPECT_TRUE(vector[key].is_null()) << key;
  }
  EXPECT_EQ(vector["activation_density"], 0.25);
}

TEST(JsonWriter, ReuseIsGivenInFlopAndInMacs) {
  const auto layer = json_of(test::sample_report())["layers"][0];
  EXPECT_EQ(layer["parameter_reuse_macs_per_byte"], 12'544.0);
  EXPECT_EQ(layer["parameter_reuse_flop_per_byte"], 2 * 12'544.0);
}

TEST(JsonWriter, GivesAreasByComponentWithTheirTotal) {
  const auto system = json_of(test::sample_report())["system"];
  const auto& pascal = system["accelerators"][0]["area_mm2"];
  EXPECT_EQ(pascal["pe_array"], 0.5);
  EXPECT_EQ(pascal["register_files"], 0.25);
  EXPECT_EQ(pascal["buffers"], 1.0);
  EXPECT_EQ(pascal["vector_unit"], 0.125);
  EXPECT_EQ(pascal["network"], 0.0625);
  EXPECT_EQ(pascal["total"], 1.9375);
  EXPECT_EQ(system["area_mm2"]["total"], 1.75 * 1.9375);
}

TEST(JsonWriter, GivesWhatStaticEnergyIsMadeOf) {
  const auto system = json_of(test::sample_report())["system"];
  EXPECT_EQ(system["memory_background_w"], 0.125);
  EXPECT_EQ(system["accelerators"][0]["leakage_w"]["pe_array"], 0.25);
  EXPECT_EQ(system["accelerators"][0]["leakage_w"]["buffers"], 0.5);
  EXPECT_EQ(system["accelerators"][0]["power_gated"], true);
  EXPECT_EQ(system["accelerators"][1]["power_gated"], false);
}

TEST(JsonWriter, GivesTheMostThatWasInEachBuffer) {
  const auto accelerators = json_of(test::sample_report())["accelerators"];
  EXPECT_EQ(accelerators[0]["buffers"][1]["name"], "activations");
  EXPECT_EQ(accelerators[0]["buffers"][1]["capacity_bytes"], 262'144);
  EXPECT_EQ(accelerators[0]["buffers"][1]["peak_bytes"], 196'608);
  EXPECT_EQ(accelerators[0]["buffers"][1]["peak_share"], 0.75);
  EXPECT_TRUE(accelerators[1]["buffers"].is_array());
}

TEST(JsonWriter, NamesThatAreNotUtf8DoNotStopIt) {
  Report report = test::sample_report();
  report.layers[0].name = "caf\xe9";
  EXPECT_EQ(json_of(report)["layers"][0]["name"], "caf\xef\xbf\xbd");
}

TEST(JsonWriter, SaysWhatIsNeededToDoTheRunAgain) {
  const auto provenance = json_of(test::sample_report())["provenance"];
  EXPECT_EQ(provenance["mensa"], "1.2.3");
  EXPECT_EQ(provenance["model"]["file"], "net.onnx");
  EXPECT_EQ(provenance["system"]["yaml"], "name: mini\n");
  EXPECT_EQ(provenance["options"]["batch"], 2);
  EXPECT_EQ(provenance["options"]["dimensions"]["sequence"], 128);
  EXPECT_EQ(provenance["options"]["parameters"][0]["path"], "accelerators.pascal.clock");
  EXPECT_EQ(provenance["options"]["policy"], "single:pascal");
  EXPECT_EQ(provenance["options"]["mapper"], "fast");
}

TEST(CsvWriter, HasOneRowForEachLayerUnderDottedHeadings) {
  const auto lines = lines_of(written("csv", test::sample_report()));
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_THAT(lines[0], testing::StartsWith("id,name,op,"));
  for (const char* heading : {",energy_pj.static,", ",precision.weights,", ",residency.parameters,",
                              ",dram_read_bytes,", ",fused"}) {
    EXPECT_THAT(lines[0], HasSubstr(heading));
  }
  EXPECT_THAT(lines[1], testing::StartsWith("0,stem/conv,Conv,mac,0,stem/conv,1,false,pascal,"));
  EXPECT_THAT(lines[1], testing::EndsWith("BatchNormalization stem/bn; Clip stem/clip,,"));
}

TEST(CsvWriter, HasTheFieldsOfTheJsonReport) {
  std::size_t fields = 0;
  const auto layer = json_of(test::sample_report())["layers"][0];
  for (const auto& [key, value] : layer.items()) fields += value.is_object() ? value.size() : 1;
  const std::string heading = lines_of(written("csv", test::sample_report()))[0];
  EXPECT_EQ(std::count(heading.begin(), heading.end(), ',') + 1, fields);
}

TEST(CsvWriter, QuotesAsRfc4180Says) {
  const auto lines = lines_of(written("csv", test::sample_report()));
  EXPECT_THAT(lines[2], testing::StartsWith("1,\"a, \"\"quoted\"\" pool\",GlobalAveragePool,"));
}

TEST(CsvWriter, AbsentValuesAreEmptyCells) {
  const auto lines = lines_of(written("csv", test::sample_report()));
  EXPECT_THAT(lines[2], HasSubstr(",vector,1,pool,,,pavlov,,,1,1,false,0,"));
}

TEST(TableWriter, SaysHowPrecisionChanged) {
  EXPECT_THAT(written("table", test::sample_report()),
              HasSubstr("Precision   fp32 model runs at int8 weights / int8 activations / int32 "
                        "accumulators"));
}

TEST(TableWriter, ShowsWarningsAndNotes) {
  EXPECT_THAT(written("table", test::sample_report()),
              AllOf(HasSubstr("Warning     an SRAM is slow"), HasSubstr("Note        a first note"),
                    HasSubstr("Note        a second note")));
}

TEST(TableWriter, GivesLayersWithUnitsInTheHeadings) {
  const std::string text = written("table", test::sample_report());
  EXPECT_THAT(text, HasSubstr("time us"));
  EXPECT_THAT(text, HasSubstr("energy uJ"));
  EXPECT_THAT(text, HasSubstr("DRAM KiB"));
  EXPECT_THAT(text, HasSubstr("Conv+BatchNorm+Clip"));
  EXPECT_THAT(text, testing::ContainsRegex("stem/conv .*~1 +10\\.84 M +0\\.00 +33\\.33 +21\\.00 "
                                           "+539\\.9 +58\\.1 +memory"));
}

TEST(TableWriter, GivesSimulatedAndAnalyticLatencyWithTheirDifference) {
  EXPECT_THAT(written("table", test::sample_report()),
              HasSubstr("Latency     50 us simulated, 40 us analytic (+25.0 %)"));
}

TEST(TableWriter, ThroughputIsReadable) {
  EXPECT_THAT(written("table", test::sample_report()),
              HasSubstr("20000 inferences/s, 433.5 GFLOP/s"));
  Report slow = test::sample_report();
  slow.totals.latency = base::Seconds(2.878e-3);
  EXPECT_THAT(written("table", slow), HasSubstr("347.5 inferences/s"));
}

TEST(TableWriter, EnergySharesAddUp) {
  const std::string text = written("table", test::sample_report());
  EXPECT_THAT(text, testing::ContainsRegex("DRAM +5\\.50 +23\\.8"));
  EXPECT_THAT(text, testing::ContainsRegex("static +6\\.60 +28\\.6"));
}

TEST(TableWriter, SmallEnergiesAreInNanojoule) {
  Report report = test::sample_report();
  for (LayerReport& layer : report.layers) layer.cost.energy = test::sample_energy(100);
  EXPECT_THAT(written("table", report), HasSubstr("energy nJ"));
}

TEST(TableWriter, GivesAreasOfAllAcceleratorsAndTheirSum) {
  Report report = test::sample_report();
  const std::string text = written("table", report);
  EXPECT_THAT(text, testing::ContainsRegex(
                        "pascal +0\\.500 +0\\.250 +1\\.000 +0\\.125 +0\\.062 +1\\.938\n"));
  EXPECT_THAT(text, testing::ContainsRegex("all accelerators +0\\.875 .* 3\\.391\n"));
  report.system.accelerators.resize(1);
  EXPECT_THAT(written("table", report), testing::Not(HasSubstr("all accelerators")));
}

TEST(TableWriter, GivesTheMostThatWasInEachBuffer) {
  const std::string text = written("table", test::sample_report());
  EXPECT_THAT(text, testing::ContainsRegex("pascal +parameters +128 KiB +896 B +0\\.7\n"));
  EXPECT_THAT(text, testing::ContainsRegex("pascal +activations +256 KiB +192 KiB +75\\.0\n"));
}

TEST(TableWriter, FitsTheLine) {
  Report report = test::sample_report();
  report.layers[0].name = std::string(200, 'x');
  report.model.notes = {std::string(60, 'a') + ' ' + std::string(60, 'b') + ' ' +
                        std::string(60, 'c')};
  for (const std::string& line : lines_of(written("table", report))) {
    EXPECT_LE(display_width(line), kLineWidth) << line;
  }
}

TEST(TableWriter, HostHasNoArray) {
  Report report = test::sample_report();
  report.accelerators.push_back({"host", 1, 0, {}, base::Seconds(1e-6), {}, {}, {}});
  EXPECT_THAT(written("table", report), testing::ContainsRegex("host +- +- +- +- +1 +0 "));
}

}  // namespace
}  // namespace mensa::traces
