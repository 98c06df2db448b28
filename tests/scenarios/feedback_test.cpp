// `mensa simulate --feedback` and `--bandwidth-share` as a user runs them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/scenarios/simulated.h"

namespace mensa {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;

TEST(Feedback, ReportsTheBestOfItsRounds) {
  const std::vector<std::string> run = {"mobilenet_v2", "--concurrency", "layers", "--policy",
                                        "heft",         "--inferences",  "8",      "--objective",
                                        "latency"};
  std::vector<std::string> with_feedback = run;
  with_feedback.emplace_back("--feedback");
  const json report = simulated_json(with_feedback);
  const json& feedback = report.at("feedback");
  const json& rounds = feedback.at("rounds");
  ASSERT_GE(rounds.size(), 2U);
  ASSERT_LE(rounds.size(), 5U);
  EXPECT_TRUE(rounds.front().at("planned_shares").empty());
  std::size_t best = 0;
  for (std::size_t i = 0; i < rounds.size(); ++i) {
    EXPECT_EQ(rounds[i].at("planned_inferences"), i == 0 ? 1 : 8);
    if (i > 0) {
      EXPECT_EQ(rounds[i].at("planned_shares"), rounds[i - 1].at("observed_shares"));
    }
    for (const auto& [name, share] : rounds[i].at("observed_shares").items()) {
      EXPECT_GT(share.get<double>(), 0) << name;
      EXPECT_LE(share.get<double>(), 1) << name;
    }
    if (rounds[i].at("latency_s") < rounds[best].at("latency_s")) best = i;
  }
  // Inferences at once are in each other's way.
  EXPECT_LT(rounds.front().at("observed_shares").at("jacquard").get<double>(), 0.95);
  EXPECT_EQ(feedback.at("chosen"), best);
  EXPECT_EQ(report.at("simulation").at("bandwidth_shares"), rounds[best].at("planned_shares"));
  // What is reported is that round's schedule.
  EXPECT_DOUBLE_EQ(report.at("stream").at("elapsed_s").get<double>() / 8,
                   rounds[best].at("latency_s").get<double>());

  const json alone = simulated_json(run);
  EXPECT_TRUE(alone.at("feedback").is_null());
  EXPECT_DOUBLE_EQ(alone.at("stream").at("elapsed_s").get<double>() / 8,
                   rounds.front().at("latency_s").get<double>());
}

TEST(Feedback, EndsWhenAPlanComesAgain) {
  const json report = simulated_json({"ds_cnn", "--feedback"});
  const json& feedback = report.at("feedback");
  EXPECT_EQ(feedback.at("rounds").size(), 2U);
  EXPECT_TRUE(feedback.at("stable").get<bool>());
  EXPECT_EQ(feedback.at("chosen"), 0);
  const Outcome table = simulated({"ds_cnn", "--feedback"});
  EXPECT_THAT(table.out,
              HasSubstr("Feedback    stable after 2 rounds; simulated best: the plan of round 1"));
}

TEST(Feedback, TellsTheErrorOfAModelOnce) {
  const Outcome outcome = simulated({"ds_cnn", "--feedback", "--system", "nowhere"});
  EXPECT_EQ(outcome.exit_code, 1);
  const auto first = outcome.err.find("nowhere");
  EXPECT_NE(first, std::string::npos);
  EXPECT_EQ(outcome.err.find("unknown system", first), std::string::npos) << outcome.err;
}

/// A policy that thinks that its accelerator gets hardly any data goes elsewhere.
TEST(BandwidthShare, IsWhatThePolicyPlansWith) {
  const auto accelerators = [](const json& report) {
    std::vector<std::string> names;
    for (const json& layer : report.at("layers")) names.push_back(layer.at("accelerator"));
    return names;
  };
  const json all = simulated_json({"lstm_acoustic", "--policy", "greedy"});
  EXPECT_THAT(accelerators(all), testing::Contains("jacquard"));
  const json less =
      simulated_json({"lstm_acoustic", "--policy", "greedy", "--bandwidth-share", "jacquard=0.01"});
  EXPECT_NE(accelerators(all), accelerators(less));
  EXPECT_EQ(less.at("simulation").at("bandwidth_shares"), json({{"jacquard", 0.01}}));
  // The simulation has the port as it is: what stays on Jacquard all the same is as fast as before.
  const json same = simulated_json(
      {"lstm_acoustic", "--policy", "single:jacquard", "--bandwidth-share", "jacquard=0.01"});
  const json usual = simulated_json({"lstm_acoustic", "--policy", "single:jacquard"});
  EXPECT_EQ(same.at("totals").at("latency_s"), usual.at("totals").at("latency_s"));
}

TEST(BandwidthShare, WrongOnesAreNamed) {
  const auto error = [](const std::string& text) {
    const Outcome outcome = simulated({"ds_cnn", "--bandwidth-share", text});
    EXPECT_NE(outcome.exit_code, 0);
    return outcome.err;
  };
  EXPECT_THAT(error("pascal"), HasSubstr("not of the form NAME=VALUE"));
  EXPECT_THAT(error("pascal=2"), HasSubstr("'2' is no number above 0 and up to 1"));
  EXPECT_THAT(error("pascal=0"), HasSubstr("above 0"));
  EXPECT_THAT(error("pascal=nan"), HasSubstr("above 0"));
  EXPECT_THAT(error("pasca=0.5"),
              AllOf(HasSubstr("unknown accelerator 'pasca'"), HasSubstr("pascal")));
  const Outcome twice =
      simulated({"ds_cnn", "--bandwidth-share", "pascal=0.5", "--bandwidth-share", "pascal=0.6"});
  EXPECT_THAT(twice.err, HasSubstr("'pascal' is given twice"));
}

}  // namespace
}  // namespace mensa
