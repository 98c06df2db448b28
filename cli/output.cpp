#include "cli/output.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

#include "cli/workers/interrupts.h"
#include "models/base/atomic_file.h"
#include "models/base/error.h"

namespace mensa::cli {

void print(std::string_view text) {
  const bool written =
      std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  if (!written) {
    throw base::Error(
        fmt::format("cannot write to standard output: {}", std::generic_category().message(errno)));
  }
}

void write_file(const std::filesystem::path& path, std::string_view content) {
  const workers::InterruptsDeferred deferred;
  base::write_file_atomically(path, content);
}

void tell(std::string_view text) {
  const std::string line = fmt::format("mensa: {}\n", text);
  // Where even this fails there is nobody left to tell.
  static_cast<void>(std::fwrite(line.data(), 1, line.size(), stderr));
}

void warn(std::string_view text) { tell(fmt::format("warning: {}", text)); }

}  // namespace mensa::cli
