// The DRAM device against arithmetic by hand from its timing, and properties that hold for any.

#include "sim/modules/dram_device.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <ostream>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "accelerators/spec/loader.h"

namespace mensa::sim {
namespace {

using accelerators::DramTiming;
using base::Bytes;
using base::Seconds;

constexpr std::int64_t kNs = 1000;  // in picoseconds
constexpr Seconds kNever{1e3};

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

MemoryRequest read(std::int64_t address, std::int64_t bytes) { return {address, bytes, false}; }
MemoryRequest write(std::int64_t address, std::int64_t bytes) { return {address, bytes, true}; }

/// In the small timing: the first byte of a row.
constexpr std::int64_t row_address(std::int64_t bank, std::int64_t row) {
  return (row * 8 + bank) * 1024;
}

/// What `request` makes of 0, 1, ... count - 1.
template <class Request>
std::vector<MemoryRequest> repeated(std::int64_t count, Request request) {
  std::vector<MemoryRequest> requests(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) requests[static_cast<std::size_t>(i)] = request(i);
  return requests;
}

/// Asks for all at once; returns the time from the end of the first to the end of the last, by
/// request.
double period_ns(MemoryDevice& device, const std::vector<MemoryRequest>& requests) {
  std::int64_t first = 0;
  std::int64_t last = 0;
  for (const MemoryRequest& request : requests) {
    last = device.serve(request, 0, 0).end_ps;
    if (first == 0) first = last;
  }
  return static_cast<double>(last - first) / static_cast<double>(requests.size() - 1) / kNs;
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

/// Serves requests of which `ahead` wait at a time, each from when an earlier one is done; returns
/// bytes per second.
double bandwidth(MemoryDevice& device, const std::vector<MemoryRequest>& requests,
                 std::size_t ahead) {
  std::vector<std::int64_t> ends;
  std::int64_t start = 0;
  std::int64_t bytes = 0;
  for (const MemoryRequest& request : requests) {
    if (ends.size() >= ahead) start = std::max(start, ends[ends.size() - ahead]);
    ends.push_back(device.serve(request, start, start).end_ps);
    bytes += request.bytes;
  }
  const std::int64_t end = *std::max_element(ends.begin(), ends.end());
  return static_cast<double>(bytes) / (static_cast<double>(end) * 1e-12);
}

std::vector<MemoryRequest> stream(std::int64_t bytes, std::int64_t request_bytes) {
  return repeated(bytes / request_bytes, [request_bytes](std::int64_t i) {
    return read(i * request_bytes, request_bytes);
  });
}

struct LibraryMemory {
  std::string system;
  double row_miss_bandwidth;

  friend std::ostream& operator<<(std::ostream& out, const LibraryMemory& memory) {
    return out << memory.system;
  }
};

class DramLibrary : public testing::TestWithParam<LibraryMemory> {
 protected:
  const accelerators::System system_ = accelerators::load_system(GetParam().system);
  const DramTiming& timing_ = *system_.memories[0].timing;
};

/// A stream has all that refresh leaves; each refresh costs it a row's closing and opening besides.
/// Requests follow one another and the next one is known while one moves.
TEST_P(DramLibrary, StreamsGetAllButRefresh) {
  DramDevice device(timing_);
  constexpr std::int64_t kBytes = std::int64_t{1} << 26;
  std::int64_t begin = 0;
  std::int64_t end = 0;
  for (const MemoryRequest& request : stream(kBytes, 16 * 1024)) {
    const std::int64_t arrival = begin;
    begin = end;
    end = device.serve(request, arrival, begin).end_ps;
  }
  const double measured = static_cast<double>(kBytes) / (static_cast<double>(end) * 1e-12);
  const double bound = timing_.bandwidth().value() * (1 - timing_.t_rfc.ratio(timing_.t_refi));
  RecordProperty("gigabytes_per_second", std::to_string(measured / 1e9));
  EXPECT_LT(measured, bound);
  EXPECT_GT(measured, 0.98 * bound);
}

/// Where channels refresh one after another, a stream gets as much only with requests enough in
/// flight to keep the other channels busy.
TEST_P(DramLibrary, StaggeredRefreshNeedsRequestsInFlight) {
  DramTiming timing = timing_;
  timing.refresh = accelerators::RefreshOrder::kStaggered;
  DramDevice device(timing);
  const double bound = timing.bandwidth().value() * (1 - timing.t_rfc.ratio(timing.t_refi));
  const double measured = bandwidth(device, stream(1 << 26, 16 * 1024), 16);
  EXPECT_LT(measured, bound * 1.001);
  EXPECT_GT(measured, 0.98 * bound);
}

/// One burst of each row, over all channels and banks in turn.
TEST_P(DramLibrary, RowMissesGetWhatActivatesAllow) {
  DramTiming timing = timing_;
  timing.t_refi = kNever;
  DramDevice device(timing);
  const std::int64_t round = timing.row.value() * timing.channels;
  const std::vector<MemoryRequest> requests = repeated(1000 * timing.channels, [&](std::int64_t i) {
    return read(i / timing.channels * round + i % timing.channels * timing.interleave.value(),
                timing.burst.value());
  });
  EXPECT_NEAR(bandwidth(device, requests, requests.size()) / GetParam().row_miss_bandwidth, 1,
              0.01);
}

// t_rrd and t_faw / 4 are 10 ns in LPDDR4 and 4 ns in HBM2, more than a row cycle over the banks:
// 60 ns / 8 and 42 ns / 16.
INSTANTIATE_TEST_SUITE_P(Systems, DramLibrary,
                         testing::Values(LibraryMemory{"edge_tpu", 2 * 64 / 10e-9},
                                         LibraryMemory{"edge_tpu_hb", 16 * 64 / 10e-9},
                                         LibraryMemory{"mensa_g", 16 * 32 / 4e-9}),
                         [](const auto& memory) { return memory.param.system; });

TEST(IdealDevice, GivesItsBandwidthToOneAfterAnother) {
  IdealDevice device(base::BytesPerSecond(32e9));
  EXPECT_EQ(device.serve(read(0, 64), 0, 0), (DeviceService{2 * kNs, {}, 0}));
  EXPECT_EQ(device.serve(write(0, 32), 0, 0).end_ps, 3 * kNs);
  EXPECT_EQ(device.serve(read(12345, 1), 0, 10 * kNs).end_ps, 10 * kNs + 32);  // 31.25 ps, up
}

rc::Gen<DramTiming> any_timing() {
  return rc::gen::exec([] {
    const auto power = [](int low, int high) {
      return std::int64_t{1} << *rc::gen::inRange(low, high + 1);
    };
    const auto time = [](int low_ns, int high_ns) {
      return Seconds(*rc::gen::inRange(low_ns, high_ns + 1) * 1e-9);
    };
    DramTiming timing;
    timing.channels = power(0, 4);
    timing.banks = power(0, 4);
    timing.burst = Bytes(power(4, 6));
    timing.row = Bytes(power(6, 12));
    timing.interleave = Bytes(power(6, 13));
    timing.burst_time = time(1, 8);
    timing.t_rcd = time(1, 30);
    timing.t_rp = time(1, 30);
    timing.t_ras = timing.t_rcd + time(0, 40);
    timing.t_rtp = time(1, 20);
    timing.t_wr = time(1, 40);
    timing.t_wtr = time(1, 40);
    timing.t_rtw = time(1, 40);
    timing.t_rrd = time(1, 20);
    timing.t_faw = timing.t_rrd + time(0, 60);
    timing.t_rfc = time(1, 400);
    timing.t_refi = timing.t_rfc + time(1, 4000);
    return timing;
  });
}

struct TimedRequest {
  MemoryRequest request;
  std::int64_t arrival_ps = 0;
  std::int64_t start_ps = 0;
};

/// Requests in the order of their starts, near one another so that they meet in rows and banks.
std::vector<TimedRequest> any_requests() {
  const auto count = *rc::gen::inRange<std::size_t>(1, 40);
  std::vector<TimedRequest> requests;
  std::int64_t now = 0;
  for (std::size_t i = 0; i < count; ++i) {
    TimedRequest timed;
    const bool is_big = *rc::gen::inRange(0, 4) == 0;
    timed.request.address = *rc::gen::inRange<std::int64_t>(0, 1 << 18);
    timed.request.bytes = *rc::gen::inRange<std::int64_t>(1, is_big ? 16385 : 257);
    timed.request.is_write = *rc::gen::arbitrary<bool>();
    now += *rc::gen::inRange<std::int64_t>(0, *rc::gen::inRange(0, 8) == 0 ? 9000000 : 100000);
    timed.start_ps = now;
    timed.arrival_ps = std::max<std::int64_t>(0, now - *rc::gen::inRange(0, 300000));
    requests.push_back(timed);
  }
  return requests;
}

std::int64_t picoseconds(Seconds time) { return std::llround(time.value() * 1e12); }

/// Channel, row counted over the banks of the channel, burst of the channel.
using BurstPlace = std::tuple<std::int64_t, std::int64_t, std::int64_t>;

/// The bursts that a request touches, byte by byte: the mapping as it is documented.
std::set<BurstPlace> bursts_of(const MemoryRequest& request, const DramTiming& timing) {
  std::set<BurstPlace> bursts;
  for (std::int64_t at = request.address; at < request.address + request.bytes; ++at) {
    const std::int64_t turn = at / timing.interleave.value();
    const std::int64_t local =
        turn / timing.channels * timing.interleave.value() + at % timing.interleave.value();
    bursts.emplace(turn % timing.channels, local / timing.row.value(),
                   local / timing.burst.value());
  }
  return bursts;
}

RC_GTEST_PROP(DramDeviceProperties, NeverFasterThanItsBuses, ()) {
  const DramTiming timing = *any_timing();
  const std::vector<TimedRequest> requests = any_requests();
  DramDevice device(timing);
  std::vector<std::int64_t> booked(static_cast<std::size_t>(timing.channels), 0);
  for (const TimedRequest& timed : requests) {
    for (std::int64_t& free : booked) free = std::max(free, timed.start_ps);
    std::int64_t end = 0;
    for (const BurstPlace& burst : bursts_of(timed.request, timing)) {
      std::int64_t& free = booked[static_cast<std::size_t>(std::get<0>(burst))];
      free += picoseconds(timing.burst_time);
      end = std::max(end, free);
    }
    RC_ASSERT(device.serve(timed.request, timed.arrival_ps, timed.start_ps).end_ps >= end);
  }
}

/// On one channel everything is accounted for: waiting for requests before, bursts, delays.
RC_GTEST_PROP(DramDeviceProperties, DelaysAddUp, ()) {
  DramTiming timing = *any_timing();
  timing.channels = 1;
  const std::vector<TimedRequest> requests = any_requests();
  DramDevice device(timing);
  std::int64_t free = 0;
  for (const TimedRequest& timed : requests) {
    const DeviceService service = device.serve(timed.request, timed.arrival_ps, timed.start_ps);
    const auto bursts = static_cast<std::int64_t>(bursts_of(timed.request, timing).size());
    const DramDelays& delays = service.delays;
    RC_ASSERT(delays.row_ps >= 0 && delays.refresh_ps >= 0 && delays.turnaround_ps >= 0);
    RC_ASSERT(service.end_ps == std::max(free, timed.start_ps) +
                                    bursts * picoseconds(timing.burst_time) + delays.row_ps +
                                    delays.refresh_ps + delays.turnaround_ps);
    RC_ASSERT(service.end_ps > free);
    free = service.end_ps;
  }
}

RC_GTEST_PROP(DramDeviceProperties, SameRequestsGetTheSameAnswers, ()) {
  const DramTiming timing = *any_timing();
  const std::vector<TimedRequest> requests = any_requests();
  DramDevice first(timing);
  DramDevice second(timing);
  for (const TimedRequest& timed : requests) {
    RC_ASSERT(first.serve(timed.request, timed.arrival_ps, timed.start_ps) ==
              second.serve(timed.request, timed.arrival_ps, timed.start_ps));
  }
}

/// Every row that is touched is opened; none more often than it is touched.
RC_GTEST_PROP(DramDeviceProperties, RowsAreOpened, ()) {
  const DramTiming timing = *any_timing();
  const std::vector<TimedRequest> requests = any_requests();
  DramDevice device(timing);
  std::set<std::pair<std::int64_t, std::int64_t>> rows;
  std::int64_t touched = 0;
  std::int64_t activates = 0;
  for (const TimedRequest& timed : requests) {
    std::set<std::pair<std::int64_t, std::int64_t>> own;
    for (const BurstPlace& burst : bursts_of(timed.request, timing)) {
      own.emplace(std::get<0>(burst), std::get<1>(burst));
    }
    rows.insert(own.begin(), own.end());
    touched += static_cast<std::int64_t>(own.size());
    activates += device.serve(timed.request, timed.arrival_ps, timed.start_ps).activates;
  }
  RC_ASSERT(activates >= static_cast<std::int64_t>(rows.size()));
  RC_ASSERT(activates <= touched);
}

/// A DRAM of one channel that opens, turns and refreshes in no time is ideal.
RC_GTEST_PROP(DramDeviceProperties, WithoutOverheadsItIsIdeal, ()) {
  DramTiming timing = *any_timing();
  timing.channels = 1;
  for (Seconds* const time :
       {&timing.t_rcd, &timing.t_rp, &timing.t_ras, &timing.t_rtp, &timing.t_wr, &timing.t_wtr,
        &timing.t_rtw, &timing.t_rrd, &timing.t_faw, &timing.t_rfc}) {
    *time = Seconds(0);
  }
  DramDevice device(timing);
  IdealDevice ideal(timing.bandwidth());
  for (TimedRequest timed : any_requests()) {
    // Whole bursts: the ideal device knows no others.
    const std::int64_t burst = timing.burst.value();
    timed.request.address = timed.request.address / burst * burst;
    timed.request.bytes = base::whole_bursts(Bytes(timed.request.bytes), timing.burst).value();
    RC_ASSERT(device.serve(timed.request, timed.start_ps, timed.start_ps).end_ps ==
              ideal.serve(timed.request, timed.start_ps, timed.start_ps).end_ps);
  }
}

}  // namespace
}  // namespace mensa::sim
