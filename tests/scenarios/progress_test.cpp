// The line about progress, as somebody sees it who looks on.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>

#include "cli/workers/descriptor.h"
#include "tests/models/base/temporary_folder.h"
#include "tests/scenarios/long_run.h"
#include "tests/scenarios/process.h"

namespace mensa {
namespace {

using testing::ContainsRegex;
using testing::EndsWith;
using testing::Not;

/// mensa with a terminal as its standard error.
class OnATerminal {
 public:
  explicit OnATerminal(const std::vector<std::string>& command) {
    int screen = -1;
    int terminal = -1;
    winsize size{24, 100, 0, 0};
    if (::openpty(&screen, &terminal, nullptr, nullptr, &size) != 0) {
      throw std::runtime_error("no terminal can be made");
    }
    screen_ = workers::Descriptor(screen);
    const workers::Descriptor end(terminal);
    Surroundings surroundings;
    surroundings.error_file = terminal;
    process_.emplace(command, surroundings);
  }
  [[nodiscard]] pid_t process() const { return process_->id(); }

  /// Reads for so long; less where the program ends before.
  void look_for(std::chrono::milliseconds time) {
    const auto end = std::chrono::steady_clock::now() + time;
    std::array<char, 4096> piece{};
    for (auto now = end - time; now < end; now = std::chrono::steady_clock::now()) {
      pollfd waiting{screen_.number(), POLLIN, 0};
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - now).count();
      if (::poll(&waiting, 1, static_cast<int>(left)) <= 0) continue;
      const ssize_t count = ::read(screen_.number(), piece.data(), piece.size());
      if (count <= 0) return;
      seen_.append(piece.data(), static_cast<std::size_t>(count));
    }
  }
  /// All that was written to the terminal so far.
  [[nodiscard]] const std::string& seen() const { return seen_; }
  [[nodiscard]] Outcome wait() { return process_->wait(); }

 private:
  workers::Descriptor screen_;
  std::optional<Process> process_;
  std::string seen_;
};

constexpr std::chrono::milliseconds kLong{60'000};

TEST(Progress, IsShownAfterTwoSecondsAndGoneInTheEnd) {
  OnATerminal run(long_simulation());
  run.look_for(std::chrono::milliseconds(1800));
  EXPECT_EQ(run.seen(), "");
  run.look_for(std::chrono::milliseconds(2500));
  EXPECT_THAT(run.seen(), ContainsRegex("^\rsimulating mobilenet_v2 on mensa_g: layer [0-9]+ of 55 "
                                        "[a-z0-9/]+, [0-9]+ %"));
  EXPECT_THAT(run.seen(), Not(testing::HasSubstr("\n")));
  ASSERT_EQ(::kill(run.process(), SIGINT), 0);
  run.look_for(kLong);
  EXPECT_THAT(run.seen(), EndsWith(" \rmensa: interrupted\r\n"));
  EXPECT_EQ(run.wait().exit_code, 128 + SIGINT);
}

TEST(Progress, OfSeveralModelsCountsThem) {
  const std::vector<std::string> command = {
      MENSA_BINARY,   "simulate", "ds_cnn",        "mobilenet_v2", "--mapper", "fast",
      "--inferences", "10000",    "--concurrency", "layers",       "--jobs",   "1"};
  OnATerminal run(command);
  run.look_for(std::chrono::milliseconds(6000));
  EXPECT_THAT(run.seen(),
              ContainsRegex("\r1 of 2 done, simulating mobilenet_v2 on mensa_g: layer "));
  ASSERT_EQ(::kill(run.process(), SIGINT), 0);
  run.look_for(kLong);
}

TEST(Progress, OfAShortRunIsNone) {
  OnATerminal run({MENSA_BINARY, "simulate", "ds_cnn", "--out", TemporaryFolder().path().string()});
  run.look_for(kLong);
  EXPECT_THAT(run.seen(), testing::StartsWith("mensa: wrote "));
}

}  // namespace
}  // namespace mensa
