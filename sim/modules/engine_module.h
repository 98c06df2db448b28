#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <cstdint>
#include <deque>
#include <string>
#include <systemc>
#include <tlm>
#include <vector>

#include "sim/engine/block_program.h"

namespace mensa::sim {

/// What one layer did on its engine, in picoseconds and bytes.
struct LayerTrace {
  bool started = false;
  std::int64_t start_ps = 0;    ///< first request or first computation
  std::int64_t end_ps = 0;      ///< last result computed and written
  std::int64_t charged_ps = 0;  ///< its part of the block's time; parts add up to the whole
  std::int64_t busy_ps = 0;     ///< array or lanes at work
  accelerators::DramTraffic dram;
};

/// An accelerator or the host: one process brings tiles in, one computes, one takes results out,
/// over double buffers with back-pressure both ways. It runs one block at a time.
class EngineModule : public sc_core::sc_module {
 public:
  tlm_utils::simple_initiator_socket<EngineModule> read_socket;
  tlm_utils::simple_initiator_socket<EngineModule> write_socket;

  SC_HAS_PROCESS(EngineModule);
  /// `traces` has one entry per LayerId and must outlive the module.
  EngineModule(const sc_core::sc_module_name& name, base::Hertz clock,
               std::vector<LayerTrace>& traces);

  /// Runs a block from within a process of the kernel; returns when its last write is done.
  void run(const BlockProgram& program);

  [[nodiscard]] std::int64_t active_ps() const { return active_ps_; }

 private:
  /// Calls `visit(layer program, tile, is_first_tile_of_first_run)` for every tile of the block.
  template <class Visit>
  void for_each_tile(const BlockProgram& program, Visit&& visit);

  void bring_in();
  void compute();
  void take_out();
  /// Moves `bytes` in chunks; returns when the last is off the port, with the time until it
  /// arrives.
  sc_core::sc_time transfer(tlm_utils::simple_initiator_socket<EngineModule>& socket,
                            std::int64_t bytes, tlm::tlm_command command);
  void note_start(LayerTrace& trace) const;

  base::Hertz clock_;
  std::vector<LayerTrace>& traces_;
  const BlockProgram* program_ = nullptr;
  sc_core::sc_event begin_;
  sc_core::sc_event done_;
  sc_core::sc_semaphore input_slots_;
  sc_core::sc_semaphore inputs_ready_;
  std::deque<std::int64_t> arrivals_ps_;  ///< when the tiles that are on their way arrive
  sc_core::sc_semaphore output_slots_;
  sc_core::sc_semaphore outputs_ready_;
  std::int64_t active_ps_ = 0;
};

}  // namespace mensa::sim
