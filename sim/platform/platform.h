#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <systemc>
#include <vector>

#include "accelerators/spec/system.h"
#include "sim/engine/block_observer.h"
#include "sim/engine/dispatcher.h"
#include "sim/engine/event_log.h"
#include "sim/modules/engine_module.h"
#include "sim/modules/memory_core.h"
#include "sim/modules/memory_port.h"
#include "sim/platform/foreign_memory.h"
#include "sim/platform/memory_model.h"

namespace mensa::sim {

/// What a platform is made for.
struct PlatformOptions {
  MemoryModel memory = MemoryModel::kDetailed;
  /// Inferences in progress at a time.
  std::size_t window = 1;
  /// Null: nothing is logged.
  EventLog* log = nullptr;
  /// In the place of the platform's own targets.
  std::map<accelerators::PortId, ForeignMemory*> foreign_memories = {};
  /// Null: nobody is told.
  BlockObserver* observer = nullptr;
};

/// The SystemC top of a system: an engine per accelerator and one for the host, a target per memory
/// port, bound as the system says, and a dispatcher that plays the blocks of schedules.
class Platform : public sc_core::sc_module {
 public:
  SC_HAS_PROCESS(Platform);
  /// All arguments must outlive the platform. `layer_counts` has the layers of every plan's model.
  Platform(const sc_core::sc_module_name& name, const accelerators::System& system,
           const std::vector<StreamPlan>& plans, const std::vector<std::size_t>& layer_counts,
           const PlatformOptions& options);

  /// A block as it ran.
  struct BlockTimes {
    BlockRun run;
    std::int64_t start_ps = 0;
    std::int64_t end_ps = 0;
    bool warm = false;  ///< found its parameters on the engine
  };
  /// In the order of their ends.
  [[nodiscard]] const std::vector<BlockTimes>& block_times() const { return block_times_; }
  /// What each layer did in the first inference of a stream, and in all of them together. By
  /// LayerId; empty where none began.
  [[nodiscard]] const std::vector<LayerTrace>& first_traces(std::size_t stream) const {
    return traces_[stream].front();
  }
  [[nodiscard]] const std::vector<LayerTrace>& sums(std::size_t stream) const {
    return sums_[stream];
  }
  [[nodiscard]] const Dispatcher& dispatcher() const { return dispatcher_; }
  [[nodiscard]] const MemoryCore::PortCounters& port_counters(accelerators::PortId port) const;
  /// Of an engine, by accelerator id, on its port. Nothing where that is foreign.
  [[nodiscard]] MemoryPortModule::Transfers transfers(std::size_t engine) const;
  /// By accelerator id; the host is one past the last.
  [[nodiscard]] const EngineModule& engine(std::size_t index) const { return *engines_[index]; }
  /// When the last block ended.
  [[nodiscard]] std::int64_t end_ps() const { return end_ps_; }

 private:
  /// One engine: takes what the dispatcher gives it until all is done.
  void drive(std::size_t index);
  /// Wakes the engines when inferences arrive.
  void let_in();
  /// Whether a block that is about to run on an engine finds parameters that stayed. A stream's
  /// stay until a block of another one runs there.
  [[nodiscard]] bool finds_parameters(std::size_t engine, const BlockRun& run);

  const accelerators::System& system_;
  const std::vector<StreamPlan>& plans_;
  std::vector<std::unique_ptr<MemoryCore>> cores_;        ///< by MemoryId
  std::vector<std::unique_ptr<MemoryPortModule>> ports_;  ///< by PortId; null where foreign
  std::vector<std::size_t> port_index_;                   ///< by PortId: index in its core
  std::vector<std::unique_ptr<EngineModule>> engines_;
  /// Whose parameters an engine has, and those of which blocks.
  struct Kept {
    std::optional<std::size_t> stream;
    std::vector<bool> blocks;
  };
  std::vector<Kept> kept_;  ///< by engine
  Dispatcher dispatcher_;
  BlockObserver* observer_;
  /// By stream and job; let go of when a job is done, but for the first of a stream.
  std::vector<std::vector<std::vector<LayerTrace>>> traces_;
  std::vector<std::vector<LayerTrace>> sums_;  ///< by stream
  std::vector<std::size_t> layer_counts_;
  std::vector<BlockTimes> block_times_;
  std::int64_t end_ps_ = 0;
  sc_core::sc_event changed_;  ///< a block ended or an inference arrived
};

}  // namespace mensa::sim
