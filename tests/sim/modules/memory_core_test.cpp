#include "sim/modules/memory_core.h"

#include <gtest/gtest.h>

namespace mensa::sim {
namespace {

TEST(MemoryCore, OneRequesterGetsThePortsBandwidth) {
  MemoryCore core(std::make_unique<IdealDevice>(base::BytesPerSecond(256e9)));
  const std::size_t port = core.add_port(base::BytesPerSecond(32e9));
  TransferSlot slot;
  for (int i = 0; i < 1000; ++i) slot = core.reserve(port, {0, 64, false}, slot.end_ps);
  EXPECT_EQ(slot.end_ps, 1000 * 64 * 1000 / 32);  // 2 ns each
  EXPECT_EQ(core.counters(port).read_bytes, 64000);
  EXPECT_EQ(core.counters(port).busy_ps, slot.end_ps);
}

/// Two requesters on one port that ask again when served take turns and share its bandwidth.
TEST(MemoryCore, TwoRequestersShareAPort) {
  MemoryCore core(std::make_unique<IdealDevice>(base::BytesPerSecond(32e9)));
  const std::size_t port = core.add_port(base::BytesPerSecond(32e9));
  std::int64_t first = 0;
  std::int64_t second = 0;
  for (int i = 0; i < 100; ++i) {
    first = core.reserve(port, {0, 1024, false}, first).end_ps;
    second = core.reserve(port, {0, 1024, true}, second).end_ps;
    EXPECT_EQ(second - first, 32000);
  }
  EXPECT_EQ(second, 200 * 32000);
}

/// The same on a full-duplex port: a read and a write do not wait for one another, two reads do.
TEST(MemoryCore, WaysOfAFullDuplexPortAreTheirOwn) {
  MemoryCore core(std::make_unique<IdealDevice>(base::BytesPerSecond(64e9)));
  const std::size_t port = core.add_port(base::BytesPerSecond(32e9), accelerators::Duplex::kFull);
  std::int64_t read_end = 0;
  std::int64_t write_end = 0;
  for (int i = 0; i < 100; ++i) {
    read_end = core.reserve(port, {0, 1024, false}, read_end).end_ps;
    write_end = core.reserve(port, {0, 1024, true}, write_end).end_ps;
    EXPECT_EQ(read_end, (i + 1) * 32000);
    EXPECT_EQ(write_end, read_end);
  }
  EXPECT_EQ(core.counters(port).busy_ps, 100 * 32000);
  EXPECT_EQ(core.counters(port).read_bytes, 100 * 1024);
  EXPECT_EQ(core.counters(port).written_bytes, 100 * 1024);
  static_cast<void>(core.reserve(port, {0, 1024, false}, read_end));
  EXPECT_EQ(core.reserve(port, {0, 1024, false}, read_end).start_ps, 101 * 32000);
  EXPECT_EQ(core.counters(port).busy_ps, 102 * 32000);
}

/// A device that is no faster than its full-duplex port gives both ways together what it has. Each
/// way asks for more as soon as the port is free, up to what may be outstanding.
TEST(MemoryCore, WaysOfAFullDuplexPortShareTheDevice) {
  MemoryCore core(std::make_unique<IdealDevice>(base::BytesPerSecond(32e9)));
  const std::size_t port = core.add_port(base::BytesPerSecond(32e9), accelerators::Duplex::kFull);
  std::int64_t read_end = 0;
  std::int64_t write_end = 0;
  for (int i = 0; i < 100; ++i) {
    read_end = core.reserve(port, {0, 1024, false}, read_end).data_ps;
    write_end = core.reserve(port, {0, 1024, true}, write_end).data_ps;
  }
  EXPECT_EQ(std::max(read_end, write_end), 200 * 32000);
}

/// Ports of one device never get more than the device has.
TEST(MemoryCore, PortsShareTheDevice) {
  MemoryCore core(std::make_unique<IdealDevice>(base::BytesPerSecond(100e9)));
  const std::size_t a = core.add_port(base::BytesPerSecond(80e9));
  const std::size_t b = core.add_port(base::BytesPerSecond(80e9));
  std::int64_t end_a = 0;
  std::int64_t end_b = 0;
  constexpr std::int64_t kBytes = 1000;
  constexpr int kRequests = 500;
  for (int i = 0; i < kRequests; ++i) {
    end_a = core.reserve(a, {0, kBytes, false}, end_a).data_ps;
    end_b = core.reserve(b, {0, kBytes, false}, end_b).data_ps;
  }
  const auto end = static_cast<double>(std::max(end_a, end_b));
  const double bytes_per_second = 2.0 * kRequests * kBytes / (end * 1e-12);
  EXPECT_LE(bytes_per_second, 100e9 * (1 + 1e-9));
  EXPECT_GE(bytes_per_second, 99e9);
}

TEST(MemoryCore, AnIdlePortStartsAtOnce) {
  MemoryCore core(std::make_unique<IdealDevice>(base::BytesPerSecond(1e9)));
  const std::size_t port = core.add_port(base::BytesPerSecond(1e9));
  static_cast<void>(core.reserve(port, {0, 10, false}, 0));
  const TransferSlot slot = core.reserve(port, {0, 10, false}, 1000000);
  EXPECT_EQ(slot.start_ps, 1000000);
  EXPECT_EQ(slot.end_ps, 1010000);
}

}  // namespace
}  // namespace mensa::sim
