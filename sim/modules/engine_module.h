#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <systemc>
#include <tlm>
#include <vector>

#include "sim/engine/activity.h"
#include "sim/engine/block_program.h"
#include "sim/engine/event_log.h"
#include "sim/modules/buffer_occupancy.h"
#include "sim/modules/transfer_info.h"

namespace mensa::sim {

/// What one layer of one inference did on its engine, in picoseconds and bytes.
struct LayerTrace {
  bool started = false;
  std::int64_t start_ps = 0;  ///< first request, or when the array turns to it if that is earlier
  std::int64_t end_ps = 0;    ///< last result computed and written
  ActivityTimes times;        ///< its part of the block's time; parts add up to the whole
  accelerators::DramTraffic dram;
  DramDelays dram_delays;
  std::int64_t activates = 0;

  /// Adds what was done in another inference; start and end stay.
  void add(const LayerTrace& other) {
    times += other.times;
    dram += other.dram;
    dram_delays += other.dram_delays;
    activates += other.activates;
  }
};

/// An accelerator or the host: one process brings tiles of parameters in and one those of
/// activations, one computes, one takes results out, over double buffers for each operand with
/// back-pressure both ways. It runs one block at a time. What its tiles take in its buffers is
/// accounted for in bytes (see BufferOccupancy); more than there is room for is a
/// std::logic_error's matter, which the kernel passes on as its own exception.
class EngineModule : public sc_core::sc_module {
 public:
  tlm_utils::simple_initiator_socket<EngineModule> weight_socket;
  tlm_utils::simple_initiator_socket<EngineModule> read_socket;
  tlm_utils::simple_initiator_socket<EngineModule> write_socket;

  SC_HAS_PROCESS(EngineModule);
  /// `log` may be null: nothing is logged. `label` heads its tracks there.
  EngineModule(const sc_core::sc_module_name& name, base::Hertz clock,
               std::vector<accelerators::Buffer> buffers, const std::string& label, EventLog* log);

  /// Runs a block of a job from within a process of the kernel; returns when its last write is
  /// done. `traces` has one entry per LayerId.
  void run(const BlockProgram& program, JobId job, std::vector<LayerTrace>& traces);
  /// All of the time since it was last accounted for goes to `activity`.
  void charge(Activity activity);

  /// Adds up to the time that has passed, when all has been charged.
  [[nodiscard]] const ActivityTimes& times() const { return times_; }
  [[nodiscard]] std::int64_t active_ps() const { return active_ps_; }
  [[nodiscard]] const BufferOccupancy& buffers() const { return buffers_; }

 private:
  /// Until when a tile's data were held up by what.
  struct Stretch {
    std::int64_t end_ps = 0;
    Activity activity = Activity::kActivations;
  };
  /// A tile that was brought in.
  struct Fetched {
    std::int64_t arrival_ps = 0;
    std::vector<Stretch> stretches;
  };
  /// Tiles that are there or on their way.
  struct Inflow {
    explicit Inflow(const char* name) : ready(name, 0) {}
    sc_core::sc_semaphore ready;
    std::deque<Fetched> fetched;
  };
  struct Stream {
    Region region;
    std::int64_t offset = 0;
  };
  /// Part of what a tile moves.
  struct Part {
    base::Bytes bytes;
    Stream* stream = nullptr;
    Activity activity = Activity::kActivations;
    Phase phase = Phase::kReadActivations;
  };

  /// A tile of the block.
  struct Step {
    const LayerProgram& layer;
    const TileProgram& tile;
    std::int64_t run = 0;
    std::size_t turn = 0;   ///< as BufferOccupancy counts them
    bool is_first = false;  ///< of its layer in the run
  };

  /// Calls `visit(step)` for every tile of the block.
  template <class Visit>
  void for_each_tile(const BlockProgram& program, Visit&& visit);

  void bring_weights();
  void bring_inputs();
  void compute();
  void take_out();
  /// Moves all parts, one after the other, in chunks; returns when the last is off the port, with
  /// the moment at which the last data arrive (no later than that where nothing moves).
  std::int64_t transfer(tlm_utils::simple_initiator_socket<EngineModule>& socket,
                        tlm::tlm_command command, std::uint32_t track, std::array<Part, 2> parts,
                        const LayerProgram& layer, std::vector<Stretch>* stretches);
  /// Whether the processes that bring tiles in have something to do for a tile.
  [[nodiscard]] static bool brings_weights(const Step& step);
  [[nodiscard]] static bool brings_inputs(const Step& step);
  /// Waits for room for the step's tile of an operand, and takes it.
  void take_room(sc_core::sc_semaphore& slots, const Step& step, models::MacOperand operand);
  void free_room(sc_core::sc_semaphore& slots, const Step& step, models::MacOperand operand);
  /// Waits for room for what the step's layer needs beside its tiles, and takes it, once.
  void open_turn(const Step& step);
  void wait_for_room();
  void tell_of_room();
  static void arrived(Inflow& inflow, Fetched fetched, std::int64_t arrival_ps);
  /// Waits for what was brought for a tile and charges the layer with what held it up.
  void take(Inflow& inflow, const LayerProgram& layer, Activity activity);
  /// Until what the layer reads of its own block is written.
  void await(const LayerProgram& layer, std::int64_t run);
  void note_start(LayerTrace& trace) const;
  /// Charges the layer, and the engine, up to now or to a moment before.
  void charge_layer(const LayerProgram& layer, Activity activity, std::int64_t until_ps);
  void log_span(std::uint32_t track, Phase phase, const LayerProgram& layer, std::int64_t start_ps,
                std::int64_t end_ps, std::int64_t bytes, Activity activity = Activity::kBusy);

  base::Hertz clock_;
  const BlockProgram* program_ = nullptr;
  JobId job_;
  std::vector<LayerTrace>* traces_ = nullptr;
  sc_core::sc_event begin_;
  sc_core::sc_event done_;
  BufferOccupancy buffers_;
  sc_core::sc_event room_changed_;
  int waiting_for_room_ = 0;  ///< processes
  // Room for two tiles of each operand: one in use and one on its way.
  sc_core::sc_semaphore weight_slots_;
  sc_core::sc_semaphore input_slots_;
  sc_core::sc_semaphore output_slots_;
  Inflow weights_;
  Inflow inputs_;
  sc_core::sc_semaphore outputs_ready_;
  std::vector<std::int64_t> runs_written_;  ///< by layer of the block
  sc_core::sc_event run_written_;
  ActivityTimes times_;
  std::int64_t charged_until_ps_ = 0;
  std::int64_t active_ps_ = 0;

  EventLog* log_;
  std::uint32_t layer_track_ = 0;
  std::uint32_t weight_track_ = 0;
  std::uint32_t in_track_ = 0;
  std::uint32_t array_track_ = 0;
  std::uint32_t out_track_ = 0;
};

}  // namespace mensa::sim
