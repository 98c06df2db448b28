// How a model is taken: options for what its file leaves open, and for what mensa does not know.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/models/base/temporary_folder.h"
#include "tests/scenarios/process.h"

namespace mensa {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

using Json = nlohmann::json;

/// A Gemm, an operator that nobody knows, and a Softmax; the unknown one's result is declared. The
/// target of a Reshape is an input.
constexpr const char* kOddModel = R"(
ir_version: 8
opset_import { version: 17 }
graph {
  name: "odd"
  input { name: "x" type { tensor_type { elem_type: 1 shape {
    dim { dim_param: "N" } dim { dim_param: "width" } } } } }
  input { name: "target" type { tensor_type { elem_type: 7 shape { dim { dim_value: 2 } } } } }
  initializer { name: "w" data_type: 1 dims: 8 dims: 4 float_data: [
    1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8,
    1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8 ] }
  node { name: "reshape" op_type: "Reshape" input: "x" input: "target" output: "a" }
  node { name: "fc" op_type: "MatMul" input: "a" input: "w" output: "b" }
  node { name: "odd" op_type: "Wobble" input: "b" output: "c" }
  node { name: "probability" op_type: "Softmax" input: "c" output: "y" }
  value_info { name: "c" type { tensor_type { elem_type: 1 shape {
    dim { dim_param: "N" } dim { dim_value: 4 } } } } }
  output { name: "y" type { tensor_type { elem_type: 1 } } }
}
)";

class ModelOptions : public testing::Test {
 protected:
  [[nodiscard]] Outcome run(const std::string& command,
                            const std::vector<std::string>& options) const {
    std::vector<std::string> arguments = {command, model_};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return mensa(arguments);
  }
  const std::vector<std::string> all_ = {"--input",    "x=3x8",         "--constant",
                                         "target=3,8", "--unsupported", "host"};
  TemporaryFolder folder_;
  const std::string model_ = folder_.write("odd.textproto", kOddModel);
};

TEST_F(ModelOptions, AreAskedForByErrors) {
  EXPECT_THAT(run("inspect", {}).err,
              AllOf(HasSubstr("--set width=VALUE"), HasSubstr("--input x=1x128")));
  const Outcome outcome = run("inspect", {"--set", "width=8"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("its target shape ('target') is not known before run time"));
}

TEST_F(ModelOptions, UnknownOperatorsAreListed) {
  const Outcome outcome = run("simulate", {"--input", "x=3x8", "--constant", "target=3,8"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err,
              AllOf(HasSubstr("1 node(s) are not supported: 1 Wobble"),
                    HasSubstr("odd: Wobble: unknown operator"), HasSubstr("--unsupported host")));
}

TEST_F(ModelOptions, UnknownOperatorsRunOnTheHostAndEveryReportSaysSo) {
  const Outcome table = run("simulate", all_);
  ASSERT_EQ(table.exit_code, 0) << table.err;
  EXPECT_THAT(table.out, ContainsRegex("Note +node 'odd' \\(Wobble\\) is not supported"));
  EXPECT_THAT(table.out, ContainsRegex("Approximate +1 of [0-9]+ layers, with [0-9.]+ % of the"));
  EXPECT_THAT(table.out, ContainsRegex("odd +Wobble ! +host"));

  std::vector<std::string> options = all_;
  options.insert(options.end(), {"--format", "json"});
  const Json json = Json::parse(run("simulate", options).out);
  EXPECT_EQ(json["provenance"]["options"]["unsupported"], "host");
  EXPECT_EQ(json["provenance"]["options"]["inputs"]["x"], Json({3, 8}));
  EXPECT_EQ(json["provenance"]["options"]["constants"]["target"], "3,8");
  std::size_t approximate = 0;
  for (const Json& layer : json["layers"]) {
    if (layer["approximation"].is_null()) continue;
    ++approximate;
    EXPECT_EQ(layer["op"], "Wobble");
    EXPECT_EQ(layer["accelerator"], "host");
    EXPECT_GT(layer["time_s"].get<double>(), 0);
    EXPECT_GT(layer["energy_pj"]["host"].get<double>() + layer["energy_pj"]["dram"].get<double>(),
              0);
  }
  EXPECT_EQ(approximate, 1U);
  EXPECT_EQ(json["totals"]["macs"], 3 * 8 * 4);

  options.back() = "csv";
  EXPECT_THAT(run("simulate", options).out, HasSubstr("not supported (unknown operator)"));

  const std::string workload = folder_.write(
      "w.yaml",
      "schema: mensa-workload/1\nmodels:\n  m: {model: ./odd.textproto, input: {x: 3x8}, constant: "
      "{target: \"3,8\"}, unsupported: host, arrivals: [0 ms]}\n");
  const Outcome several = mensa({"workload", workload});
  ASSERT_EQ(several.exit_code, 0) << several.err;
  EXPECT_THAT(several.out, AllOf(HasSubstr("m: node 'odd' (Wobble) is not supported"),
                                 HasSubstr("Approximate m: 1 layer")));
}

TEST_F(ModelOptions, InspectShowsThem) {
  const Outcome table = run("inspect", all_);
  ASSERT_EQ(table.exit_code, 0) << table.err;
  EXPECT_THAT(table.out, AllOf(HasSubstr("1 layers approximate"), ContainsRegex("Wobble +1 ")));

  std::vector<std::string> options = all_;
  options.insert(options.end(), {"--format", "json"});
  const std::string text = run("inspect", options).out;
  const Json json = Json::parse(text);
  EXPECT_EQ(json["coverage"]["approximate_layers"], 1);
  EXPECT_EQ(json["coverage"]["macs"], 96);
  EXPECT_EQ(json["layers"][0]["parameters"][0]["density_origin"], "measured");
  EXPECT_EQ(json["model"]["inputs"].size(), 1U);
}

TEST_F(ModelOptions, MistakesAreUsageErrors) {
  for (const auto& [option, value, expected] :
       std::vector<std::array<std::string, 3>>{{"--input", "x=3y8", "--input: '3y8' is no shape"},
                                               {"--input", "x", "NAME=VALUE"},
                                               {"--constant", "t=a", "'a' is no list of numbers"},
                                               {"--branch", "if=maybe", "unknown branch 'maybe'"},
                                               {"--unsupported", "hosts", "did you mean 'host'"}}) {
    const Outcome outcome = run("simulate", {option, value});
    EXPECT_EQ(outcome.exit_code, 2) << option;
    EXPECT_THAT(outcome.err, HasSubstr(expected));
  }
  const Outcome twice = run("simulate", {"--input", "x=3x8", "--input", "x=4x8"});
  EXPECT_EQ(twice.exit_code, 2);
  EXPECT_THAT(twice.err, HasSubstr("'x' is given twice"));
}

TEST_F(ModelOptions, AreOfTheModel) {
  EXPECT_THAT(run("inspect", {"--input", "z=3x8"}).err, HasSubstr("unknown input 'z'"));
  EXPECT_THAT(run("inspect", {"--constant", "targ=3,8"}).err,
              HasSubstr("unknown input 'targ'; did you mean 'target'?"));
  std::vector<std::string> options = all_;
  options.insert(options.end(), {"--branch", "odd=then"});
  EXPECT_THAT(run("inspect", options).err, HasSubstr("no If 'odd'"));
}

TEST(UnsupportedOperators, LeaveNoMarksWhereThereAreNone) {
  const Outcome outcome = mensa({"simulate", "ds_cnn"});
  EXPECT_THAT(outcome.out, Not(HasSubstr("pproximate")));
}

}  // namespace
}  // namespace mensa
