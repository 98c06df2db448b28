#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <set>
#include <string>

#include "onnx_import/typed_graph.h"
#include "tests/onnx_import/oracle/case_list.h"
#include "tests/onnx_import/oracle/importing.h"
#include "tests/onnx_import/oracle/libonnx_shapes.h"
#include "tests/onnx_import/oracle/recorded_case.h"

// Every model of ONNX's own test data, whose inputs and outputs are recorded: our output shapes and
// element types are those recorded, or the model is refused and stands in refused.txt with a part
// of the message. A case that is listed and taken fails as well.

namespace mensa::onnx_import {
namespace {

const std::string kFolder = MENSA_SOURCE_DIR "/tests/onnx_import/oracle/";

/// Whether the first result is larger than the recorded one since its extent depends on the data:
/// ours is the most that there can be.
bool is_bound(const RecordedCase& recorded, const OperatorGraph& graph) {
  static const std::set<std::string> kPicking = {"Compress", "NonMaxSuppression", "NonZero",
                                                 "Unique"};
  const Shape& ours = graph.value(graph.main.outputs.front()).shape;
  const std::vector<std::int64_t>& theirs = recorded.outputs.front().shape;
  return kPicking.contains(recorded.model.graph().node(0).op_type()) && ours != theirs &&
         std::equal(ours.begin(), ours.end(), theirs.begin(), theirs.end(),
                    [](std::int64_t most, std::int64_t extent) { return most >= extent; });
}

/// Of the cases of single operators.
constexpr int kLeastSupportedPercent = 90;
/// Outputs of theirs that are folded, and values that libonnx knows: somewhat below what was
/// counted when this was written (520 and 1583), so that neither comparison comes to nothing
/// unseen.
constexpr int kLeastFolded = 500;
constexpr int kLeastCompared = 1500;

/// Cases of one kind.
struct ImportTally {
  int cases = 0;
  int taken = 0;
};

class RecordedCases : public testing::TestWithParam<std::string> {
 protected:
  static void check(const std::string& name, const std::map<std::string, std::string>& refused,
                    ImportTally& tally) {
    SCOPED_TRACE(name);
    const RecordedCase recorded = read_recorded_case(name);
    const Outcome outcome = import_case(recorded);
    ++tally.cases;
    const auto listed = refused.find(name);
    if (!outcome.graph || !outcome.refusal.empty()) {
      if (listed == refused.end()) {
        ADD_FAILURE() << "is refused and not on the list: " << outcome.refusal;
      } else {
        EXPECT_NE(outcome.refusal.find(listed->second), std::string::npos)
            << "is refused for another reason than '" << listed->second << "': " << outcome.refusal;
      }
      return;
    }
    EXPECT_EQ(listed, refused.end()) << "is taken, and on the list of those that are refused";
    ++tally.taken;
    const std::string differences = type_differences(recorded, *outcome.graph);
    EXPECT_TRUE(differences.empty() || is_bound(recorded, *outcome.graph)) << differences;
  }
};

TEST_P(RecordedCases, have_the_recorded_types_or_are_refused_with_reason) {
  const auto refused = read_case_list(kFolder + "refused.txt");
  ImportTally tally;
  for (const std::string& name : recorded_case_names(GetParam())) check(name, refused, tally);
  std::cout << fmt::format("{}: {} of {} cases taken\n", GetParam(), tally.taken, tally.cases);
  if (GetParam() == "node") {
    EXPECT_GE(tally.taken * 100, tally.cases * kLeastSupportedPercent);
  }
}

TEST_P(RecordedCases, keep_their_types_and_have_the_recorded_values_when_folded) {
  int compared = 0;
  for (const std::string& name : recorded_case_names(GetParam())) {
    SCOPED_TRACE(name);
    const RecordedCase recorded = read_recorded_case(name);
    const Outcome outcome = fold_case(recorded);
    if (!outcome.graph || is_bound(recorded, *outcome.graph)) continue;
    EXPECT_EQ(type_differences(recorded, *outcome.graph), "");
    EXPECT_EQ(value_differences(recorded, *outcome.graph, compared), "");
  }
  std::cout << fmt::format("{}: values of {} outputs compared\n", GetParam(), compared);
  EXPECT_GE(compared, GetParam() == "node" ? kLeastFolded : 5);
}

TEST_P(RecordedCases, agree_with_libonnx) {
  int compared = 0;
  for (const std::string& name : recorded_case_names(GetParam())) {
    SCOPED_TRACE(name);
    const RecordedCase recorded = read_recorded_case(name);
    const Outcome outcome = import_case(recorded);
    if (!outcome.graph) continue;
    EXPECT_EQ(libonnx_differences(recorded.model, *outcome.graph, compared), "");
  }
  std::cout << fmt::format("{}: {} values compared with libonnx\n", GetParam(), compared);
  EXPECT_GE(compared, GetParam() == "node" ? kLeastCompared : 5);
}

INSTANTIATE_TEST_SUITE_P(Onnx, RecordedCases,
                         testing::Values("node", "simple", "pytorch-operator",
                                         "pytorch-converted"));

/// Values of every network of a folder of which libonnx knows other types than we.
void compare_networks(const std::filesystem::path& folder) {
  int compared = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".onnx") continue;
    SCOPED_TRACE(entry.path().filename().string());
    onnx::ModelProto model;
    std::ifstream file(entry.path(), std::ios::binary);
    ASSERT_TRUE(model.ParseFromIstream(&file));
    const OperatorGraph graph = read_typed_graph(entry.path(), {});
    EXPECT_EQ(libonnx_differences(model, graph, compared), "");
  }
  std::cout << fmt::format("{} values compared with libonnx\n", compared);
  EXPECT_GT(compared, 0);
}

TEST(Networks, of_the_zoo_agree_with_libonnx) { compare_networks(MENSA_SOURCE_DIR "/models/zoo"); }

TEST(Networks, without_weights_agree_with_libonnx) {
  const char* folder = std::getenv("MENSA_MODEL_DIR");
  if (folder == nullptr) GTEST_SKIP() << "MENSA_MODEL_DIR is not set: no light_*.onnx to import";
  compare_networks(folder);
}

}  // namespace
}  // namespace mensa::onnx_import
