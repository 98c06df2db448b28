#include "sim/modules/memory_core.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace mensa::sim {
namespace {

/// Rounded up, so that no transfer is faster than its bandwidth, but not for the rounding of the
/// division itself.
std::int64_t duration_ps(std::int64_t bytes, base::BytesPerSecond bandwidth) {
  constexpr double kPicosecondsPerSecond = 1e12;
  constexpr double kRounding = 1e-6;
  return static_cast<std::int64_t>(std::ceil(
      static_cast<double>(bytes) / bandwidth.value() * kPicosecondsPerSecond - kRounding));
}

}  // namespace

std::size_t MemoryCore::add_port(base::BytesPerSecond bandwidth, accelerators::Duplex duplex) {
  ports_.push_back({bandwidth, duplex, {}, {}});
  return ports_.size() - 1;
}

TransferSlot MemoryCore::reserve(std::size_t port_index, std::int64_t bytes, bool is_write,
                                 std::int64_t now_ps) {
  assert(bytes > 0);
  Port& port = ports_[port_index];
  Way& way = port.ways[is_write && port.duplex == accelerators::Duplex::kFull ? 1 : 0];
  TransferSlot slot;
  slot.start_ps = std::max(now_ps, way.free_ps);
  device_free_ps_ = std::max(device_free_ps_, slot.start_ps) + duration_ps(bytes, bandwidth_);
  slot.end_ps = std::max(slot.start_ps + duration_ps(bytes, port.bandwidth), device_free_ps_);
  way.free_ps = slot.end_ps;
  way.busy_ps += slot.end_ps - slot.start_ps;
  port.counters.busy_ps = std::max(port.ways[0].busy_ps, port.ways[1].busy_ps);
  (is_write ? port.counters.written_bytes : port.counters.read_bytes) += bytes;
  return slot;
}

}  // namespace mensa::sim
