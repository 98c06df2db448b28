#include "accelerators/mapping/tile_stream.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "accelerators/cost/sparse_mapping.h"
#include "tests/accelerators/mapping/random_shape.h"
#include "tests/accelerators/random_sparsity.h"
#include "tests/accelerators/test_system.h"

namespace mensa::accelerators {
namespace {

using models::Dim;
using models::index;
using models::MacOperand;

Mapping random_tiles(const models::ProblemShape& shape) {
  Mapping mapping;
  mapping.at(Level::kDram).tile = shape.bounds;
  for (const Dim dim : models::kAllDims) {
    const std::size_t d = index(dim);
    const std::int64_t buffered = *rc::gen::inRange<std::int64_t>(1, shape.bounds[d] + 1);
    mapping.at(Level::kBuffers).tile[d] = buffered;
    mapping.at(Level::kRegisters).tile[d] = *rc::gen::inRange<std::int64_t>(1, buffered + 1);
    mapping.row_unroll[d] = *rc::gen::inRange<std::int64_t>(1, 3);
    mapping.column_unroll[d] = *rc::gen::inRange<std::int64_t>(1, 3);
  }
  // Sometimes output positions or window dimensions unroll as one.
  const std::array<models::DimSet, 2> group_dims = {models::kPixelDims, models::kWindowDims};
  for (std::size_t axis = 0; axis < 2; ++axis) {
    if (!*rc::gen::arbitrary<bool>()) continue;
    mapping.groups[axis] = {group_dims[axis], *rc::gen::inRange<std::int64_t>(1, 9)};
    for (const Dim dim : models::kAllDims) {
      if (!group_dims[axis].contains(dim)) continue;
      mapping.at(Level::kRegisters).tile[index(dim)] = 1;
      mapping.row_unroll[index(dim)] = mapping.column_unroll[index(dim)] = 1;
    }
  }
  for (LevelLoops& level : mapping.levels) {
    for (std::size_t i = models::kDimCount; i > 1; --i) {
      std::swap(level.order[i - 1], level.order[*rc::gen::inRange<std::size_t>(0, i)]);
    }
  }
  return mapping;
}

/// A machine with room for anything.
Accelerator boundless(bool buffered_weights) {
  Accelerator accelerator = test::simple_accelerator(
      1 << 10, 1 << 10, {}, {}, *rc::gen::element(MacOperand::kWeights, MacOperand::kOutputs));
  for (Buffer& buffer : accelerator.buffers) buffer.capacity = base::Bytes(1 << 22);
  if (!buffered_weights) accelerator.buffers.erase(accelerator.buffers.begin());
  for (const MacOperand operand : models::kAllMacOperands) {
    accelerator.registers.capacity[index(operand)] = base::Bytes(1 << 20);
  }
  return accelerator;
}

MacQuestion random_question(const models::ProblemShape& shape) {
  MacQuestion question;
  question.shape = shape;
  question.bits.accumulators = *rc::gen::element(20, 32);
  question.bits.weights = *rc::gen::element(4, 8);
  question.resident.inputs = *rc::gen::arbitrary<bool>();
  question.resident.outputs = *rc::gen::arbitrary<bool>();
  question.tail.activation_read = question.tail.activation_read_from_dram =
      base::Bytes(*rc::gen::inRange<std::int64_t>(0, 100));
  question.tail.parameter_read = base::Bytes(*rc::gen::inRange<std::int64_t>(0, 100));
  return question;
}

/// Two independent accounts of DRAM traffic, closed form and tile by tile, agree to the byte.
RC_GTEST_PROP(TileStream, MovesExactlyWhatTheClosedFormCounts, ()) {
  const models::ProblemShape shape = test::random_shape(2);
  const Mapping mapping = random_tiles(shape);
  System system = test::simple_system(boundless(*rc::gen::arbitrary<bool>()));
  system.memories.front().burst = base::Bytes(*rc::gen::element(1, 3, 8, 64));
  const Accelerator& accelerator = system.accelerators.front();
  const MacQuestion question = random_question(shape);
  MacCostModel model(system, accelerator, question);
  auto result = model.evaluate(mapping);
  const auto* cost = std::get_if<LayerCost>(&result);
  RC_ASSERT(cost != nullptr);
  const auto limit = *rc::gen::inRange<std::size_t>(1, 50);
  const std::vector<TileStep> steps =
      tile_stream(system, accelerator.id, question, mapping, *cost, limit);
  RC_ASSERT(steps.size() <= limit);
  DramTraffic moved;
  base::Cycles busy;
  for (const TileStep& step : steps) {
    moved += step.dram;
    busy += step.busy;
  }
  RC_ASSERT((moved.read() + moved.write()).value() % system.memories.front().burst.value() == 0);
  RC_ASSERT(moved.parameter_read == cost->dram.parameter_read);
  RC_ASSERT(moved.activation_read == cost->dram.activation_read);
  RC_ASSERT(moved.partial_sum_read == cost->dram.partial_sum_read);
  RC_ASSERT(moved.partial_sum_write == cost->dram.partial_sum_write);
  RC_ASSERT(moved.activation_write == cost->dram.activation_write);
  RC_ASSERT(busy == std::max({cost->compute_cycles, cost->vector_cycles, cost->network_cycles}));
}

/// The same with compressed operands, and with zeros among the weights wherever they are.
RC_GTEST_PROP(TileStream, MovesExactlyWhatTheClosedFormCountsOfCompressedOperands, ()) {
  const models::ProblemShape shape = test::random_shape(2);
  const Mapping mapping = random_tiles(shape);
  System system = test::simple_system(boundless(*rc::gen::arbitrary<bool>()));
  system.memories.front().burst = base::Bytes(*rc::gen::element(1, 3, 8, 64));
  Accelerator& accelerator = system.accelerators.front();
  accelerator.sparsity = test::random_sparsity();
  MacQuestion question = random_question(shape);
  question.zeros = test::random_zeros();
  std::optional<models::WeightPattern> pattern;
  if (can_replay(mapping) && *rc::gen::arbitrary<bool>()) {
    pattern = test::random_pattern(shape, question.zeros[index(MacOperand::kWeights)].density);
    question.zeros[index(MacOperand::kWeights)].kept =
        static_cast<double>(pattern->nonzeros) /
        static_cast<double>(shape.elements(MacOperand::kWeights));
    question.zeros[index(MacOperand::kWeights)].room = 1;
  }
  MacCostModel model(system, accelerator, question);
  auto result = exact_cost(model, mapping, pattern ? &*pattern : nullptr);
  const auto* cost = std::get_if<LayerCost>(&result);
  RC_ASSERT(cost != nullptr);
  const auto limit = *rc::gen::inRange<std::size_t>(1, 50);
  DramTraffic moved;
  base::Cycles busy;
  for (const TileStep& step : tile_stream(system, accelerator.id, question, mapping, *cost, limit,
                                          pattern ? &*pattern : nullptr)) {
    moved += step.dram;
    busy += step.busy;
  }
  RC_ASSERT(moved == cost->dram);
  RC_ASSERT(busy == std::max({cost->compute_cycles, cost->vector_cycles, cost->network_cycles}));
  RC_ASSERT(cost->fates.all() == shape.macs());
}

/// Whatever the mapping, nothing that is needed stays behind and no work is lost.
RC_GTEST_PROP(MacCost, MovesAtLeastTheUniqueData, ()) {
  const models::ProblemShape shape = test::random_shape(2);
  const Mapping mapping = random_tiles(shape);
  const System system = test::simple_system(boundless(true));
  MacQuestion question;
  question.shape = shape;
  MacCostModel model(system, system.accelerators.front(), question);
  auto result = model.evaluate(mapping);
  const auto* cost = std::get_if<LayerCost>(&result);
  RC_ASSERT(cost != nullptr);
  RC_ASSERT(cost->macs == shape.macs());
  RC_ASSERT(cost->dram.parameter_read.value() >= shape.elements(MacOperand::kWeights));
  RC_ASSERT(cost->dram.activation_read.value() >= shape.elements(MacOperand::kInputs));
  RC_ASSERT(cost->dram.activation_write.value() == shape.elements(MacOperand::kOutputs));
  RC_ASSERT(model.counts().array_cycles * 1024 * 1024 >= shape.macs());
  RC_ASSERT(cost->cycles >= cost->compute_cycles);
  RC_ASSERT(cost->cycles >= cost->memory_cycles);
}

}  // namespace
}  // namespace mensa::accelerators
