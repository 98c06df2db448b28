#include "accelerators/mapping/mapper.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "accelerators/mapping/check_mapping.h"
#include "tests/accelerators/test_system.h"

namespace mensa::accelerators {
namespace {

using models::Dim;
using models::MacOperand;
using test::conv;

const ParetoMappings& found(const std::variant<ParetoMappings, Infeasible>& result) {
  static const ParetoMappings kNone;
  const auto* missing = std::get_if<Infeasible>(&result);
  EXPECT_EQ(missing, nullptr) << (missing != nullptr ? missing->to_string() : "");
  return missing == nullptr ? std::get<ParetoMappings>(result) : kNone;
}

System output_stationary() {
  return test::simple_system(
      test::simple_accelerator(16, 16, {Dim::P, Dim::Q}, {Dim::K, Dim::G}, MacOperand::kOutputs));
}

TEST(Mapper, FillsTheArrayWhereTheBoundsAllow) {
  const System system = output_stationary();
  MacQuestion question;
  question.shape = conv(64, 32, 16, 3, 1, true);
  const auto result = map_layer(system, system.accelerators[0], question);
  const ParetoMappings& mappings = found(result);
  ASSERT_FALSE(mappings.empty());
  // 16 x 16 divides 16 pixels in a row and 64 filters: every PE works in every cycle.
  EXPECT_EQ(mappings.front().cost.compute_cycles.value() * 256, question.shape.macs());
}

TEST(Mapper, CombinesDimensionsOnOneAxis) {
  const System system = output_stationary();
  MacQuestion question;
  question.shape = conv(16, 8, 4, 1);  // 4 x 4 pixels fill 16 rows only together
  const auto result = map_layer(system, system.accelerators[0], question);
  ASSERT_FALSE(found(result).empty());
  EXPECT_EQ(found(result).front().cost.compute_cycles, base::Cycles(8));
}

TEST(Mapper, FetchesEverythingOnceWhereItFits) {
  const System system = output_stationary();
  MacQuestion question;
  question.shape = conv(32, 16, 14, 3, 1, true);
  const auto result = map_layer(system, system.accelerators[0], question);
  base::Bytes least(1 << 30);
  for (const MappedCost& entry : found(result)) {
    least = std::min(least, entry.cost.dram.read() + entry.cost.dram.write());
  }
  EXPECT_EQ(least.value(), 32 * 16 * 9 + 16 * 14 * 14 + 32 * 14 * 14);
}

TEST(Mapper, SaysWhatIsMissing) {
  System system = output_stationary();
  system.accelerators[0].buffers[1].capacity = base::Bytes(3);
  MacQuestion question;
  question.shape = conv(8, 8, 8, 3, 1, true);
  const auto result = map_layer(system, system.accelerators[0], question);
  const auto* missing = std::get_if<Infeasible>(&result);
  ASSERT_NE(missing, nullptr);
  EXPECT_EQ(missing->resource, "buffer 'activations' of array");
  EXPECT_EQ(missing->need, "4 B");  // an input and an output, each twice
  EXPECT_EQ(missing->have, "3 B");
}

/// Every layer that fits somewhere is found a place, and every answer is a legal mapping that costs
/// what a fresh evaluation says.
RC_GTEST_PROP(Mapper, AnswersAreLegalAndOrdered, ()) {
  const System system = test::simple_system(test::simple_accelerator(
      *rc::gen::inRange(1, 9), *rc::gen::inRange(1, 9), {Dim::P, Dim::C, Dim::R},
      {Dim::K, Dim::G, Dim::Q}, *rc::gen::element(MacOperand::kWeights, MacOperand::kOutputs)));
  MacQuestion question;
  question.shape =
      conv(*rc::gen::inRange(1, 40), *rc::gen::inRange(1, 40), *rc::gen::inRange(1, 20),
           *rc::gen::inRange(1, 4), *rc::gen::inRange(1, 3), false, *rc::gen::inRange(1, 8));
  const auto result = map_layer(system, system.accelerators[0], question);
  const auto* mappings = std::get_if<ParetoMappings>(&result);
  RC_ASSERT(mappings != nullptr);
  MacCostModel model(system, system.accelerators[0], question);
  for (std::size_t i = 0; i < mappings->size(); ++i) {
    const MappedCost& entry = (*mappings)[i];
    check_mapping(entry.mapping, question.shape, system.accelerators[0]);
    auto again = model.evaluate(entry.mapping);
    RC_ASSERT(std::get<LayerCost>(again).cycles == entry.cost.cycles);
    if (i == 0) continue;
    RC_ASSERT(entry.cost.cycles > (*mappings)[i - 1].cost.cycles);
    RC_ASSERT(entry.cost.energy.total() < (*mappings)[i - 1].cost.energy.total());
  }
}

}  // namespace
}  // namespace mensa::accelerators
