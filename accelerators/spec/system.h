#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "accelerators/dataflows/dataflow.h"
#include "accelerators/spec/dram_timing.h"
#include "accelerators/spec/level.h"
#include "accelerators/spec/precision.h"
#include "accelerators/spec/sparsity.h"
#include "accelerators/spec/technology.h"
#include "models/base/ids.h"
#include "models/base/units.h"
#include "models/graph/problem_shape.h"

namespace mensa::accelerators {

using AcceleratorId = base::Id<struct AcceleratorTag>;
using MemoryId = base::Id<struct MemoryTag>;
using PortId = base::Id<struct PortTag>;

/// A set of MAC operands, one bit each by models::index(MacOperand).
class OperandSet {
 public:
  constexpr OperandSet() = default;
  constexpr OperandSet(std::initializer_list<models::MacOperand> operands) {
    for (const models::MacOperand operand : operands) insert(operand);
  }
  constexpr void insert(models::MacOperand operand) {
    bits_ = static_cast<std::uint8_t>(bits_ | (1U << models::index(operand)));
  }
  [[nodiscard]] constexpr bool contains(models::MacOperand operand) const {
    return ((bits_ >> models::index(operand)) & 1U) != 0;
  }
  [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
  constexpr bool operator==(const OperandSet&) const = default;

 private:
  std::uint8_t bits_ = 0;
};

/// What the bandwidth of a memory port is for.
enum class Duplex : std::uint8_t {
  kHalf,  ///< reads and writes together
  kFull,  ///< reads, and as much again for writes
};

/// One way into a memory, with the link that leads there. Several accelerators may share a port.
struct MemoryPort {
  PortId id;
  std::string name;  ///< unique in the memory
  MemoryId memory;
  base::BytesPerSecond bandwidth;  ///< both directions together, or of each; see `duplex`
  Duplex duplex = Duplex::kHalf;
  base::Seconds latency;  ///< from request to first data, unloaded
  /// Of one bit read or written through this port, link included: all-in, or what moving it takes
  /// beside the activates of rows.
  Sourced<base::Picojoules> energy_per_bit;
  /// Activates are charged one by one, at the `activate_energy` of the memory's timing.
  bool counts_activates = false;
};

/// A DRAM device or stack. All its ports share `bandwidth`, reads and writes together.
struct Memory {
  MemoryId id;
  std::string name;
  std::string kind;  ///< label, as "LPDDR4"
  base::Bytes capacity;
  base::BytesPerSecond bandwidth;
  base::Bytes burst{1};  ///< smallest transfer; what moves comes in whole ones
  Sourced<base::Watts> background_power;
  /// Rows, refresh and turnarounds; without it the memory always gives its whole bandwidth.
  std::optional<DramTiming> timing;
  std::vector<PortId> ports;
};

/// What each bank of a buffer has.
enum class BufferPorts : std::uint8_t {
  kShared,    ///< one port for reads and writes: together at most banks x width per cycle
  kSeparate,  ///< a read port and a write port: reads and writes at most banks x width each
};

/// On-chip SRAM that holds tiles of the operands in `keeps`, and vector data where it keeps inputs.
struct Buffer {
  std::string name;
  base::Bytes capacity;
  OperandSet keeps;
  int banks = 1;
  base::Bytes width;  ///< of one access to one bank
  BufferPorts ports = BufferPorts::kShared;

