#pragma once

#include <cstdint>
#include <tlm>
#include <vector>

#include "sim/engine/event_log.h"
#include "sim/modules/dram_device.h"

namespace mensa::sim {

/// TLM-2.0 extension that says what a request consists of, and with which a memory of ours answers
/// what held it up. Other targets may ignore it: the payload has the first address and the length
/// of all, and all of the request's time counts as the transfer itself.
struct TransferInfo : tlm::tlm_extension<TransferInfo> {
  /// Consecutive bytes each; a request may gather several. Empty: what the payload says.
  std::vector<MemoryRequest> pieces;
  /// What the log of a port says of it: track (the one that asks), phase, job and layer are set.
  EventLog::Span label;

  std::int64_t behind_own_ps = 0;     ///< behind requests of the same engine
  std::int64_t behind_others_ps = 0;  ///< behind those of others at the port
  /// Of the delay that is answered: behind those of other ports in the device.
  std::int64_t device_contention_ps = 0;
  DramDelays dram;             ///< of the device, hidden behind other data or not
  std::int64_t activates = 0;  ///< rows opened

  /// All but the label.
  void clear() {
    pieces.clear();
    behind_own_ps = behind_others_ps = device_contention_ps = activates = 0;
    dram = {};
  }
  [[nodiscard]] tlm_extension_base* clone() const override { return new TransferInfo(*this); }
  void copy_from(const tlm_extension_base& other) override {
    *this = static_cast<const TransferInfo&>(other);
  }
};

}  // namespace mensa::sim
