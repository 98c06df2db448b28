#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "accelerators/spec/technology.h"
#include "models/base/units.h"

namespace mensa::accelerators {

/// When the channels of a DRAM refresh.
enum class RefreshOrder : std::uint8_t {
  kStaggered,  ///< evenly spread over t_refi
  kTogether,   ///< all at the same time
};

/// How a DRAM is built and how long its commands take, by the names that JEDEC's standards use.
/// docs/memory-model.md says what the simulator makes of it. Times are those between commands: data
/// follow a read or write command after the CAS latency, which is part of the port's latency, so
/// that a burst counts as on the bus from its command on. What lies between commands in spite of
/// that, as the write latency before a write recovery, belongs to the figure here.
struct DramTiming {
  std::string name;
  std::int64_t channels = 1;  ///< with a data bus of their own; a power of two
  std::int64_t banks = 1;     ///< of one channel, all ranks and bank groups; a power of two
  base::Bytes row{1};         ///< what an activate opens in one bank of one channel
  base::Bytes interleave{1};  ///< consecutive bytes on one channel before the next one's
  base::Bytes burst{1};       ///< of one channel
  base::Seconds burst_time;   ///< of one burst on the channel's data bus

  base::Seconds t_rcd;   ///< activate to read or write
  base::Seconds t_rp;    ///< precharge to activate
  base::Seconds t_ras;   ///< activate to precharge
  base::Seconds t_rtp;   ///< start of the last read burst to precharge
  base::Seconds t_wr;    ///< end of the last write burst to precharge
  base::Seconds t_wtr;   ///< end of the last write burst to the first read burst
  base::Seconds t_rtw;   ///< end of the last read burst to the first write burst
  base::Seconds t_rrd;   ///< activate to activate in another bank
  base::Seconds t_faw;   ///< within this at most four activates
  base::Seconds t_refi;  ///< refresh to refresh of a channel
  base::Seconds t_rfc;   ///< refresh of all banks to activate

  RefreshOrder refresh = RefreshOrder::kStaggered;

  /// One activate and the precharge after it; where not known, ports have it in their energy per
  /// bit.
  std::optional<Sourced<base::Picojoules>> activate_energy;

  /// All channels at once, without gaps.
  [[nodiscard]] base::BytesPerSecond bandwidth() const {
    return base::BytesPerSecond(static_cast<double>(channels * burst.value()) / burst_time.value());
  }
};

}  // namespace mensa::accelerators
