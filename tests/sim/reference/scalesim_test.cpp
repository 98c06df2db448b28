// Simulated at an infinitely fast memory, one systolic array is busy for as many cycles as
// SCALE-Sim says.

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <memory>

#include "accelerators/spec/loader.h"
#include "scheduler/policies/policy.h"
#include "sim/engine/simulate.h"
#include "tests/accelerators/reference/csv_rows.h"
#include "tests/support/test_graphs.h"

namespace mensa::sim {
namespace {

using accelerators::test::CsvRow;

/// The GEMM of a row, scheduled on its array. Stays where it is.
struct ScaleSimCase {
  explicit ScaleSimCase(const CsvRow& row)
      : graph(gemm(std::stoll(row.at("gemm_M")), std::stoll(row.at("gemm_N")),
                   std::stoll(row.at("gemm_K")))),
        system(array(row)),
        costs(graph, system, accelerators::Objective::kEdp),
        problem(costs),
        schedule(scheduler::build_schedule(problem, scheduler::make_policy("greedy")->plan(problem),
                                           "greedy")) {}

  static models::Graph gemm(std::int64_t rows, std::int64_t columns, std::int64_t inner) {
    models::test::GraphBuilder build("gemm");
    const models::TensorId x = build.input("x", {rows, inner});
    return build.finish(build.mac("layer", x, models::gemm_shape(rows, columns, inner),
                                  {columns, inner}, {rows, columns}));
  }
  static accelerators::System array(const CsvRow& row) {
    static const std::map<std::string, std::string> kDataflows = {
        {"os", "output_stationary"}, {"ws", "weight_stationary"}, {"is", "input_stationary"}};
    return accelerators::load_system(
        "systolic_ideal",
        {{"accelerators.systolic.pe_array", row.at("array_h") + "x" + row.at("array_w")},
         {"accelerators.systolic.dataflow", kDataflows.at(row.at("dataflow"))}});
  }

  models::Graph graph;
  accelerators::System system;
  accelerators::CostTable costs;
  scheduler::SchedulingProblem problem;
  scheduler::Schedule schedule;
};

TEST(ScaleSim, SimulatedComputeCyclesAreEqualOnEveryRow) {
  const std::vector<CsvRow> rows = accelerators::test::reference_rows("scalesim.csv");
  ASSERT_EQ(rows.size(), 60U);
  std::vector<std::unique_ptr<ScaleSimCase>> cases;
  std::vector<Simulation> simulations;
  for (const CsvRow& row : rows) {
    cases.push_back(std::make_unique<ScaleSimCase>(row));
    simulations.push_back(
        {{Stream{&cases.back()->problem, &cases.back()->schedule, {base::Seconds(0)}}}, {}});
  }
  const std::vector<RunResult> results = simulate(simulations);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::string what = rows[i].at("layer") + " " + rows[i].at("dataflow");
    const LayerRun& layer = results[i].layers.front();
    const std::int64_t cycles = std::stoll(rows[i].at("compute_cycles"));
    const double period_ps = 1e12 / cases[i]->system.accelerators.front().clock.value();
    EXPECT_EQ(layer.activities.at(Activity::kBusy),
              std::llround(static_cast<double>(cycles) * period_ps))
        << what;
    // 1000 TB/s take their time too.
    EXPECT_GE(layer.cost.cycles.value(), cycles) << what;
    EXPECT_LE(layer.cost.cycles.value(), cycles + cycles / 1000 + 1) << what;
  }
}

}  // namespace
}  // namespace mensa::sim
