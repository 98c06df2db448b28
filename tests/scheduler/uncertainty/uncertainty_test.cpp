#include "scheduler/uncertainty/uncertainty.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>
#include <string>

#include "accelerators/spec/loader.h"
#include "accelerators/spec/stratified_positions.h"
#include "models/base/error.h"
#include "scheduler/policies/policy.h"
#include "tests/scheduler/uncertainty/mixed_graph.h"

namespace mensa::scheduler {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct Studied {
  explicit Studied(const std::string& name, const accelerators::ParameterOverrides& overrides = {})
      : resolved(accelerators::resolve_system(name, overrides)),
        system(accelerators::read_system(resolved)),
        graph(test::mixed_graph()),
        costs(graph, system, accelerators::Objective::kEdp),
        problem(costs),
        schedule(build_schedule(problem, make_policy("mensa")->plan(problem), "mensa")) {}

  [[nodiscard]] Uncertainty of(std::size_t samples, std::uint64_t seed = 0) const {
    return uncertainty_of(resolved, problem, schedule, {samples, seed});
  }
  [[nodiscard]] double moved_bits() const {
    base::Bytes moved;
    for (const ScheduledLayer& entry : schedule.layers) {
      const accelerators::LayerCost& cost =
          problem.costs().find(entry.layer, entry.accelerator, entry.residency)->cost;
      moved += cost.dram.read() + cost.dram.write();
    }
    return 8 * static_cast<double>(moved.value());
  }

