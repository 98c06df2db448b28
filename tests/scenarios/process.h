#pragma once

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

/// Runs a program without a shell, its standard input empty, and waits for its end.
[[nodiscard]] Outcome run_process(const std::vector<std::string>& command,
                                  const Environment& environment = {});

/// Runs the mensa that was built beside the tests.
[[nodiscard]] Outcome mensa(std::vector<std::string> arguments,
                            const Environment& environment = {});

}  // namespace mensa
