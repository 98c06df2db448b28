#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "accelerators/spec/system.h"
#include "models/base/units.h"

namespace mensa::sim {

/// When a request moves over its port.
struct TransferSlot {
  std::int64_t start_ps = 0;
  std::int64_t end_ps = 0;  ///< last data on the port; the requester sees it `latency` later
};

/// Bandwidth of a memory and its ports, first come first served, without the kernel. Ports move
/// data at their own rate, in a full-duplex port each way at once, and share the device's. A
/// requester that asks for one chunk at a time takes turns with the others. Times are picoseconds
/// since the start and never decrease between calls.
class MemoryCore {
 public:
  struct PortCounters {
    std::int64_t read_bytes = 0;
    std::int64_t written_bytes = 0;
    std::int64_t busy_ps = 0;  ///< of a full-duplex port that of the busier way
  };

  explicit MemoryCore(base::BytesPerSecond bandwidth) : bandwidth_(bandwidth) {}

  /// Adds a port and returns its index. `bandwidth` is that of each way where it is full-duplex.
  std::size_t add_port(base::BytesPerSecond bandwidth,
                       accelerators::Duplex duplex = accelerators::Duplex::kHalf);

  /// Books the next free slot for `bytes` > 0 at or after `now_ps`.
  TransferSlot reserve(std::size_t port, std::int64_t bytes, bool is_write, std::int64_t now_ps);

  [[nodiscard]] const PortCounters& counters(std::size_t port) const {
    return ports_[port].counters;
  }

 private:
  /// What moves one request after another.
  struct Way {
    std::int64_t free_ps = 0;
    std::int64_t busy_ps = 0;
  };
  struct Port {
    base::BytesPerSecond bandwidth;
    accelerators::Duplex duplex = accelerators::Duplex::kHalf;
    std::array<Way, 2> ways = {};  ///< full duplex: of reads and of writes; else the first, of both
    PortCounters counters;
  };

  base::BytesPerSecond bandwidth_;
  std::int64_t device_free_ps_ = 0;
  std::vector<Port> ports_;
};

}  // namespace mensa::sim
