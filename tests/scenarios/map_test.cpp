// `mensa map` as a user runs it.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/scenarios/process.h"

namespace mensa {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kShape = "K=64,C=64,P=56,Q=56,R=3,S=3,pad=1";

TEST(Map, PrintsTheLoopNestAndItsCounts) {
  const Outcome run = mensa({"map", "--shape", kShape, "--accelerator", "pascal"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("on pascal of mensa_g (32x32 PEs, dataflow pascal)"));
  EXPECT_THAT(run.out, HasSubstr("mapping  dram["));
  EXPECT_THAT(run.out, HasSubstr("Cycles"));
  EXPECT_THAT(run.out, HasSubstr("\nArea        "));
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
  const auto json = nlohmann::json::parse(again.out);
  EXPECT_TRUE(json.at("mapper").is_null());
  EXPECT_FALSE(json.contains("search"));
  auto searched = nlohmann::json::parse(found.out);
  EXPECT_EQ(searched.at("mapper"), "pruned");
  EXPECT_EQ(searched.at("input_positions"), "touched");
  searched["mapper"] = nullptr;
  searched.erase("search");
  EXPECT_EQ(searched, json);
  EXPECT_EQ(json.at("macs"), 64LL * 64 * 56 * 56 * 9);
  EXPECT_EQ(json.at("levels").size(), 3U);
  EXPECT_GT(json.at("area_mm2").at("total"), json.at("area_mm2").at("buffers"));
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

nlohmann::json mapped(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "map");
  arguments.insert(arguments.end(), {"--accelerator", "pascal", "--format", "json"});
  const Outcome run = mensa(arguments);
  EXPECT_EQ(run.exit_code, 0) << run.err;
  return nlohmann::json::parse(run.out);
}

TEST(Map, TheMapperIsChosenAndTold) {
  const std::vector<std::string> layer = {"--shape", "K=8,C=8,P=8,Q=8,stride=2"};
  const auto by = [&](const std::string& mapper) {
    auto arguments = layer;
    arguments.insert(arguments.end(), {"--mapper", mapper});
    return mapped(arguments);
  };
  const auto exhaustive = by("exhaustive");
  const auto pruned = by("pruned");
  const auto fast = by("fast");
  EXPECT_EQ(exhaustive.at("mapper"), "exhaustive");
  EXPECT_EQ(exhaustive.at("search").at("bounds"), 0);
  EXPECT_EQ(mapped(layer), pruned);
  EXPECT_GT(pruned.at("search").at("bounds"), 0);
  EXPECT_LT(pruned.at("search").at("evaluations"), exhaustive.at("search").at("evaluations"));
  EXPECT_LE(fast.at("search").at("evaluations"), pruned.at("search").at("evaluations"));
  const auto product = [](const nlohmann::json& result) {
    return result.at("time_s").get<double>() * result.at("energy_pj").at("total").get<double>();
  };
  EXPECT_NEAR(product(pruned) / product(exhaustive), 1, 1e-9);
  EXPECT_GE(product(fast) / product(pruned), 1 - 1e-9);

  const Outcome table = mensa({"map", "--shape", layer[1], "--accelerator", "pascal"});
  EXPECT_THAT(table.out,
              HasSubstr(fmt::format("\nSearch      pruned: {} mappings evaluated, {} bounds\n",
                                    pruned.at("search").at("evaluations").get<std::int64_t>(),
                                    pruned.at("search").at("bounds").get<std::int64_t>())));
}

/// All of the layer in one buffered tile. A kernel of 1 with a stride of 2 touches 8 of 15
/// positions on each axis.
TEST(Map, BoundingBoxesCountWhatStridesSkip) {
  const auto folder = std::filesystem::path(::testing::TempDir()) / "mensa_map_boxes";
  std::filesystem::create_directories(folder);
  const std::string file = (folder / "m.yaml").string();
  std::ofstream(file) << "schema: mensa-mapping/1\nbuffers: {order: [K, P, Q, C]}\n";
  const std::vector<std::string> layer = {"--shape", "K=8,C=8,P=8,Q=8,stride=2", "--mapping", file};
  auto boxed = layer;
  boxed.emplace_back("--bounding-box");
  const auto inputs_read = [](const nlohmann::json& json) {
    return json.at("levels")[0].at("operands").at("inputs").at("reads").get<std::int64_t>();
  };
  const auto touched = mapped(layer);
  const auto boxes = mapped(boxed);
  EXPECT_EQ(touched.at("input_positions"), "touched");
  EXPECT_EQ(boxes.at("input_positions"), "bounding_box");
  EXPECT_EQ(inputs_read(touched), 8 * 8 * 8);
  EXPECT_EQ(inputs_read(boxes), 8 * 15 * 15);
  EXPECT_EQ(boxes.at("dram_read_bytes").get<std::int64_t>() -
                touched.at("dram_read_bytes").get<std::int64_t>(),
            57 * 32 - 8 * 8 * 8);  // in bursts of 32 bytes
  std::filesystem::remove_all(folder);

  const Outcome searched =
      mensa({"map", "--shape", layer[1], "--accelerator", "pascal", "--bounding-box"});
  EXPECT_THAT(searched.out, HasSubstr("inputs are counted by bounding boxes"));
  EXPECT_THAT(mensa({"map", "--shape", layer[1], "--accelerator", "pascal"}).out,
              Not(HasSubstr("bounding")));
}

/// Compute cycles of NVDLA's array of 64 x 32: one per output pixel, kernel position, 64 input
/// channels and 32 filters; groups one after another.
TEST(Map, NvdlaTakesChannelsByFilters) {
  const auto compute_cycles = [](const std::string& shape) {
    const Outcome run = mensa({"map", "--shape", shape, "--system", "nvdla", "--format", "json"});
    EXPECT_EQ(run.exit_code, 0) << run.err;
    return nlohmann::json::parse(run.out).at("compute_cycles").get<std::int64_t>();
  };
  EXPECT_EQ(compute_cycles(kShape), 56 * 56 * 9 * 1 * 2);
  EXPECT_EQ(compute_cycles("K=33,C=65,P=14,Q=14"), 14 * 14 * 2 * 2);
  EXPECT_EQ(compute_cycles("G=32,P=14,Q=14,R=3,S=3,pad=1"), 14 * 14 * 9 * 32);
}

void mapping_fails(std::vector<std::string> arguments, const std::string& message) {
  arguments.insert(arguments.begin(), "map");
  const Outcome run = mensa(arguments);
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_EQ(run.out, "");
  EXPECT_THAT(run.err, HasSubstr(message));
}

TEST(Map, BadInputIsToldOnce) {
  mapping_fails({"--shape", "K=0", "--accelerator", "pascal"}, "shape: 'K=0': must be from 1 to");
  mapping_fails({"--shape", kShape},
                "choose one with --accelerator NAME (pascal, pavlov, jacquard)");
  mapping_fails({"--shape", kShape, "--accelerator", "pascual"}, "did you mean 'pascal'?");
  mapping_fails({"--shape", kShape, "--accelerator", "pascal", "--format", "xml"},
                "unknown format 'xml'");
  mapping_fails({"--shape", kShape, "--accelerator", "pascal", "--mapper", "quick"},
                "unknown mapper 'quick' (known: exhaustive, pruned, fast)");
  mapping_fails({"--shape", kShape, "--accelerator", "pascal", "--mapping", "/no/such.yaml"},
                "/no/such.yaml");
  mapping_fails({"--shape", kShape, "--accelerator", "pascal", "--save", "/no/such/folder/m.yaml"},
                "/no/such/folder/m.yaml");
}

TEST(Map, MappingsThatDoNotFitAreRefused) {
  const auto folder = std::filesystem::path(::testing::TempDir()) / "mensa_map_bad";
  std::filesystem::create_directories(folder);
  const std::string file = (folder / "m.yaml").string();
  const auto refuses = [&](const std::string& text, const std::string& message) {
    std::ofstream(file) << "schema: mensa-mapping/1\n" << text;
    mapping_fails({"--shape", kShape, "--accelerator", "pascal", "--mapping", file}, message);
  };
  refuses("buffers: {order: [K, P, Q, C]}",
          "the mapping does not fit pascal: buffer 'activations' of pascal needs");
  refuses("rows: {P: 33}", "beyond the 32x32 PEs of pascal");
  refuses("rows: {C: 2}", "dataflow pascal does not unroll C over that axis");
  refuses("rows: {P: 57}", "rows.P");
  refuses("buffers: {tile: {K: 4}}\nregisters: {tile: {K: 8}}", "tiles of K do not nest");
  refuses("rows: {X: 1}", "unknown dimension 'X'");
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace mensa
