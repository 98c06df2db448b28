#pragma once

#include <tlm_utils/multi_passthrough_target_socket.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <systemc>
#include <tlm>
#include <vector>

#include "sim/engine/event_log.h"
#include "sim/modules/memory_core.h"
#include "sim/modules/transfer_info.h"

namespace mensa::sim {

/// TLM-2.0 target in front of one port of a memory. b_transport blocks while the request waits for
/// its turn and is on the port, and adds the memory's latency to the delay, so that an initiator
/// may send its next request while the data of the last are still on their way. A TransferInfo in
/// the request is filled in. Any other TLM-2.0 target can stand in for it.
///
/// Requests go on by priority; among equals each initiator has its turn (as each has one request at
/// a time: in the order in which they came, those of one moment in the order of binding).
class MemoryPortModule : public sc_core::sc_module {
 public:
  /// A port of a system may have no user, so that nobody need be bound.
  tlm_utils::multi_passthrough_target_socket<MemoryPortModule, 32, tlm::tlm_base_protocol_types, 0,
                                             sc_core::SC_ZERO_OR_MORE_BOUND>
      socket;

  /// `core` is shared by the ports of one memory and must outlive them.
  MemoryPortModule(const sc_core::sc_module_name& name, MemoryCore& core, std::size_t port,
                   base::Seconds latency);
  /// Of the initiator that is bound next. Requests of one owner count as each other's own.
  void add_initiator(std::size_t owner, std::int64_t priority);
  /// Of one owner: how long its requests had the port, and how long some request of it waited for
  /// the port, was on it, or was held up in the device by those of other ports. What rows and
  /// turnarounds add behind a request is latency, and holds up none but those that wait for it.
  struct Transfers {
    std::int64_t on_port_ps = 0;
    std::int64_t under_way_ps = 0;
  };
  [[nodiscard]] Transfers transfers(std::size_t owner) const;

  /// From now on the log has a span for each request with a TransferInfo, on tracks under `label`.
  /// It must outlive the port.
  void log_to(EventLog& log, const std::string& label);

 private:
  struct Initiator {
    std::size_t owner = 0;
    std::int64_t priority = 0;
    std::unique_ptr<sc_core::sc_event> turn;  ///< notified when it is this initiator's
    sc_dt::uint64 asked = 0;  ///< the kernel's count of deltas when it began to wait
  };
  /// Times in which something of an owner goes on, each moment once.
  class Span {
   public:
    void begin(std::int64_t now_ps) {
      if (open_++ == 0) begun_ps_ = std::max(now_ps, until_ps_);
    }
    /// What began goes on until then.
    void end(std::int64_t until_ps) {
      until_ps_ = std::max(until_ps_, until_ps);
      if (--open_ == 0) sum_ps_ += until_ps_ - begun_ps_;
    }
    [[nodiscard]] std::int64_t sum_ps() const { return sum_ps_; }

   private:
    std::int64_t open_ = 0;
    std::int64_t begun_ps_ = 0;
    std::int64_t until_ps_ = 0;
    std::int64_t sum_ps_ = 0;
  };
  struct Owner {
    Span on_port;
    Span under_way;
  };
  /// What moves one request after another.
  struct Way {
    bool taken = false;
    std::vector<std::size_t> waiting;  ///< initiators
    /// The way may be given to one that waits. Looked at one delta later, when all that ask at this
    /// moment have asked: who is first does not depend on the kernel's order.
    std::unique_ptr<sc_core::sc_event> changed;
    std::size_t owner = 0;  ///< of the request on its way
    std::int64_t end_ps = 0;
    std::vector<std::int64_t> booked_ps;  ///< by owner
    std::uint32_t track = 0;              ///< of the log
  };
  void b_transport(int initiator_index, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  void pass_on(Way& way);
  void log_transfer(const Way& way, const TransferInfo& info, const TransferSlot& slot,
                    std::int64_t bytes);
  /// How long requests of `owner` have been on the way until now.
  [[nodiscard]] std::int64_t used_ps(const Way& way, std::size_t owner) const;

  MemoryCore& core_;
  std::size_t port_;
  sc_core::sc_time latency_;
  std::vector<Initiator> initiators_;
  std::array<Way, 2> ways_;
  std::vector<Owner> owners_;
  EventLog* log_ = nullptr;
};

}  // namespace mensa::sim
