#pragma once

#include "cli/workers/job.h"

namespace mensa::workers::test {

/// Kinds of jobs for tests:
/// - "echo": the payload and its "text" back, where it has one, after "milliseconds"
/// - "long": a text of `payload` bytes
/// - "mistake", "memory", "fault": base::Error, std::bad_alloc, std::logic_error with that text
/// - "die": by the signal `payload`, while simulating layer 31 of 54 conv4_2
/// - "exit": with the code `payload`
/// - "times": when the job began and ended, in milliseconds of a clock that all processes share
/// - "files": its open descriptors
/// - "signals": whether SIGINT, SIGTERM and SIGHUP are blocked
[[nodiscard]] const Handlers& handlers();

}  // namespace mensa::workers::test
