#include "cli/workers/process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <string>
#include <string_view>

#include "cli/workers/death.h"
#include "cli/workers/io.h"
#include "cli/workers/worker.h"

namespace mensa::workers {
namespace {

void require(int error_number) {
  if (error_number != 0) throw_start_failure(error_number);
}

/// The two ends of a pipe, closed in programs that are started.
struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw_start_failure(errno);
    read_end = Descriptor(ends[0]);
    write_end = Descriptor(ends[1]);
  }
  Descriptor read_end;
  Descriptor write_end;
};

/// Which of our files the new process has.
class Files {
 public:
  Files() { require(posix_spawn_file_actions_init(&actions_)); }
  ~Files() { posix_spawn_file_actions_destroy(&actions_); }
  Files(const Files&) = delete;
  Files& operator=(const Files&) = delete;

  void open_nothing(int file, int mode) {
    require(posix_spawn_file_actions_addopen(&actions_, file, "/dev/null", mode, 0));
  }
  /// Under the same number: it loses its mark to be closed there.
  void keep(int file) { require(posix_spawn_file_actions_adddup2(&actions_, file, file)); }
  [[nodiscard]] const posix_spawn_file_actions_t* actions() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

/// Signals that are for us are blocked in the new process from its first moment.
class Attributes {
 public:
  Attributes() {
    require(posix_spawnattr_init(&attributes_));
    sigset_t blocked;
    ::sigemptyset(&blocked);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaddset(&blocked, signal);
    posix_spawnattr_setsigmask(&attributes_, &blocked);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK);
  }
  ~Attributes() { posix_spawnattr_destroy(&attributes_); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  [[nodiscard]] const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

}  // namespace

WorkerProcess::WorkerProcess(Job job) : job_(std::move(job)) {
  // Whoever started us may have us ignore the ends of our children, which loses what they ended by.
  ::signal(SIGCHLD, SIG_DFL);
  const Descriptor job_file = memory_file("mensa job");
  write_all(job_file.number(), encode_job(job_));
  Pipe pipe;
  Files files;
  files.open_nothing(STDIN_FILENO, O_RDONLY);
  files.open_nothing(STDOUT_FILENO, O_WRONLY);
  const WorkerArguments arguments{::getpid(), job_file.number(), pipe.write_end.number(),
                                  status_.descriptor()};
  for (const int file : {arguments.job, arguments.outcome, arguments.status}) files.keep(file);

  std::vector<std::string> command = to_command_line(arguments);
  command.insert(command.begin(), {"mensa", kWorkerCommand});
  std::vector<char*> words;
  words.reserve(command.size() + 1);
  for (std::string& word : command) words.push_back(word.data());
  words.push_back(nullptr);
  const Attributes attributes;
  require(posix_spawn(&process_, "/proc/self/exe", files.actions(), attributes.get(), words.data(),
                      environ));
  outcome_file_ = std::move(pipe.read_end);
}

WorkerProcess::~WorkerProcess() {
  if (process_ < 0) return;
  ::kill(process_, SIGKILL);
  wait_for_end();
}

bool WorkerProcess::receive() {
  constexpr std::size_t kPiece = 65536;  // what a pipe holds
  std::array<char, kPiece> piece;        // NOLINT(cppcoreguidelines-pro-type-member-init)
  const ssize_t count = ::read(descriptor(), piece.data(), piece.size());
  if (count < 0) return errno == EINTR;
  reader_.add(std::string_view(piece.data(), static_cast<std::size_t>(count)));
  return count > 0;
}

Outcome WorkerProcess::finish() {
  const int status = wait_for_end();
  if (status == 0) {
    if (std::optional<Outcome> outcome = reader_.outcome()) return std::move(*outcome);
  }
  Outcome outcome;
  outcome.failure = failure_of_death(status, to_string(status_.read(), job_.subject));
  return outcome;
}

int WorkerProcess::wait_for_end() {
  int status = 0;
  while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
  }
  process_ = -1;
  return status;
}

}  // namespace mensa::workers
