// What precision makes of a layer's time, energy and traffic.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "accelerators/cost/cost_table.h"
#include "accelerators/mapping/mapper.h"
#include "accelerators/spec/loader.h"
#include "tests/accelerators/formats.h"
#include "tests/accelerators/test_system.h"
#include "tests/support/network_layers.h"
#include "tests/support/test_graphs.h"

namespace mensa::accelerators {
namespace {

using test::kArray;
using test::kInt16;
using test::kInt4;
using test::kInt8;

using models::Dim;
using models::index;
using models::LayerId;
using models::MacOperand;
using testing::HasSubstr;

/// A GEMM of 16 rows, 8 columns, 32 deep on 4 x 8 PEs that keep weights: C over rows, K over
/// columns; 128 passes of one MAC in every PE.
class Gemm : public testing::Test {
 protected:
  Gemm() {
    Accelerator array = test::simple_accelerator(4, 8, {Dim::C}, {Dim::K}, MacOperand::kWeights);
    Precision narrow;
    narrow.factors = {kInt4, kInt8};
    narrow.rate = {2, 1};
    Precision wide;
    wide.factors = {kInt16, kInt16};
    wide.rate = {1, 4};
    wide.emulated_by = 4;
    array.precisions.push_back(narrow);
    array.emulations = {wide};
    array.registers.capacity = {base::Bytes(2), base::Bytes(2), base::Bytes(4)};
    system_ = test::simple_system(std::move(array));
    mapping_ = test::untiled(shape_);
    mapping_.row_unroll[index(Dim::C)] = 4;
    mapping_.column_unroll[index(Dim::K)] = 8;
    mapping_.at(Level::kBuffers).order = {Dim::G, Dim::K, Dim::C, Dim::T, Dim::R,
                                          Dim::S, Dim::N, Dim::D, Dim::P, Dim::Q};
  }

  [[nodiscard]] LayerCost cost(OperandBits bits, std::optional<FactorFormats> factors) const {
    MacQuestion question;
    question.shape = shape_;
    question.bits = bits;
    question.factors = factors;
    MacCostModel model(system_, system_.accelerators.front(), question);
    const auto result = model.evaluate(mapping_);
    const auto* missing = std::get_if<Infeasible>(&result);
    EXPECT_EQ(missing, nullptr) << (missing != nullptr ? missing->to_string() : "");
    return missing == nullptr ? std::get<LayerCost>(result) : LayerCost{};
  }

