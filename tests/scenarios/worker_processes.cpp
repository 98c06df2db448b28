#include "tests/scenarios/worker_processes.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "models/base/error.h"

namespace mensa {
namespace {

namespace fs = std::filesystem;

/// -1 where it is gone.
pid_t parent_of(const fs::path& process) {
  std::ifstream status(process / "status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("PPid:")) return std::stoi(line.substr(line.find('\t')));
  }
  return -1;
}

bool is_number(const std::string& text) {
  return text.find_first_not_of("0123456789") == std::string::npos;
}

}  // namespace

std::vector<pid_t> workers_of(pid_t mensa) {
  std::vector<pid_t> found;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (is_number(name) && parent_of(entry.path()) == mensa) found.push_back(std::stoi(name));
  }
  return found;
}

workers::Status status_of(pid_t worker) {
  std::error_code gone;
  for (const auto& entry : fs::directory_iterator(fmt::format("/proc/{}/fd", worker), gone)) {
    if (fs::read_symlink(entry.path(), gone).string().find("mensa status") == std::string::npos) {
      continue;
    }
    workers::Descriptor file(::open(entry.path().c_str(), O_RDWR | O_CLOEXEC));
    if (file.number() >= 0) return workers::StatusBoard(std::move(file)).read();
  }
  return {};
}

bool is_alive(pid_t process) {
  std::ifstream status(fmt::format("/proc/{}/status", process));
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("State:")) return line.find('Z') == std::string::npos;
  }
  return false;
}

bool wait_until(const std::function<bool()>& is_true) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!is_true()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

pid_t worker_at(pid_t mensa, workers::Phase phase, std::uint64_t layers) {
  pid_t found = -1;
  static_cast<void>(wait_until([&] {
    for (const pid_t worker : workers_of(mensa)) {
      const workers::Status status = status_of(worker);
      const bool is_at_it = status.phase == phase && !status.layer.empty();
      if (is_at_it && (layers == 0 || status.layers == layers)) found = worker;
    }
    return found >= 0;
  }));
  return found;
}

}  // namespace mensa
