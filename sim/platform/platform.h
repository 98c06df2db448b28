#pragma once

#include <memory>
#include <systemc>
#include <vector>

#include "accelerators/spec/system.h"
#include "sim/modules/engine_module.h"
#include "sim/modules/memory_core.h"
#include "sim/modules/memory_port.h"

namespace mensa::sim {

/// The SystemC top of a system: an engine per accelerator and one for the host, a target per memory
/// port, bound as the system says, and a dispatcher that plays the blocks of a schedule.
class Platform : public sc_core::sc_module {
 public:
  SC_HAS_PROCESS(Platform);
  /// All arguments must outlive the platform. `traces` has one entry per layer.
  Platform(const sc_core::sc_module_name& name, const accelerators::System& system,
           const std::vector<BlockProgram>& programs, std::vector<LayerTrace>& traces);

  struct BlockTimes {
    bool done = false;
    std::int64_t start_ps = 0;
    std::int64_t end_ps = 0;
  };
  [[nodiscard]] const std::vector<BlockTimes>& block_times() const { return times_; }
  [[nodiscard]] const MemoryCore::PortCounters& port_counters(accelerators::PortId port) const;
  /// By accelerator id; the host is one past the last.
  [[nodiscard]] const EngineModule& engine(std::size_t index) const { return *engines_[index]; }

 private:
  /// The runtime of one engine: starts its blocks in order, each when what it waits for is done.
  void dispatch(std::size_t engine);

  const accelerators::System& system_;
  const std::vector<BlockProgram>& programs_;
  std::vector<std::unique_ptr<MemoryCore>> cores_;        ///< by MemoryId
  std::vector<std::unique_ptr<MemoryPortModule>> ports_;  ///< by PortId
  std::vector<std::size_t> port_index_;                   ///< by PortId: index in its core
  std::vector<std::unique_ptr<EngineModule>> engines_;
  std::vector<BlockTimes> times_;
  sc_core::sc_event block_done_;
};

}  // namespace mensa::sim
