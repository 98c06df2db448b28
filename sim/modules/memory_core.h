#pragma once

#include <cstdint>
#include <vector>

#include "models/base/units.h"

namespace mensa::sim {

/// When a request moves over its port.
struct TransferSlot {
  std::int64_t start_ps = 0;
  std::int64_t end_ps = 0;  ///< last data on the port; the requester sees it `latency` later
};

/// Bandwidth of a memory and its ports, first come first served, without the kernel. Ports move
/// data at their own rate and share the device's. A requester that asks for one chunk at a time
/// takes turns with the others. Times are picoseconds since the start and never decrease between
/// calls.
class MemoryCore {
 public:
  struct PortCounters {
    std::int64_t read_bytes = 0;
    std::int64_t written_bytes = 0;
    std::int64_t busy_ps = 0;
  };

  explicit MemoryCore(base::BytesPerSecond bandwidth) : bandwidth_(bandwidth) {}

  /// Adds a port and returns its index.
  std::size_t add_port(base::BytesPerSecond bandwidth);

  /// Books the next free slot for `bytes` > 0 at or after `now_ps`.
  TransferSlot reserve(std::size_t port, std::int64_t bytes, bool is_write, std::int64_t now_ps);

  [[nodiscard]] const PortCounters& counters(std::size_t port) const {
    return ports_[port].counters;
  }

 private:
  struct Port {
    base::BytesPerSecond bandwidth;
    std::int64_t free_ps = 0;
    PortCounters counters;
  };

  base::BytesPerSecond bandwidth_;
  std::int64_t device_free_ps_ = 0;
  std::vector<Port> ports_;
};

}  // namespace mensa::sim
