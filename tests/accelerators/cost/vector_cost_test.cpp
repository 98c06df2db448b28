#include "accelerators/cost/vector_cost.h"

#include <gtest/gtest.h>

#include "tests/accelerators/test_system.h"

namespace mensa::accelerators {
namespace {

using models::Dim;
using models::MacOperand;

/// 3000 bytes come in from DRAM and 1000 go out, all through a buffer of 1 byte per cycle and a
/// port of 1 byte per cycle.
class StreamedVector : public ::testing::Test {
 protected:
  StreamedVector()
      : system_(test::simple_system(
            test::simple_accelerator(1, 1, {Dim::C}, {Dim::K}, MacOperand::kWeights))) {
    buffer().banks = 1;
    buffer().width = base::Bytes(1);
    question_.activation_read = question_.activation_read_from_dram = base::Bytes(3000);
    question_.activation_write = question_.activation_write_to_dram = base::Bytes(1000);
  }
  Buffer& buffer() { return system_.accelerators[0].buffers[1]; }
  [[nodiscard]] LayerCost cost() const {
    return vector_cost(system_, system_.accelerators[0], question_);
  }
  System system_;
  VectorQuestion question_;
};

TEST_F(StreamedVector, ReadsAndWritesTakeTurns) {
  EXPECT_EQ(cost().network_cycles, base::Cycles(2 * 4000));
  EXPECT_EQ(cost().memory_cycles, base::Cycles(4000));
}

TEST_F(StreamedVector, DramMovesWholeBursts) {
  system_.memories[0].burst = base::Bytes(64);
  EXPECT_EQ(cost().dram.activation_read, base::Bytes(47 * 64));
  EXPECT_EQ(cost().dram.activation_write, base::Bytes(16 * 64));
  EXPECT_EQ(cost().memory_cycles, base::Cycles(63 * 64));
}

/// The buffer takes 3000 bytes from DRAM and 1000 from the lanes, and gives 3000 and 1000.
TEST_F(StreamedVector, SeparatePortsOfTheBuffer) {
  const LayerCost shared = cost();
  buffer().ports = BufferPorts::kSeparate;
  EXPECT_EQ(cost().network_cycles, base::Cycles(4000));
  EXPECT_EQ(cost().energy.buffer, shared.energy.buffer);
  question_.activation_write_to_dram = base::Bytes(0);  // written, never read
  EXPECT_EQ(cost().network_cycles, base::Cycles(4000));
}

TEST_F(StreamedVector, FullDuplexPort) {
  const LayerCost half = cost();
  system_.ports[0].duplex = Duplex::kFull;
  EXPECT_EQ(cost().memory_cycles, base::Cycles(4000));  // what the memory has, both ways together
  system_.memories[0].bandwidth = base::BytesPerSecond(2e9);
  EXPECT_EQ(cost().memory_cycles, base::Cycles(3000));
  EXPECT_EQ(cost().energy.dram, half.energy.dram);
  // Writes decide where they are more.
  question_.activation_write = question_.activation_write_to_dram = base::Bytes(3001);
  EXPECT_EQ(cost().memory_cycles, base::Cycles(3001));
}

}  // namespace
}  // namespace mensa::accelerators
