// `mensa explain` as a user runs it.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/models/base/temporary_folder.h"
#include "tests/scenarios/contents.h"
#include "tests/scenarios/process.h"

namespace mensa {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Outcome explained(const std::string& model, const std::string& layer,
                  const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments = {"explain", model, "--layer", layer, "--mapper", "fast"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return mensa(std::move(arguments));
}

json explained_json(const std::string& model, const std::string& layer,
                    std::vector<std::string> more = {}) {
  more.insert(more.end(), {"--format", "json"});
  const Outcome outcome = explained(model, layer, more);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, IsEmpty());
  return json::parse(outcome.out);
}

/// The entry of a layer in the report of `mensa simulate`.
json simulated_layer(const std::string& model, const std::string& layer,
                     const std::string& policy) {
  const Outcome outcome = mensa({"simulate", model, "--policy", policy, "--mapper", "fast",
                                 "--memory", "ideal", "--format", "json"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  const json report = json::parse(outcome.out);
  for (const json& entry : report.at("layers")) {
    if (entry.at("name") == layer) return entry;
  }
  return {};
}

TEST(Explain, TellsCostsReasonsChangesAndTransfers) {
  const Outcome outcome = explained("mobilenet_v2", "classifier");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(
      outcome.out,
      AllOf(HasSubstr("Layer       classifier (Gemm+Bias), number 53, on pavlov"),
            HasSubstr("Work        K=1000 C=1280"), HasSubstr("Family      3"),
            HasSubstr("pavlov *"), HasSubstr("Phase I: In isolation"), HasSubstr("Phase II: (a)"),
            HasSubstr("compute_ratio 2"), HasSubstr("Phase II: (b)"), HasSubstr("reuse 64"),
            HasSubstr("What would change it")));
  EXPECT_THAT(outcome.out, testing::ContainsRegex("pool +pascal +pavlov +1.25 KiB"));
}

TEST(Explain, IsOfTheScheduleThatIsSimulated) {
  for (const char* policy : {"mensa", "greedy", "chain_dp", "optimal", "single:jacquard"}) {
    for (const char* name : {"classifier", "block3/project/conv", "softmax"}) {
      const json layer =
          explained_json("mobilenet_v2", name, {"--policy", policy}).at("layers").at(0);
      const json simulated = simulated_layer("mobilenet_v2", name, policy);
      EXPECT_EQ(layer.at("accelerator"), simulated.at("accelerator")) << policy << name;
      EXPECT_FALSE(layer.at("reasons").empty());
      std::size_t chosen = 0;
      for (const json& place : layer.at("places")) {
        if (!place.at("chosen").get<bool>()) continue;
        ++chosen;
        EXPECT_EQ(place.at("accelerator"), layer.at("accelerator"));
        EXPECT_EQ(place.at("change"), 0);
        // All clocks of mensa_g are 1 GHz.
        EXPECT_NEAR(place.at("scheduled").at("time_s").get<double>() * 1e9,
                    simulated.at("analytic_cycles").get<double>(), 1e-6);
        double picojoules = 0;
        for (const auto& part : simulated.at("analytic_energy_pj").items()) {
          picojoules += part.value().get<double>();
        }
        EXPECT_NEAR(place.at("scheduled").at("energy_j").get<double>() * 1e12 / picojoules, 1,
                    1e-9);
        EXPECT_EQ(place.at("scheduled").at("dram_read_bytes"), simulated.at("dram_read_bytes"));
      }
      EXPECT_EQ(chosen, 1U);
    }
  }
}

/// Nothing is better than the optimum if one layer is moved.
TEST(Explain, MovingALayerOutOfTheOptimumCosts) {
  for (const char* objective : {"latency", "energy", "edp"}) {
    const json found =
        explained_json("ds_cnn", "classifier", {"--policy", "optimal", "--objective", objective});
    for (const json& place : found.at("layers").at(0).at("places")) {
      EXPECT_GE(place.at("change").get<double>(), -1e-9) << place;
      EXPECT_GT(place.at("alone").at("time_s"), 0);
    }
  }
}

TEST(Explain, ThresholdsThatItNamesDoChangeTheChoice) {
  const json layer = explained_json("mobilenet_v2", "classifier").at("layers").at(0);
  ASSERT_FALSE(layer.at("flips").empty());
  for (const json& flip : layer.at("flips")) {
    std::string policy = "mensa";
    for (const json& change : flip.at("changes")) {
      policy +=
          fmt::format("{}{}={:.17g}", policy == "mensa" ? ':' : ',',
                      change.at("what").get<std::string>(), change.at("needed").get<double>());
    }
    EXPECT_EQ(simulated_layer("mobilenet_v2", "classifier", policy).at("accelerator"),
              flip.at("then"))
        << policy;
  }
}

TEST(Explain, TheDriverTableIsTheReasonOfPhaseOne) {
  const TemporaryFolder folder;
  const std::string driver = (folder.path() / "driver.yaml").string();
  ASSERT_EQ(mensa({"cluster", "ds_cnn", "--save-driver", driver}).exit_code, 0);
  const json layer =
      explained_json("mobilenet_v2", "classifier", {"--policy", "mensa:driver=" + driver})
          .at("layers")
          .at(0);
  EXPECT_THAT(layer.at("reasons").at(0).get<std::string>(),
              AllOf(HasSubstr("Phase I: it is of cluster family_3"), HasSubstr("driver table")));
}

TEST(Explain, ANodeThatBecameSeveralLayersExplainsAllOfThem) {
  const json layers = explained_json("lstm_acoustic", "layer1/lstm").at("layers");
  ASSERT_EQ(layers.size(), 3U);
  EXPECT_EQ(layers[0].at("name"), "layer1/lstm/input_product");
  EXPECT_THAT(layers[0].at("shares_accelerator_with").get<std::vector<std::string>>(), IsEmpty());
  EXPECT_THAT(layers[1].at("shares_accelerator_with").get<std::vector<std::string>>(),
              ElementsAre(layers[2].at("name").get<std::string>()));
  EXPECT_EQ(explained_json("lstm_acoustic", "layer1/lstm/gates").at("layers").size(), 1U);
}

TEST(Explain, ANodeThatRunsBehindALayerIsExplainedByIt) {
  const json inspected = json::parse(mensa({"inspect", "mobilenet_v2", "--format", "json"}).out);
  const json& stem = inspected.at("layers").at(0);
  const std::string fused = stem.at("fused").at(0).at("node");
  ASSERT_NE(fused, stem.at("name"));
  const json layers = explained_json("mobilenet_v2", fused).at("layers");
  ASSERT_EQ(layers.size(), 1U);
  EXPECT_EQ(layers[0].at("name"), stem.at("name"));
}

/// A softmax needs all of a row at once: 1000 elements of 8 bits, read and written, and their room.
TEST(Explain, SaysWhyALayerDoesNotRunSomewhere) {
  const Outcome outcome = explained(
      "mobilenet_v2", "softmax",
      {"--param", "accelerators.jacquard.buffers.activations.capacity=256 B", "--format", "json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("mensa: warning"));
  const json found = json::parse(outcome.out);
  const json& jacquard = found.at("layers").at(0).at("places").at(2);
  EXPECT_EQ(jacquard.at("accelerator"), "jacquard");
  EXPECT_THAT(jacquard.at("infeasible").get<std::string>(), HasSubstr("but has 256 B"));
  EXPECT_TRUE(jacquard.at("alone").is_null());
  EXPECT_TRUE(jacquard.at("scheduled").is_null());
}

TEST(Explain, JsonIsWhatTheSchemaSays) {
  const TemporaryFolder folder;
  for (const json& found :
       {explained_json("mobilenet_v2", "classifier"),
        explained_json("lstm_acoustic", "layer1/lstm", {"--policy", "optimal"}),
        explained_json("ds_cnn", "classifier", {"--policy", "single:pascal", "--batch", "2"}),
        explained_json(
            "mobilenet_v2", "softmax",
            {"--policy", "greedy", "--concurrency", "layers", "--objective", "energy"})}) {
    const Outcome outcome =
        run_process({MENSA_PYTHON, source_folder() + "/tests/scenarios/validate_report.py",
                     source_folder() + "/docs/mensa-explain.schema.json",
                     folder.write("explanation.json", found.dump())});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
  }
}

TEST(Explain, BadInputIsToldOnce) {
  const auto fails = [](const Outcome& outcome, int exit_code, const std::string& expected) {
    EXPECT_EQ(outcome.exit_code, exit_code);
    EXPECT_THAT(outcome.out, IsEmpty());
    EXPECT_THAT(outcome.err, HasSubstr(expected));
  };
  fails(explained("mobilenet_v2", "classifer"), 1,
        "mobilenet_v2 has no layer and no node 'classifer'; did you mean 'classifier'");
  fails(explained("mobilenetv2", "classifier"), 1, "did you mean 'mobilenet_v2'?");
  fails(explained("ds_cnn", "classifier", {"--policy", "greedi"}), 1, "did you mean 'greedy'?");
  fails(explained("ds_cnn", "classifier", {"--policy", "single:pascual"}), 1, "'pascal'");
  fails(explained("ds_cnn", "classifier", {"--system", "mensa_h"}), 1, "did you mean 'mensa_g'?");
  fails(explained("ds_cnn", "classifier", {"--objective", "power"}), 1,
        "unknown objective 'power'");
  fails(explained("ds_cnn", "classifier", {"--format", "csv"}), 1, "unknown format 'csv'");
  fails(mensa({"explain", "ds_cnn"}), 2, "--layer");
  fails(mensa({"explain", "ds_cnn", "mobilenet_v2", "--layer", "classifier"}), 2, "mobilenet_v2");
}

}  // namespace
}  // namespace mensa
