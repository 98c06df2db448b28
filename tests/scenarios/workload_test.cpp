// Several models at once.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

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
  /// Latency of one inference without the others.
  static double alone(const std::string& model, const std::vector<std::string>& arguments = {}) {
    std::vector<std::string> all = {"simulate", model,      "--concurrency",
                                    "layers",   "--format", "json"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return Json::parse(mensa(all).out)["totals"]["latency_s"].get<double>();
  }
  std::filesystem::path folder_;
};

/// Far apart, every inference takes as long as alone; the deadline is between the two models'
/// times.
TEST_F(Workload, InferencesFarApartTakeAsLongAsAlone) {
  const double latency = alone("ds_cnn", {"--memory", "ideal"});
  const Json json = report(
      "  words: {model: ds_cnn, period: 10 ms, inferences: 4, deadline: 100 us}\n"
      "  images: {model: mobilenet_v2, arrivals: [5 ms, 25 ms], deadline: 400 us}\n",
      {"--memory", "ideal"});
  const Json& words = json["models"][0];
  EXPECT_EQ(words["name"], "words");
  EXPECT_EQ(words["inferences"], 4);
  for (const char* key : {"alone_latency_s", "mean_latency_s", "median_latency_s", "p95_latency_s",
                          "p99_latency_s", "worst_latency_s"}) {
    EXPECT_NEAR(words[key].get<double>(), latency, 1e-12) << key;
  }
  for (const Json& model : json["models"]) EXPECT_NEAR(model["slowdown"].get<double>(), 1, 1e-6);
  EXPECT_NEAR(json["fairness"].get<double>(), 1, 1e-6);
  EXPECT_NEAR(json["antt"].get<double>(), 1, 1e-6);
  EXPECT_NEAR(json["stp"].get<double>(), 2, 1e-6);
  EXPECT_EQ(words["missed_deadlines"], 0);
  EXPECT_EQ(json["models"][1]["missed_deadlines"], 2);
  const double elapsed_s = json["elapsed_s"].get<double>();
  const std::int64_t elapsed = std::llround(json["elapsed_s"].get<double>() * 1e12);
  for (const Json& accelerator : json["accelerators"]) {
    std::int64_t sum = 0;
    for (const auto& part : accelerator["activities_ps"]) sum += part.get<std::int64_t>();
    EXPECT_EQ(sum, elapsed) << accelerator["name"];
    EXPECT_NEAR(accelerator["utilization"].get<double>() * elapsed_s,
                accelerator["activities_ps"]["busy"].get<double>() * 1e-12, 1e-12);
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

/// Twenty images are asked for at once and take some 0.5 ms each; a word comes among them.
std::string images_and_a_word(const std::string& images, const std::string& word) {
  return "  images: {model: mobilenet_v2, period: 1 us, inferences: 20" + images +
         "}\n  word: {model: ds_cnn, arrivals: [3 ms]" + word + "}\n";
}

/// In sequence it waits for all images without deadlines, and for the one at work with one.
TEST_F(Workload, TheEarliestDeadlineIsServedFirst) {
  const auto word = [&](const std::string& images, const std::string& its) {
    return report(images_and_a_word(images, its),
                  {"--concurrency", "sequence", "--mapper", "fast"})["models"][1];
  };
  const double none = word("", "")["worst_latency_s"].get<double>();
  EXPECT_GT(none, 20 * 0.4e-3 - 3e-3);
  const Json tight = word("", ", deadline: 1 ms");
  EXPECT_EQ(tight["missed_deadlines"], 0);
  EXPECT_LT(tight["worst_latency_s"].get<double>(), 1e-3);
  // 3 ms + 20 ms is before 30 ms and after 15 ms.
  EXPECT_LT(word(", deadline: 30 ms", ", deadline: 20 ms")["worst_latency_s"].get<double>(), 1e-3);
  EXPECT_EQ(word(", deadline: 15 ms", ", deadline: 20 ms")["worst_latency_s"].get<double>(), none);
}

/// With layers at once, too, and the images hardly notice.
TEST_F(Workload, ATightDeadlineIsMetBesideAQueue) {
  const auto models = [&](const std::string& its) {
    return report(images_and_a_word("", its), {"--mapper", "fast"})["models"];
  };
  const Json without = models("");
  const Json with = models(", deadline: 1 ms");
  EXPECT_GT(without[1]["worst_latency_s"].get<double>(), 2e-3);
  EXPECT_EQ(with[1]["missed_deadlines"], 0);
  EXPECT_NEAR(with[0]["mean_latency_s"].get<double>(), without[0]["mean_latency_s"].get<double>(),
              0.02 * without[0]["mean_latency_s"].get<double>());
}

/// Slowdown is the mean latency over that of one inference alone, whatever the model's own queue
/// adds to it: in sequence the k-th of n waits for k - 1 others.
TEST_F(Workload, SlowdownIsAgainstOneInferenceAlone) {
  const std::vector<std::string> how = {"--mapper", "fast", "--memory", "ideal"};
  std::vector<std::string> in_sequence = how;
  in_sequence.insert(in_sequence.end(), {"--concurrency", "sequence"});
  const Json json = report(
      "  images: {model: mobilenet_v2, arrivals: [0 s, 0 s, 0 s, 0 s]}\n"
      "  words: {model: ds_cnn, arrivals: [0 s, 1 s]}\n",
      in_sequence);
  const Json& images = json["models"][0];
  const Json& words = json["models"][1];
  const double image = images["alone_latency_s"].get<double>();
  const double word = words["alone_latency_s"].get<double>();
  EXPECT_NEAR(images["slowdown"].get<double>(), 2.5, 1e-6);
  // The first waits for the four images, the second for nothing.
  EXPECT_NEAR(words["mean_latency_s"].get<double>(), (4 * image + 2 * word) / 2, 1e-9);
  const double slowdown = (4 * image + 2 * word) / 2 / word;
  EXPECT_NEAR(words["slowdown"].get<double>(), slowdown, 1e-6 * slowdown);
  EXPECT_NEAR(json["fairness"].get<double>(), 2.5 / slowdown, 1e-6);
  EXPECT_NEAR(json["antt"].get<double>(), (2.5 + slowdown) / 2, 1e-6 * slowdown);
  EXPECT_NEAR(json["stp"].get<double>(), 1 / 2.5 + 1 / slowdown, 1e-6);
}

/// What no schedule can meet is told before anything is simulated, all of it, with the way out.
TEST_F(Workload, ContradictoryDeadlinesAreClearErrors) {
  const auto models = [](const std::string& images, const std::string& words) {
    return "  images: {model: mobilenet_v2, arrivals: [0 s], deadline: " + images +
           "}\n  free: {model: ds_cnn, arrivals: [0 s]}\n" +
           "  words: {model: ds_cnn, arrivals: [0 s], deadline: " + words + "}\n";
  };
  const Outcome outcome = run(models("100 us", "999 ns"), {"--mapper", "fast"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, HasSubstr("w.yaml:3:"));
  EXPECT_THAT(outcome.err,
              HasSubstr("models.images.deadline: no schedule can meet 100 us: mobilenet_v2 takes "
                        "at least "));
  EXPECT_THAT(outcome.err, HasSubstr(" on mensa_g; raise the deadline to at least that, or take a "
                                     "faster system\n"));
  EXPECT_THAT(outcome.err, HasSubstr("w.yaml:5:"));
  EXPECT_THAT(outcome.err, HasSubstr("models.words.deadline: no schedule can meet 999 ns: ds_cnn"));
  EXPECT_THAT(outcome.err, testing::Not(HasSubstr("models.free")));
  // What it asks for is accepted, a thousandth less is not.
  const auto least = [&](const std::string& network) {
    const std::string said = network + " takes at least ";
    EXPECT_THAT(outcome.err, HasSubstr(said));
    std::istringstream rest(outcome.err.substr(outcome.err.find(said) + said.size()));
    double number = 0;
    std::string unit;
    rest >> number >> unit;
    EXPECT_THAT(unit, testing::StartsWith("us"));
    return number;
  };
  const auto in_us = [](double number) { return fmt::format("{} us", number); };
  const std::string images = in_us(least("mobilenet_v2"));
  const std::string words = in_us(least("ds_cnn"));
  const std::string fewer_images = in_us(0.999 * least("mobilenet_v2"));
  const std::string fewer_words = in_us(0.999 * least("ds_cnn"));
  EXPECT_EQ(run(models(images, words), {"--mapper", "fast"}).exit_code, 0);
  EXPECT_EQ(run(models(fewer_images, words), {"--mapper", "fast"}).exit_code, 1);
  EXPECT_EQ(run(models(images, fewer_words), {"--mapper", "fast"}).exit_code, 1);
}

/// The least is of the first inference where later ones find their parameters on chip.
TEST_F(Workload, DeadlinesOfWarmInferencesAreNoContradiction) {
  const auto exit_code = [&](const std::string& arrivals) {
    return run("  words: {model: ds_cnn, deadline: 2 us, arrivals: " + arrivals + "}\n",
               {"--system", "edge_tpu", "--mapper", "fast"})
        .exit_code;
  };
  EXPECT_EQ(exit_code("[0 s]"), 1);
  EXPECT_EQ(exit_code("[0 s, 1 ms]"), 0);
}

/// Those that plan for layers at once, too; far apart, both models meet what each can alone.
TEST_F(Workload, EveryPolicyPlansForAllModels) {
  const std::string models =
      "  words: {model: ds_cnn, arrivals: [0 s], deadline: 1 s}\n"
      "  images: {model: mobilenet_v2, arrivals: [1 s], deadline: 2 ms}\n";
  for (const char* policy : {"mensa", "greedy", "chain_dp", "heft", "single:pascal"}) {
    const Json json = report(models, {"--policy", policy, "--mapper", "fast"});
    for (const Json& model : json["models"]) {
      EXPECT_EQ(model["missed_deadlines"], 0) << policy;
      EXPECT_NEAR(model["slowdown"].get<double>(), 1, 0.05) << policy;
    }
  }
}

TEST_F(Workload, TheReportIsWhatItsSchemaSays) {
  const std::string source = MENSA_SOURCE_DIR;
  const auto validated = [&](const Json& json) {
    const std::string file = (folder_ / "report.json").string();
    std::ofstream(file) << json.dump();
    return run_process({MENSA_PYTHON, source + "/tests/scenarios/validate_report.py",
                        source + "/docs/mensa-workload.schema.json", file});
  };
  const Json json = report(
      "  words: {model: ds_cnn, period: 1 us, inferences: 5, deadline: 20 us}\n"
      "  images: {model: mobilenet_v2, arrivals: [0 s]}\n");
  const Outcome outcome = validated(json);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
  const std::vector<std::pair<const char*, Json>> wrong = {
      {"/fairness", 1.01},
      {"/models/0/missed_deadlines", -1},
      {"/models/1/slowdown", 0},
      {"/models/1/late", true},
      {"/accelerators/0/utilization", 1.5},
      {"/accelerators/0/activities_ps/busy", 0.5},
  };
  for (const auto& [where, value] : wrong) {
    Json mutated = json;
    mutated[Json::json_pointer(where)] = value;
    EXPECT_EQ(validated(mutated).exit_code, 1) << where;
  }
}

TEST_F(Workload, TimesMayBeAsLateAsIsSaid) {
  const Json json =
      report("  words: {model: ds_cnn, arrivals: [0 s, 1000000 s], deadline: 1000000 s}\n",
             {"--mapper", "fast"});
  EXPECT_EQ(json["models"][0]["missed_deadlines"], 0);
  EXPECT_NEAR(json["elapsed_s"].get<double>(), 1e6, 1e-3);
}

TEST_F(Workload, ModelsAreFoundBesideTheFile) {
  std::filesystem::copy_file(std::string(MENSA_SOURCE_DIR) + "/models/zoo/ds_cnn.onnx",
                             folder_ / "mine.onnx");
  EXPECT_EQ(report("  words: {model: mine.onnx, arrivals: [0 s]}\n")["models"][0]["inferences"], 1);
}

TEST_F(Workload, TheTableHasUnits) {
  const Outcome outcome = run("  words: {model: ds_cnn, arrivals: [0 s]}\n");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  for (const char* part : {"median ms", "p99 ms", "uJ each", "DRAM MiB", "time in %", "alone ms",
                           "mean ms", "slowdown", "Fairness ", "(ANTT)", "(STP)"}) {
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
      {"  a: {model: ds_cnn, arrivals: [1 ms, 1000001 s]}\n",
       "models.a.arrivals.1: 1000001 s is too late"},
      {"  a: {model: ds_cnn, period: 600000 s, inferences: 3}\n",
       "models.a.period: 1200000 s is too late"},
      {"  a: {model: ds_cnn, arrivals: [0 s], deadline: 2000000 s}\n",
       "models.a.deadline: 2000000 s is too late"},
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
