// Runs at other precisions than the accelerators' first ones, and models in integers as they are.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "tests/models/base/temporary_folder.h"
#include "tests/scenarios/process.h"

namespace mensa {
namespace {

using testing::AllOf;
using testing::HasSubstr;

using Json = nlohmann::json;
using Strings = std::vector<std::string>;

Outcome simulate(const std::string& model, const Strings& options) {
  Strings arguments = {"simulate", model, "--mapper", "fast"};
  arguments.insert(arguments.end(), options.begin(), options.end());
  return mensa(arguments);
}

Json report_of(const std::string& model, Strings options) {
  options.insert(options.end(), {"--format", "json"});
  const Outcome outcome = simulate(model, options);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  return outcome.exit_code == 0 ? Json::parse(outcome.out) : Json{};
}

std::set<std::string> mac_kernels(const Json& report) {
  std::set<std::string> kernels;
  for (const Json& layer : report["layers"]) {
    if (layer["work"] == "mac") kernels.insert(layer["kernel"].get<std::string>());
  }
  return kernels;
}

const char* const kHead = R"(
ir_version: 8
opset_import { version: 17 }
graph {
  name: "quantized"
  input { name: "x" type { tensor_type { elem_type: 2 shape {
    dim { dim_value: 1 } dim { dim_value: 16 } dim { dim_value: 8 } dim { dim_value: 8 } } } } }
  output { name: "y" type { tensor_type { elem_type: 2 } } }
  initializer { name: "s" data_type: 1 float_data: 0.1 }
  initializer { name: "z" data_type: 2 int32_data: 0 }
  initializer { name: "zw" data_type: 3 int32_data: 0 }
)";

/// 16 x 16 weights of signed bytes.
std::string weights(const std::string& name) {
  std::string text = "  initializer { name: \"" + name +
                     "\" data_type: 3 dims: 16 dims: 16 dims: 1 dims: 1 int32_data: [1";
  for (int i = 1; i < 16 * 16; ++i) text += ", " + std::to_string(i % 100);
  return text + "] }\n";
}

std::string node(const std::string& op, const Strings& inputs, const std::string& output) {
  std::string text = "  node { name: \"" + output + "_node\" op_type: \"" + op + "\"";
  for (const std::string& input : inputs) text += " input: \"" + input + "\"";
  return text + " output: \"" + output + "\" }\n";
}

/// Two convolutions on bytes, as float operators between steps from and to integers.
std::string with_steps() {
  return kHead + weights("w1") + weights("w2") + node("DequantizeLinear", {"x", "s", "z"}, "xd") +
         node("DequantizeLinear", {"w1", "s", "zw"}, "w1d") +
         node("DequantizeLinear", {"w2", "s", "zw"}, "w2d") + node("Conv", {"xd", "w1d"}, "a") +
         node("QuantizeLinear", {"a", "s", "z"}, "aq") +
         node("DequantizeLinear", {"aq", "s", "z"}, "ad") + node("Conv", {"ad", "w2d"}, "b") +
         node("QuantizeLinear", {"b", "s", "z"}, "y") + "}\n";
}

/// The same as operators on integers.
std::string with_integer_operators() {
  return kHead + weights("w1") + weights("w2") +
         node("QLinearConv", {"x", "s", "z", "w1", "s", "zw", "s", "z"}, "a") +
         node("QLinearConv", {"a", "s", "z", "w2", "s", "zw", "s", "z"}, "y") + "}\n";
}

class Quantized : public testing::TestWithParam<std::string> {
 protected:
  TemporaryFolder folder_;
  const std::string model_ = folder_.write("quantized.textproto", GetParam());
};

/// Bytes in, bytes out: two layers of 16 x 16 x 64 MACs, 256 B of weights each.
TEST_P(Quantized, RunsAsItIs) {
  const Json report = report_of(model_, {"--precision", "as-model", "--system", "edge_tpu"});
  ASSERT_EQ(report["layers"].size(), 2U);
  EXPECT_EQ(mac_kernels(report), std::set<std::string>{"dense int8"});
  for (const Json& layer : report["layers"]) {
    EXPECT_EQ(layer["precision"], (Json{{"weights", 8}, {"activations", 8}, {"accumulators", 32}}));
    EXPECT_EQ(layer["parameter_bytes"], 256);
    EXPECT_EQ(layer["input_bytes"], 1024);
    EXPECT_EQ(layer["output_bytes"], 1024);
  }
  EXPECT_EQ(report["totals"]["macs"], 2 * 16 * 16 * 64);
  EXPECT_THAT(report["model"]["precision"].get<std::string>(),
              HasSubstr("int8 model runs at int8 weights / int8 activations / int32 accumulators "
                        "(on edge_tpu)"));
  EXPECT_EQ(report["provenance"]["options"]["precision"],
            (Json{{"default", "as-model"}, {"layers", Json::array()}}));
  // The Edge TPU's own precision, too.
  const Json native = report_of(model_, {"--system", "edge_tpu"});
  EXPECT_EQ(native["totals"], report["totals"]);
  EXPECT_EQ(native["layers"], report["layers"]);
}

INSTANTIATE_TEST_SUITE_P(Networks, Quantized,
                         testing::Values(with_steps(), with_integer_operators()),
                         [](const auto& run) { return run.index == 0 ? "steps" : "operators"; });

TEST(Precision, OfAFloatModelAsItIs) {
  const Json floats =
      report_of("ds_cnn", {"--system", "precision_array", "--precision", "as-model"});
  EXPECT_EQ(mac_kernels(floats), std::set<std::string>{"dense fp32"});
  const Json bytes = report_of("ds_cnn", {"--system", "precision_array"});
  for (std::size_t i = 0; i < bytes["layers"].size(); ++i) {
    EXPECT_EQ(floats["layers"][i]["output_bytes"].get<std::int64_t>(),
              4 * bytes["layers"][i]["output_bytes"].get<std::int64_t>());
  }
  EXPECT_GT(floats["totals"]["energy_pj"]["mac"], bytes["totals"]["energy_pj"]["mac"]);
}

TEST(Precision, ThatNoAcceleratorHasIsAnError) {
  const Outcome outcome = simulate("ds_cnn", {"--system", "edge_tpu", "--precision", "as-model"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("edge_tpu"), HasSubstr("needs fp32"),
                                 HasSubstr("as-model"), HasSubstr("has int8")));
}

TEST(Precision, UnknownNamesAndFilesAreErrors) {
  const TemporaryFolder folder;
  const Outcome unknown = simulate("ds_cnn", {"--precision", "asmodel"});
  EXPECT_EQ(unknown.exit_code, 1);
  EXPECT_THAT(unknown.err, HasSubstr("unknown precision 'asmodel'; did you mean 'as-model'"));
  const std::string file = folder.write(
      "p.yaml", "schema: mensa-precisions/1\nlayers:\n  - {layers: nowhere, precision: w8a8}\n");
  const Outcome unmatched = simulate("ds_cnn", {"--precisions", file});
  EXPECT_EQ(unmatched.exit_code, 1);
  EXPECT_THAT(unmatched.err, AllOf(HasSubstr("p.yaml:3:"), HasSubstr("'nowhere' matches")));
  EXPECT_EQ(simulate("ds_cnn", {"--precisions", "/nowhere.yaml"}).exit_code, 1);
}

/// What an accelerator does natively is the same by its name.
TEST(Precision, OfTheHardwareIsNative) {
  const Json native = report_of("lstm_acoustic", {});
  const Json named = report_of("lstm_acoustic", {"--precision", "w8a8"});
  EXPECT_EQ(native["totals"], named["totals"]);
  EXPECT_EQ(native["layers"], named["layers"]);
}

TEST(Precision, ByLayer) {
  const TemporaryFolder folder;
  const std::string file = folder.write("p.yaml",
                                        "schema: mensa-precisions/1\n"
                                        "default: w4a8\n"
                                        "layers:\n"
                                        "  - {layers: classifier, precision: w8a8}\n");
  const Json report = report_of("ds_cnn", {"--system", "precision_array", "--precisions", file});
  EXPECT_EQ(mac_kernels(report), (std::set<std::string>{"dense int4 x int8", "dense int8"}));
  EXPECT_EQ(report["provenance"]["options"]["precision"]["layers"][0]["layers"], "classifier");
  EXPECT_THAT(report["model"]["precision"].get<std::string>(),
              AllOf(HasSubstr("int4 weights / int8 activations"), HasSubstr(" and at ")));
}

TEST(Precision, EmulatedOnesSaySo) {
  const Json report = report_of("ds_cnn", {"--system", "precision_array", "--precision", "w16a16"});
  EXPECT_EQ(mac_kernels(report), std::set<std::string>{"dense int16 (emulated)"});
  for (const Json& layer : report["layers"]) EXPECT_LE(layer["pe_utilization"], 1.0);
  for (const Json& each : report["accelerators"]) EXPECT_LE(each["pe_utilization"], 1.0);
}

/// At twice the native rate as many MACs take half of the PEs' cycles.
TEST(Precision, UtilizationIsOfThePeakThatRan) {
  const Json report = report_of("resnet50", {"--system", "precision_array", "--precision", "w4a4"});
  const double of_layers = report["totals"]["pe_utilization"].get<double>();
  EXPECT_GT(of_layers, 0.5);
  EXPECT_LE(of_layers, 1);
  // Less where layers without MACs, and waiting, count too.
  EXPECT_LE(report["accelerators"][0]["pe_utilization"].get<double>(), of_layers);
  EXPECT_GT(report["accelerators"][0]["pe_utilization"].get<double>(), 0.9 * of_layers);
  EXPECT_LE(report["totals"]["system_pe_utilization"].get<double>(), of_layers);
}

class AgreementAtPrecisions : public testing::TestWithParam<std::string> {};

/// Traffic to the byte, and time as closely as at native precisions (agreement_test.cpp).
TEST_P(AgreementAtPrecisions, OfSimulationAndAnalyticModelAt) {
  for (const char* network : {"mobilenet_v2", "lstm_acoustic"}) {
    const Json report = report_of(
        network, {"--system", "precision_array", "--precision", GetParam(), "--memory", "ideal"});
    for (const Json& layer : report["layers"]) {
      EXPECT_DOUBLE_EQ(layer["energy_pj"]["dram"].get<double>(),
                       layer["analytic_energy_pj"]["dram"].get<double>())
          << network << ' ' << layer["name"];
      EXPECT_LE(layer["pe_utilization"], 1.0) << network << ' ' << layer["name"];
    }
    const double off = report["totals"]["latency_s"].get<double>() /
                           report["totals"]["analytic_latency_s"].get<double>() -
                       1;
    EXPECT_LE(off, 0.05) << network;
    EXPECT_GE(off, -0.07) << network;
  }
}

INSTANTIATE_TEST_SUITE_P(Some, AgreementAtPrecisions,
                         testing::Values("w4a8", "w4a4", "fp16", "fp32"),
                         [](const auto& run) { return run.param; });

TEST(Precision, ReachesEveryCommandThatRunsLayers) {
  const TemporaryFolder folder;
  const Strings options = {"--system", "precision_array", "--precision", "w4a8"};
  const auto run = [&](Strings arguments, const Strings& more) {
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome outcome = mensa(arguments);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return outcome.exit_code == 0 ? Json::parse(outcome.out) : Json{};
  };
  const Json asked = {{"default", "w4a8"}, {"layers", Json::array()}};
  EXPECT_EQ(
      run({"explain", "ds_cnn", "--layer", "classifier", "--mapper", "fast", "--format", "json"},
          options)["precision"],
      asked);
  const std::string workload =
      folder.write("w.yaml",
                   "schema: mensa-workload/1\nmodels:\n  a: {model: ds_cnn, arrivals: [0 ms]}\n"
                   "  b: {model: ds_cnn, arrivals: [0 ms]}\n");
  const Json together =
      run({"workload", workload, "--mapper", "fast", "--format", "json"}, options);
  EXPECT_EQ(together["precision"], asked);
  const Json native = run({"workload", workload, "--mapper", "fast", "--format", "json"},
                          {"--system", "precision_array"});
  EXPECT_LT(together["energy_j"], native["energy_j"]);
  const Json compared =
      run({"compare", "ds_cnn", "--systems", "precision_array", "--policies", "greedy", "--mapper",
           "fast", "--bound", "relaxation", "--format", "json", "--precision", "w4a8"},
          {});
  EXPECT_EQ(compared["precision"], asked);
  const Json narrow =
      run({"map", "--shape", "K=64,C=64,P=8,Q=8", "--mapper", "fast", "--format", "json"},
          {"--system", "precision_array", "--precision", "w4a4"});
  const Json wide =
      run({"map", "--shape", "K=64,C=64,P=8,Q=8", "--mapper", "fast", "--format", "json"},
          {"--system", "precision_array", "--precision", "fp32"});
  EXPECT_EQ(wide["dram_read_bytes"], 8 * narrow["dram_read_bytes"].get<std::int64_t>());
  const Outcome lacking =
      mensa({"map", "--shape", "K=4,C=4", "--system", "precision_array", "--precision", "w16a8"});
  EXPECT_EQ(lacking.exit_code, 1);
  EXPECT_THAT(lacking.err, HasSubstr("array has no precision w16a8; it has int8, int4, "));
}

}  // namespace
}  // namespace mensa
