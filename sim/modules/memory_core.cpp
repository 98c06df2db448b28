#include "sim/modules/memory_core.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace mensa::sim {
namespace {

/// Rounded up, so that no transfer is faster than its bandwidth, but not for the rounding of the
/// division itself.
std::int64_t transfer_ps(std::int64_t bytes, base::BytesPerSecond bandwidth) {
  constexpr double kPicosecondsPerSecond = 1e12;
  constexpr double kRounding = 1e-6;
  return static_cast<std::int64_t>(std::ceil(
      static_cast<double>(bytes) / bandwidth.value() * kPicosecondsPerSecond - kRounding));
}

}  // namespace

std::size_t MemoryCore::add_port(base::BytesPerSecond bandwidth, accelerators::Duplex duplex) {
  Port& port = ports_.emplace_back();
  port.bandwidth = bandwidth;
  port.duplex = duplex;
  return ports_.size() - 1;
}

TransferSlot MemoryCore::reserve(std::size_t port_index, const std::vector<MemoryRequest>& pieces,
                                 std::int64_t arrival_ps, std::int64_t now_ps) {
  assert(!pieces.empty());
  Port& port = ports_[port_index];
  Way& way = port.ways[way_of(port_index, pieces.front().is_write)];
  PortCounters& counters = port.counters;
  TransferSlot slot;
  slot.start_ps = std::max({now_ps, way.free_ps, way.data_ps[way.oldest]});
  std::int64_t bytes = 0;
  for (const MemoryRequest& piece : pieces) {
    assert(piece.bytes > 0 && piece.is_write == pieces.front().is_write);
    const DeviceService service = device_->serve(piece, arrival_ps, slot.start_ps);
    slot.data_ps = std::max(slot.data_ps, service.end_ps);
    slot.dram += service.delays;
    slot.activates += service.activates;
    bytes += piece.bytes;
  }
  slot.end_ps = slot.start_ps + transfer_ps(bytes, port.bandwidth);
  slot.data_ps = std::max(slot.data_ps, slot.end_ps);
  // What is late beyond the request's own delays waits for requests before it: of other ports as
  // long as the device is at work on them.
  std::int64_t others_ps = 0;
  for (std::size_t other = 0; other < ports_.size(); ++other) {
    if (other != port_index) others_ps = std::max(others_ps, ports_[other].data_ps);
  }
  const std::int64_t by_device = slot.dram.row_ps + slot.dram.refresh_ps + slot.dram.turnaround_ps;
  slot.device_contention_ps = std::max<std::int64_t>(
      0, std::min(slot.data_ps - slot.end_ps - by_device, others_ps - slot.start_ps));
  port.data_ps = std::max(port.data_ps, slot.data_ps);
  way.free_ps = slot.end_ps;
  way.busy_ps += slot.end_ps - slot.start_ps;
  way.data_ps[way.oldest] = slot.data_ps;
  way.oldest = (way.oldest + 1) % kMostOutstanding;
  counters.busy_ps = std::max(port.ways[0].busy_ps, port.ways[1].busy_ps);
  counters.activates += slot.activates;
  counters.dram += slot.dram;
  (pieces.front().is_write ? counters.written_bytes : counters.read_bytes) += bytes;
  return slot;
}

}  // namespace mensa::sim
