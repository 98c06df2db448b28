#pragma once

#include <string>
#include <vector>

#include "accelerators/spec/number_format.h"
#include "models/base/units.h"

namespace mensa::accelerators {

/// A figure with its ground: what we compute with, the spread of the sources, where it is from and
/// how sure that is (A primary source, B secondary, C recalled, D doubtful, X derived here, - given
/// by the user).
template <class Q>
struct Sourced {
  Q nominal{};
  Q low{};
  Q high{};
  std::string source;
  std::string grade;
};

/// Energy of one multiply-accumulate with operands up to the given widths.
struct MacEnergy {
  NumberFormat weights;
  NumberFormat activations;
  Sourced<base::Picojoules> energy;
};

/// A register file of the given size: energy of one byte read or written, area of one byte held.
struct RegisterFigures {
  base::Bytes capacity;
  Sourced<base::Picojoules> energy_per_byte;
  Sourced<base::SquareMillimetres> area_per_byte{};
};

/// One SRAM macro of the table: one read-write port, one bank.
struct SramPoint {
  base::Bytes capacity;
  base::Bytes width;
  base::Seconds cycle_time;
  base::Picojoules read;   ///< one access of `width`
  base::Picojoules write;  ///< one access of `width`
  base::Watts leakage;
  base::SquareMillimetres area;
};

/// SRAM figures of one cell type, interpolated in log space over capacity and width.
class SramTable {
 public:
  SramTable() = default;
  /// `points` must hold every combination of at least one width and two capacities, each once, with
  /// no figure below 0; throws base::Error where a combination is missing or double. Sorted here,
  /// by width, then capacity.
  explicit SramTable(std::vector<SramPoint> points);

  /// The macro of that capacity and access width. Within the table it interpolates linearly in
  /// (log capacity, log width), a figure by its logarithm or, where it is 0 at an end, itself;
  /// outside it extends the two nearest points by their power law. With a single width in the
  /// table, width does not matter.
  [[nodiscard]] SramPoint at(base::Bytes capacity, base::Bytes width) const;
  [[nodiscard]] bool covers(base::Bytes capacity, base::Bytes width) const;
  [[nodiscard]] const std::vector<SramPoint>& points() const { return points_; }

 private:
  std::vector<SramPoint> points_;
  std::vector<base::Bytes> capacities_;  ///< ascending, each once
  std::vector<base::Bytes> widths_;      ///< ascending, each once
};

/// Constants of a process: nothing here is known to code, all of it comes from a data file.
struct Technology {
  std::string name;
  std::string description;
  std::vector<MacEnergy> mac;              ///< ascending kind and width
  std::vector<RegisterFigures> registers;  ///< ascending capacity
  Sourced<base::Picojoules> vector_operation;
  /// One byte carried over one PE pitch.
  Sourced<base::Picojoules> network_hop_per_byte;
  Sourced<base::Watts> pe_leakage;
  /// MAC units and control of one PE, without its operand registers and its links.
  Sourced<base::SquareMillimetres> pe_area;
  Sourced<base::SquareMillimetres> vector_lane_area;
  /// One byte of link width over one PE pitch.
  Sourced<base::SquareMillimetres> network_area_per_byte;
  std::string sram_cell;
  SramTable sram;  ///< of that cell, the file's scale factors applied
  /// Area of a bank with a read port and a write port over that of one with a shared port.
  Sourced<double> separate_ports_area{1, 1, 1, "", ""};

  /// Energy of a MAC at these formats: the entry that is nearest from above. Integers take those of
  /// integers; floats those of floats, which do integers of up to their significand's bits as well
  /// and bf16 where they have its bits. Throws base::Error where none is wide enough.
  [[nodiscard]] base::Picojoules mac_energy(const FactorFormats& factors) const;
  /// Register energy per byte, interpolated in log space over the file's capacity, constant
  /// outside.
  [[nodiscard]] base::Picojoules register_energy_per_byte(base::Bytes capacity) const;
  /// Register area per byte, interpolated in the same way.
  [[nodiscard]] base::SquareMillimetres register_area_per_byte(base::Bytes capacity) const;
};

}  // namespace mensa::accelerators
