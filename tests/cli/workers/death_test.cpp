#include "cli/workers/death.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <csignal>
#include <stdexcept>
#include <string>

#include "models/base/error.h"

namespace mensa::workers {
namespace {

std::string text_of(int status) {
  try {
    std::rethrow_exception(failure_of_death(status, "mapping a on b"));
  } catch (const base::Error& error) {
    return std::string("mistake: ") + error.what();
  } catch (const std::exception& error) {
    return std::string("fault: ") + error.what();
  }
}

TEST(Death, BySignalIsAFaultOfOurs) {
  EXPECT_EQ(text_of(W_EXITCODE(0, SIGFPE)),
            "fault: mapping a on b: the worker process died of SIGFPE (Floating point exception)");
  EXPECT_EQ(
      text_of(W_EXITCODE(0, SIGRTMIN + 3)),
      "fault: mapping a on b: the worker process died of signal " + std::to_string(SIGRTMIN + 3));
}

TEST(Death, ByLimitsIsNot) {
  EXPECT_EQ(text_of(W_EXITCODE(0, SIGKILL)),
            "mistake: mapping a on b: the worker process died of SIGKILL (Killed); the system does "
            "that where memory runs out");
  EXPECT_EQ(
      text_of(W_EXITCODE(0, SIGXCPU)),
      "mistake: mapping a on b: the worker process died of SIGXCPU (CPU time limit exceeded)");
}

TEST(Death, ByExitCode) {
  EXPECT_EQ(
      text_of(W_EXITCODE(7, 0)),
      "fault: mapping a on b: the worker process ended with exit code 7 and without a result");
}

}  // namespace
}  // namespace mensa::workers
