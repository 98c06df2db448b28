#include "tests/scenarios/process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <stdexcept>
#include <string_view>

namespace mensa {
namespace {

void require(int failure, const char* what) {
  if (failure != 0) throw std::runtime_error(std::string(what) + ": " + std::strerror(failure));
}

class Pipe {
 public:
  Pipe() {
    if (::pipe2(ends_.data(), O_CLOEXEC) != 0) require(errno, "pipe");
  }
  ~Pipe() {
    close_end(0);
    close_end(1);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  [[nodiscard]] int read_end() const { return ends_[0]; }
  [[nodiscard]] int write_end() const { return ends_[1]; }
  void close_end(std::size_t end) {
    if (ends_[end] >= 0) ::close(ends_[end]);
    ends_[end] = -1;
  }

 private:
  std::array<int, 2> ends_ = {-1, -1};
};

/// Reads both pipes until both are closed, so that neither side waits for the other.
void drain(const Pipe& first, std::string& first_text, const Pipe& second,
           std::string& second_text) {
  std::array<pollfd, 2> waiting = {pollfd{first.read_end(), POLLIN, 0},
                                   pollfd{second.read_end(), POLLIN, 0}};
  const std::array<std::string*, 2> texts = {&first_text, &second_text};
  std::array<char, 65536> piece{};
  for (int open = 2; open > 0;) {
    if (::poll(waiting.data(), waiting.size(), -1) < 0) {
      if (errno == EINTR) continue;
      require(errno, "poll");
    }
    for (std::size_t i = 0; i < waiting.size(); ++i) {
      if (waiting[i].fd < 0 || waiting[i].revents == 0) continue;
      const ssize_t count = ::read(waiting[i].fd, piece.data(), piece.size());
      if (count > 0) {
        texts[i]->append(piece.data(), static_cast<std::size_t>(count));
      } else if (count == 0 || errno != EINTR) {
        waiting[i].fd = -1;
        --open;
      }
    }
  }
}

std::vector<std::string> merged_environment(const Environment& changes) {
  std::map<std::string, std::string> values;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    values[std::string(text.substr(0, equals))] = text.substr(equals + 1);
  }
  for (const auto& [name, value] : changes) {
    if (value.empty()) {
      values.erase(name);
    } else {
      values[name] = value;
    }
  }
  std::vector<std::string> merged;
  for (const auto& [name, value] : values) {
    std::string line = name;
    line += '=';
    merged.push_back(line + value);
  }
  return merged;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  result.reserve(texts.size() + 1);
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

}  // namespace

Outcome run_process(const std::vector<std::string>& command, const Environment& environment) {
  Pipe out;
  Pipe err;
  posix_spawn_file_actions_t actions;
  require(posix_spawn_file_actions_init(&actions), "posix_spawn_file_actions_init");
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out.write_end(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err.write_end(), STDERR_FILENO);
  std::vector<std::string> arguments = command;
  std::vector<std::string> variables = merged_environment(environment);
  pid_t child = 0;
  const int failure = posix_spawnp(&child, command.front().c_str(), &actions, nullptr,
                                   pointers(arguments).data(), pointers(variables).data());
  posix_spawn_file_actions_destroy(&actions);
  require(failure, command.front().c_str());
  out.close_end(1);
  err.close_end(1);

  Outcome outcome;
  drain(out, outcome.out, err, outcome.err);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) require(errno, "waitpid");
  }
  constexpr int kSignalled = 128;
  outcome.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : kSignalled + WTERMSIG(status);
  return outcome;
}

Outcome mensa(std::vector<std::string> arguments, const Environment& environment) {
  arguments.insert(arguments.begin(), MENSA_BINARY);
  return run_process(arguments, environment);
}

}  // namespace mensa
