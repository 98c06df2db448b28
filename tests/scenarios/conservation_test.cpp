// Conservation in every report: five networks of the zoo on all systems of the library, and a third
// of all networks on all systems with the quick mapper.

#include "tests/scenarios/conservation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <tuple>
#include <vector>

#include "tests/scenarios/process.h"
#include "tests/scenarios/systems.h"
#include "tests/scenarios/zoo_runs.h"

namespace mensa {
namespace {

using testing::IsEmpty;

std::int64_t macs_by_the_zoo(const std::string& model) {
  for (const ZooNetwork& network : read_zoo()) {
    if (network.name == model) return network.counts.at("macs");
  }
  return -1;
}

void expect_conserved(const std::string& model, const std::string& system,
                      const std::string& mapper) {
  const Outcome outcome =
      mensa({"simulate", model, "--system", system, "--mapper", mapper, "--format", "json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const auto report = nlohmann::json::parse(outcome.out);
  EXPECT_THAT(conservation_violations(report), IsEmpty());
  EXPECT_EQ(report["totals"]["macs"].get<std::int64_t>(), macs_by_the_zoo(model));
}

class Conservation : public testing::TestWithParam<std::tuple<std::string, std::string>> {};

TEST_P(Conservation, Holds) {
  expect_conserved(std::get<0>(GetParam()), std::get<1>(GetParam()), "pruned");
}

INSTANTIATE_TEST_SUITE_P(
    Zoo, Conservation,
    testing::Combine(testing::ValuesIn(std::vector<std::string>{"mobilenet_v2", "resnet50",
                                                                "ds_cnn", "lstm_acoustic", "rnnt"}),
                     testing::ValuesIn(kLibrarySystems)),
    [](const auto& run) { return std::get<0>(run.param) + "_on_" + std::get<1>(run.param); });

class QuickConservation : public testing::TestWithParam<ZooRun> {};

TEST_P(QuickConservation, Holds) { expect_conserved(GetParam().first, GetParam().second, "fast"); }

INSTANTIATE_TEST_SUITE_P(ThirdOfZoo, QuickConservation, testing::ValuesIn(third_of_zoo_runs()),
                         [](const auto& run) { return name_of(run.param); });

/// A checker that finds nothing proves nothing: break a report in each way it looks for.
TEST(ConservationChecker, NoticesWhatIsWrong) {
  const Outcome outcome = mensa({"simulate", "ds_cnn", "--format", "json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const auto report = nlohmann::json::parse(outcome.out);
  ASSERT_THAT(conservation_violations(report), IsEmpty());
  const auto broken = [&](const std::string& pointer, auto change) {
    nlohmann::json copy = report;
    nlohmann::json& value = copy[nlohmann::json::json_pointer(pointer)];
    value = change(value);
    return conservation_violations(copy);
  };
  const auto plus_one = [](const nlohmann::json& value) { return value.get<std::int64_t>() + 1; };
  const auto slightly_more = [](const nlohmann::json& value) {
    return value.get<double>() * 1.001;
  };
  for (const char* pointer :
       {"/totals/macs", "/totals/dram_bytes", "/totals/dram_read_bytes", "/totals/transfers",
        "/layers/0/macs", "/layers/3/dram_write_bytes", "/accelerators/0/layers",
        "/accelerators/0/macs", "/model/macs", "/accelerators/0/activities_ps/idle",
        "/layers/0/activities_ps/parameters"}) {
    EXPECT_THAT(broken(pointer, plus_one), testing::Not(IsEmpty())) << pointer;
  }
  for (const char* pointer :
       {"/totals/energy_j", "/totals/energy_pj/dram", "/totals/latency_s",
        "/layers/0/energy_pj/mac", "/accelerators/0/energy_pj/static",
        "/system/memory_background_w", "/system/accelerators/0/leakage_w/buffers"}) {
    EXPECT_THAT(broken(pointer, slightly_more), testing::Not(IsEmpty())) << pointer;
  }
  const auto nothing = [](const nlohmann::json&) { return 0; };
  EXPECT_THAT(broken("/layers/0/dram_bytes/activation_read", nothing), testing::Not(IsEmpty()));
  EXPECT_THAT(broken("/layers/0/end_s", nothing), testing::Not(IsEmpty()));
  const auto huge = [](const nlohmann::json&) { return std::int64_t{1} << 40; };
  EXPECT_THAT(broken("/layers/0/parameter_bytes", huge), testing::Not(IsEmpty()));
  EXPECT_THAT(broken("/accelerators/0/busy_s", huge), testing::Not(IsEmpty()));
}

}  // namespace
}  // namespace mensa
