// Compute cycles and utilisation of one systolic array equal SCALE-Sim's.

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "accelerators/mapping/mapper.h"
#include "accelerators/spec/loader.h"
#include "tests/accelerators/reference/csv_rows.h"

namespace mensa::accelerators {
namespace {

using Row = test::CsvRow;

std::vector<Row> rows() { return test::reference_rows("scalesim.csv"); }

System array(const Row& row) {
  static const std::map<std::string, std::string> kDataflows = {
      {"os", "output_stationary"}, {"ws", "weight_stationary"}, {"is", "input_stationary"}};
  return load_system(
      "systolic_ideal",
      {{"accelerators.systolic.pe_array", row.at("array_h") + "x" + row.at("array_w")},
       {"accelerators.systolic.dataflow", kDataflows.at(row.at("dataflow"))}});
}

TEST(ScaleSim, ComputeCyclesAreEqualOnEveryRow) {
  const std::vector<Row> all = rows();
  ASSERT_EQ(all.size(), 60U);
  for (const Row& row : all) {
    const System system = array(row);
    MacQuestion question;
    question.shape = models::gemm_shape(std::stoll(row.at("gemm_M")), std::stoll(row.at("gemm_N")),
                                        std::stoll(row.at("gemm_K")));
    const auto result = map_layer(system, system.accelerators.front(), question);
    const auto* mappings = std::get_if<ParetoMappings>(&result);
    ASSERT_NE(mappings, nullptr);
    const LayerCost& cost = mappings->front().cost;
    const std::string what = row.at("layer") + " " + row.at("dataflow") + " " + row.at("array_h");
    EXPECT_EQ(cost.compute_cycles.value(), std::stoll(row.at("compute_cycles"))) << what;
    // Printed with six digits.
    const double pes = std::stod(row.at("array_h")) * std::stod(row.at("array_w"));
    const double utilization = 100.0 * static_cast<double>(cost.macs) /
                               (pes * static_cast<double>(cost.compute_cycles.value()));
    EXPECT_NEAR(utilization, std::stod(row.at("utilization_pct")), 1e-5 * utilization) << what;
  }
}

/// The same through the convolution itself: P Q and C R S unroll as one.
TEST(ScaleSim, AConvolutionIsItsGemm) {
  // Its AlexNet layer 3: 384 filters of 3 x 3 x 256 over 11 x 11 output pixels.
  models::ProblemShape conv;
  conv.bounds[models::index(models::Dim::K)] = 384;
  conv.bounds[models::index(models::Dim::C)] = 256;
  conv.bounds[models::index(models::Dim::P)] = conv.bounds[models::index(models::Dim::Q)] = 11;
  conv.bounds[models::index(models::Dim::R)] = conv.bounds[models::index(models::Dim::S)] = 3;
  conv.input_size = {1, 13, 13};
  int checked = 0;
  for (const Row& row : rows()) {
    if (row.at("topology") != "alexnet_c3") continue;
    const System system = array(row);
    MacQuestion question;
    question.shape = conv;
    const auto result = map_layer(system, system.accelerators.front(), question);
    const MappedCost& best = std::get<ParetoMappings>(result).front();
    EXPECT_EQ(best.cost.compute_cycles.value(), std::stoll(row.at("compute_cycles")))
        << row.at("dataflow") << " " << row.at("array_h") << " " << best.mapping.to_string();
    ++checked;
  }
  EXPECT_EQ(checked, 6);
}

}  // namespace
}  // namespace mensa::accelerators
