#include "tests/scenarios/process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <map>
#include <stdexcept>
#include <string_view>

namespace mensa {
namespace {

void require(int failure, const char* what) {
  if (failure != 0) throw std::runtime_error(std::string(what) + ": " + std::strerror(failure));
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

Process::Pipe::Pipe() {
  if (::pipe2(ends_.data(), O_CLOEXEC) != 0) require(errno, "pipe");
}

Process::Pipe::~Pipe() {
  close_end(0);
  close_end(1);
}

void Process::Pipe::close_end(std::size_t end) {
  if (ends_[end] >= 0) ::close(ends_[end]);
  ends_[end] = -1;
}

Process::Process(const std::vector<std::string>& command, const Surroundings& surroundings) {
  posix_spawn_file_actions_t actions;
  require(posix_spawn_file_actions_init(&actions), "posix_spawn_file_actions_init");
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out_.write_end(), STDOUT_FILENO);
  const bool collects_errors = surroundings.error_file < 0;
  posix_spawn_file_actions_adddup2(
      &actions, collects_errors ? err_.write_end() : surroundings.error_file, STDERR_FILENO);
  posix_spawnattr_t attributes;
  require(posix_spawnattr_init(&attributes), "posix_spawnattr_init");
  // Shells have what they run in the background ignore some.
  sigset_t usual;
  ::sigemptyset(&usual);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaddset(&usual, signal);
  posix_spawnattr_setsigdefault(&attributes, &usual);
  const int group = surroundings.own_group ? POSIX_SPAWN_SETPGROUP : 0;
  posix_spawnattr_setflags(&attributes, static_cast<short>(POSIX_SPAWN_SETSIGDEF | group));
  std::vector<std::string> arguments = command;
  std::vector<std::string> variables = merged_environment(surroundings.environment);
  const int failure = posix_spawnp(&id_, command.front().c_str(), &actions, &attributes,
                                   pointers(arguments).data(), pointers(variables).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (failure != 0) id_ = -1;
  require(failure, command.front().c_str());
  out_.close_end(1);
  err_.close_end(1);
}

Process::~Process() {
  if (id_ < 0) return;
  ::kill(id_, SIGKILL);
  ::waitpid(id_, nullptr, 0);
}

void Process::drain(Outcome& outcome) const {
  std::array<pollfd, 2> waiting = {pollfd{out_.read_end(), POLLIN, 0},
                                   pollfd{err_.read_end(), POLLIN, 0}};
  const std::array<std::string*, 2> texts = {&outcome.out, &outcome.err};
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

Outcome Process::wait() {
  Outcome outcome;
  drain(outcome);
  int status = 0;
  while (::waitpid(id_, &status, 0) < 0) {
    if (errno != EINTR) require(errno, "waitpid");
  }
  id_ = -1;
  constexpr int kSignalled = 128;
  outcome.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : kSignalled + WTERMSIG(status);
  return outcome;
}

Outcome run_process(const std::vector<std::string>& command, const Environment& environment) {
  return Process(command, {environment}).wait();
}

Outcome mensa(std::vector<std::string> arguments, const Environment& environment) {
  arguments.insert(arguments.begin(), MENSA_BINARY);
  return run_process(arguments, environment);
}

}  // namespace mensa
