#pragma once

#include <cstdint>
#include <string>

namespace mensa::explore {

/// Tells processes apart, also of several machines and after a restart.
struct ProcessIdentity {
  std::string host;  ///< name of the machine and its numbering of processes
  std::string boot;  ///< of the machine, since it was started; empty where unknown
  std::int64_t pid = 0;
  std::int64_t started = 0;  ///< clock ticks after the machine; 0 where unknown
};

[[nodiscard]] ProcessIdentity this_process();

enum class Life : std::uint8_t { kAlive, kGone, kUnknown };

/// Whether a process of the host of `observer` still runs; of other hosts it is not known.
[[nodiscard]] Life life_of(const ProcessIdentity& process, const ProcessIdentity& observer);

}  // namespace mensa::explore
