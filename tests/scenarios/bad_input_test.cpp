// Whatever is wrong with what a user gives: exit code 1, one message on standard error that names
// the place and the way out, and nothing on standard output.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/models/base/temporary_folder.h"
#include "tests/scenarios/process.h"

namespace mensa {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

const std::string kZoo = std::string(MENSA_SOURCE_DIR) + "/models/zoo/";

class BadInput : public testing::Test {
 protected:
  /// Runs mensa and returns its one message, the exit code and the silence of standard output
  /// checked.
  static std::string refused(const std::vector<std::string>& arguments) {
    const Outcome outcome = mensa(arguments);
    EXPECT_EQ(outcome.exit_code, 1) << outcome.err;
    EXPECT_THAT(outcome.out, IsEmpty());
    EXPECT_THAT(outcome.err, StartsWith("mensa: error: "));
    EXPECT_THAT(outcome.err, testing::EndsWith("\n"));
    return outcome.err;
  }

  [[nodiscard]] std::string model(const std::string& name) const {
    const Outcome made = run_process(
        {MENSA_PYTHON, std::string(MENSA_SOURCE_DIR) + "/tests/scenarios/make_bad_models.py",
         folder_.path().string()});
    EXPECT_EQ(made.exit_code, 0) << made.err;
    return (folder_.path() / (name + ".onnx")).string();
  }

  /// The library's Edge TPU as one file, with a part of its text replaced.
  [[nodiscard]] std::string changed_system(const std::string& from, const std::string& to) const {
    std::string text = mensa({"check", "edge_tpu"}).out;
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return folder_.write("changed.yaml", text.replace(at, from.size(), to));
  }

