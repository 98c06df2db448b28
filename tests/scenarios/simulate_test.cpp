// `mensa simulate` as a user meets it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/models/base/temporary_folder.h"
#include "tests/scenarios/contents.h"
#include "tests/scenarios/process.h"

namespace mensa {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

std::set<std::string> names_in(const fs::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.insert(entry.path().filename());
  return names;
}

nlohmann::json simulated_report(std::vector<std::string> arguments,
                                const Environment& environment = {}) {
  arguments.insert(arguments.begin(), "simulate");
  arguments.insert(arguments.end(), {"--format", "json"});
  const Outcome outcome = mensa(arguments, environment);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  return nlohmann::json::parse(outcome.out);
}

TEST(Simulate, PrintsATableByDefault) {
  const Outcome outcome = mensa({"simulate", "ds_cnn"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.err, IsEmpty());
  EXPECT_THAT(outcome.out,
              AllOf(HasSubstr("System      mensa_g"), HasSubstr("Policy      mensa"),
                    HasSubstr("Objective   edp"), HasSubstr("Mapper      pruned"),
                    HasSubstr("stem/conv"), HasSubstr("simulated"), HasSubstr("analytic")));
}

TEST(Simulate, PrecisionIsOneVisibleLine) {
  EXPECT_THAT(mensa({"simulate", "ds_cnn", "--system", "edge_tpu"}).out,
              HasSubstr("\nPrecision   fp32 model runs at int8 weights / int8 activations / int32 "
                        "accumulators (native precision of edge_tpu)\n"));
}

TEST(Simulate, TakesAFileAsWellAsAName) {
  const std::string path = std::string(MENSA_SOURCE_DIR) + "/models/zoo/ds_cnn.onnx";
  EXPECT_EQ(mensa({"simulate", path}).out, mensa({"simulate", "ds_cnn"}).out);
}

TEST(Simulate, WritesAllFormatsIntoAFolderThatItMakes) {
  const TemporaryFolder folder;
  const fs::path out = folder.path() / "a" / "b";
  const Outcome outcome = mensa({"simulate", "ds_cnn", "--out", out.string()});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.out, IsEmpty());
  EXPECT_THAT(outcome.err, HasSubstr("wrote " + (out / "ds_cnn.mensa_g.mensa.json").string()));
  EXPECT_THAT(names_in(out),
              UnorderedElementsAre("ds_cnn.mensa_g.mensa.txt", "ds_cnn.mensa_g.mensa.csv",
                                   "ds_cnn.mensa_g.mensa.json"));
  EXPECT_EQ(content_of(out / "ds_cnn.mensa_g.mensa.txt"), mensa({"simulate", "ds_cnn"}).out);
}

TEST(Simulate, WritesTheFormatsAskedForUnderAHarmlessName) {
  const TemporaryFolder folder;
  const Outcome outcome = mensa({"simulate", "ds_cnn", "--policy", "single:pascal", "--format",
                                 "csv,json", "--out", folder.path().string()});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(names_in(folder.path()), UnorderedElementsAre("ds_cnn.mensa_g.single-pascal.csv",
                                                            "ds_cnn.mensa_g.single-pascal.json"));
}

TEST(Simulate, FormatsMayBeGivenOneByOne) {
  const TemporaryFolder folder;
  const Outcome outcome = mensa({"simulate", "ds_cnn", "--format", "csv", "--format", "table",
                                 "--out", folder.path().string()});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(names_in(folder.path()).size(), 2U);
}

/// Runs mensa as somebody whom file permissions hold: root gives its rights away first.
Outcome mensa_without_rights(std::vector<std::string> arguments) {
  std::vector<std::string> command;
  if (::geteuid() == 0) command = {"setpriv", "--reuid=65534", "--clear-groups"};
  command.emplace_back(MENSA_BINARY);
  command.insert(command.end(), arguments.begin(), arguments.end());
  return run_process(command);
}

TEST(Simulate, UnwritableFolderIsAUserError) {
  if (mensa_without_rights({"--version"}).exit_code != 0) {
    GTEST_SKIP() << "nobody but root may run the program";
  }
  const TemporaryFolder folder;
  fs::permissions(folder.path(), fs::perms::owner_read | fs::perms::owner_exec |
                                     fs::perms::others_read | fs::perms::others_exec);
  const Outcome outcome =
      mensa_without_rights({"simulate", "ds_cnn", "--out", folder.path().string()});
  fs::permissions(folder.path(), fs::perms::owner_all);
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err,
              AllOf(HasSubstr("mensa: error: cannot write"), HasSubstr(folder.path().string()),
                    HasSubstr("Permission denied")));
  EXPECT_THAT(names_in(folder.path()), IsEmpty());
}

