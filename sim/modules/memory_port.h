#pragma once

#include <tlm_utils/multi_passthrough_target_socket.h>

#include <systemc>
#include <tlm>

#include "sim/modules/memory_core.h"

namespace mensa::sim {

/// TLM-2.0 target in front of one port of a memory. b_transport blocks while the request is on the
/// port and adds the memory's latency to the delay, so that an initiator may send its next request
/// while the data of the last are still on their way. Any other TLM-2.0 target can stand in for it.
class MemoryPortModule : public sc_core::sc_module {
 public:
  tlm_utils::multi_passthrough_target_socket<MemoryPortModule> socket;

  /// `core` is shared by the ports of one memory and must outlive them.
  MemoryPortModule(const sc_core::sc_module_name& name, MemoryCore& core, std::size_t port,
                   base::Seconds latency);

 private:
  void b_transport(int initiator, tlm::tlm_generic_payload& request, sc_core::sc_time& delay);

  MemoryCore& core_;
  std::size_t port_;
  sc_core::sc_time latency_;
};

}  // namespace mensa::sim
