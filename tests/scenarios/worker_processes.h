#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <vector>

#include "cli/workers/status.h"

namespace mensa {

// Worker processes of a mensa that runs, seen from outside.

/// Those that run now.
[[nodiscard]] std::vector<pid_t> workers_of(pid_t mensa);

/// What a worker is at, from its status board; as at the start where it has none or is gone.
[[nodiscard]] workers::Status status_of(pid_t worker);

/// False too where only its entry is left, which nobody has asked for yet.
[[nodiscard]] bool is_alive(pid_t process);

/// Waits, for a minute at the most, until something is true; false where it never was.
[[nodiscard]] bool wait_until(const std::function<bool()>& is_true);

/// Waits for a worker that is at a layer in that phase; -1 where there was none for a minute.
/// `layers`: of its model; 0: any.
[[nodiscard]] pid_t worker_at(pid_t mensa, workers::Phase phase, std::uint64_t layers = 0);

}  // namespace mensa
