// The memories of the library against what their data sheets allow.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <ostream>
#include <string>
#include <vector>

#include "accelerators/spec/loader.h"
#include "tests/sim/modules/dram_requests.h"

namespace mensa::sim {
namespace {

using accelerators::DramTiming;
using test::kNever;
using test::read;
using test::repeated;

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

}  // namespace
}  // namespace mensa::sim
