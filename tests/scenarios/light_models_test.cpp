// The nine ImageNet networks of the ONNX project's test data (onnx/backend/test/data/light, real
// topology, no weights) on all systems. They are not part of this repository: MENSA_MODEL_DIR names
// the folder that holds them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <vector>

#include "tests/scenarios/conservation.h"
#include "tests/scenarios/process.h"
#include "tests/scenarios/systems.h"

namespace mensa {
namespace {

using testing::IsEmpty;

struct LightModel {
  const char* name;
  /// Outputs x kernel of every convolution and Gemm, from the shapes that ONNX's own inference
  /// finds.
  std::int64_t macs;
};

const std::vector<LightModel> kLightModels = {
    {"bvlc_alexnet", 654'560'384},   {"densenet121", 2'834'161'664},
    {"inception_v1", 1'431'556'352}, {"inception_v2", 2'018'851'840},
    {"resnet50", 4'089'184'256},     {"shufflenet", 124'664'528},
    {"squeezenet", 349'151'936},     {"vgg19", 19'632'062'464},
    {"zfnet512", 1'481'727'008}};

std::ostream& operator<<(std::ostream& out, const LightModel& model) { return out << model.name; }

class LightModels : public testing::TestWithParam<LightModel> {};

TEST_P(LightModels, SimulateAndConserveOnAllSystems) {
  const char* const folder = std::getenv("MENSA_MODEL_DIR");
  if (folder == nullptr) GTEST_SKIP() << "MENSA_MODEL_DIR names no folder with light_*.onnx";
  const std::string path = std::string(folder) + "/light_" + GetParam().name + ".onnx";
  for (const std::string& system : kLibrarySystems) {
    SCOPED_TRACE(system);
    const Outcome outcome = mensa({"simulate", path, "--system", system, "--format", "json"});
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    const auto report = nlohmann::json::parse(outcome.out);
    EXPECT_THAT(conservation_violations(report), IsEmpty());
    EXPECT_EQ(report["totals"]["macs"].get<std::int64_t>(), GetParam().macs);
  }
}

INSTANTIATE_TEST_SUITE_P(Onnx, LightModels, testing::ValuesIn(kLightModels),
                         [](const auto& run) { return std::string(run.param.name); });

}  // namespace
}  // namespace mensa
