#include "scheduler/clusters/driver_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "accelerators/cost/cost_table.h"
#include "accelerators/spec/loader.h"
#include "models/base/error.h"
#include "scheduler/clusters/preferred_accelerators.h"
#include "scheduler/policies/policy.h"
#include "tests/models/base/temporary_folder.h"
#include "tests/scheduler/three_layers.h"
#include "tests/support/test_graphs.h"

namespace mensa::scheduler {
namespace {

using accelerators::AcceleratorId;
using accelerators::CostTable;
using accelerators::Objective;
using models::TensorId;
using models::test::GraphBuilder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string kGood =
    "schema: mensa-driver/1\n"
    "mensa: 0.1.0\n"
    "system: mensa_g\n"
    "objective: edp\n"
    "models:\n"
    "  - {file: a.onnx, sha256: \"00\"}\n"
    "clustering:\n"
    "  specification: \"threshold:balance=16\"\n"
    "accelerators:\n"
    "  compute_centric: pascal\n"
    "  data_centric: pavlov\n";

std::string changed(const std::string& from, const std::string& to) {
  std::string text = kGood;
  return text.replace(text.find(from), from.size(), to);
}

std::string error_of(const std::string& text) {
  try {
    const DriverTable table = read_driver_table_text(text, "driver.yaml");
    static_cast<void>(resolve(table, accelerators::load_system("mensa_g")));
  } catch (const base::Error& error) {
    return error.what();
  }
  return "";
}

TEST(DriverTable, IsReadAndWrittenAlike) {
  const DriverTable table = read_driver_table_text(kGood, "driver.yaml");
  EXPECT_EQ(table.system, "mensa_g");
  EXPECT_EQ(table.objective, Objective::kEdp);
  ASSERT_EQ(table.models.size(), 1U);
  EXPECT_EQ(table.models[0].file, "a.onnx");
  ASSERT_EQ(table.entries.size(), 2U);
  EXPECT_EQ(table.entries[1].accelerator, "pavlov");
  const std::string written = driver_table_to_yaml(table);
  const DriverTable again = read_driver_table_text(written, "again.yaml");
  EXPECT_EQ(driver_table_to_yaml(again), written);
  EXPECT_THAT(resolve(again, accelerators::load_system("mensa_g")),
              ElementsAre(AcceleratorId(0), AcceleratorId(1)));
}

TEST(DriverTable, OddNamesComeBack) {
  DriverTable table = read_driver_table_text(kGood, "driver.yaml");
  table.models[0].file = "a: \"b\", {c}\n#d.onnx";
  table.entries[0].accelerator.reset();
  const DriverTable again = read_driver_table_text(driver_table_to_yaml(table), "again.yaml");
  EXPECT_EQ(again.models[0].file, table.models[0].file);
  EXPECT_FALSE(again.entries[0].accelerator.has_value());
}

TEST(DriverTable, MistakesAreToldWithTheirPlace) {
  EXPECT_EQ(error_of(kGood), "");
  EXPECT_EQ(error_of(changed("data_centric: pavlov", "data_centric: null")), "");
  EXPECT_THAT(error_of(changed("mensa-driver/1", "mensa-driver/2")),
              HasSubstr("driver.yaml:1:9: schema: must be mensa-driver/1"));
  EXPECT_THAT(error_of(changed("data_centric: pavlov", "data_centrik: pavlov")),
              HasSubstr("driver.yaml:11:3: accelerators: unknown cluster 'data_centrik'; did you "
                        "mean 'data_centric'?"));
  EXPECT_THAT(error_of(changed("  data_centric: pavlov\n", "")),
              HasSubstr("accelerators: has no entry for the cluster 'data_centric'"));
  EXPECT_THAT(error_of(changed("pavlov", "pavlow")),
              HasSubstr("driver.yaml:11:17: accelerators.data_centric: unknown accelerator "
                        "'pavlow'; did you mean 'pavlov'?"));
  EXPECT_THAT(error_of(changed("system: mensa_g", "system: edge_tpu")),
              HasSubstr("driver.yaml:3:9: system: the driver table is for the system 'edge_tpu'"));
  EXPECT_THAT(error_of(changed("objective: edp", "objective: speed")),
              HasSubstr("driver.yaml:4:12: objective: unknown objective"));
  EXPECT_THAT(error_of(changed("balance=16", "balance=many")),
              HasSubstr("driver.yaml:8:18: clustering.specification: "));
  EXPECT_THAT(error_of(changed("system: mensa_g\n", "")), HasSubstr("system"));
  EXPECT_THAT(error_of(kGood + "extra: 1\n"), HasSubstr("unknown key 'extra'"));
  EXPECT_THAT(error_of(changed("compute_centric: pascal", "compute_centric: [pascal]")),
              HasSubstr("driver.yaml:10:"));
}

class WithModel : public test::ThreeLayers {
 protected:
  /// Where phase I alone sends the layers: with no reason to stay, phase II moves to each ideal.
  std::vector<std::string> chosen(const std::string& table) {
    const TemporaryFolder folder;
    const std::string file = folder.write("driver.yaml", table);
    return names_of(make_policy("mensa:driver=" + file)->plan(problem_).assignment);
  }
};

TEST_F(WithModel, MensaReadsThePreferences) {
  EXPECT_THAT(chosen(kGood), ElementsAre("pascal", "pavlov", "pavlov"));
  // The table decides, not the layer's own costs.
  EXPECT_THAT(chosen(changed("data_centric: pavlov", "data_centric: jacquard")),
              ElementsAre("pascal", "jacquard", "jacquard"));
  // Without a preference the costs do.
  EXPECT_THAT(chosen(changed("data_centric: pavlov", "data_centric: null")),
              ElementsAre("pascal", "pavlov", "pavlov"));
}

TEST_F(WithModel, MensaRefusesAnotherSystemsTable) {
  EXPECT_THROW(static_cast<void>(chosen(changed("system: mensa_g", "system: edge_tpu"))),
               base::Error);
  EXPECT_THROW(static_cast<void>(make_policy("mensa:driver=/no/such/driver.yaml")), base::Error);
}

TEST_F(WithModel, ThePreferredHasTheLowestSumOfScores) {
  const std::vector<LayerInCluster> layers = {{&costs_, models::LayerId(0), ClusterId(0)},
                                              {&costs_, models::LayerId(1), ClusterId(2)},
                                              {&costs_, models::LayerId(2), ClusterId(2)}};
  const auto choices = preferred_accelerators(layers, 3, system_);
  ASSERT_EQ(choices.size(), 3U);
  EXPECT_EQ(costs_.name(*choices[0].best), "pascal");
  EXPECT_FALSE(choices[1].best.has_value());
  EXPECT_EQ(costs_.name(*choices[2].best), "pavlov");
  const auto edp = [&](std::size_t layer) {
    const auto* found = costs_.find(models::LayerId(layer), AcceleratorId(1));
    return found->cost.time.value() * found->cost.energy.total().value();
  };
  EXPECT_DOUBLE_EQ(choices[2].accelerators[1].score, edp(1) + edp(2));
}

/// A buffer too small for an input and an output, each once in use and once on its way: that
/// accelerator does not count.
TEST(PreferredAccelerators, ThoseThatCannotRunALayerDoNotCount) {
  GraphBuilder build("one");
  const TensorId x = build.input("input", {1, 64, 32, 32});
  const models::Graph graph = build.finish(build.pointwise("conv", x, 64, 64, 32));
  const std::string buffer = "accelerators.pascal.buffers.activations.";
  const accelerators::System system = accelerators::load_system(
      "mensa_g",
      {{buffer + "width", "1 B"}, {buffer + "banks", "1"}, {buffer + "capacity", "3 B"}});
  CostTable costs(graph, system, Objective::kEdp);
  const std::vector<LayerInCluster> layers = {{&costs, models::LayerId(0), ClusterId(0)}};
  const auto choices = preferred_accelerators(layers, 1, system);
  EXPECT_EQ(choices[0].accelerators[0].layers_that_do_not_run, 1U);
  ASSERT_TRUE(choices[0].best.has_value());
  EXPECT_NE(costs.name(*choices[0].best), "pascal");

  // A table that sends it there all the same: the layer's own best is taken.
  const TemporaryFolder folder;
  const std::string file = folder.write("driver.yaml", kGood);
  const SchedulingProblem problem(costs);
  const auto plan = make_policy("mensa:driver=" + file)->plan(problem);
  EXPECT_EQ(plan.assignment[0], *choices[0].best);
}

}  // namespace
}  // namespace mensa::scheduler
