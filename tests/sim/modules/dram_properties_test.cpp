// What holds for a DRAM device of any timing under any requests.

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "sim/modules/dram_device.h"

namespace mensa::sim {
namespace {

using accelerators::DramTiming;
using base::Bytes;
using base::Seconds;

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
