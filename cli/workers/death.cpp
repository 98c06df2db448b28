#include "cli/workers/death.h"

#include <fmt/format.h>
#include <sys/wait.h>

#include <csignal>
#include <cstring>
#include <stdexcept>
#include <string>

#include "models/base/error.h"

namespace mensa::workers {
namespace {

/// "SIGSEGV (Segmentation fault)", in English everywhere.
std::string in_words(int signal) {
  const char* const name = ::sigabbrev_np(signal);
  const char* const meaning = ::sigdescr_np(signal);
  if (name == nullptr || meaning == nullptr) return fmt::format("signal {}", signal);
  return fmt::format("SIG{} ({})", name, meaning);
}

}  // namespace

std::exception_ptr failure_of_death(int status, std::string_view what) {
  if (!WIFSIGNALED(status)) {
    return std::make_exception_ptr(std::runtime_error(
        fmt::format("{}: the worker process ended with exit code {} and without a result", what,
                    WEXITSTATUS(status))));
  }
  const int signal = WTERMSIG(status);
  const std::string text = fmt::format("{}: the worker process died of {}", what, in_words(signal));
  switch (signal) {
    case SIGKILL:
      return std::make_exception_ptr(
          base::Error(text + "; the system does that where memory runs out"));
    case SIGXCPU:
    case SIGXFSZ:
      return std::make_exception_ptr(base::Error(text));
    default:
      return std::make_exception_ptr(std::runtime_error(text));
  }
}

}  // namespace mensa::workers
