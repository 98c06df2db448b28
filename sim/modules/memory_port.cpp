#include "sim/modules/memory_port.h"

#include "sim/modules/sc_time_tools.h"

namespace mensa::sim {

MemoryPortModule::MemoryPortModule(const sc_core::sc_module_name& name, MemoryCore& core,
                                   std::size_t port, base::Seconds latency)
    : sc_module(name),
      socket("socket"),
      core_(core),
      port_(port),
      latency_(from_ps(to_ps(latency))) {
  socket.register_b_transport(this, &MemoryPortModule::b_transport);
}

void MemoryPortModule::b_transport(int /*initiator*/, tlm::tlm_generic_payload& request,
                                   sc_core::sc_time& delay) {
  const TransferSlot slot =
      core_.reserve(port_, static_cast<std::int64_t>(request.get_data_length()), request.is_write(),
                    now_ps() + to_ps(delay));
  sc_core::wait(from_ps(slot.end_ps - now_ps()));
  delay = latency_;
  request.set_response_status(tlm::TLM_OK_RESPONSE);
}

}  // namespace mensa::sim
