#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "accelerators/spec/number_format.h"
#include "accelerators/spec/technology.h"

namespace mensa::accelerators {

/// MACs that a PE does per cycle, as a fraction: 1/4 takes four cycles a MAC. Both at least 1.
struct MacRate {
  /// Of either part. Enough for any array of multipliers, and small beside 2^63 in products.
  static constexpr std::int64_t kMost = 65536;

  std::int64_t macs = 1;
  std::int64_t cycles = 1;

  /// In lowest terms.
  [[nodiscard]] static MacRate reduced(std::int64_t macs, std::int64_t cycles);
  /// Cycles for what takes `cycles_of_one` cycles at one MAC per cycle, rounded up; at most 2^61,
  /// which is more than a layer may take.
  [[nodiscard]] std::int64_t cycles_for(std::int64_t cycles_of_one) const;
  /// MACs per second of `pes` PEs at that clock.
  [[nodiscard]] double per_second(std::int64_t pes, base::Hertz clock) const;
  /// MACs per cycle of `pes` PEs.
  [[nodiscard]] double per_cycle(std::int64_t pes) const;
  /// "2", "1/4".
  [[nodiscard]] std::string to_string() const;

  bool operator==(const MacRate&) const = default;
};

/// Formats that MAC units take, in hardware or emulated, and what a MAC at them costs.
struct Precision {
  FactorFormats factors;
  NumberFormat accumulators = NumberFormat::integer(32);
  MacRate rate;
  /// Of one MAC; none: the technology's, of an emulated one that of its native MACs.
  std::optional<Sourced<base::Picojoules>> energy;
  /// Vector operations that each final output takes before it is stored; 0: none, or part of the
  /// output path.
  std::int64_t requantization = 0;
  /// Native MACs that one MAC is made of; 0: the hardware has it.
  std::int64_t emulated_by = 0;

  [[nodiscard]] bool emulated() const { return emulated_by > 0; }
};

/// How values of fewer than 8 bits are stored, in memories, buffers and registers.
enum class SubByteStorage : std::uint8_t {
  kPacked,  ///< several in a byte
  kPadded,  ///< one in a byte
};

/// Bits that a value of that format takes there.
[[nodiscard]] int stored_bits(NumberFormat format, SubByteStorage storage);

}  // namespace mensa::accelerators
