#pragma once

#include <sys/types.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

namespace mensa {

/// What a program left behind.
struct Outcome {
  int exit_code = 0;  ///< 128 + the signal's number where a signal ended it
  std::string out;
  std::string err;
};

/// Environment variables to set (or, with an empty value, to take away) beside the inherited ones.
using Environment = std::vector<std::pair<std::string, std::string>>;

/// How a program is started, beside its command line.
struct Surroundings {
  Environment environment = {};
  /// Standard error; -1: what comes there is collected.
  int error_file = -1;
  /// The leader of a process group of its own, as a shell's foreground job.
  bool own_group = false;
};

/// A program that runs, without a shell and with nothing on its standard input.
class Process {
 public:
  explicit Process(const std::vector<std::string>& command, const Surroundings& surroundings = {});
  /// Kills it where nobody waited for it.
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  [[nodiscard]] pid_t id() const { return id_; }
  /// Waits for its end. Until then it may write no more than a pipe holds.
  [[nodiscard]] Outcome wait();

 private:
  class Pipe {
   public:
    Pipe();
    ~Pipe();
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    [[nodiscard]] int read_end() const { return ends_[0]; }
    [[nodiscard]] int write_end() const { return ends_[1]; }
    void close_end(std::size_t end);

   private:
    std::array<int, 2> ends_ = {-1, -1};
  };
  void drain(Outcome& outcome) const;

  Pipe out_;
  Pipe err_;
  pid_t id_ = -1;
};

/// Runs a program and waits for its end.
[[nodiscard]] Outcome run_process(const std::vector<std::string>& command,
                                  const Environment& environment = {});

/// Runs the mensa that was built beside the tests.
[[nodiscard]] Outcome mensa(std::vector<std::string> arguments,
                            const Environment& environment = {});

}  // namespace mensa
