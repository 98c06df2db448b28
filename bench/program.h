#pragma once

#include <fmt/format.h>
#include <sys/resource.h>

#include <cstdio>
#include <exception>

namespace mensa::bench {

/// Most memory that this process has had so far.
inline double peak_mebibytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;  // of KiB, on Linux
}

/// Runs a benchmark; what it throws becomes a message and exit code 1.
template <class Run>
int run_program(const char* name, Run&& run) {
  try {
    return run();
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}: {}\n", name, error.what());
    return 1;
  }
}

}  // namespace mensa::bench
