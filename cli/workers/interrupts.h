#pragma once

namespace mensa::workers {

/// Thrown by whoever gives work up because of a signal, for the program's main, which ends by that
/// signal. No std::exception: nobody who handles errors is to take it for one.
struct Interrupted {
  int signal = 0;
};

/// From now on SIGINT, SIGTERM and SIGHUP end the program with one line on standard error, unless
/// whoever started it wants them ignored.
void handle_interrupts();

/// Says that the program was interrupted and ends it by the signal, so that shells see it as such:
/// they give it the exit code 128 + signal. Safe in a signal handler.
[[noreturn]] void end_by_signal(int signal) noexcept;

/// While one of these lives, handled signals wait: for somebody who takes them, or else for the end
/// of the last of these, where they end the program after all. For what must be left in order.
class InterruptsDeferred {
 public:
  InterruptsDeferred();
  ~InterruptsDeferred();
  InterruptsDeferred(const InterruptsDeferred&) = delete;
  InterruptsDeferred& operator=(const InterruptsDeferred&) = delete;

  /// Readable as soon as a signal waits, for poll(); -1 before handle_interrupts().
  [[nodiscard]] static int descriptor();
  /// Whether a signal waits; for any thread.
  [[nodiscard]] static bool is_interrupted();
  /// Throws Interrupted where a signal waits, which is taken with that.
  static void give_up_if_interrupted();
};

}  // namespace mensa::workers
