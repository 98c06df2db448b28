#include "explore/store/process_identity.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <system_error>

namespace mensa::explore {
namespace {

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

std::string host_name() {
  constexpr std::size_t kLongest = 256;
  std::array<char, kLongest> name = {};
  if (gethostname(name.data(), name.size() - 1) != 0) return "unknown";
  return name.data();
}

/// Of /proc/PID/stat (man 5 proc): what is read of it.
struct ProcessStatus {
  char state = '?';
  std::int64_t started = 0;
};

std::optional<ProcessStatus> status_of(std::int64_t pid) {
  const std::string line = first_line(fmt::format("/proc/{}/stat", pid));
  // The second field is the program's name in parentheses, and may have any character.
  const std::size_t name_end = line.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream fields(line.substr(name_end + 1));
  constexpr int kFieldsBetween = 18;  // state is the 3rd, the time of the start the 22nd
  ProcessStatus status;
  std::string skipped;
  fields >> status.state;
  for (int i = 0; i < kFieldsBetween; ++i) fields >> skipped;
  fields >> status.started;
  if (fields.fail()) return std::nullopt;
  return status;
}

}  // namespace

ProcessIdentity this_process() {
  ProcessIdentity process;
  // Containers of one machine may have its name and count their processes from 1.
  std::error_code error;
  const auto numbering = std::filesystem::read_symlink("/proc/self/ns/pid", error);
  process.host = fmt::format("{} {}", host_name(), numbering.string());
  process.boot = first_line("/proc/sys/kernel/random/boot_id");
  process.pid = getpid();
  if (const auto status = status_of(process.pid)) process.started = status->started;
  return process;
}

Life life_of(const ProcessIdentity& process, const ProcessIdentity& observer) {
  if (process.host != observer.host) return Life::kUnknown;
  if (process.boot != observer.boot) return Life::kGone;
  if (kill(static_cast<pid_t>(process.pid), 0) != 0 && errno == ESRCH) return Life::kGone;
  // It may be another process of the same number, or one that has ended and nobody waited for.
  const auto status = status_of(process.pid);
  if (!status) return Life::kAlive;  // /proc hides those of other users
  const bool ended = status->state == 'Z' || status->state == 'X';
  return ended || status->started != process.started ? Life::kGone : Life::kAlive;
}

}  // namespace mensa::explore
