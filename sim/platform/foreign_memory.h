#pragma once

#include <tlm>

namespace mensa::sim {

/// Stands in for a memory port of a system: whatever TLM-2.0 target is behind it. Made before the
/// simulation, as modules are, and there until its end.
///
/// Requests have a command, an address and a length; their data pointer is null, for only time is
/// simulated. b_transport may wait, and may add to the delay what passes until the data are there:
/// the initiator sends its next request when b_transport returns. An answer other than
/// TLM_OK_RESPONSE ends the simulation with std::logic_error.
class ForeignMemory {
 public:
  ForeignMemory() = default;
  virtual ~ForeignMemory() = default;
  ForeignMemory(const ForeignMemory&) = delete;
  ForeignMemory& operator=(const ForeignMemory&) = delete;

  /// Binds a socket of an engine; called three times for each engine on the port (parameters,
  /// activations, results), which may have requests under way at once.
  virtual void bind(tlm::tlm_initiator_socket<>& initiator) = 0;
};

}  // namespace mensa::sim
