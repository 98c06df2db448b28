// Densities of activations, measured and stated, as a user comes by them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/models/base/temporary_folder.h"
#include "tests/scenarios/process.h"

namespace mensa {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

using Json = nlohmann::json;

/// Two matrix products with a ReLU after each. Of the first only a quarter of what it makes can be
/// above zero: three rows of its weights are negative, and its input is not.
constexpr const char* kHalvedModel = R"(
ir_version: 8
opset_import { version: 17 }
graph {
  name: "net"
  input { name: "x" type { tensor_type { elem_type: 1 shape {
    dim { dim_value: 1 } dim { dim_value: 4 } } } } }
  initializer { name: "w1" data_type: 1 dims: 4 dims: 4 float_data: [
    1, -1, -2, -3, 1, -4, -5, -6, 1, -7, -8, -9, 1, -1, -1, -1 ] }
  initializer { name: "w2" data_type: 1 dims: 4 dims: 2 float_data: [ 1, 2, 3, 4, 5, 6, 7, 8 ] }
  node { name: "fc1" op_type: "MatMul" input: "x" input: "w1" output: "a" }
  node { name: "act1" op_type: "Relu" input: "a" output: "a_relu" }
  node { name: "fc2" op_type: "MatMul" input: "a_relu" input: "w2" output: "b" }
  node { name: "act2" op_type: "Relu" input: "b" output: "y" }
  output { name: "y" type { tensor_type { elem_type: 1 } } }
}
)";

std::string npy(const std::string& shape, const std::vector<float>& values) {
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': " + shape + ", }";
  header.resize(118, ' ');
  std::string file = "\x93NUMPY";
  file += {'\x01', '\x00', '\x76', '\x00'};
  file += header;
  for (const float value : values) {
    file.append(reinterpret_cast<const char*>(&value), sizeof(value));
  }
  return file;
}

class Densities : public testing::Test {
 protected:
  [[nodiscard]] Outcome run(const std::string& command,
                            const std::vector<std::string>& options) const {
    std::vector<std::string> arguments = {command, model_};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return mensa(arguments);
  }
  /// The layer fc2 of a report in JSON.
  [[nodiscard]] Json second_layer(const std::vector<std::string>& options) const {
    std::vector<std::string> all = {"--mapper", "fast", "--format", "json"};
    all.insert(all.end(), options.begin(), options.end());
    const Outcome outcome = run("simulate", all);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return Json::parse(outcome.out)["layers"][1];
  }
  TemporaryFolder folder_;
  const std::string model_ = folder_.write("net.textproto", kHalvedModel);
};

TEST_F(Densities, AreDefaultsBehindARelu) {
  const Json layer = second_layer({});
  EXPECT_EQ(layer["name"], "fc2");
  EXPECT_EQ(layer["activation_density_origin"], "default");
  EXPECT_GT(layer["activation_density"].get<double>(), 0.2);
  EXPECT_LT(layer["activation_density"].get<double>(), 0.8);
  EXPECT_EQ(layer["weight_density_origin"], "measured");
}

TEST_F(Densities, AreProfiledAndTakenByRuns) {
  (void)folder_.write("inputs/a/x.npy", npy("(1, 4)", {1, 2, 3, 4}));
  (void)folder_.write("inputs/b/x.npy", npy("(1, 4)", {0, 0, 0, 0}));
  const std::string file = (folder_.path() / "made" / "net.yaml").string();
  const Outcome profile =
      run("profile", {"--inputs", (folder_.path() / "inputs").string(), "--output", file});
  ASSERT_EQ(profile.exit_code, 0) << profile.err;
  EXPECT_THAT(profile.out, IsEmpty());
  EXPECT_THAT(profile.err, HasSubstr("wrote"));

  // One of four in the first run, none in the second.
  const Json layer = second_layer({"--densities", file});
  EXPECT_EQ(layer["activation_density"], 0.125);
  EXPECT_EQ(layer["activation_density_origin"], "profile");

  const Outcome report =
      run("simulate", {"--mapper", "fast", "--format", "json", "--densities", file});
  const Json json = Json::parse(report.out);
  EXPECT_EQ(json["provenance"]["options"]["densities"]["file"], "net.yaml");
  EXPECT_EQ(json["provenance"]["options"]["densities"]["sha256"].get<std::string>().size(), 64U);
  EXPECT_THAT(json["model"]["notes"].dump(),
              HasSubstr("profile densities of net.yaml: 2 inputs from the folder 'inputs'"));
  EXPECT_THAT(run("inspect", {"--traits", "--densities", file}).out, HasSubstr("0.12"));

  const Outcome explained = run(
      "explain", {"--layer", "fc2", "--mapper", "fast", "--format", "json", "--densities", file});
  ASSERT_EQ(explained.exit_code, 0) << explained.err;
  EXPECT_EQ(Json::parse(explained.out)["model_options"]["densities"]["file"], "net.yaml");

  const std::string workload =
      folder_.write("w.yaml",
                    "schema: mensa-workload/1\nmodels:\n  net: {model: ./net.textproto, densities: "
                    "made/net.yaml, arrivals: [0 ms]}\n");
  const Outcome several = mensa({"workload", workload, "--mapper", "fast"});
  ASSERT_EQ(several.exit_code, 0) << several.err;
}