  base::YamlNode resolved;
  accelerators::System system;
  models::Graph graph;
  CostTable costs;
  SchedulingProblem problem;
  Schedule schedule;
};

const ConstantEffect& effect_of(const Uncertainty& uncertainty, const std::string& name) {
  const auto& constants = uncertainty.constants;
  const auto found = std::find_if(constants.begin(), constants.end(),
                                  [&](const auto& each) { return each.constant.name == name; });
  if (found == constants.end()) throw std::runtime_error("no constant " + name);
  return *found;
}

std::vector<std::string> names_of(const Uncertainty& uncertainty) {
  std::vector<std::string> names;
  for (const ConstantEffect& effect : uncertainty.constants) names.push_back(effect.constant.name);
  return names;
}

TEST(Uncertainty, IsAboutWhatTheScheduleTakes) {
  const Studied studied("mensa_g");
  const Uncertainty uncertainty = studied.of(5);
  const AnalyticCost own = analytic_cost(studied.problem, studied.schedule);
  EXPECT_EQ(uncertainty.nominal.latency, own.latency);
  EXPECT_EQ(uncertainty.nominal.energy, own.energy);
  EXPECT_EQ(uncertainty.samples.size(), 5U);
}

/// DRAM costs what it moves, at either end of 4 to 20 pJ a bit.
TEST(Uncertainty, OfALinearConstantIsAProduct) {
  const Studied studied("edge_tpu");
  const Uncertainty uncertainty = studied.of(1);
  const ConstantEffect& effect = effect_of(uncertainty, "energy_per_bit 4/8/20 pJ");
  const double bits = studied.moved_bits();
  const double nominal = uncertainty.nominal.energy.value();
  EXPECT_NEAR(effect.low.energy.value(), nominal - 4 * bits, 1e-9 * nominal);
  EXPECT_NEAR(effect.high.energy.value(), nominal + 12 * bits, 1e-9 * nominal);
  EXPECT_EQ(effect.low.latency, uncertainty.nominal.latency);
  const ConstantEffect& power = effect_of(uncertainty, "background_power 10/60/200 mW");
  const double seconds = uncertainty.nominal.latency.value();
  EXPECT_NEAR(power.high.energy.value(), nominal + 0.140 * seconds * 1e12, 1e-9 * nominal);
}

TEST(Uncertainty, MovesTimeByLatenciesRatesAndLaunches) {
  const Studied studied("mensa_g");
  const Uncertainty uncertainty = studied.of(1);
  const base::Seconds nominal = uncertainty.nominal.latency;
  const ConstantEffect& launch = effect_of(uncertainty, "launch_overhead 0/0/1 us");
  EXPECT_THAT(launch.constant.places, testing::SizeIs(3)) << "of three accelerators";
  EXPECT_EQ(launch.low.latency, nominal);
  EXPECT_NEAR((launch.high.latency - nominal).value(),
              1e-6 * static_cast<double>(studied.schedule.blocks.size()), 1e-12);
  const ConstantEffect& port = effect_of(uncertainty, "latency 50/100/200 ns");
  EXPECT_LE(port.low.latency, nominal);
  EXPECT_GE(port.high.latency, nominal);
  EXPECT_LT(port.low.latency, port.high.latency);
}

/// Energy grows with all that costs something, and falls with what makes work faster.
TEST(Uncertainty, GrowsWithItsConstants) {
  for (const char* name : {"mensa_g", "edge_tpu", "edge_tpu_hb", "eyeriss_v2", "nvdla_small"}) {
    const Uncertainty uncertainty = Studied(name).of(1);
    for (const ConstantEffect& effect : uncertainty.constants) {
      const std::string& constant = effect.constant.name;
      const bool is_rate =
          constant.starts_with("operations_per_second") || constant.starts_with("vector_lanes");
      const AnalyticCost& least = is_rate ? effect.high : effect.low;
      const AnalyticCost& most = is_rate ? effect.low : effect.high;
      EXPECT_LE(least.energy, uncertainty.nominal.energy) << name << ": " << constant;
      EXPECT_GE(most.energy, uncertainty.nominal.energy) << name << ": " << constant;
      EXPECT_LE(least.latency, uncertainty.nominal.latency) << name << ": " << constant;
      EXPECT_GE(most.latency, uncertainty.nominal.latency) << name << ": " << constant;
    }
  }
}

TEST(Uncertainty, ListsTheWidestFirst) {
  const Uncertainty uncertainty = Studied("mensa_g").of(1);
  ASSERT_GT(uncertainty.constants.size(), 10U);
  for (std::size_t i = 1; i < uncertainty.constants.size(); ++i) {
    const ConstantEffect& before = uncertainty.constants[i - 1];
    const ConstantEffect& after = uncertainty.constants[i];
    EXPECT_TRUE(before.energy_width() > after.energy_width() ||
                (before.energy_width() == after.energy_width() &&
                 before.constant.name < after.constant.name));
  }
}

/// All but one constant without a range.
accelerators::ParameterOverrides only(const std::string& path) {
  accelerators::ParameterOverrides overrides;
  for (const accelerators::UncertainFigure& figure :
       accelerators::uncertain_figures(accelerators::resolve_system("edge_tpu"))) {
    if (figure.path == path) continue;
    overrides.emplace_back(figure.path, figure.text(figure.nominal));
  }
  return overrides;
}

/// The samples of a constant are its own stratified positions: the same whether the system has
/// others or not, with the same energy but for what the others do.
TEST(Uncertainty, SamplesOfAConstantDependOnNoOther) {
  const std::string path = "memories.lpddr4.ports.bus.energy_per_bit";
  const std::string name = "energy_per_bit 4/8/20 pJ";
  const Studied alone("edge_tpu", only(path));
  constexpr std::size_t kSamples = 20;
  const Uncertainty uncertainty = alone.of(kSamples, 3);
  ASSERT_THAT(names_of(uncertainty), ElementsAre(name));
  const accelerators::UncertainFigure& figure = uncertainty.constants.front().constant.figure;
  const std::vector<double> positions = accelerators::stratified_positions(3, name, kSamples);
  for (std::size_t s = 0; s < kSamples; ++s) {
    const double expected =
        uncertainty.nominal.energy.value() + (figure.at(positions[s]) - 8) * alone.moved_bits();
    EXPECT_NEAR(uncertainty.samples[s].energy.value(), expected, 1e-9 * expected);
    EXPECT_EQ(uncertainty.samples[s].latency, uncertainty.nominal.latency);
  }
  // With another seed they are others; with the same, the same.
  EXPECT_EQ(alone.of(kSamples, 3).samples[7].energy, uncertainty.samples[7].energy);
  EXPECT_NE(alone.of(kSamples, 4).samples[7].energy, uncertainty.samples[7].energy);
}

/// A plain tree has nothing to vary, and every sample is the nominal run.
TEST(Uncertainty, OfNoRangesIsNone) {
  const Studied plain("edge_tpu", only(""));
  const Uncertainty uncertainty = plain.of(3);
  EXPECT_TRUE(uncertainty.constants.empty());
  for (const AnalyticCost& sample : uncertainty.samples) {
    EXPECT_EQ(sample.energy, uncertainty.nominal.energy);
    EXPECT_EQ(sample.latency, uncertainty.nominal.latency);
  }
}

TEST(Uncertainty, TellsOfEveryVariation) {
  const Studied studied("mensa_g");
  std::size_t told = 0;
  static_cast<void>(uncertainty_of(studied.resolved, studied.problem, studied.schedule, {7, 0},
                                   [&told] { ++told; }));
  EXPECT_EQ(told, variation_count(studied.resolved, {7, 0}));
}

TEST(Uncertainty, RefusesRangesInTwoUnits) {
  const Studied studied("edge_tpu");
  base::YamlNode resolved = studied.resolved;
  resolved.set("host.energy_per_operation.low", "0.005 nJ");
  try {
    static_cast<void>(uncertainty_of(resolved, studied.problem, studied.schedule, {1, 0}));
    FAIL() << "was taken";
  } catch (const base::Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("host.energy_per_operation"));
    EXPECT_THAT(error.what(), HasSubstr("different units"));
  }
}

}  // namespace
}  // namespace mensa::scheduler
