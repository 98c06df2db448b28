#include "models/base/atomic_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>
#include <system_error>

#include "models/base/error.h"

namespace mensa::base {
namespace {

namespace fs = std::filesystem;

/// Names tried for the new file: another process with our number may have died in another
/// container.
constexpr int kNameAttempts = 100;
/// As a shell's redirection would have it; the user's umask takes its part away.
constexpr mode_t kNewFileMode = 0666;

Error failure(const fs::path& path, int reason) {
  return Error(
      fmt::format("cannot write '{}': {}", path.string(), std::generic_category().message(reason)));
}

/// Makes the new name last too. Not every file system can, and the content is safe already.
void synchronise_folder(const fs::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

}  // namespace

AtomicFile::AtomicFile(const fs::path& path) : target_(path) {
  for (int attempt = 0; attempt < kNameAttempts && descriptor_ < 0; ++attempt) {
    path_ = target_.parent_path() /
            fmt::format(".{}.{}-{}.tmp", target_.filename().string(), ::getpid(), attempt);
    descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kNewFileMode);
    if (descriptor_ < 0 && errno != EEXIST) break;
  }
  if (descriptor_ < 0) throw failure(target_, errno);
}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!path_.empty()) ::unlink(path_.c_str());
}

void AtomicFile::write(std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(descriptor_, content.data(), content.size());
    if (written >= 0) {
      content.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      throw failure(target_, errno);
    }
  }
}

void AtomicFile::commit() {
  if (::fsync(descriptor_) != 0) throw failure(target_, errno);
  // Some file systems report a full disk no earlier than here.
  const int closed = ::close(descriptor_);
  descriptor_ = -1;
  if (closed != 0) throw failure(target_, errno);
  if (std::rename(path_.c_str(), target_.c_str()) != 0) throw failure(target_, errno);
  path_.clear();
  synchronise_folder(target_.has_parent_path() ? target_.parent_path() : fs::path("."));
}

void write_file_atomically(const fs::path& path, std::string_view content) {
  AtomicFile file(path);
  file.write(content);
  file.commit();
}

void make_writable_folder(const fs::path& folder) {
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (!failed && !fs::is_directory(folder, failed) && !failed) {
    failed = std::make_error_code(std::errc::not_a_directory);
  }
  if (failed) {
    throw Error(fmt::format("cannot make the folder '{}': {}", folder.string(), failed.message()));
  }
  if (::access(folder.c_str(), W_OK | X_OK) != 0) throw failure(folder, errno);
}

}  // namespace mensa::base