  /// What one port of every bank moves.
  [[nodiscard]] base::Bytes bytes_per_cycle() const { return width * banks; }
  /// Cycles that this many bytes take, evenly spread over the banks; not rounded.
  [[nodiscard]] double access_cycles(double read_bytes, double write_bytes) const;
  [[nodiscard]] base::Bytes bank_capacity() const {
    return base::Bytes(base::ceil_div(capacity.value(), banks));
  }
};

/// Registers of one PE, by operand; 0 means that the operand has no register there and comes from
/// the level above for every MAC.
struct RegisterFile {
  std::array<base::Bytes, models::kMacOperandCount> capacity;
};

/// SIMD lanes that do vector work, one operation each per cycle.
struct VectorUnit {
  std::int64_t lanes = 0;  ///< 0: none; vector work goes to the host
};

struct Accelerator {
  AcceleratorId id;
  std::string name;
  std::string description;
  std::int64_t rows = 1;
  std::int64_t columns = 1;
  base::Hertz clock;
  Dataflow dataflow;
  std::vector<Buffer> buffers;  ///< each operand is kept by at most one
  RegisterFile registers;
  VectorUnit vector_unit;
  std::vector<Precision> precisions;  ///< the first is the native one
  std::vector<Precision> emulations;  ///< what the MAC units do in several native MACs each
  SubByteStorage sub_byte_storage = SubByteStorage::kPacked;
  Sparsity sparsity;
  /// Runs the input products of all time steps as one GEMM.
  bool time_batching = true;
  /// Keeps parameters of a whole model across inferences when they fit.
  bool keeps_parameters = false;
  /// Does not leak while it has nothing to do.
  bool power_gated = false;
  /// Time that the driver needs before each layer (or recurrence) may start.
  base::Seconds launch_overhead;
  /// Of its requests at a port that it shares: those of a higher priority go first, equal ones take
  /// turns.
  std::int64_t memory_priority = 0;
  PortId port;

  [[nodiscard]] std::int64_t pe_count() const { return rows * columns; }
  [[nodiscard]] const Precision& native_precision() const { return precisions.front(); }
  /// The precision, emulated or not, at which it multiplies numbers of these formats; null where it
  /// does not.
  [[nodiscard]] const Precision* find_precision(const FactorFormats& factors) const;
  /// "int8, int4 x int8", and what is emulated.
  [[nodiscard]] std::string precision_names() const;
  /// Bits that a value takes in its memories, buffers and registers.
  [[nodiscard]] int stored_bits(NumberFormat format) const {
    return accelerators::stored_bits(format, sub_byte_storage);
  }
  /// Energy of a MAC at one of its precisions. Throws base::Error where neither the precision nor
  /// the technology has it.
  [[nodiscard]] base::Picojoules mac_energy(const Precision& precision,
                                            const Technology& technology) const;
  /// MACs per second at the native precision with every PE busy.
  [[nodiscard]] double peak_macs_per_second() const;
  /// The buffer that keeps `operand`; null where none does.
  [[nodiscard]] const Buffer* buffer_of(models::MacOperand operand) const;
  /// Where parameters are kept: in the buffer that keeps weights, else in the PEs' registers.
  [[nodiscard]] Level parameter_level() const {
    return buffer_of(models::MacOperand::kWeights) != nullptr ? Level::kBuffers : Level::kRegisters;
  }
  /// Room for parameters there.
  [[nodiscard]] base::Bytes parameter_capacity() const;
};

/// What runs layers that no accelerator supports (never MAC work).
struct Host {
  std::string name = "host";
  double operations_per_second = 0;
  Sourced<base::Picojoules> energy_per_operation;
  PortId port;
};

/// Everything a run needs to know of the hardware. Immutable after loading.
struct System {
  std::string name;
  std::string description;
  Technology technology;
  std::vector<Memory> memories;
  std::vector<MemoryPort> ports;
  std::vector<Accelerator> accelerators;
  Host host;
  /// Lines the loader found worth saying, as an SRAM slower than its clock.
  std::vector<std::string> warnings;

  [[nodiscard]] const Accelerator& accelerator(AcceleratorId id) const {
    return accelerators[id.index()];
  }
  [[nodiscard]] const MemoryPort& port(PortId id) const { return ports[id.index()]; }
  [[nodiscard]] const Memory& memory(MemoryId id) const { return memories[id.index()]; }
  /// Of the memory behind a port.
  [[nodiscard]] base::Bytes burst(PortId id) const { return memory(port(id).memory).burst; }
  /// What a bit through this port is taken to cost where nobody counts activates. Where the port
  /// counts them, they are spread over the bits of their rows, each used once, as streams do.
  [[nodiscard]] base::Picojoules energy_per_bit(PortId id) const;
  /// Cycles of `clock` that these bytes take through a port that nobody else uses, without its
  /// latency and not rounded. A full-duplex port may be held up by its memory.
  [[nodiscard]] double transfer_cycles(PortId id, base::Bytes read, base::Bytes write,
                                       base::Hertz clock) const;
  /// By name; throws base::Error listing the known ones.
  [[nodiscard]] const Accelerator& accelerator(std::string_view wanted) const;
};

}  // namespace mensa::accelerators