  models::ProblemShape shape_ = models::gemm_shape(16, 8, 32);
  System system_;
  Mapping mapping_;
};

TEST_F(Gemm, WithoutFormatsIsNative) {
  const LayerCost plain = cost({8, 8, 8, 32}, std::nullopt);
  const LayerCost native = cost({8, 8, 8, 32}, FactorFormats{kInt8, kInt8});
  EXPECT_EQ(native.cycles, plain.cycles);
  EXPECT_EQ(native.energy.total(), plain.energy.total());
}

TEST_F(Gemm, HalfTheWeightBytesAtTwiceTheRate) {
  const LayerCost native = cost({8, 8, 8, 32}, FactorFormats{kInt8, kInt8});
  const LayerCost narrow = cost({4, 8, 8, 32}, FactorFormats{kInt4, kInt8});
  EXPECT_EQ(native.compute_cycles, base::Cycles(128));
  EXPECT_EQ(narrow.compute_cycles, base::Cycles(64));
  EXPECT_EQ(narrow.dram.parameter_read, base::Bytes(128));
  EXPECT_EQ(narrow.dram.activation_read, native.dram.activation_read);
  // 768 bytes at one a cycle, and nothing overlaps in one tile.
  EXPECT_EQ(narrow.cycles, base::Cycles(768 + 64));
  // At twice the native peak.
  EXPECT_DOUBLE_EQ(narrow.pe_utilization, 4096.0 / (2 * 32 * 832));
  EXPECT_DOUBLE_EQ(narrow.energy.mac.value(), 4096);
  // Weights written to 256 registers and read at every MAC, at half a byte and 0.5 pJ per byte.
  EXPECT_DOUBLE_EQ((native.energy.register_file - narrow.energy.register_file).value(),
                   0.5 * 0.5 * (256 + 4096));
}

TEST_F(Gemm, AnEmulatedMacTakesItsNativeOnes) {
  const LayerCost native = cost({8, 8, 8, 32}, FactorFormats{kInt8, kInt8});
  const LayerCost wide = cost({16, 16, 16, 32}, FactorFormats{kInt16, kInt16});
  EXPECT_EQ(wide.compute_cycles, base::Cycles(4 * 128));
  EXPECT_DOUBLE_EQ(wide.energy.mac.value(), 4 * native.energy.mac.value());
  EXPECT_EQ(wide.dram.read().value(), 2 * native.dram.read().value());
  EXPECT_DOUBLE_EQ(wide.pe_utilization,
                   4096.0 / (32 * 0.25 * static_cast<double>(wide.cycles.value())));
}

/// Inputs that another reader wants wider come so from DRAM and leave the buffer at their own
/// width.
TEST_F(Gemm, InputsStoredWiderAreNarrowedAtTheArray) {
  const LayerCost native = cost({8, 8, 8, 32}, FactorFormats{kInt8, kInt8});
  const LayerCost stored_wider = cost({8, 16, 8, 32}, FactorFormats{kInt8, kInt8});
  EXPECT_EQ(stored_wider.dram.activation_read.value(), 2 * native.dram.activation_read.value());
  EXPECT_EQ(stored_wider.energy.register_file, native.energy.register_file);
  EXPECT_EQ(stored_wider.energy.mac, native.energy.mac);
}

TEST_F(Gemm, RegistersHoldAsManyValuesAsFit) {
  const auto registers_at = [&](OperandBits bits, FactorFormats factors) {
    MacQuestion question;
    question.shape = shape_;
    question.bits = bits;
    question.factors = factors;
    return MacCostModel(system_, system_.accelerators.front(), question).register_elements();
  };
  using Elements = std::array<std::int64_t, models::kMacOperandCount>;
  EXPECT_EQ(registers_at({8, 8, 8, 32}, {kInt8, kInt8}), (Elements{2, 2, 1}));
  EXPECT_EQ(registers_at({4, 8, 8, 32}, {kInt4, kInt8}), (Elements{4, 2, 1}));
  EXPECT_EQ(registers_at({16, 16, 16, 32}, {kInt16, kInt16}), (Elements{1, 1, 1}));
}

class ChainCosts : public testing::Test {
 protected:
  CostTable table(const System& system, const PrecisionRules& rules) const {
    return {graph_, system, Objective::kEdp, layer_precisions(graph_, rules)};
  }
  models::Graph graph_ = models::test::residual_chain();
};

TEST_F(ChainCosts, APrecisionThatIsNotThereIsInfeasible) {
  const System system = load_system("edge_tpu");
  CostTable costs = table(system, {"w4a8", {}});
  const EvaluationResult& result = costs.evaluate(LayerId(0), kArray);
  ASSERT_TRUE(std::holds_alternative<Infeasible>(result));
  EXPECT_THAT(std::get<Infeasible>(result).to_string(),
              HasSubstr("precisions of edge_tpu needs int4 x int8 (as asked for: w4a8) but has "
                        "int8; ask for one of these"));
  EXPECT_FALSE(costs.at_least(LayerId(0), kArray).has_value());
}

TEST_F(ChainCosts, ReadersDecideHowWideATensorIs) {
  const System system = load_system("precision_array");
  CostTable costs = table(system, {"w8a8", {{"^c$", "w8a16", ""}}});
  const std::int64_t map = std::int64_t{32} * 8 * 8;
  const LayerEvaluation* const a = costs.find(LayerId(0), kArray);
  const LayerEvaluation* const c = costs.find(LayerId(3), kArray);
  ASSERT_NE(a, nullptr);
  ASSERT_NE(c, nullptr);
  EXPECT_EQ(a->bits, (OperandBits{8, 8, 16, 32}));
  EXPECT_EQ(a->cost.dram.activation_write, base::Bytes(2 * map));
  EXPECT_EQ(c->bits, (OperandBits{8, 16, 16, 32}));
  EXPECT_EQ(c->precision->rate, (MacRate{1, 2}));
  // Its input and the shortcut, both at 16 bits.
  EXPECT_EQ(c->question->tail.activation_read, base::Bytes(2 * map));
  EXPECT_EQ(costs.tensor_bytes(graph_.layers()[0].outputs[0], kArray), base::Bytes(2 * map));
  EXPECT_EQ(costs.tensor_bytes(graph_.layers()[0].outputs[0], costs.host()), base::Bytes(2 * map));
}

TEST_F(ChainCosts, RequantizationIsVectorWork) {
  const System free = load_system("edge_tpu");
  const System costly = load_system(
      "edge_tpu",
      {{"accelerators.edge_tpu.precisions", "[{weights: 8, activations: 8, requantization: 3}]"}});
  CostTable without = table(free, {});
  CostTable with = table(costly, {});
  const std::int64_t before = without.find(LayerId(0), kArray)->question->tail.operations;
  const std::int64_t after = with.find(LayerId(0), kArray)->question->tail.operations;
  EXPECT_EQ(after - before, 3 * 32 * 8 * 8);
}

/// The layers of ResNet-50, each with one mapping at all widths. Bursts are single bytes; a tile of
/// an odd number of 4-bit values still ends in half a byte that moves as a whole one.
TEST(Replay, OfResNet50MovesBytesInProportionToTheWidth) {
  const System system = load_system(
      "precision_array", {{"memories.lpddr4.timing", "none"}, {"memories.lpddr4.burst", "1 B"}});
  const Accelerator& array = system.accelerators.front();
  const auto traffic = [&](const models::ProblemShape& shape, const Mapping& mapping,
                           NumberFormat format) {
    MacQuestion question;
    question.shape = shape;
    question.bits = {format.bits, format.bits, format.bits, 32};
    question.factors = FactorFormats{format, format};
    MacCostModel model(system, array, question);
    return std::get<LayerCost>(model.evaluate(mapping)).dram;
  };
  DramTraffic at_32;
  DramTraffic at_8;
  DramTraffic at_4;
  for (const models::ProblemShape& shape : mensa::test::resnet50_layers()) {
    MacQuestion widest;
    widest.shape = shape;
    widest.bits = {32, 32, 32, 32};
    widest.factors = FactorFormats{NumberFormat::floating(32), NumberFormat::floating(32)};
    const auto found = map_layer(system, array, widest, {Effort::kFast});
    ASSERT_TRUE(std::holds_alternative<ParetoMappings>(found)) << shape.to_string();
    const Mapping& mapping = std::get<ParetoMappings>(found).front().mapping;
    at_32 += traffic(shape, mapping, NumberFormat::floating(32));
    at_8 += traffic(shape, mapping, kInt8);
    at_4 += traffic(shape, mapping, kInt4);
  }
  ASSERT_GT(at_32.parameter_read.value(), std::int64_t{4} * 25'000'000);
  EXPECT_EQ(at_32.parameter_read, at_8.parameter_read * 4);
  EXPECT_EQ(at_32.parameter_read, at_4.parameter_read * 8);
  EXPECT_EQ(at_32.activation_read, at_8.activation_read * 4);
  EXPECT_EQ(at_32.activation_read, at_4.activation_read * 8);
  EXPECT_EQ(at_32.activation_write, at_8.activation_write * 4);
  EXPECT_EQ(at_32.activation_write, at_4.activation_write * 8);
  // Sums have the same width in all of them.
  EXPECT_EQ(at_32.partial_sum_read, at_4.partial_sum_read);
  EXPECT_EQ(at_32.partial_sum_write, at_4.partial_sum_write);
}

}  // namespace
}  // namespace mensa::accelerators
