// The DRAM device against arithmetic by hand from its timing.

#include "sim/modules/dram_device.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "tests/sim/modules/dram_requests.h"

namespace mensa::sim {
namespace {

using accelerators::DramTiming;
using base::Bytes;
using base::Seconds;
using test::kNever;
using test::kNs;
using test::period_ns;
using test::read;
using test::repeated;
using test::write;

/// One channel of LPDDR4 at 16 GB/s with short rows and without refresh.
DramTiming small_timing() {
  DramTiming timing;
  timing.channels = 1;
  timing.banks = 8;
  timing.row = Bytes(1024);
  timing.interleave = Bytes(256);
  timing.burst = Bytes(64);
  timing.burst_time = Seconds(4e-9);
  timing.t_rcd = Seconds(18e-9);
  timing.t_rp = Seconds(18e-9);
  timing.t_ras = Seconds(42e-9);
  timing.t_rtp = Seconds(7.5e-9);
  timing.t_wr = Seconds(27e-9);
  timing.t_wtr = Seconds(19e-9);
  timing.t_rtw = Seconds(12e-9);
  timing.t_rrd = Seconds(10e-9);
  timing.t_faw = Seconds(40e-9);
  timing.t_refi = kNever;
  timing.t_rfc = Seconds(280e-9);
  return timing;
}

/// In the small timing: the first byte of a row.
constexpr std::int64_t row_address(std::int64_t bank, std::int64_t row) {
  return (row * 8 + bank) * 1024;
}

TEST(DramDevice, OpensARowAndKeepsItOpen) {
  DramDevice device(small_timing());
  const DeviceService first = device.serve(read(0, 64), 100 * kNs, 100 * kNs);
  EXPECT_EQ(first.end_ps, (100 + 18 + 4) * kNs);
  EXPECT_EQ(first.activates, 1);
  EXPECT_EQ(first.delays, (DramDelays{18 * kNs, 0, 0}));
  const DeviceService second = device.serve(read(64, 128), 0, 100 * kNs);
  EXPECT_EQ(second.end_ps, first.end_ps + 8 * kNs);
  EXPECT_EQ(second.activates, 0);
  EXPECT_EQ(second.delays, DramDelays());
}

TEST(DramDevice, OpensRowsWhileARequestWaitsForItsPort) {
  for (const auto& [lead_ns, delay_ns] : {std::pair{18, 0}, {17, 1}, {0, 18}, {100, 0}}) {
    DramDevice device(small_timing());
    const DeviceService service = device.serve(read(0, 64), (100 - lead_ns) * kNs, 100 * kNs);
    EXPECT_EQ(service.delays.row_ps, delay_ns * kNs);
    EXPECT_EQ(service.end_ps, (104 + delay_ns) * kNs);
  }
}

/// A row of 64 ns opens behind the one before it.
TEST(DramDevice, AStreamHidesItsRows) {
  DramDevice device(small_timing());
  const DeviceService service = device.serve(read(0, 16 * 1024), 0, 0);
  EXPECT_EQ(service.end_ps, (18 + 16 * 64) * kNs);
  EXPECT_EQ(service.activates, 16);
  EXPECT_EQ(service.delays.row_ps, 18 * kNs);
}

TEST(DramDevice, PartialBurstsCountAsWholeOnes) {
  const auto bus_time = [](std::int64_t address, std::int64_t bytes) {
    DramDevice device(small_timing());
    return device.serve(read(address, bytes), 0, 100 * kNs).end_ps - 100 * kNs;
  };
  EXPECT_EQ(bus_time(0, 1), 4 * kNs);
  EXPECT_EQ(bus_time(63, 1), 4 * kNs);
  EXPECT_EQ(bus_time(63, 2), 8 * kNs);
  EXPECT_EQ(bus_time(0, 64), 4 * kNs);
  EXPECT_EQ(bus_time(1, 64), 8 * kNs);
}

/// A read of another row of the same bank: t_ras + t_rp from activate to activate, or where that is
/// longer t_rcd + t_rtp + t_rp.
TEST(DramDevice, ReadsOfOneBanksRowsTakeARowCycle) {
  const std::vector<MemoryRequest> requests =
      repeated(101, [](std::int64_t i) { return read(row_address(3, i), 64); });
  DramTiming timing = small_timing();
  DramDevice by_ras(timing);
  EXPECT_DOUBLE_EQ(period_ns(by_ras, requests), 42 + 18);
  timing.t_ras = Seconds(25.5e-9);
  DramDevice at_limit(timing);
  EXPECT_DOUBLE_EQ(period_ns(at_limit, requests), 25.5 + 18);
  timing.t_ras = Seconds(20e-9);
  DramDevice by_rtp(timing);
  EXPECT_DOUBLE_EQ(period_ns(by_rtp, requests), 18 + 7.5 + 18);
}

TEST(DramDevice, WritesToOneBanksRowsWaitForTheirRecovery) {
  const std::vector<MemoryRequest> requests =
      repeated(101, [](std::int64_t i) { return write(row_address(3, i), 64); });
  DramDevice device(small_timing());
  EXPECT_DOUBLE_EQ(period_ns(device, requests), 18 + 4 + 27 + 18);
}

/// One burst of a new row in each bank in turn: one in t_rrd, four in t_faw, or all banks in a row
/// cycle.
TEST(DramDevice, RowMissesOverAllBanks) {
  const auto period = [](DramTiming timing, std::int64_t banks) {
    timing.banks = banks;
    DramDevice device(timing);
    return period_ns(device,
                     repeated(8 * 100 + 1, [](std::int64_t i) { return read(i * 1024, 64); }));
  };
  DramTiming timing = small_timing();
  EXPECT_DOUBLE_EQ(period(timing, 8), 10);  // t_rrd, and t_faw / 4 as well
  timing.t_faw = Seconds(50e-9);
  EXPECT_DOUBLE_EQ(period(timing, 8), 12.5);
  timing.t_faw = Seconds(10e-9);
  EXPECT_DOUBLE_EQ(period(timing, 8), 10);
  timing.t_rrd = Seconds(1e-9);
  EXPECT_DOUBLE_EQ(period(timing, 8), 7.5);  // (t_ras + t_rp) / 8
  EXPECT_DOUBLE_EQ(period(timing, 4), 15);
  EXPECT_DOUBLE_EQ(period(timing, 2), 30);
  EXPECT_DOUBLE_EQ(period(timing, 32), 4);  // the bus
}

TEST(DramDevice, TheBusTurnsBetweenReadsAndWrites) {
  DramDevice device(small_timing());
  std::int64_t end = device.serve(read(0, 256), 0, 0).end_ps;
  DramDelays sum;
  for (int i = 0; i < 50; ++i) {
    const DeviceService there = device.serve(write(256, 256), 0, end);
    EXPECT_EQ(there.end_ps, end + (12 + 16) * kNs);
    const DeviceService back = device.serve(read(512, 256), 0, there.end_ps);
    EXPECT_EQ(back.end_ps, there.end_ps + (19 + 16) * kNs);
    EXPECT_EQ(back.delays, (DramDelays{0, 0, 19 * kNs}));
    end = back.end_ps;
    sum += there.delays;
    sum += back.delays;
  }
  EXPECT_EQ(sum, (DramDelays{0, 0, 50 * (12 + 19) * kNs}));
  // After a pause there is nothing to wait for.
  EXPECT_EQ(device.serve(write(0, 64), 0, end + 12 * kNs).end_ps, end + (12 + 4) * kNs);
}

/// Two initiators take turns at 512 B. In banks of their own they move as one stream. In one bank
/// every request closes the row of the other: t_rcd, 7 more bursts, t_rtp and t_rp.
TEST(DramDevice, TwoStreamsThatMeetInABank) {
  const auto requests = [](std::int64_t other_bank) {
    std::vector<MemoryRequest> both;
    for (int i = 0; i < 50; ++i) {
      both.push_back(read(row_address(0, 0) + i % 2 * 512, 512));
      both.push_back(read(row_address(other_bank, 1) + i % 2 * 512, 512));
    }
    return both;
  };
  DramDevice apart(small_timing());
  EXPECT_DOUBLE_EQ(period_ns(apart, requests(1)), 32);
  DramDevice together(small_timing());
  EXPECT_DOUBLE_EQ(period_ns(together, requests(0)), 18 + 7 * 4 + 7.5 + 18);
}

TEST(DramDevice, ChannelsShareARequest) {
  DramTiming timing = small_timing();
  timing.channels = 4;
  const auto bus_time = [&](std::int64_t address, std::int64_t bytes) {
    DramDevice device(timing);
    const DeviceService service = device.serve(read(address, bytes), 0, 100 * kNs);
    EXPECT_EQ(service.delays, DramDelays());
    return service.end_ps - 100 * kNs;
  };
  EXPECT_EQ(bus_time(0, 256), 16 * kNs);
  EXPECT_EQ(bus_time(0, 4 * 256), 16 * kNs);
  EXPECT_EQ(bus_time(0, 4 * 256 + 1), 20 * kNs);
  EXPECT_EQ(bus_time(192, 128), 4 * kNs);       // end of one share, begin of the next
  EXPECT_EQ(bus_time(192, 4 * 256), 16 * kNs);  // its first channel again at the end
  EXPECT_EQ(bus_time(3 * 256, 512), 16 * kNs);
}

/// Bytes of a channel go through a row, then to the next bank, then to the next row.
TEST(DramDevice, RowsOfAStreamOverChannels) {
  DramTiming timing = small_timing();
  timing.channels = 4;
  constexpr std::int64_t kRound = 4 * 1024;  // a row in each channel
  DramDevice device(timing);
  EXPECT_EQ(device.serve(read(0, kRound), 0, 0).activates, 4);
  EXPECT_EQ(device.serve(read(0, kRound), 0, 0).activates, 0);
  EXPECT_EQ(device.serve(read(kRound - 1, 2), 0, 0).activates, 1);  // bank 1 of channel 0
  EXPECT_EQ(device.serve(read(0, 8 * kRound), 0, 0).activates, 4 * 8 - 4 - 1);
  EXPECT_EQ(device.serve(read(0, 8 * kRound), 0, 0).activates, 0);
  EXPECT_EQ(device.serve(read(8 * kRound, 1), 0, 0).activates, 1);  // bank 0 again
  EXPECT_EQ(device.serve(read(0, 1), 0, 0).activates, 1);
}

TEST(DramDevice, ChannelsMayTakeTurnsAtMoreThanARow) {
  DramTiming timing = small_timing();
  timing.channels = 2;
  timing.interleave = Bytes(4096);
  DramDevice device(timing);
  EXPECT_EQ(device.serve(read(0, 4096), 0, 0).activates, 4);
  EXPECT_EQ(device.serve(read(4096, 4096), 0, 0).activates, 4);
  EXPECT_EQ(device.serve(read(8192, 4096), 0, 0).activates, 4);
  EXPECT_EQ(device.serve(read(0, 3 * 4096), 0, 0).activates, 0);
}

TEST(DramDevice, ARefreshClosesRowsAndBlocksItsChannel) {
  DramTiming timing = small_timing();
  timing.t_refi = Seconds(1e-6);
  DramDevice device(timing);
  EXPECT_EQ(device.serve(read(0, 64), 0, 0).end_ps, 22 * kNs);
  // Due at 1000 ns, with a row open that may be closed.
  EXPECT_EQ(device.serve(read(0, 64), 0, 999 * kNs).end_ps, 1003 * kNs);
  // Closing it: 7.5 ns after the read of 999 ns, and 18 ns to precharge.
  const DeviceService service = device.serve(read(0, 64), 1000 * kNs, 1010 * kNs);
  constexpr std::int64_t kRefreshed = 999 * kNs + 7500 + (18 + 280) * kNs;
  EXPECT_EQ(service.end_ps, kRefreshed + (18 + 4) * kNs);
  EXPECT_EQ(service.delays, (DramDelays{18 * kNs, kRefreshed - 1010 * kNs, 0}));
  EXPECT_EQ(service.activates, 1);
}

TEST(DramDevice, RefreshesPassWhileNobodyAsks) {
  DramTiming timing = small_timing();
  timing.t_refi = Seconds(1e-6);
  DramDevice device(timing);
  static_cast<void>(device.serve(read(0, 64), 0, 0));
  // The refresh of 7000 ns ends at 7280 ns.
  const DeviceService during = device.serve(read(0, 64), 7100 * kNs, 7100 * kNs);
  EXPECT_EQ(during.delays, (DramDelays{18 * kNs, 180 * kNs, 0}));
  EXPECT_EQ(during.end_ps, (7280 + 18 + 4) * kNs);
  const DeviceService between = device.serve(read(0, 64), 9900 * kNs, 9900 * kNs);
  EXPECT_EQ(between.delays, (DramDelays{18 * kNs, 0, 0}));
  EXPECT_EQ(between.activates, 1);
}

TEST(DramDevice, RefreshesOfChannelsAreStaggeredOrTogether) {
  using accelerators::RefreshOrder;
  const auto check = [](RefreshOrder order, std::int64_t channel, std::int64_t due_ns) {
    DramTiming timing = small_timing();
    timing.channels = 2;
    timing.t_refi = Seconds(1e-6);
    timing.refresh = order;
    DramDevice device(timing);
    const MemoryRequest request = read(channel * 256, 64);
    EXPECT_EQ(device.serve(request, 0, (due_ns - 1) * kNs).delays, DramDelays()) << channel;
    EXPECT_GT(device.serve(request, 0, due_ns * kNs).delays.refresh_ps, 280 * kNs) << channel;
  };
  check(RefreshOrder::kStaggered, 0, 500);
  check(RefreshOrder::kStaggered, 1, 1000);
  check(RefreshOrder::kTogether, 0, 1000);
  check(RefreshOrder::kTogether, 1, 1000);
}

TEST(IdealDevice, GivesItsBandwidthToOneAfterAnother) {
  IdealDevice device(base::BytesPerSecond(32e9));
  EXPECT_EQ(device.serve(read(0, 64), 0, 0), (DeviceService{2 * kNs, {}, 0}));
  EXPECT_EQ(device.serve(write(0, 32), 0, 0).end_ps, 3 * kNs);
  EXPECT_EQ(device.serve(read(12345, 1), 0, 10 * kNs).end_ps, 10 * kNs + 32);  // 31.25 ps, up
}

}  // namespace
}  // namespace mensa::sim
