#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "accelerators/mapping/check_mapping.h"
#include "accelerators/mapping/mapper.h"
#include "accelerators/spec/loader.h"
#include "models/base/error.h"
#include "tests/accelerators/test_system.h"

namespace mensa::accelerators {
namespace {

using models::Dim;
using models::index;
using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

/// Layers of as many MACs as a shape may have, in every direction: counts stay exact, nothing
/// overflows or runs away.
TEST(Limits, TheLargestLayersAreMapped) {
  const System system = load_system("mensa_g");
  const auto gemm = [](std::int64_t rows, std::int64_t columns, std::int64_t inner) {
    return models::gemm_shape(rows, columns, inner);
  };
  for (const models::ProblemShape& shape :
       {gemm(1 << 20, 1 << 16, 1 << 16), gemm(1, std::int64_t{1} << 27, std::int64_t{1} << 26),
        gemm(1, std::int64_t{1} << 53, 1), gemm(1, 1, std::int64_t{1} << 53),
        gemm(std::int64_t{1} << 31, 1 << 11, 1 << 11)}) {
    for (const Accelerator& accelerator : system.accelerators) {
      SCOPED_TRACE(accelerator.name + " " + shape.to_string());
      MacQuestion question;
      question.shape = shape;
      SearchStatistics statistics;
      const auto result = map_layer(system, accelerator, question, {Effort::kFast}, &statistics);
      ASSERT_TRUE(std::holds_alternative<ParetoMappings>(result));
      const LayerCost& cost = std::get<ParetoMappings>(result).front().cost;
      EXPECT_EQ(cost.macs, shape.macs());
      EXPECT_GE(cost.compute_cycles.value(), shape.macs() / accelerator.pe_count());
      EXPECT_GE(cost.cycles, cost.compute_cycles);
      EXPECT_GE(cost.dram.read().value(), shape.elements(models::MacOperand::kWeights) +
                                              shape.elements(models::MacOperand::kInputs));
      EXPECT_GT(cost.energy.total().value(), 0);
    }
  }
}

/// An element at a time in bursts of half a gigabyte.
TEST(Limits, TrafficBeyondCountingIsAnError) {
  System system = test::simple_system(
      test::simple_accelerator(4, 4, {Dim::P}, {Dim::K}, models::MacOperand::kOutputs));
  system.memories.front().burst = base::Bytes(std::int64_t{1} << 29);
  MacQuestion question;
  question.shape = models::gemm_shape(1 << 16, 1 << 16, 2);
  Mapping mapping;
  mapping.at(Level::kDram).tile = question.shape.bounds;
  MacCostModel model(system, system.accelerators.front(), question);
  EXPECT_THAT([&] { (void)model.evaluate(mapping); },
              ThrowsMessage<base::Error>(HasSubstr("more than 2^60 bytes")));
}

TEST(Limits, LayersBeyondThemAreRefused) {
  const System system = load_system("mensa_g");
  MacQuestion question;
  question.shape = models::gemm_shape(1 << 20, 1 << 17, 1 << 17);
  EXPECT_THAT([&] { (void)map_layer(system, system.accelerators[0], question); },
              ThrowsMessage<base::Error>(HasSubstr("more than 2^53 MACs")));
  question.shape = test::conv(1, 1, 4, 1);
  question.shape.bounds[index(Dim::R)] = (1 << 20) + 1;
  EXPECT_THAT([&] { (void)map_layer(system, system.accelerators[0], question); },
              ThrowsMessage<base::Error>(HasSubstr("kernel extent R")));
}

TEST(Limits, TimesBeyondCountingAreRefused) {
  System system = load_system("mensa_g");
  system.ports[system.accelerators[0].port.index()].bandwidth = base::BytesPerSecond(1e-9);
  MacQuestion question;
  question.shape = models::gemm_shape(1 << 20, 1 << 16, 1 << 16);
  EXPECT_THAT([&] { (void)map_layer(system, system.accelerators[0], question, {Effort::kFast}); },
              ThrowsMessage<base::Error>(HasSubstr("more than 2^60 cycles")));
}

TEST(Limits, FactorsBeyondTheArrayAreRefusedBeforeTheyMultiply) {
  const Accelerator accelerator =
      test::simple_accelerator(8, 8, {Dim::P, Dim::Q}, {Dim::K}, models::MacOperand::kOutputs);
  const auto shape = test::conv(16, 8, 8, 3);
  Mapping mapping = test::untiled(shape);
  mapping.at(Level::kBuffers).order = {Dim::G, Dim::N, Dim::K, Dim::D, Dim::P,
                                       Dim::Q, Dim::C, Dim::T, Dim::R, Dim::S};
  EXPECT_NO_THROW(check_mapping(mapping, shape, accelerator));
  mapping.row_unroll[index(Dim::P)] = kMost;
  mapping.row_unroll[index(Dim::Q)] = kMost;
  EXPECT_THAT([&] { check_mapping(mapping, shape, accelerator); },
              ThrowsMessage<base::Error>(HasSubstr("beyond the 8x8 PEs of array")));
  mapping = test::untiled(shape);
  EXPECT_THAT([&] { check_mapping(mapping, shape, accelerator); },
              ThrowsMessage<base::Error>(HasSubstr("does not allow that order")));
}

TEST(Limits, UnknownEffortsListTheKnownOnes) {
  EXPECT_EQ(effort_from_string("exhaustive"), Effort::kExhaustive);
  EXPECT_THAT([] { (void)effort_from_string("prooned"); },
              ThrowsMessage<base::Error>(HasSubstr("did you mean 'pruned'?")));
}

}  // namespace
}  // namespace mensa::accelerators
