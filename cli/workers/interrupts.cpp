#include "cli/workers/interrupts.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <string_view>

namespace mensa::workers {
namespace {

constexpr std::array<int, 3> kSignals = {SIGINT, SIGTERM, SIGHUP};
constexpr std::string_view kLine = "mensa: interrupted\n";
constexpr int kSignalled = 128;

// What a signal handler sees cannot be but global. A signal comes in any thread.
std::atomic<int> deferrals = 0;
std::atomic<int> waiting = 0;  ///< signal; 0: none
std::atomic<int> event = -1;   ///< readable when a signal waits
static_assert(std::atomic<int>::is_always_lock_free, "others may not be used in a signal handler");

/// Who announces a signal looks for deferrals after that, and who ends the last deferral looks for
/// signals after that: one of them sees the other.
void on_signal(int signal) {
  const int error_number = errno;
  waiting = signal;
  if (deferrals == 0) end_by_signal(signal);
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(event, &one, sizeof one);
  errno = error_number;
}

}  // namespace

void handle_interrupts() {
  event = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  for (const int signal : kSignals) {
    struct sigaction action {};
    if (::sigaction(signal, nullptr, &action) != 0 || action.sa_handler == SIG_IGN) continue;
    action = {};
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART;
    ::sigaction(signal, &action, nullptr);
  }
}

void end_by_signal(int signal) noexcept {
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, kLine.data(), kLine.size());
  ::signal(signal, SIG_DFL);
  sigset_t only_this;
  ::sigemptyset(&only_this);
  ::sigaddset(&only_this, signal);
  ::raise(signal);
  ::pthread_sigmask(SIG_UNBLOCK, &only_this, nullptr);  // it is blocked while its handler runs
  ::_exit(kSignalled + signal);
}

InterruptsDeferred::InterruptsDeferred() { ++deferrals; }

InterruptsDeferred::~InterruptsDeferred() {
  if (--deferrals > 0) return;
  const int signal = waiting;
  if (signal != 0) end_by_signal(signal);
}

int InterruptsDeferred::descriptor() { return event; }

bool InterruptsDeferred::is_interrupted() { return waiting != 0; }

void InterruptsDeferred::give_up_if_interrupted() {
  const int signal = waiting.exchange(0);
  if (signal != 0) throw Interrupted{signal};
}

}  // namespace mensa::workers