TEST_F(Densities, OfRandomInputsAreTheSameForASeed) {
  const Outcome first = run("profile", {"--inputs", "random:3", "--seed", "5"});
  ASSERT_EQ(first.exit_code, 0) << first.err;
  EXPECT_EQ(run("profile", {"--inputs", "random:3", "--seed", "5"}).out, first.out);
  EXPECT_NE(run("profile", {"--inputs", "random:3"}).out, first.out);
  EXPECT_THAT(first.out, AllOf(HasSubstr("seed: 5"), HasSubstr("3 random inputs")));
}

TEST_F(Densities, DoNotChangeWhatDenseHardwareDoes) {
  const std::string file = folder_.write("d.yaml",
                                         "schema: mensa-densities/1\nmodel: net\nsource: here\n"
                                         "tensors:\n  a_relu: 0.01\n  x: 0.5\n");
  const Json dense = second_layer({"--system", "edge_tpu"});
  const Json sparse = second_layer({"--system", "edge_tpu", "--densities", file});
  EXPECT_EQ(sparse["activation_density"], 0.01);
  for (const char* figure : {"time_s", "energy_pj", "dram_bytes", "macs"}) {
    EXPECT_EQ(sparse[figure], dense[figure]) << figure;
  }
}

TEST_F(Densities, MistakesInFilesAreToldByLine) {
  const auto error = [&](const std::string& text) {
    const Outcome outcome = run("simulate", {"--densities", folder_.write("d.yaml", text)});
    EXPECT_EQ(outcome.exit_code, 1);
    return outcome.err;
  };
  const std::string head = "schema: mensa-densities/1\nmodel: net\nsource: here\ntensors:\n";
  EXPECT_THAT(error(head + "  a_relu: 1.2\n  y: -1\n"),
              AllOf(HasSubstr("d.yaml:5:11: tensors.a_relu"), HasSubstr("d.yaml:6:6: tensors.y")));
  EXPECT_THAT(error(head + "  a_rellu: 0.5\n  w1: 0.5\n"),
              AllOf(HasSubstr("d.yaml:5:3: tensors.a_rellu"), HasSubstr("did you mean 'a_relu'"),
                    HasSubstr("d.yaml:6:3: tensors.w1: its values are in the model")));
  EXPECT_THAT(error("schema: mensa-run/1\n"), HasSubstr("expected mensa-densities/1"));
  EXPECT_THAT(run("simulate", {"--densities", "missing.yaml"}).err, HasSubstr("missing.yaml"));
  const Outcome several = mensa({"simulate", model_, "ds_cnn", "--densities", "d.yaml"});
  EXPECT_EQ(several.exit_code, 2);
  EXPECT_THAT(several.err, HasSubstr("--densities: a file of densities is of one model"));
}

TEST_F(Densities, ProfilesRefuseWhatTheyCannotRun) {
  const Outcome bare = mensa({"profile", "mobilenet_v2", "--inputs", "random:1"});
  EXPECT_EQ(bare.exit_code, 1);
  EXPECT_THAT(bare.err, AllOf(HasSubstr("holds no values of its weights"), HasSubstr("--densities"),
                              Not(HasSubstr("internal"))));
  (void)folder_.write("inputs/x.npy", npy("(4,)", {1, 2, 3, 4}));
  const Outcome shape = run("profile", {"--inputs", (folder_.path() / "inputs").string()});
  EXPECT_EQ(shape.exit_code, 1);
  EXPECT_THAT(shape.err, HasSubstr("x.npy: has the shape [4]; the input 'x' is [1, 4]"));
  EXPECT_THAT(run("profile", {"--inputs", "nowhere"}).err, HasSubstr("nowhere: cannot be read"));
  EXPECT_THAT(run("profile", {"--inputs", "random:none"}).err, HasSubstr("write random:N"));
  const Outcome seed = run("profile", {"--inputs", "nowhere", "--seed", "1"});
  EXPECT_EQ(seed.exit_code, 2);
  EXPECT_THAT(seed.err, HasSubstr("--seed: draws the inputs of --inputs random:N"));
  EXPECT_EQ(run("profile", {}).exit_code, 2);
  const Outcome output =
      run("profile", {"--inputs", "random:1", "--output", "/proc/none/net.yaml"});
  EXPECT_EQ(output.exit_code, 1);
}

}  // namespace
}  // namespace mensa