  TemporaryFolder folder_;
};

TEST_F(BadInput, MissingModelFile) {
  const std::string path = (folder_.path() / "missing.onnx").string();
  EXPECT_THAT(refused({"simulate", path}),
              AllOf(HasSubstr("'" + path + "'"), HasSubstr("no such file")));
}

TEST_F(BadInput, UnknownModelNameListsTheKnownOnes) {
  EXPECT_THAT(refused({"simulate", "mobilenetv2"}),
              AllOf(HasSubstr("unknown model 'mobilenetv2'"),
                    HasSubstr("did you mean 'mobilenet_v2'?"), HasSubstr("resnet50")));
}

TEST_F(BadInput, EmptyModelFile) {
  const std::string path = folder_.write("empty.onnx", "");
  EXPECT_THAT(refused({"simulate", path}), AllOf(HasSubstr(path), HasSubstr("empty")));
}

TEST_F(BadInput, TextInThePlaceOfAModel) {
  const std::string path = folder_.write("text.onnx", "This is a text, and no network at all.\n");
  EXPECT_THAT(refused({"inspect", path}), AllOf(HasSubstr(path), HasSubstr("ONNX")));
}

TEST_F(BadInput, TruncatedModel) {
  std::ifstream file(kZoo + "mobilenet_v2.onnx", std::ios::binary);
  const std::string whole{std::istreambuf_iterator<char>(file), {}};
  ASSERT_GT(whole.size(), 1000U);
  for (const std::size_t size : {whole.size() - 1, whole.size() / 2, std::size_t{20}}) {
    const std::string path = folder_.write("truncated.onnx", whole.substr(0, size));
    EXPECT_THAT(refused({"simulate", path}), HasSubstr(path)) << size;
  }
}

TEST_F(BadInput, FolderInThePlaceOfAModel) {
  EXPECT_THAT(refused({"simulate", folder_.path().string() + "/"}), HasSubstr("no regular file"));
}

TEST_F(BadInput, UnknownOperatorsAreListedAllAtOnce) {
  EXPECT_THAT(refused({"simulate", model("unknown_operators")}),
              AllOf(HasSubstr("b_node"), HasSubstr("StringNormalizer"), HasSubstr("c_node"),
                    HasSubstr("Frobnicate")));
}

TEST_F(BadInput, CyclicGraphNamesItsNodes) {
  EXPECT_THAT(refused({"simulate", model("cyclic")}),
              AllOf(HasSubstr("cycle"), HasSubstr("a_node"), HasSubstr("b_node")));
}

TEST_F(BadInput, DynamicDimensionNeedsAValue) {
  const std::string path = model("dynamic");
  EXPECT_THAT(refused({"simulate", path}),
              AllOf(HasSubstr("sequence"), HasSubstr("--set sequence=")));
  EXPECT_EQ(mensa({"inspect", path, "--set", "sequence=16", "--batch", "2"}).exit_code, 0);
}

TEST_F(BadInput, NothingToCluster) {
  EXPECT_THAT(refused({"cluster", model("dynamic"), "--set", "sequence=16", "--batch", "2"}),
              HasSubstr("there is nothing to cluster: no layer of the model has MACs"));
}

TEST_F(BadInput, ValueForADimensionThatThereIsNot) {
  EXPECT_THAT(refused({"inspect", model("dynamic"), "--set", "sequence=16", "--set", "sequenze=3"}),
              HasSubstr("'sequenze'"));
}

TEST_F(BadInput, MisspeltKeyOfASystemIsShownWithItsPlace) {
  EXPECT_THAT(refused({"check", changed_system("clock:", "clok:")}),
              AllOf(testing::ContainsRegex("changed\\.yaml:[0-9]+:[0-9]+: accelerators\\.edge_tpu"),
                    HasSubstr("'clok'"), HasSubstr("'clock'")));
  // An optional key is not missed, so that only what stands in its place can tell.
  EXPECT_THAT(
      refused({"check", changed_system("vector_lanes:", "vector_lane:")}),
      AllOf(testing::ContainsRegex("changed\\.yaml:[0-9]+:[0-9]+: "),
            HasSubstr("unknown key 'vector_lane'"), HasSubstr("did you mean 'vector_lanes'?")));
}

TEST_F(BadInput, MissingUnitIsShownWithThoseThatFit) {
  const std::string path = changed_system("clock: 250 MHz", "clock: 250");
  EXPECT_THAT(refused({"simulate", "ds_cnn", "--system", path}),
              AllOf(testing::ContainsRegex("changed\\.yaml:[0-9]+:[0-9]+: "), HasSubstr("no unit"),
                    HasSubstr("MHz")));
}

TEST_F(BadInput, BufferOfNothing) {
  EXPECT_THAT(refused({"check", "edge_tpu", "--param",
                       "accelerators.edge_tpu.buffers.parameters.capacity=0 KiB"}),
              AllOf(HasSubstr("--param accelerators.edge_tpu.buffers.parameters.capacity"),
                    HasSubstr("above 0")));
}

TEST_F(BadInput, SystemThatIsNoYaml) {
  const std::string path = folder_.write("broken.yaml", "name: [unclosed\n");
  EXPECT_THAT(refused({"check", path}), HasSubstr("broken.yaml:"));
  EXPECT_THAT(refused({"check", folder_.write("empty.yaml", "")}), HasSubstr("empty"));
}

TEST_F(BadInput, ConvolutionThatFitsNowhereSaysWhatIsMissingOnEachAccelerator) {
  // 3 B: too few for an input and an output, each once in use and once on its way.
  const std::string buffer = "accelerators.edge_tpu.buffers.activations.";
  EXPECT_THAT(
      refused({"simulate", "mobilenet_v2", "--system", "edge_tpu", "--param", buffer + "width=1 B",
               "--param", buffer + "banks=1", "--param", buffer + "capacity=3 B"}),
      AllOf(HasSubstr(" layers of mobilenet_v2 run on no accelerator of system edge_tpu"),
            HasSubstr("layer 'stem/conv' (Conv):\n    edge_tpu: buffer 'activations'"),
            HasSubstr("layer 'block1/depthwise/conv'"), HasSubstr("needs 4 B but has 3 B")));
}

TEST_F(BadInput, UnknownPolicySystemFormatObjectiveAndMapper) {
  EXPECT_THAT(refused({"simulate", "ds_cnn", "--policy", "greedi"}),
              AllOf(HasSubstr("unknown policy 'greedi'"), HasSubstr("greedy")));
  EXPECT_THAT(refused({"simulate", "ds_cnn", "--policy", "single:pascall"}),
              AllOf(HasSubstr("'pascall'"), HasSubstr("pascal")));
  EXPECT_THAT(refused({"simulate", "ds_cnn", "--policy", "mensa:reuze=3"}), HasSubstr("'reuze'"));
  EXPECT_THAT(refused({"simulate", "ds_cnn", "--system", "mensa_h"}),
              AllOf(HasSubstr("unknown system 'mensa_h'"), HasSubstr("mensa_g")));
  EXPECT_THAT(refused({"simulate", "ds_cnn", "--format", "xml"}),
              AllOf(HasSubstr("unknown format 'xml'"), HasSubstr("json")));
  EXPECT_THAT(refused({"simulate", "ds_cnn", "--objective", "speed"}),
              AllOf(HasSubstr("unknown objective 'speed'"), HasSubstr("latency")));
  EXPECT_THAT(refused({"simulate", "ds_cnn", "--mapper", "quick"}),
              HasSubstr("unknown mapper 'quick' (known: exhaustive, pruned, fast)"));
  EXPECT_THAT(refused({"list", "modells"}),
              AllOf(HasSubstr("'modells'"), HasSubstr("did you mean 'models'?")));
  EXPECT_THAT(refused({"inspect", "ds_cnn", "--format", "svg"}),
              HasSubstr("known: table, json, dot"));
}

TEST_F(BadInput, UnknownParameterPath) {
  EXPECT_THAT(refused({"check", "mensa_g", "--param", "accelerators.pascall.clock=1 GHz"}),
              AllOf(HasSubstr("pascall"), HasSubstr("pascal")));
}

TEST_F(BadInput, OutputFolderThatCannotBe) {
  const std::string file = folder_.write("file", "x");
  EXPECT_THAT(refused({"simulate", "ds_cnn", "--out", file}),
              AllOf(HasSubstr("'" + file + "'"), HasSubstr("Not a directory")));
  EXPECT_THAT(refused({"simulate", "ds_cnn", "--out", "/proc/mensa"}), HasSubstr("'/proc/mensa'"));
}

TEST_F(BadInput, StandardOutputThatIsFull) {
  const Outcome outcome =
      run_process({"/bin/sh", "-c", "exec \"$0\" list models >/dev/full", MENSA_BINARY});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("cannot write to standard output: No space left on device"));
}

TEST_F(BadInput, DataFolderThatIsNone) {
  const Outcome outcome = mensa({"list", "models"}, {{"MENSA_DATA_DIR", "/nowhere"}});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("MENSA_DATA_DIR"), HasSubstr("/nowhere")));
}

}  // namespace
}  // namespace mensa
