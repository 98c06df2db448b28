#pragma once

#include <string>
#include <string_view>

#include "cli/workers/descriptor.h"

namespace mensa::workers {

// What the system refuses is a base::Error: "cannot start a worker process: ..." with its reason.

/// A new empty file that is in memory only, closed in programs that are started. The name is for
/// who looks at our files from outside.
[[nodiscard]] Descriptor memory_file(const char* name);

/// Writes all of the text at the file's current position.
void write_all(int file, std::string_view text);

/// The whole content of a file, whatever its current position.
[[nodiscard]] std::string content_of(int file);

/// Throws that error with the reason `error_number` as errno has it.
[[noreturn]] void throw_start_failure(int error_number);

}  // namespace mensa::workers
