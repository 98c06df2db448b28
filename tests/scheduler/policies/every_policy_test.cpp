// Every policy, on every network and system, makes schedules that hold. The light networks are
// those of ONNX's test data (tests/scenarios/light_models_test.cpp), where MENSA_MODEL_DIR names
// their folder.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "accelerators/spec/loader.h"
#include "onnx_import/import.h"
#include "scheduler/policies/policy.h"
#include "scheduler/problem/schedule.h"
#include "tests/scenarios/systems.h"

namespace mensa::scheduler {
namespace {

using ::testing::IsEmpty;

const std::vector<std::string> kLight = {"bvlc_alexnet", "densenet121", "inception_v1",
                                         "inception_v2", "resnet50",    "shufflenet",
                                         "squeezenet",   "vgg19",       "zfnet512"};

/// Accelerators that can run all of a model, but for what the host takes.
std::vector<std::string> hosts_of_everything(const SchedulingProblem& problem) {
  std::vector<std::string> names;
  for (const accelerators::Accelerator& accelerator : problem.system().accelerators) {
    const auto& units = problem.units();
    const bool all = std::all_of(units.begin(), units.end(), [&](const auto& unit) {
      const auto candidates = problem.candidates(unit);
      return !problem.has_mac_work(unit) ||
             std::find(candidates.begin(), candidates.end(), accelerator.id) != candidates.end();
    });
    if (all) names.push_back(accelerator.name);
  }
  return names;
}

/// As the command line takes them, each quick to plan.
std::vector<std::string> specifications(const SchedulingProblem& problem) {
  std::vector<std::string> all;
  for (const PolicyEntry& policy : policies()) {
    if (policy.name == "single") {
      for (const std::string& name : hosts_of_everything(problem)) all.push_back("single:" + name);
    } else {
      all.push_back(policy.name == "search" ? "search:iterations=200" : policy.name);
    }
  }
  return all;
}

void expect_valid_schedules(const std::string& file,
                            const std::shared_ptr<accelerators::MappingCache>& mappings) {
  SCOPED_TRACE(file + " on " + mappings->system().name);
  const models::Graph graph = onnx_import::import_file(file);
  CostTable costs(graph, accelerators::Objective::kEdp, mappings);
  for (const Concurrency concurrency : {Concurrency::kSequence, Concurrency::kLayers}) {
    const SchedulingProblem problem(costs, concurrency);
    for (const std::string& policy : specifications(problem)) {
      const Schedule schedule = build_schedule(problem, make_policy(policy)->plan(problem), policy);
      EXPECT_THAT(violations(problem, schedule), IsEmpty())
          << policy << ", concurrency " << to_string(concurrency);
    }
  }
}

std::shared_ptr<accelerators::MappingCache> mappings_on(const accelerators::System& system) {
  return std::make_shared<accelerators::MappingCache>(
      system, accelerators::MapperOptions{accelerators::Effort::kFast});
}

class EveryPolicyOnZoo : public ::testing::TestWithParam<std::string> {};

TEST_P(EveryPolicyOnZoo, MakesValidSchedules) {
  const accelerators::System system = accelerators::load_system(GetParam());
  const auto mappings = mappings_on(system);
  std::set<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(MENSA_SOURCE_DIR "/models/zoo")) {
    if (entry.path().extension() == ".onnx") files.insert(entry.path().string());
  }
  EXPECT_GE(files.size(), 25U);
  for (const std::string& file : files) expect_valid_schedules(file, mappings);
}

INSTANTIATE_TEST_SUITE_P(Library, EveryPolicyOnZoo, ::testing::ValuesIn(kLibrarySystems),
                         [](const auto& run) { return run.param; });

class EveryPolicyOnLight : public ::testing::TestWithParam<std::string> {};

TEST_P(EveryPolicyOnLight, MakesValidSchedules) {
  const char* const folder = std::getenv("MENSA_MODEL_DIR");
  if (folder == nullptr) GTEST_SKIP() << "MENSA_MODEL_DIR names no folder with light_*.onnx";
  for (const std::string& name : kLibrarySystems) {
    const accelerators::System system = accelerators::load_system(name);
    expect_valid_schedules(std::string(folder) + "/light_" + GetParam() + ".onnx",
                           mappings_on(system));
  }
}

INSTANTIATE_TEST_SUITE_P(Onnx, EveryPolicyOnLight, ::testing::ValuesIn(kLight),
                         [](const auto& run) { return run.param; });

}  // namespace
}  // namespace mensa::scheduler
