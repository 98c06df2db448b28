#include "cli/workers/interrupts.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "cli/workers/pool.h"

// Each in a process of its own, which it may not survive.

namespace mensa::workers {
namespace {

using testing::ExitedWithCode;
using testing::KilledBySignal;

void say(const char* text) { static_cast<void>(std::fputs(text, stderr)); }

/// Shells have what they run in the background ignore some.
void handle_usual_interrupts() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) std::signal(signal, SIG_DFL);
  handle_interrupts();
}

TEST(InterruptsDeathTest, EndTheProgramAtOnceWithALine) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    EXPECT_EXIT(
        {
          handle_usual_interrupts();
          std::raise(signal);
          std::exit(0);
        },
        KilledBySignal(signal), "^mensa: interrupted\n$");
  }
}

TEST(InterruptsDeathTest, WaitForTheEndOfTheLastDeferral) {
  EXPECT_EXIT(
      {
        handle_usual_interrupts();
        {
          const InterruptsDeferred outer;
          {
            const InterruptsDeferred inner;
            std::raise(SIGTERM);
          }
          say("in order\n");
        }
        say("gone on\n");
        std::exit(0);
      },
      KilledBySignal(SIGTERM), "^in order\nmensa: interrupted\n$");
}

TEST(InterruptsDeathTest, CanBeTakenMeanwhile) {
  EXPECT_EXIT(
      {
        handle_usual_interrupts();
        {
          const InterruptsDeferred deferred;
          InterruptsDeferred::give_up_if_interrupted();
          std::raise(SIGINT);
          try {
            InterruptsDeferred::give_up_if_interrupted();
            std::exit(0);
          } catch (const Interrupted& interrupted) {
            if (interrupted.signal != SIGINT) std::exit(1);
          }
          InterruptsDeferred::give_up_if_interrupted();
        }
        std::exit(17);
      },
      ExitedWithCode(17), "^$");
}

TEST(InterruptsDeathTest, WhatIsIgnoredStaysSo) {
  EXPECT_EXIT(
      {
        std::signal(SIGHUP, SIG_IGN);
        handle_interrupts();
        std::raise(SIGHUP);
        std::exit(17);
      },
      ExitedWithCode(17), "^$");
}

/// Works until a signal comes.
void wait_for_workers() {
  handle_usual_interrupts();
  std::thread later([] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    ::kill(::getpid(), SIGINT);
  });
  later.detach();
  try {
    const Job job{"echo", "a on b", {{"milliseconds", 60'000}}};
    Pool pool({job, job, job}, 2);
    static_cast<void>(pool.next());
  } catch (const Interrupted& interrupted) {
    if (::waitpid(-1, nullptr, WNOHANG) == -1) end_by_signal(interrupted.signal);
  }
  std::exit(1);
}

TEST(InterruptsDeathTest, APoolGivesUpAndLeavesNoWorker) {
  EXPECT_EXIT(wait_for_workers(), KilledBySignal(SIGINT), "^mensa: interrupted\n$");
}

}  // namespace
}  // namespace mensa::workers
