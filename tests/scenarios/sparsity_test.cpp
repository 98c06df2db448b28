// Zeros from the command line to the report, on the accelerators of the library that make something
// of them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/scenarios/simulated.h"

namespace mensa {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

using Json = nlohmann::json;

const std::vector<std::string> kSparseSystems = {"eie_like", "eyeriss_v2_sparse", "scnn_like",
                                                 "sigma_like", "sparse_tensor_core_like"};

Json pruned(const std::string& network, const std::string& system, const std::string& share) {
  return simulated_json(
      {network, "--system", system, "--prune", share, "--synthetic-weights", "1"});
}

class SparseSystem : public testing::TestWithParam<std::string> {};

TEST_P(SparseSystem, AccountsForEveryMac) {
  const Json report = pruned("ds_cnn", GetParam(), "0.7");
  std::int64_t effectual = 0;
  std::int64_t all = 0;
  for (const Json& layer : report["layers"]) {
    const Json& sparsity = layer["sparsity"];
    if (layer["macs"] == 0) {
      EXPECT_EQ(sparsity["effectual_macs"], nullptr);
      continue;
    }
    SCOPED_TRACE(layer["name"]);
    const auto macs = [&](const char* fate) { return sparsity[fate].get<std::int64_t>(); };
    EXPECT_EQ(macs("effectual_macs") + macs("gated_macs") + macs("skipped_macs"), layer["macs"]);
    EXPECT_TRUE(layer["synthetic_weights"].get<bool>());
    EXPECT_EQ(layer["weight_density_origin"], "what-if");
    EXPECT_GT(sparsity["speedup"].get<double>(), 0);
    EXPECT_LE(layer["pe_utilization"].get<double>(), 1);
    effectual += macs("effectual_macs");
    all += layer["macs"].get<std::int64_t>();
  }
  const Json& totals = report["totals"];
  EXPECT_EQ(totals["macs"], all);
  EXPECT_EQ(totals["mac_fates"]["effectual"], effectual);
  std::int64_t of_kernels = 0;
  for (const Json& use : totals["kernels"]) of_kernels += use["macs"].get<std::int64_t>();
  EXPECT_EQ(of_kernels, all);
}

/// More zeros never make the run slower or dearer where the mapping may follow.
TEST_P(SparseSystem, GainsByZeros) {
  if (GetParam() == "sparse_tensor_core_like") GTEST_SKIP() << "takes 2:4 alone";
  const Json some = pruned("ds_cnn", GetParam(), "0.5")["totals"];
  const Json more = pruned("ds_cnn", GetParam(), "0.9")["totals"];
  EXPECT_LT(more["energy_j"].get<double>(), some["energy_j"].get<double>());
  EXPECT_LT(more["dram_read_bytes"].get<std::int64_t>(),
            some["dram_read_bytes"].get<std::int64_t>());
  EXPECT_LT(more["mac_fates"]["effectual"].get<std::int64_t>(),
            some["mac_fates"]["effectual"].get<std::int64_t>());
}

/// The simulator at ideal memories against the analytic model, tile by tile at compressed sizes.
TEST_P(SparseSystem, IsSimulatedAsItIsPlanned) {
  const Json totals = pruned("mobilenet_v2", GetParam(), "0.7")["totals"];
  const double ratio =
      totals["ideal_memory_latency_s"].get<double>() / totals["analytic_latency_s"].get<double>();
  EXPECT_NEAR(ratio, 1, 0.05);
}

INSTANTIATE_TEST_SUITE_P(Library, SparseSystem, testing::ValuesIn(kSparseSystems),
                         [](const auto& suite) { return suite.param; });

TEST(SparseTensorCores, RunDenseWhatIsNot2To4) {
  // Zeros anywhere are in no group of two; depthwise convolutions have no groups at all.
  const Json dense = pruned("ds_cnn", "sparse_tensor_core_like", "0.4");
  for (const Json& use : dense["totals"]["kernels"]) EXPECT_EQ(use["kernel"], "dense int8");
  for (const bool known : {false, true}) {
    std::vector<std::string> arguments = {"ds_cnn", "--system", "sparse_tensor_core_like",
                                          "--prune", "2:4"};
    if (known) arguments.insert(arguments.end(), {"--synthetic-weights", "1"});
    const Json report = simulated_json(arguments);
    for (const Json& layer : report["layers"]) {
      if (layer["name"].get<std::string>().find("pointwise") == std::string::npos) continue;
      if (layer["macs"] == 0) continue;
      SCOPED_TRACE(layer["name"]);
      EXPECT_EQ(layer["kernel"], "2:4 int8");
      EXPECT_EQ(layer["sparsity"]["skipped_macs"].get<std::int64_t>() * 2, layer["macs"]);
      // Four values of 8 bits become two, with two bits each for their places.
      EXPECT_NEAR(layer["sparsity"]["weight_compression"].get<double>(), 32.0 / 20, 0.01);
    }
  }
}

TEST(Sparsity, IsShownInTables) {
  const Outcome sparse =
      simulated({"ds_cnn", "--system", "scnn_like", "--prune", "0.7", "--synthetic-weights", "1"});
  EXPECT_EQ(sparse.exit_code, 0) << sparse.err;
  EXPECT_THAT(sparse.out,
              AllOf(HasSubstr("imbalance"), HasSubstr("skipped int16"), HasSubstr("what-if *"),
                    HasSubstr("* synthetic weights"), HasSubstr("% effectual")));
  const Outcome dense = simulated({"ds_cnn"});
  EXPECT_THAT(dense.out, AllOf(HasSubstr("dense int8"), Not(HasSubstr("imbalance"))));
}

/// One PE array without features and one with, under one roof.
TEST(Sparsity, MayBelongToOneAcceleratorOfSeveral) {
  const Json report = simulated_json(
      {"ds_cnn", "--system", "mensa_g", "--prune", "0.8", "--param",
       "accelerators.pascal.sparsity={weights: {format: bitmask, zeros: {macs: gate}}}"});
  bool gated = false;
  for (const Json& layer : report["layers"]) {
    if (layer["macs"] == 0) continue;
    const bool on_pascal = layer["accelerator"] == "pascal";
    EXPECT_EQ(layer["kernel"], on_pascal ? "gated int8" : "dense int8");
    EXPECT_EQ(layer["sparsity"]["effectual_macs"] == nullptr, !on_pascal);
    gated = gated || on_pascal;
  }
  EXPECT_TRUE(gated);
}

TEST(Sparsity, QuantizedAndPrunedKernelsCombine) {
  const Json report =
      simulated_json({"ds_cnn", "--system", "precision_array", "--precision", "w4a8", "--prune",
                      "0.6", "--synthetic-weights", "2", "--param",
                      "accelerators.array.sparsity={weights: {format: "
                      "bitmask, zeros: {macs: gate}}}"});
  for (const Json& layer : report["layers"]) {
    if (layer["macs"] == 0) continue;
    EXPECT_EQ(layer["kernel"], "gated int4 x int8");
    // Of ten values four stay, of 4 bits, and ten bits say which.
    EXPECT_NEAR(layer["sparsity"]["weight_compression"].get<double>(), 40.0 / 26, 0.02);
  }
}

TEST(Sparsity, RefusesCoordinatesThatAreTooNarrow) {
  const Outcome outcome =
      simulated({"ds_cnn", "--system", "eyeriss_v2", "--param",
                 "accelerators.eyeriss_v2.sparsity={weights: {format: csr, index_bits: 2}}"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("csr coordinates of weights"), HasSubstr("index_bits")));
}

}  // namespace
}  // namespace mensa
