// `mensa map` as a user runs it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/scenarios/process.h"

namespace mensa {
namespace {

using ::testing::HasSubstr;

constexpr const char* kShape = "K=64,C=64,P=56,Q=56,R=3,S=3,pad=1";

TEST(Map, PrintsTheLoopNestAndItsCounts) {
  const Outcome run = mensa({"map", "--shape", kShape, "--accelerator", "pascal"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("on pascal of mensa_g (32x32 PEs, dataflow pascal)"));
  EXPECT_THAT(run.out, HasSubstr("mapping  dram["));
  EXPECT_THAT(run.out, HasSubstr("Cycles"));
  EXPECT_EQ(run.err, "");
}

TEST(Map, ASavedMappingReplaysTheSame) {
  const auto folder = std::filesystem::path(::testing::TempDir()) / "mensa_map_test";
  std::filesystem::create_directories(folder);
  const std::string file = (folder / "m.yaml").string();
  const std::vector<std::string> layer = {"map",      "--shape",  kShape, "--accelerator",
                                          "jacquard", "--format", "json"};
  auto save = layer;
  save.insert(save.end(), {"--save", file});
  auto replay = layer;
  replay.insert(replay.end(), {"--mapping", file});
  const Outcome found = mensa(save);
  const Outcome again = mensa(replay);
  EXPECT_EQ(found.exit_code, 0) << found.err;
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(found.out, again.out);
  const auto json = nlohmann::json::parse(again.out);
  EXPECT_EQ(json.at("macs"), 64LL * 64 * 56 * 56 * 9);
  EXPECT_EQ(json.at("levels").size(), 3U);
  EXPECT_GE(json.at("levels")[0].at("operands").at("weights").at("reads"), 64 * 64 * 9);
  std::filesystem::remove_all(folder);
}

TEST(Map, SystolicIdealCountsScaleSimsCycles) {
  // SCALE-Sim, AlexNet layer 3, weight stationary on 32 x 32 PEs.
  const Outcome run =
      mensa({"map", "--shape", "P=121,K=384,C=2304", "--system", "systolic_ideal", "--format",
             "json", "--param", "accelerators.systolic.dataflow=weight_stationary"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(nlohmann::json::parse(run.out).at("compute_cycles"), 185759);
}

void fails(std::vector<std::string> arguments, const std::string& message) {
  arguments.insert(arguments.begin(), "map");
  const Outcome run = mensa(arguments);
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_EQ(run.out, "");
  EXPECT_THAT(run.err, HasSubstr(message));
}

TEST(Map, BadInputIsToldOnce) {
  fails({"--shape", "K=0", "--accelerator", "pascal"}, "shape: 'K=0': must be from 1 to");
  fails({"--shape", kShape}, "choose one with --accelerator NAME (pascal, pavlov, jacquard)");
  fails({"--shape", kShape, "--accelerator", "pascual"}, "did you mean 'pascal'?");
  fails({"--shape", kShape, "--accelerator", "pascal", "--format", "xml"}, "unknown format 'xml'");
  fails({"--shape", kShape, "--accelerator", "pascal", "--mapping", "/no/such.yaml"},
        "/no/such.yaml");
  fails({"--shape", kShape, "--accelerator", "pascal", "--save", "/no/such/folder/m.yaml"},
        "/no/such/folder/m.yaml");
}

TEST(Map, MappingsThatDoNotFitAreRefused) {
  const auto folder = std::filesystem::path(::testing::TempDir()) / "mensa_map_bad";
  std::filesystem::create_directories(folder);
  const std::string file = (folder / "m.yaml").string();
  const auto refuses = [&](const std::string& text, const std::string& message) {
    std::ofstream(file) << "schema: mensa-mapping/1\n" << text;
    fails({"--shape", kShape, "--accelerator", "pascal", "--mapping", file}, message);
  };
  refuses("", "the mapping does not fit pascal: buffer 'activations' of pascal needs");
  refuses("rows: {P: 33}", "beyond the 32x32 PEs of pascal");
  refuses("rows: {C: 2}", "dataflow pascal does not unroll C over that axis");
  refuses("rows: {P: 57}", "rows.P");
  refuses("buffers: {tile: {K: 4}}\nregisters: {tile: {K: 8}}", "tiles of K do not nest");
  refuses("rows: {X: 1}", "unknown dimension 'X'");
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace mensa