TEST(Simulate, TwoRunsAreEqualByteForByte) {
  for (const char* format : {"table", "csv", "json"}) {
    const std::vector<std::string> command = {"simulate", "mobilenet_v2", "--format", format};
    EXPECT_EQ(mensa(command).out, mensa(command).out) << format;
  }
}

/// A German locale made for the test, where the machine has the sources of one.
Environment german(const TemporaryFolder& folder) {
  const Outcome made = run_process(
      {"localedef", "-i", "de_DE", "-f", "UTF-8", (folder.path() / "de_DE.UTF-8").string()});
  if (made.exit_code != 0) return {};
  return {{"LOCPATH", folder.path().string()}, {"LC_ALL", "de_DE.UTF-8"}};
}

TEST(Simulate, LocaleChangesNothing) {
  const TemporaryFolder folder;
  Environment environment;
  try {
    environment = german(folder);
  } catch (const std::runtime_error&) {  // no localedef
  }
  if (environment.empty()) GTEST_SKIP() << "no German locale can be made here";
  for (const char* format : {"table", "csv", "json"}) {
    const std::vector<std::string> command = {"simulate", "ds_cnn", "--format", format};
    EXPECT_EQ(mensa(command, environment).out, mensa(command).out) << format;
  }
}

TEST(Simulate, ReportHoldsNoFolderOfThisMachine) {
  const std::string path = std::string(MENSA_SOURCE_DIR) + "/models/zoo/ds_cnn.onnx";
  const std::string text = mensa({"simulate", path, "--format", "json"}).out;
  EXPECT_THAT(text, testing::Not(HasSubstr(MENSA_SOURCE_DIR)));
  EXPECT_THAT(text, HasSubstr("\"file\": \"ds_cnn.onnx\""));
}

TEST(Simulate, RunCanBeDoneAgainFromItsReport) {
  const TemporaryFolder folder;
  const auto first = simulated_report({"ds_cnn", "--param", "accelerators.pascal.pe_array=16x16"});
  const std::string system =
      folder.write("system.yaml", first["provenance"]["system"]["yaml"].get<std::string>());
  auto second = simulated_report({"ds_cnn", "--system", system});
  EXPECT_EQ(first["provenance"]["options"]["parameters"].size(), 1U);
  EXPECT_EQ(first["totals"], second["totals"]);
  EXPECT_EQ(first["layers"], second["layers"]);
  EXPECT_EQ(first["provenance"]["system"], second["provenance"]["system"]);
}

TEST(Simulate, ParametersChangeTheSystem) {
  const auto report = simulated_report({"ds_cnn", "--param", "accelerators.pascal.pe_array=16x8"});
  EXPECT_EQ(report["system"]["accelerators"][0]["array"]["rows"], 16);
  EXPECT_EQ(report["system"]["accelerators"][0]["array"]["columns"], 8);
}

TEST(Simulate, BatchMultipliesTheMacs) {
  const auto one = simulated_report({"ds_cnn"});
  const auto four = simulated_report({"ds_cnn", "--batch", "4"});
  EXPECT_EQ(four["totals"]["macs"], 4 * one["totals"]["macs"].get<std::int64_t>());
  EXPECT_EQ(four["provenance"]["options"]["batch"], 4);
  EXPECT_EQ(four["totals"]["inferences"], 1);
}

TEST(Simulate, PoliciesAndObjectivesAreTold) {
  const auto report =
      simulated_report({"ds_cnn", "--policy", "single:jacquard", "--objective", "latency"});
  EXPECT_EQ(report["policy"]["name"], "single:jacquard");
  EXPECT_EQ(report["policy"]["objective"], "latency");
  for (const auto& layer : report["layers"]) EXPECT_EQ(layer["accelerator"], "jacquard");
  EXPECT_EQ(report["totals"]["transfers"], 0);
}

TEST(Simulate, TheMapperIsTold) {
  EXPECT_EQ(simulated_report({"ds_cnn"})["provenance"]["options"]["mapper"], "pruned");
  EXPECT_EQ(simulated_report({"ds_cnn", "--mapper", "fast"})["provenance"]["options"]["mapper"],
            "fast");
}

TEST(Simulate, WeightlessModelHasNoDensities) {
  const auto report = simulated_report({"ds_cnn"});
  EXPECT_TRUE(report["layers"][0]["weight_density"].is_null());
  EXPECT_EQ(report["layers"][0]["weight_density_origin"], "unknown");
  EXPECT_THAT(report["layers"][0]["kernel"].get<std::string>(), "dense int8");
}

TEST(Simulate, CsvHasOneRowForEachLayer) {
  const std::string text = mensa({"simulate", "ds_cnn", "--format", "csv"}).out;
  const auto rows = std::count(text.begin(), text.end(), '\n') - 1;
  EXPECT_EQ(rows, simulated_report({"ds_cnn"})["model"]["layers"].get<std::int64_t>());
}

}  // namespace
}  // namespace mensa
