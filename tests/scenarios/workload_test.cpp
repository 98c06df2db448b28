// Several models at once.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/scenarios/process.h"

namespace mensa {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

class Workload : public testing::Test {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::path(testing::TempDir()) / (std::string("mensa_") + test->name());
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  /// Of a file with these models, each a line "name: {...}".
  [[nodiscard]] Outcome run(const std::string& models, std::vector<std::string> arguments = {}) {
    const std::string file = (folder_ / "w.yaml").string();
    std::ofstream out(file);
    out << "schema: mensa-workload/1\nmodels:\n" << models;
    out.close();
    arguments.insert(arguments.begin(), {"workload", file});
    return mensa(std::move(arguments));
  }
  [[nodiscard]] Json report(const std::string& models, std::vector<std::string> arguments = {}) {
    arguments.insert(arguments.end(), {"--format", "json"});
    const Outcome outcome = run(models, std::move(arguments));
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return Json::parse(outcome.out);
  }
  std::filesystem::path folder_;
};

/// Far apart, every inference takes as long as alone; the deadline is between the two models'
/// times.
TEST_F(Workload, InferencesFarApartTakeAsLongAsAlone) {
  const Outcome alone = mensa(
      {"simulate", "ds_cnn", "--concurrency", "layers", "--memory", "ideal", "--format", "json"});
  const double latency = Json::parse(alone.out)["totals"]["latency_s"].get<double>();
  const Json json = report(
      "  words: {model: ds_cnn, period: 10 ms, inferences: 4, deadline: 100 us}\n"
      "  images: {model: mobilenet_v2, arrivals: [5 ms, 25 ms], deadline: 100 us}\n",
      {"--memory", "ideal"});
  const Json& words = json["models"][0];
  EXPECT_EQ(words["name"], "words");
  EXPECT_EQ(words["inferences"], 4);
  for (const char* key :
       {"median_latency_s", "p95_latency_s", "p99_latency_s", "worst_latency_s"}) {
    EXPECT_NEAR(words[key].get<double>(), latency, 1e-12) << key;
  }
  EXPECT_EQ(words["missed_deadlines"], 0);
  EXPECT_EQ(json["models"][1]["missed_deadlines"], 2);
  const std::int64_t elapsed = std::llround(json["elapsed_s"].get<double>() * 1e12);
  for (const Json& accelerator : json["accelerators"]) {
    std::int64_t sum = 0;
    for (const auto& part : accelerator["activities_ps"]) sum += part.get<std::int64_t>();
    EXPECT_EQ(sum, elapsed) << accelerator["name"];
  }
}

/// Asked for faster than they can be done, they queue: latencies grow with their number.
TEST_F(Workload, InferencesQueueWhenTheyComeTooFast) {
  const Json json = report("  images: {model: mobilenet_v2, period: 1 us, inferences: 20}\n",
                           {"--concurrency", "sequence", "--mapper", "fast"});
  const Json& images = json["models"][0];
  EXPECT_TRUE(images["deadline_s"].is_null());
  EXPECT_GT(images["worst_latency_s"].get<double>(), 15 * 0.4e-3);
  EXPECT_NEAR(images["median_latency_s"].get<double>(), images["worst_latency_s"].get<double>() / 2,
              0.1 * images["worst_latency_s"].get<double>());
}

TEST_F(Workload, ModelsAreFoundBesideTheFile) {
  std::filesystem::copy_file(std::string(MENSA_SOURCE_DIR) + "/models/zoo/ds_cnn.onnx",
                             folder_ / "mine.onnx");
  EXPECT_EQ(report("  words: {model: mine.onnx, arrivals: [0 s]}\n")["models"][0]["inferences"], 1);
}

TEST_F(Workload, TheTableHasUnits) {
  const Outcome outcome = run("  words: {model: ds_cnn, arrivals: [0 s]}\n");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  for (const char* part : {"median ms", "p99 ms", "uJ each", "DRAM MiB", "time in %"}) {
    EXPECT_THAT(outcome.out, HasSubstr(part));
  }
}

TEST_F(Workload, BadFilesAreClearErrors) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"  a: {model: ds_cnn, period: -1 ms, inferences: 3}\n", "w.yaml:3"},
      {"  a: {model: ds_cnn, period: 0 ms, inferences: 3}\n", "models.a.period"},
      {"  a: {model: ds_cnn, period: 1 ms}\n", "inferences"},
      {"  a: {model: ds_cnn, period: 1 ms, inferences: 0}\n", "models.a.inferences"},
      {"  a: {model: ds_cnn, period: 1 ms, inferences: 10001}\n", "models.a.inferences"},
      {"  a: {model: ds_cnn, period: 1 ms, inferences: 6000}\n"
       "  b: {model: ds_cnn, period: 1 ms, inferences: 6000}\n",
       "12000 inferences in all"},
      {"  a: {model: ds_cnn}\n", "'arrivals', or 'period'"},
      {"  a: {model: ds_cnn, arrivals: []}\n", "at least one arrival"},
      {"  a: {model: ds_cnn, arrivals: [3 ms, 2 ms]}\n", "must ascend"},
      {"  a: {model: ds_cnn, arrivals: [1 ms], period: 1 ms}\n", "not both"},
      {"  a: {model: ds_cnm, arrivals: [1 ms]}\n", "ds_cnn"},
      {"  a: {model: ds_cnn, arrivals: [1 ms], deadlin: 3 ms}\n", "deadline"},
      {"  a: {model: ds_cnn, arrivals: [1 parsec]}\n", "w.yaml:3"},
      {"  {}\n", "at least one model"},
  };
  for (const auto& [models, message] : cases) {
    const Outcome outcome = run(models);
    EXPECT_EQ(outcome.exit_code, 1) << models << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr(message)) << models;
    EXPECT_EQ(outcome.out, "") << models;
  }
  EXPECT_EQ(mensa({"workload", "/nowhere/w.yaml"}).exit_code, 1);
  EXPECT_EQ(mensa({"workload"}).exit_code, 2);
}

}  // namespace
}  // namespace mensa
