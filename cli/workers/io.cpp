#include "cli/workers/io.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <system_error>

#include "models/base/error.h"

namespace mensa::workers {

void throw_start_failure(int error_number) {
  throw base::Error(fmt::format("cannot start a worker process: {}",
                                std::generic_category().message(error_number)));
}

Descriptor memory_file(const char* name) {
  Descriptor file(::memfd_create(name, MFD_CLOEXEC));
  if (file.number() < 0) throw_start_failure(errno);
  return file;
}

void write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      throw_start_failure(errno);
    }
  }
}

std::string content_of(int file) {
  struct stat about {};
  if (::fstat(file, &about) != 0) throw_start_failure(errno);
  std::string text(static_cast<std::size_t>(about.st_size), '\0');
  std::size_t have = 0;
  while (have < text.size()) {
    const ssize_t count =
        ::pread(file, text.data() + have, text.size() - have, static_cast<off_t>(have));
    if (count > 0) {
      have += static_cast<std::size_t>(count);
    } else if (count == 0 || errno != EINTR) {
      throw_start_failure(count == 0 ? EIO : errno);
    }
  }
  return text;
}

}  // namespace mensa::workers
