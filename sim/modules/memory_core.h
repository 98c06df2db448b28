#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "accelerators/spec/system.h"
#include "models/base/units.h"
#include "sim/modules/dram_device.h"

namespace mensa::sim {

/// When a request moves over its port, and what made it longer than its bytes.
struct TransferSlot {
  std::int64_t start_ps = 0;
  std::int64_t end_ps = 0;  ///< the port is free for the next request
  /// Last data of the request, at the end or later, without the port's latency.
  std::int64_t data_ps = 0;
  /// Of the time until then beyond the port's own: because the device served other ports.
  std::int64_t device_contention_ps = 0;
  DramDelays dram;             ///< of the device, whether or not the port's own time hides them
  std::int64_t activates = 0;  ///< rows opened
};

/// Bandwidth of a memory and its ports, without the kernel. Ports move data at their own rate, in a
/// full-duplex port each way at once, one request after another, and share the device. While the
/// device is still at work on a request its port may take the next ones, kMostOutstanding at a
/// time. Times are picoseconds since the start and never decrease between calls.
class MemoryCore {
 public:
  struct PortCounters {
    std::int64_t read_bytes = 0;
    std::int64_t written_bytes = 0;
    std::int64_t busy_ps = 0;  ///< of a full-duplex port that of the busier way
    std::int64_t activates = 0;
    DramDelays dram;
  };

  explicit MemoryCore(std::unique_ptr<MemoryDevice> device) : device_(std::move(device)) {}

  /// Adds a port and returns its index. `bandwidth` is that of each way where it is full-duplex.
  std::size_t add_port(base::BytesPerSecond bandwidth,
                       accelerators::Duplex duplex = accelerators::Duplex::kHalf);

  static constexpr std::size_t kMostOutstanding = 8;

  /// Books the next free slot for a request of some bytes, all reads or all writes, at or after
  /// `now_ps`; `arrival_ps` is when the controller learned of it.
  TransferSlot reserve(std::size_t port, const std::vector<MemoryRequest>& pieces,
                       std::int64_t arrival_ps, std::int64_t now_ps);
  TransferSlot reserve(std::size_t port, const MemoryRequest& request, std::int64_t now_ps) {
    return reserve(port, std::vector<MemoryRequest>{request}, now_ps, now_ps);
  }

  /// 0; for writes on a full-duplex port 1.
  [[nodiscard]] std::size_t way_of(std::size_t port, bool is_write) const {
    return is_write && ports_[port].duplex == accelerators::Duplex::kFull ? 1 : 0;
  }
  [[nodiscard]] const PortCounters& counters(std::size_t port) const {
    return ports_[port].counters;
  }

 private:
  /// What moves one request after another.
  struct Way {
    std::int64_t free_ps = 0;
    std::int64_t busy_ps = 0;
    /// When the device was or will be done with the last requests.
    std::array<std::int64_t, kMostOutstanding> data_ps = {};
    std::size_t oldest = 0;
  };
  struct Port {
    base::BytesPerSecond bandwidth;
    accelerators::Duplex duplex = accelerators::Duplex::kHalf;
    std::array<Way, 2> ways = {};  ///< full duplex: of reads and of writes; else the first, of both
    std::int64_t data_ps = 0;      ///< until when the device is at work on its requests
    PortCounters counters;
  };

  std::unique_ptr<MemoryDevice> device_;
  std::vector<Port> ports_;
};

}  // namespace mensa::sim
